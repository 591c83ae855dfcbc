"""Doors for what is posted to us, guarded by each source's own signature; and the page that hands out the secret."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from bot.app import App
from bot.steps import hooking
from bot.store import inbox, sources
from bot.store.tables import SourceRow
from bot.web.auth import Me
from bot.web.late import new_routes
from bot.web.pages import TheApp, render
from connectors.hooks import Arrival, Challenge, Hooked, Refused
from connectors.webhook.connector import SIGNATURE, TIMESTAMP

LONGEST = 256 * 1024
NOT_HERE = JSONResponse({"error": "Too much at once: at most 256 KiB."}, 413)
web = new_routes()


async def came(request: Request) -> Arrival | None:
    """The raw bytes before anything parses them; None when there were too many. Only `async def` is offered them."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > LONGEST:
            return None
        pieces.append(piece)
    headers = request.headers
    once = {name: headers[name] for name in headers if len(headers.getlist(name)) == 1}
    return Arrival(request.method, dict(request.query_params), once, b"".join(pieces))


def door(app: App) -> APIRouter:
    """The address others post to: no session, no cookie, no form token."""
    outside = new_routes()

    @outside.get("/hooks/in/{source}")
    def check(source: str, arrival: Annotated[Arrival | None, Depends(came)]) -> Response:
        return _answer(app, source, arrival)

    @outside.post("/hooks/in/{source}")
    def take(source: str, arrival: Annotated[Arrival | None, Depends(came)]) -> Response:
        return _answer(app, source, arrival)

    return outside


def _answer(app: App, source: str, arrival: Arrival | None) -> Response:
    """What is acknowledged is committed. Anything else changes nothing."""
    if arrival is None:
        return NOT_HERE
    if arrival.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        return JSONResponse({"error": "Send it unpacked."}, 415)
    outcome = hooking.take_in(app, source, arrival)
    if isinstance(outcome, Challenge):
        return PlainTextResponse(outcome.words)
    if isinstance(outcome, Refused):
        return JSONResponse({"error": outcome.why}, outcome.status)
    return JSONResponse({"accepted": True, "new": outcome.new, **outcome.admitted.says})


def router(_app: App) -> APIRouter:
    """The page of a source's hook."""
    return web


@web.get("/sources/{name}/hook")
def hook_page(app: TheApp, request: Request, name: str) -> Response:
    return _page(app, request, _hooked(app, name))


@web.post("/sources/{name}/hook/secret")
def make_secret(app: TheApp, request: Request, me: Me, name: str) -> Response:
    source = _hooked(app, name)
    try:
        secret = hooking.new_secret(app, source, f"account:{me.id}")
    except ValueError as error:
        return _page(app, request, source, wrong=str(error), status=409)
    return _page(app, request, _hooked(app, name), secret=secret)


def _page(
    app: App, request: Request, source: SourceRow, *, secret: str = "", wrong: str = "", status: int = 200
) -> Response:
    with app.db.read() as session:
        last, unread = inbox.last_at(session, source.name), inbox.waiting(session, source.name)
    return render(
        request, "source_hook.html", status, source=source, secret=secret, wrong=wrong, last=last, unread=unread,
        address=address_of(app, source.name), kept=bool(source.options.get("secret")), ours=_ours(app, source),
        overlap=source.options.get("old_until", ""), curl=curl_of(app, source.name),
    )  # fmt: skip


def address_of(app: App, name: str) -> str:
    """Where a source's hook is posted to."""
    return f"{app.settings.address}/hooks/in/{name}"


def curl_of(app: App, name: str) -> str:
    """A command that posts one review, for a shell with openssl and curl. $SECRET holds the secret."""
    body = json.dumps({"id": "try-1", "posts": [{"id": "try-1", "author": "Ada", "text": "My parcel never came."}]})
    return (
        f"BODY='{body}'\nNOW=$(date +%s)\n"
        'MARK=$(printf \'%s.%s\' "$NOW" "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d" " -f1)\n'
        f'curl -sS {address_of(app, name)} -H "{TIMESTAMP}: $NOW" -H "{SIGNATURE}: v1=$MARK" '
        "-H 'content-type: application/json' --data-binary \"$BODY\""
    )


def _ours(app: App, source: SourceRow) -> bool:
    """Whether Earshot makes this hook's secret; Meta makes its own."""
    return "old_secret" in app.connector_of(source).Settings.model_fields


def _hooked(app: App, name: str) -> SourceRow:
    with app.db.read() as session:
        row = sources.get(session, name)
    try:
        if row is not None and isinstance(app.connector_of(row), Hooked):
            return row
    except ValueError as error:
        raise HTTPException(409, str(error)) from None
    raise HTTPException(404, "This source is not posted to.")
