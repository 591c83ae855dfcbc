"""Values out of a stranger's JSON: each is what it should be, or Odd with the reason. Pure.

Shared by the readers of platforms whose answers are JSON objects. Also the two kinds of setting they share.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator

from connectors.errors import Unavailable
from connectors.text import one_line, storable
from connectors.types import Poison, Post, PostRef
from connectors.walked import raw

_ID = re.compile(r"[A-Za-z0-9_.:@=+/-]{1,200}")
MOST_STARS = 5
_LATEST = 32_503_680_000  # the year 3000: no clock is that wrong


class Odd(ValueError):
    """Something that should be a post and is none; the message says why."""


def once(poison: Iterable[Poison]) -> tuple[Poison, ...]:
    """What no post could be made of, each thing once, whichever listings brought it."""
    return tuple({odd.raw: odd for odd in poison}.values())


def record(thing: Any, what: str = "it") -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(thing, dict):
        raise Odd(f"{what} is no object")
    return thing


def ident(value: Any) -> str:
    """A platform's id: a number or a short plain word."""
    known = isinstance(value, int | str) and not isinstance(value, bool)
    text = str(value) if known else ""
    if not _ID.fullmatch(text) or ".." in text:
        raise Odd("it has no id, or one that is none")
    return text


def words(value: Any) -> str:
    """Text as it was written; "" for none."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Odd("its words are no text")
    return storable(value)


def line(value: Any) -> str:
    """A name or a title: one line, "" for what is no text."""
    return one_line(value) if isinstance(value, str) else ""


def moment(value: Any) -> datetime:
    """A time, UTC, from Unix seconds or ISO 8601; one without a zone is UTC."""
    try:
        if isinstance(value, str) and not value.isdecimal():
            told = datetime.fromisoformat(value)
            return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(value, bool) or not 0 < float(value) < _LATEST:
            raise Odd("it was written at no time")
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise Odd("it does not say when it was written") from error


def later(value: Any, than: datetime) -> datetime | None:
    """When it was changed, if that is told and is after it was written."""
    if value is None:
        return None
    told = moment(value)
    return told if told > than else None


def host(value: Any) -> str:
    """The server an address names, small; "" for what is no address."""
    try:
        return urlsplit(value).netloc.lower() if isinstance(value, str) else ""
    except ValueError:
        return ""


def count(value: Any) -> int:
    """A figure of reach; 0 for none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else 0


def stars(value: Any) -> float | None:
    """One star to five as 0.2 to 1; None for what is neither."""
    good = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_STARS
    return value / MOST_STARS if good else None


def rows(thing: Any, name: str, platform: str) -> list[Any]:
    """The list of this name. Raises Unavailable where the answer is something else."""
    found = thing.get(name) if isinstance(thing, dict) else None
    if not isinstance(found, list):
        raise Unavailable(f"{platform} answered with something else than a list of {name}.")
    return found


def sorted_out(
    things: Iterable[Any], read: Callable[[Any], Post | PostRef | None], platform: str
) -> tuple[list[Post], list[PostRef], list[Poison]]:
    """Each thing read: a post, the reference of one that is gone, or kept aside with its bytes; None is left out."""
    posts: list[Post] = []
    gone: list[PostRef] = []
    odd: list[Poison] = []
    for thing in things:
        try:
            found = read(thing)
        except Odd as why:
            odd.append(Poison(raw(thing), f"{platform}: {why}."))
            continue
        if isinstance(found, Post):
            posts.append(found)
        elif found is not None:
            gone.append(found)
    return posts, gone, odd


def _web(url: str) -> str:
    if urlsplit(url).scheme not in ("https", "http") or not urlsplit(url).hostname:
        raise ValueError("must start with https://")
    return url.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web)]
"""A setting that names a server: with its scheme, without a slash at its end."""

Names = Annotated[tuple[str, ...], AfterValidator(lambda names: tuple(dict.fromkeys(n.strip() for n in names if n)))]
"""A setting of several names, each once."""
