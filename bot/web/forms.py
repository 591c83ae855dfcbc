"""The token that every change must carry: in the form's hidden `csrf`, or in the header X-CSRF-Token."""

import hashlib
import hmac
import json

from fastapi import HTTPException, Request

from bot import ids

FIELD, HEADER = "csrf", "x-csrf-token"
MASKED = "m."
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def token_in(request: Request) -> str:
    """The token the request brought, or an empty string. (Starlette reads forms only in coroutines.)"""
    if request.method in ("GET", "HEAD"):
        return ""
    brought = request.headers.get(HEADER, "")
    if not brought and request.headers.get("content-type", "").startswith(FORMS):
        field = (await request.form()).get(FIELD)
        brought = field if isinstance(field, str) else ""
    return brought


async def one_of_each(request: Request) -> None:
    """A JSON body in which a key stands twice means two things to two programs on the way: refused (V15.3.5).

    What is no JSON at all is the route's own to refuse.
    """
    if request.headers.get("content-type", "").startswith(FORMS):
        return  # read already, for its token
    try:
        json.loads(await request.body(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise HTTPException(422, "A key was sent twice.")
    return dict(pairs)


def of_visit(visit: str) -> str:
    """The token of somebody without a log-in: made from their visit cookie, which no other site can read or set."""
    return ids.digest_of(f"csrf:{visit}")


def fits(brought: str, expected: str) -> bool:
    """Compare without telling by time where they differ. The token may come as it is or as a page showed it."""
    return bool(expected) and hmac.compare_digest(unmasked(brought).encode(), expected.encode())


def masked(token: str) -> str:
    """The token as a page shows it, another each time: pages are compressed, and what is the same in each could be
    guessed from their sizes (BREACH)."""
    plain = token.encode()
    noise = hashlib.shake_128(ids.token(16).encode()).digest(len(plain))
    return f"{MASKED}{noise.hex()}{bytes(a ^ b for a, b in zip(plain, noise, strict=True)).hex()}" if token else ""


def unmasked(brought: str) -> str:
    """The token behind what a page showed; anything else comes back as it is."""
    if not brought.startswith(MASKED):
        return brought
    try:
        both = bytes.fromhex(brought.removeprefix(MASKED))
    except ValueError:
        return ""
    half, odd = divmod(len(both), 2)
    if odd:
        return ""
    return bytes(a ^ b for a, b in zip(both[:half], both[half:], strict=True)).decode("ascii", "replace")


async def fields_of(request: Request) -> dict[str, str]:
    """Every text field of a form whose fields are not known beforehand; the last of a name counts."""
    form = await request.form()
    return {name: field for name, field in form.multi_items() if isinstance(field, str) and name != FIELD}
