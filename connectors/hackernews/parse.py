"""Hacker News's JSON → Post. Pure.

Two shapes: a search hit (https://hn.algolia.com/api) and an item (https://github.com/HackerNews/API).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.text import one_line, plain, storable
from connectors.types import Author, Post, PostRef

PLATFORM = "hackernews"
SITE = "https://news.ycombinator.com"


class Odd(ValueError):
    """Something that should be a post and is none; the message says why."""


def hit(thing: Any) -> Post | None:
    """One search hit as we keep it; None for one whose author or words were taken away. Raises Odd."""
    thing = _object(thing)
    id_ = _id(thing.get("objectID"))
    comment = thing.get("comment_text")
    title = one_line(_words(thing.get("title")))
    if not thing.get("author") or (comment is None and not title):
        return None
    parent = thing.get("parent_id")
    return Post(
        ref=PostRef(PLATFORM, id_),
        url=page(id_),
        author=_author(thing["author"]),
        text=_text(comment if comment is not None else thing.get("story_text"), title),
        created_at=_time(thing.get("created_at_i")),
        kind="comment" if comment is not None else "post",
        title=title or one_line(_words(thing.get("story_title"))),
        in_reply_to=PostRef(PLATFORM, _id(parent)) if parent is not None else None,
        thread=_id(thing.get("story_id")) if thing.get("story_id") is not None else id_,
        engagement=_count(thing.get("points")) + _count(thing.get("num_comments")),
    )


def item(thing: Any) -> Post | None:
    """One item as we keep it; None if it is deleted, killed by moderators, or was never there. Raises Odd."""
    if thing is None:
        return None
    thing = _object(thing)
    id_ = _id(thing.get("id"))
    if thing.get("deleted") or thing.get("dead") or not thing.get("by"):
        return None
    title = one_line(_words(thing.get("title")))
    parent = thing.get("parent")
    return Post(
        ref=PostRef(PLATFORM, id_),
        url=page(id_),
        author=_author(thing["by"]),
        text=_text(thing.get("text"), title),
        created_at=_time(thing.get("time")),
        kind="comment" if thing.get("type") == "comment" else "post",
        title=title,
        in_reply_to=PostRef(PLATFORM, _id(parent)) if parent is not None else None,
        thread=None if parent is not None else id_,
        engagement=_count(thing.get("score")) + _count(thing.get("descendants")),
    )


def page(id_: str) -> str:
    """Where a person reads it."""
    return f"{SITE}/item?id={id_}"


def composer(post: Post) -> str:
    """Where a person answers it: the reply form of a comment, the comment box under a story."""
    if post.in_reply_to is None:
        return page(post.ref.id)
    return f"{SITE}/reply?id={post.ref.id}&goto=item%3Fid%3D{post.thread or post.ref.id}%23{post.ref.id}"


def changed_at(thing: Mapping[str, Any], now: datetime) -> datetime:
    """When the index last saw the post change; `now` where it does not say."""
    try:
        moment = datetime.fromisoformat(str(thing.get("updated_at")))
    except ValueError:
        return now
    return moment.astimezone(UTC) if moment.tzinfo else now


def _object(thing: Any) -> dict[str, Any]:
    if not isinstance(thing, dict):
        raise Odd("the item is no object")
    return thing


def _id(value: Any) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not text.isascii() or not text.isdecimal() or len(text) > 20:
        raise Odd("the item's number is missing or is no number")
    return text


def _words(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Odd("the item's words are no text")
    return storable(value)


def _text(html: Any, title: str) -> str:
    return plain(_words(html)) if html else title


def _author(name: Any) -> Author:
    if not isinstance(name, str):
        raise Odd("the author's name is no text")
    handle = one_line(name)[:200]
    return Author(id=handle, handle=handle)


def _time(value: Any) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 32_503_680_000:
        raise Odd("the time is missing or is no time")
    return datetime.fromtimestamp(value, UTC)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else 0
