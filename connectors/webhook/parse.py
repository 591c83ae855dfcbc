"""A delivery's JSON → Posts. Pure. The fields are those of docs/hooks.md."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.hooks import Read, object_of
from connectors.text import one_line, storable, web_link
from connectors.types import Author, Kind, Poison, Post, PostRef

MOST = 200
KINDS: tuple[Kind, ...] = ("post", "reply", "comment", "review", "article", "message")
FIELDS = frozenset(
    {
        "id", "url", "author", "text", "title", "created_at", "edited_at", "kind", "in_reply_to", "thread", "language",
        "rating", "engagement",
    }
)  # fmt: skip
LONGEST_ID = 400


class Odd(ValueError):
    """Something that should be a post and is none; the message says why, for its sender."""


def delivery(body: bytes, platform: str, came_at: datetime) -> Read:
    """Everything one delivery holds; what is no post becomes poison with its bytes."""
    told = object_of(body)
    if told is None or envelope_problem(told):
        return Read(poison=(Poison(body, "The delivery is not what docs/hooks.md describes."),))
    posts: list[Post] = []
    poison: list[Poison] = []
    for thing in told.get("posts", []):
        try:
            posts.append(post(thing, platform, came_at))
        except Odd as why:
            raw = json.dumps(thing, ensure_ascii=True).encode()
            poison.append(Poison(raw, f"Inbound hook: {why}.", _ref(thing)))
    gone = tuple(PostRef(platform, _id(id_)) for id_ in told.get("gone", []))
    return Read(tuple(posts), gone, tuple(poison))


def envelope_problem(told: Mapping[str, Any]) -> str:
    """Why a delivery as a whole cannot be taken, "" if it can."""
    posts, gone = told.get("posts", []), told.get("gone", [])
    if unknown := sorted(set(told) - {"id", "posts", "gone"}):
        return f"unknown field {unknown[0][:40]!r}; a delivery has id, posts, gone"
    if not isinstance(told.get("id", ""), str) or len(told.get("id", "")) > LONGEST_ID:
        return f"id is a text of at most {LONGEST_ID} characters"
    if not isinstance(posts, list) or not isinstance(gone, list) or not (posts or gone):
        return "posts and gone are lists, and one of them holds something"
    if len(posts) > MOST or len(gone) > MOST:
        return f"at most {MOST} posts at once"
    if not all(isinstance(id_, str) and 0 < len(id_.strip()) <= LONGEST_ID for id_ in gone):
        return "gone is a list of ids"
    return ""


def problems(body: bytes, platform: str, now: datetime) -> list[dict[str, Any]]:
    """Of each post that cannot be read its number and why: told to the sender with the acknowledgement."""
    told = object_of(body) or {}
    found = []
    for number, thing in enumerate(told.get("posts", [])):
        try:
            post(thing, platform, now)
        except Odd as why:
            found.append({"post": number, "why": str(why)})
    return found


def post(thing: Any, platform: str, came_at: datetime) -> Post:
    """One post. Raises Odd."""
    if not isinstance(thing, dict):
        raise Odd("it is no object")
    if unknown := sorted(set(thing) - FIELDS):
        raise Odd(f"unknown field {unknown[0][:40]!r}")
    written, edited = _moment(thing, "created_at"), _moment(thing, "edited_at")
    text, title = _text(thing, "text"), one_line(_text(thing, "title"))
    if not text and not title:
        raise Odd("it has neither text nor title")
    parent = _text(thing, "in_reply_to")
    return Post(
        ref=PostRef(platform, _id(thing.get("id"))),
        url=web_link(_text(thing, "url")) or "",
        author=_author(thing.get("author")),
        text=text or title,
        created_at=min(written, came_at) if written else came_at,
        clock="claimed" if written else "estimated",
        kind=_kind(thing),
        title=title,
        in_reply_to=PostRef(platform, parent) if parent else None,
        thread=_text(thing, "thread") or None,
        edited_at=edited,
        language=_text(thing, "language")[:8].lower() or None,
        rating=_rating(thing.get("rating")),
        engagement=_count(thing, "engagement"),
        answer_to=json.dumps({"platform": platform, "id": _id(thing.get("id"))}, separators=(",", ":")),
    )


def _author(told: Any) -> Author:
    if isinstance(told, str) and told.strip():
        name = one_line(told)
        return Author(name.casefold()[:LONGEST_ID], name, name)
    if not isinstance(told, dict):
        raise Odd("author is a name or an object with id, handle, name, followers")
    handle = one_line(_text(told, "handle") or _text(told, "name"))
    id_ = _text(told, "id").strip() or handle.casefold()
    if not id_:
        raise Odd("its author has neither id nor handle nor name")
    return Author(id_[:LONGEST_ID], handle, one_line(_text(told, "name")), _count(told, "followers"))


def _id(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST_ID:
        raise Odd(f"it has no id of its own (a text of 1 to {LONGEST_ID} characters)")
    return storable(value.strip())


def _ref(thing: Any) -> str | None:
    try:
        return _id(thing.get("id")) if isinstance(thing, dict) else None
    except Odd:
        return None


def _text(thing: Mapping[str, Any], name: str) -> str:
    value = thing.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Odd(f"{name} is no text")
    return storable(value)


def _moment(thing: Mapping[str, Any], name: str) -> datetime | None:
    value = thing.get(name)
    if value is None:
        return None
    try:
        told = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Odd(f"{name} is no time such as 2026-05-04T11:40:00Z") from None
    if told.tzinfo is None:
        raise Odd(f"{name} does not say its time zone: end it with Z or +02:00")
    try:
        return told.astimezone(UTC)
    except OverflowError:
        raise Odd(f"{name} lies outside the calendar") from None


def _kind(thing: Mapping[str, Any]) -> Kind:
    wanted = _text(thing, "kind") or "post"
    for kind in KINDS:
        if kind == wanted:
            return kind
    raise Odd(f"kind is one of {', '.join(KINDS)}")


def _rating(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Odd("rating is a number from 0 to 1: four of five stars are 0.75")
    return float(value)


def _count(thing: Mapping[str, Any], name: str) -> int | None:
    value = thing.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise Odd(f"{name} is a whole number")
    return value
