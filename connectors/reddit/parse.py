"""Reddit's JSON → Post. Pure. Shapes: https://www.reddit.com/dev/api (listing, t1 comment, t3 submission)."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from connectors.errors import Unavailable
from connectors.lanes import Told
from connectors.text import one_line, storable, web_link
from connectors.types import Author, Poison, Post, PostRef
from connectors.walked import raw

PLATFORM = "reddit"
SITE = "https://www.reddit.com"
_NAME = re.compile(r"t[13]_[a-z0-9]{1,13}")
_THREAD = re.compile(r"/comments/([a-z0-9]{1,13})(?:/|$)")
_TAKEN = ("[deleted]", "[removed]", "[ removed by reddit ]")
_KINDS: Mapping[str, Literal["post", "comment"]] = {"t3": "post", "t1": "comment"}
CLOSED = {
    "locked": "The thread is locked: nobody can answer in it.",
    "archived": "The thread is archived: Reddit takes no more answers.",
}


class Odd(ValueError):
    """Something that should be a post and is none; the message says why."""


def listing(thing: Any) -> Told:
    """A page of posts and comments; private messages are left out. Raises Unavailable for anything else."""
    data = thing.get("data") if isinstance(thing, dict) and thing.get("kind") == "Listing" else None
    children = data.get("children") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(children, list):
        raise Unavailable("Reddit answered with something that is not a listing.")
    posts: list[Post] = []
    gone: list[PostRef] = []
    poison: list[Poison] = []
    times: list[datetime] = []
    for child in children:
        try:
            kind, inner = _opened(child)
            if kind not in _KINDS:
                continue
            times.append(_moment(inner.get("created_utc")))
            heard = post(kind, inner)
        except Odd as why:
            poison.append(Poison(raw(child), f"Reddit: {why}."))
            continue
        if heard is None:
            gone.append(PostRef(PLATFORM, _fullname(kind, inner)))
        else:
            posts.append(heard)
    after = data.get("after")
    return Told(
        tuple(posts), tuple(gone), tuple(poison), after if isinstance(after, str) else "", tuple(times), len(children)
    )


def post(kind: str, thing: Mapping[str, Any]) -> Post | None:
    """One submission or comment; None if its author or a moderator took it away. Raises Odd."""
    id_ = _fullname(kind, thing)
    created = _moment(thing.get("created_utc"))
    words = thing.get("body" if kind == "t1" else "selftext", "")
    title = one_line(_words(thing.get("title") if kind == "t3" else thing.get("link_title")))
    if _taken(thing, words):
        return None
    if not isinstance(words, str) or (kind == "t1" and "body" not in thing):
        raise Odd("it has no words")
    if kind == "t3" and not title:
        raise Odd("it has no title")
    link = _permalink(thing)
    thread = id_ if kind == "t3" else _thread(thing, link)
    parent = thing.get("parent_id") if kind == "t1" else None
    edited = thing.get("edited")
    return Post(
        ref=PostRef(PLATFORM, id_),
        url=link,
        author=_author(thing),
        text=storable(words) if words.strip() else title,
        created_at=created,
        kind=_KINDS[kind],
        title=title,
        in_reply_to=PostRef(PLATFORM, parent) if isinstance(parent, str) and _NAME.fullmatch(parent) else None,
        thread=thread or None,
        edited_at=_moment(edited) if isinstance(edited, int | float) and not isinstance(edited, bool) else None,
        engagement=_count(thing.get("score")) + _count(thing.get("num_comments")),
        answer_to=answer_to(id_, closed(thing)),
    )


def closed(thing: Mapping[str, Any]) -> str:
    """Why nobody can answer: "locked", "archived" or ""."""
    return next((name for name in CLOSED if thing.get(name) is True), "")


def answer_to(id_: str, why: str = "") -> str:
    """Where an answer goes, and whether it can."""
    return json.dumps({"id": id_, "closed": why}, separators=(",", ":"))


def address(told: str | None) -> dict[str, str] | None:
    """What `answer_to` holds: {"id", "closed"}; None for anything else."""
    try:
        thing = json.loads(told or "")
        id_, why = thing["id"], thing["closed"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    good = isinstance(id_, str) and _NAME.fullmatch(id_) and (why == "" or why in CLOSED)
    return {"id": id_, "closed": why} if good else None


def shut(thing: Any) -> dict[str, str]:
    """Of a listing of submissions: which are closed, and why."""
    data = thing.get("data") if isinstance(thing, dict) else None
    children = data.get("children") if isinstance(data, dict) else None
    if not isinstance(children, list):
        raise Unavailable("Reddit answered with something that is not a listing.")
    inner = [child.get("data") for child in children if isinstance(child, dict)]
    return {str(each.get("name")): closed(each) for each in inner if isinstance(each, dict) and closed(each)}


def _opened(child: Any) -> tuple[str, Mapping[str, Any]]:
    if not isinstance(child, dict) or not isinstance(child.get("data"), dict):
        raise Odd("it is no object")
    kind = child.get("kind")
    if not isinstance(kind, str):
        raise Odd("it does not say what it is")
    return kind, child["data"]


def _taken(thing: Mapping[str, Any], words: Any) -> bool:
    """Removed, deleted, or its author's account is gone: then nothing of it may be kept."""
    said = words.strip().lower() if isinstance(words, str) else ""
    return said in _TAKEN or bool(thing.get("removed_by_category")) or thing.get("author") in (None, "[deleted]")


def _author(thing: Mapping[str, Any]) -> Author:
    name = thing.get("author")
    if not isinstance(name, str) or not name.strip():
        raise Odd("it has no author")
    id_ = thing.get("author_fullname")
    handle = one_line(name)
    return Author(id_ if isinstance(id_, str) and 0 < len(id_) < 40 else handle, handle)


def _permalink(thing: Mapping[str, Any]) -> str:
    path = thing.get("permalink") or thing.get("context")  # an inbox entry has only the second
    bare = path.split("?", 1)[0] if isinstance(path, str) else ""
    return web_link(f"{SITE}{bare}") if bare.startswith("/") and not bare.startswith("//") else ""


def _thread(thing: Mapping[str, Any], link: str) -> str:
    told = thing.get("link_id")
    if isinstance(told, str) and _NAME.fullmatch(told):
        return told
    found = _THREAD.search(link)
    return f"t3_{found[1]}" if found else ""


def _fullname(kind: str, thing: Mapping[str, Any]) -> str:
    name = thing.get("name") or f"{kind}_{thing.get('id')}"
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Odd("it has no name of its own, or one that is none")
    return name


def _moment(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**11:
        raise Odd("it does not say when it was written")
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Odd("it was written at no time") from error


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0
