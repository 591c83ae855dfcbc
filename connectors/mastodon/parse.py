"""Mastodon's JSON → Post. Pure. Shapes: docs.joinmastodon.org, entities Status, Account and Notification."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.text import one_line, plain, web_link
from connectors.types import Author, Poison, Post, PostRef

_LOCAL_ID = re.compile(r"/(?:statuses|notes|posts)/([0-9]{1,24})/?$")
_LONGEST_ID = 512  # an index entry of PostgreSQL must hold it
_DAY_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


class Odd(ValueError):
    """This is not shaped as documented; the message says where."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A status with what a post does not keep: its id on this server, what it answers there, what wrote it."""

    post: Post
    local_id: str
    parent_id: str | None
    is_bot: bool


def status(thing: Any, server: str) -> Heard | None:
    """One Status as seen from `server`; None for a boost, which says nothing of its own. Raises Odd."""
    if not isinstance(thing, dict):
        raise Odd("a status is not an object")
    if thing.get("reblog"):
        return None
    local_id, created_at = _id(thing), _time(thing.get("created_at"))
    if created_at is None:
        raise Odd(f"status {local_id} has no time")
    content = thing.get("content")
    if not isinstance(content, str):
        raise Odd(f"status {local_id} has no content")
    account = thing.get("account")
    if not isinstance(account, dict):
        raise Odd(f"status {local_id} has no account")
    who, uri = _author(account), _uri(thing)
    parent_id = thing.get("in_reply_to_id")
    parent_id = parent_id if isinstance(parent_id, str) and parent_id else None
    visibility = thing.get("visibility")
    to = {"server": server, "id": local_id, "uri": uri, "acct": who.handle}
    to["visibility"] = visibility if visibility in ("public", "unlisted", "private", "direct") else "public"
    language, warning = thing.get("language"), thing.get("spoiler_text")
    post = Post(
        ref=PostRef("mastodon", uri),
        url=_link(thing.get("url")) or _link(uri),
        author=who,
        text=plain(content),
        created_at=created_at,
        clock="server",
        kind="reply" if parent_id else "post",
        title=one_line(warning) if isinstance(warning, str) else "",
        thread=None if parent_id else uri,
        edited_at=_time(thing.get("edited_at")),
        language=one_line(language)[:16] or None if isinstance(language, str) else None,
        engagement=_engagement(thing),
        answer_to=json.dumps(to, separators=(",", ":")),
    )
    return Heard(post, local_id, parent_id, account.get("bot") is True)


def mention(thing: Any, server: str) -> Heard | None:
    """The status inside a mention notification; None for every other kind of notification. Raises Odd."""
    if not isinstance(thing, dict):
        raise Odd("a notification is not an object")
    return status(thing.get("status"), server) if thing.get("type") == "mention" else None


def poison(thing: Any, why: str) -> Poison:
    """What could not be read, kept with its bytes."""
    raw = thing if isinstance(thing, str) else json.dumps(thing, ensure_ascii=True)
    return Poison(raw.encode("utf-8", "backslashreplace"), why)


def snowflake(when: datetime) -> str:
    """The id just before those a Mastodon server gives at this moment: its ids are milliseconds shifted by 16 bits."""
    return str(max(0, (_millis(when) << 16) - 1))


def before(status_id: str, seconds: float) -> str:
    """An id about `seconds` older than this one; the same id where the server does not number by time."""
    if not status_id.isdecimal() or int(status_id) < 10**15:
        return status_id
    return str(max(0, int(status_id) - (int(seconds * 1000) << 16)))


def id_key(status_id: str) -> tuple[int, str]:
    """Orders ids as Mastodon does: longer numbers are later."""
    return len(status_id), status_id


def local_id_of(uri: str) -> str | None:
    """The number a post has on the server that its uri names, if the uri shows it."""
    found = _LOCAL_ID.search(urlsplit(uri).path)
    return found[1] if found else None


def raw_id(thing: Any) -> str:
    """The id of a status or notification. Raises Odd."""
    if not isinstance(thing, dict):
        raise Odd("a status is not an object")
    return _id(thing)


def _id(thing: Mapping[str, Any]) -> str:
    value = thing.get("id")
    if not isinstance(value, str) or not value.isalnum() or not value.isascii() or len(value) > 64:
        raise Odd("a status has no id")
    return value


def _uri(thing: Mapping[str, Any]) -> str:
    for name in ("uri", "url"):
        value = thing.get(name)
        if isinstance(value, str) and len(value) <= _LONGEST_ID and _link(value):
            return value
    raise Odd("a status has neither uri nor url")


def _link(value: Any) -> str:
    return web_link(value) if isinstance(value, str) else ""


def _author(account: Mapping[str, Any]) -> Author:
    acct, url = account.get("acct"), _link(account.get("url")) or _link(account.get("uri"))
    if not isinstance(acct, str) or not acct.strip() or not url:
        raise Odd("an account has no name or no address")
    handle = one_line(acct)
    if "@" not in handle:  # an account of the server itself is written without its domain
        handle = f"{handle}@{urlsplit(url).hostname}"
    name, followers = account.get("display_name"), account.get("followers_count")
    known = isinstance(followers, int) and not isinstance(followers, bool) and 0 <= followers < 2**53
    return Author(
        id=url,
        handle=handle,
        name=one_line(name) if isinstance(name, str) else "",
        followers=followers if known else None,
    )


def _engagement(thing: Mapping[str, Any]) -> int | None:
    counts = [thing.get(name) for name in ("replies_count", "reblogs_count", "favourites_count")]
    known = [count for count in counts if isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 2**53]
    return sum(known) if known else None


def _time(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _millis(when: datetime) -> int:
    span = when - _DAY_ZERO
    return span.days * 86_400_000 + span.seconds * 1000 + span.microseconds // 1000
