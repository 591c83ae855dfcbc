"""Bluesky's JSON → Post. Pure. Shapes: Jetstream v1 events and `app.bsky.feed.defs` of the public lexicons."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.text import one_line, storable
from connectors.types import Author, Clock, Poison, Post, PostRef

POSTS = "app.bsky.feed.post"
_HIDDEN = frozenset({"!hide", "!takedown", "!suspend"})
_LEFT = frozenset({"deleted", "takendown", "suspended", "deactivated"})
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,2000}")
_RKEY = re.compile(r"[A-Za-z0-9._~:-]{1,512}")
_BELIEVED = timedelta(hours=24)
_US = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 1, 1, tzinfo=UTC)


class Odd(ValueError):
    """This is not shaped as the lexicon says; the message says where."""


@dataclass(frozen=True, slots=True)
class Event:
    """One Jetstream event: when it passed (unix µs), what it did, and the post it did it to, if any.

    `there`: it tells of the account itself, that it is gone (deleted, taken down, suspended, deactivated) or there.
    `again`: its repository is told once more as a whole, so `time_us` says nothing of when this was written.
    """

    time_us: int
    operation: str = ""
    did: str = ""
    rkey: str = ""
    cid: str = ""
    record: Mapping[str, Any] | None = None
    there: bool | None = None
    again: bool = False

    @property
    def uri(self) -> str:
        return f"at://{self.did}/{POSTS}/{self.rkey}"

    @property
    def ref(self) -> PostRef:
        return PostRef("bluesky", self.uri)


def moment(us: int) -> datetime:
    """Unix microseconds → UTC; held inside the years 1970…9999."""
    try:
        return min(_EPOCH + us * _US, _LAST)
    except OverflowError:
        return _LAST


def micros(when: datetime) -> int:
    """UTC → unix microseconds, exactly."""
    return (when - _EPOCH) // _US


def event(raw: str | bytes) -> Event:
    """One frame of Jetstream. Raises Odd; what is neither about a post nor about an account comes back empty."""
    try:
        thing = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Odd("this frame is not JSON") from error
    if not isinstance(thing, dict):
        raise Odd("this frame is not an object")
    time_us = thing.get("time_us")
    if not isinstance(time_us, int) or isinstance(time_us, bool) or time_us < 0:
        raise Odd("time_us is not a whole number")
    if thing.get("kind") == "account":
        return of_account(time_us, thing)
    return of_commit(time_us, thing) if thing.get("kind") == "commit" else Event(time_us)


def of_commit(time_us: int, thing: Mapping[str, Any]) -> Event:
    """What was done to a post; of other collections only the time. Raises Odd."""
    commit = thing.get("commit")
    if not isinstance(commit, dict) or commit.get("collection") != POSTS:
        return Event(time_us)
    did, rkey, operation = _text(thing, "did", _DID), _text(commit, "rkey", _RKEY), _text(commit, "operation")
    if not is_post(f"at://{did}/{POSTS}/{rkey}"):
        raise Odd("the post's address is too long")
    if operation == "delete":
        return Event(time_us, operation, did, rkey)
    record = commit.get("record")
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise Odd(f"the record of at://{did}/{POSTS}/{rkey} has no text")
    return Event(time_us, operation, did, rkey, _text(commit, "cid"), record)


def of_account(time_us: int, thing: Mapping[str, Any]) -> Event:
    """`active`, and where it is not, why: a server out of step or slowed down is no reason to hide anybody."""
    told, did = thing.get("account"), thing.get("did")
    if not isinstance(told, dict) or not isinstance(did, str) or not _DID.fullmatch(did):
        return Event(time_us)
    if told.get("active") is True:
        return Event(time_us, did=did, there=True)
    return Event(time_us, did=did, there=False) if told.get("status") in _LEFT else Event(time_us)


def heard(happening: Event, author: Author | None = None) -> Post:
    """The post an event created or edited. `author` adds the handle and followers the event does not carry."""
    record = happening.record or {}
    seen_at = moment(happening.time_us)
    edited = happening.operation == "update"
    who = author or Author(id=happening.did, handle=happening.did)
    if happening.again:
        seen_at = min(read_time(record.get("createdAt")) or seen_at, seen_at)
    return _post(happening.uri, happening.cid, record, who, seen_at, edited_at=seen_at if edited else None)


def view(thing: Any) -> Post:
    """One `postView` as search, getPosts and threads give it. Raises Odd."""
    if not isinstance(thing, dict):
        raise Odd("a post is not an object")
    uri, record = _text(thing, "uri"), thing.get("record")
    if not is_post(uri):
        raise Odd("a post has no at:// address")
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise Odd(f"the record of {uri} has no text")
    indexed_at = read_time(thing.get("indexedAt")) or read_time(record.get("createdAt"))
    if indexed_at is None:
        raise Odd(f"{uri} has neither indexedAt nor createdAt")
    counts = [_count(thing.get(name)) for name in ("replyCount", "repostCount", "likeCount", "quoteCount")]
    known = [count for count in counts if count is not None]
    engagement = sum(known) if known else None
    return _post(uri, str(thing.get("cid") or ""), record, author(thing.get("author")), indexed_at, engagement)


def author(thing: Any) -> Author:
    """A profile view of any size. Raises Odd without a DID."""
    if not isinstance(thing, dict):
        raise Odd("an author is not an object")
    did = _text(thing, "did", _DID)
    handle, name = thing.get("handle"), thing.get("displayName")
    return Author(
        id=did,
        handle=one_line(handle) if isinstance(handle, str) and handle and handle != "handle.invalid" else did,
        name=one_line(name) if isinstance(name, str) else "",
        followers=_count(thing.get("followersCount")),
    )


def hidden(thing: Mapping[str, Any]) -> bool:
    """True if moderation took this post or its author down: treated as deleted."""
    who = thing.get("author")
    labels = [thing.get("labels"), who.get("labels") if isinstance(who, dict) else None]
    return any(
        isinstance(label, dict) and label.get("val") in _HIDDEN and not label.get("neg")
        for group in labels
        if isinstance(group, list)
        for label in group
    )


def poison(thing: Any, why: str, ref: str | None = None) -> Poison:
    """What could not be read, kept with its bytes."""
    raw = thing if isinstance(thing, str | bytes) else json.dumps(thing, ensure_ascii=True)
    return Poison(raw if isinstance(raw, bytes) else raw.encode("utf-8", "backslashreplace"), why, ref)


def parent_did(record: Mapping[str, Any]) -> str:
    """Whose post this one answers, "" for none."""
    reply = record.get("reply")
    uri = _ref(reply.get("parent"))["uri"] if isinstance(reply, dict) else ""
    return uri.removeprefix("at://").split("/")[0]


def is_post(uri: str) -> bool:
    """True for the at:// address of a post."""
    did, _, rkey = uri.removeprefix("at://").partition(f"/{POSTS}/")
    return uri.startswith("at://") and len(uri) <= 512 and bool(_DID.fullmatch(did) and _RKEY.fullmatch(rkey))


def web_url(uri: str) -> str:
    """Where a person sees this post."""
    did, _, rkey = uri.removeprefix("at://").partition(f"/{POSTS}/")
    return f"https://bsky.app/profile/{did}/post/{rkey}"


def _post(
    uri: str,
    cid: str,
    record: Mapping[str, Any],
    who: Author,
    seen_at: datetime,
    engagement: int | None = None,
    edited_at: datetime | None = None,
) -> Post:
    created_at, clock = spoken_at(record.get("createdAt"), seen_at)
    reply = record.get("reply") if isinstance(record.get("reply"), dict) else None
    parent = _ref(reply.get("parent")) if reply else {"uri": "", "cid": ""}
    root = _ref(reply.get("root")) if reply else {"uri": "", "cid": ""}
    if not root["uri"]:
        root = parent if parent["uri"] else {"uri": uri, "cid": cid}
    languages = record.get("langs")
    return Post(
        ref=PostRef("bluesky", uri),
        url=web_url(uri),
        author=who,
        text=storable(str(record["text"])),
        created_at=created_at,
        clock=clock,
        kind="reply" if reply else "post",
        in_reply_to=PostRef("bluesky", parent["uri"]) if parent["uri"] else None,
        thread=root["uri"],
        edited_at=edited_at,
        language=_language(languages),
        engagement=engagement,
        answer_to=json.dumps({"uri": uri, "cid": cid, "root": root}, separators=(",", ":")) if cid else None,
    )


def spoken_at(claimed: Any, seen_at: datetime) -> tuple[datetime, Clock]:
    """When the customer spoke: their own word within a day before we could see it, else the network's.

    `createdAt` is written by the author's program and may say 1970 or next year.
    """
    said = read_time(claimed)
    if said is None or said < seen_at - _BELIEVED:
        return seen_at, "server"
    return min(said, seen_at), "claimed"


def read_time(value: Any) -> datetime | None:
    """A time as the lexicons write it → UTC, or None."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except OverflowError:
        return None


def _ref(thing: Any) -> dict[str, str]:
    """A strong reference to a post; empty where it is none, so that nothing odd becomes somebody's thread."""
    uri, cid = (thing.get("uri"), thing.get("cid")) if isinstance(thing, dict) else (None, None)
    if not isinstance(uri, str) or not is_post(uri):
        return {"uri": "", "cid": ""}
    return {"uri": uri, "cid": cid if isinstance(cid, str) else ""}


def _language(languages: Any) -> str | None:
    first = languages[0] if isinstance(languages, list) and languages else None
    return one_line(first)[:16] or None if isinstance(first, str) else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _text(thing: Mapping[str, Any], name: str, shape: re.Pattern[str] | None = None) -> str:
    value = thing.get(name)
    if not isinstance(value, str) or not value:
        raise Odd(f"{name} is missing or not text")
    if shape is not None and not shape.fullmatch(value):
        raise Odd(f"{name} has letters it may not have")
    return value
