"""Discourse's JSON → Post. Pure. Shapes: docs.discourse.org (list latest posts, search, single post).

A post is named "host/topic/number": what it answers is told by that number, and its page has that address.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.errors import Unavailable
from connectors.lanes import Told
from connectors.shapes import Odd, count, ident, later, line, moment, record, rows, sorted_out, words
from connectors.text import plain, web_link
from connectors.types import Author, Post, PostRef

PLATFORM, NAME = "discourse", "Discourse"
_LIKE = 2  # of actions_summary
_NUMBER = re.compile(r"[0-9]{1,18}")


def latest(thing: Any, site: str, asked: str = "") -> Told:
    """A page of the newest posts. Raises Unavailable for anything else."""
    things = rows(thing, "latest_posts", NAME)
    posts, gone, odd = sorted_out(things, lambda each: post(each, site), NAME)
    numbers = [each["id"] for each in things if isinstance(each, dict) and isinstance(each.get("id"), int)]
    return Told(
        tuple(posts), tuple(gone), tuple(odd), _below(numbers, asked), tuple(p.created_at for p in posts), len(things)
    )


def hits(thing: Any) -> list[str]:
    """The numbers of the posts a search found. Raises Unavailable for anything else."""
    found = thing.get("posts") if isinstance(thing, dict) else None
    if found is None and isinstance(thing, dict) and "grouped_search_result" in thing:
        return []
    numbers = [each.get("id") for each in rows(thing, "posts", NAME) if isinstance(each, dict)]
    return [str(number) for number in numbers if isinstance(number, int)]


def single(thing: Any, site: str) -> Post | PostRef:
    """One post that was asked for. Raises Unavailable where it cannot be read."""
    try:
        return post(thing, site)
    except Odd as why:
        raise Unavailable(f"Discourse answered with a post that cannot be read: {why}.") from why


def post(thing: Any, site: str) -> Post | PostRef:
    """One post, or the reference of one that was taken away. Raises Odd."""
    thing = record(thing)
    topic, number = _number(thing.get("topic_id")), _number(thing.get("post_number"))
    host = urlsplit(site).netloc
    ref = PostRef(PLATFORM, f"{host}/{topic}/{number}")
    if thing.get("deleted_at") or thing.get("user_deleted") is True or thing.get("hidden") is True:
        return ref
    written = moment(thing.get("created_at"))
    parent = thing.get("reply_to_post_number") or (1 if number != "1" else None)
    changed = thing.get("updated_at") if count(thing.get("version")) > 1 else None
    return Post(
        ref=ref,
        url=web_link(f"{site}/t/{topic}/{number}"),
        author=_author(thing),
        text=_text(thing),
        created_at=written,
        kind="post" if number == "1" else "reply",
        title=line(thing.get("topic_title")),
        in_reply_to=PostRef(PLATFORM, f"{host}/{topic}/{_number(parent)}") if parent is not None else None,
        thread=f"{host}/{topic}",
        edited_at=later(changed, written),
        engagement=_likes(thing) + count(thing.get("reply_count")),
        answer_to=json.dumps({"site": site, "topic": topic, "number": number}, separators=(",", ":")),
    )


def place_of(ref_id: str, site: str) -> tuple[str, str] | None:
    """(topic, number) of a post of this forum; None for one of another."""
    parts = ref_id.split("/")
    good = len(parts) == 3 and parts[0] == urlsplit(site).netloc and parts[1].isdecimal() and parts[2].isdecimal()
    return (parts[1], parts[2]) if good else None


def _text(thing: Mapping[str, Any]) -> str:
    """What was written, else what is shown."""
    return words(thing["raw"]) if thing.get("raw") else plain(words(thing.get("cooked")))


def _author(thing: Mapping[str, Any]) -> Author:
    handle = line(thing.get("username"))
    if not handle:
        raise Odd("it has no author")
    id_ = thing.get("user_id")
    return Author(ident(id_) if isinstance(id_, int) else handle, handle, line(thing.get("name")))


def _likes(thing: Mapping[str, Any]) -> int:
    actions = thing.get("actions_summary")
    told = [each for each in actions if isinstance(each, dict)] if isinstance(actions, list) else []
    return next((count(each.get("count")) for each in told if each.get("id") == _LIKE), 0)


def _number(value: Any) -> str:
    text = ident(value)
    if not _NUMBER.fullmatch(text):
        raise Odd("it has no number, or one that is none")
    return text


def _below(numbers: list[int], asked: str) -> str:
    """Below which number the next page begins. Old forums give only those of a stretch of fifty numbers."""
    low = min(numbers, default=0)
    if asked and low >= int(asked):
        low = int(asked) - 50
    return str(low) if low > 1 else ""
