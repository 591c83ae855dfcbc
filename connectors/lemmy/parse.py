"""Lemmy's JSON → Post. Pure. Shapes: lemmy_api_common 0.19 and 1.0 (PostView, CommentView).

A post is named by the address it has on every server (`ap_id`), so that two servers tell of one post.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from connectors.errors import Unavailable
from connectors.lanes import Told
from connectors.lemmy.client import PAGE
from connectors.shapes import Odd, count, ident, later, line, moment, record, rows, sorted_out, words
from connectors.shapes import host as host_of
from connectors.text import web_link
from connectors.types import Author, Post, PostRef

PLATFORM, NAME = "lemmy", "Lemmy"
LOCKED = "The post is locked: nobody can answer below it."


def listing(thing: Any, what: str, site: str, page: str, ours: Collection[str] = ()) -> Told:
    """A page of "posts" or "comments". Raises Unavailable for anything else."""
    things = rows(thing, what, NAME)
    posts, gone, odd = sorted_out(things, lambda each: either(each, site, ours), NAME)
    times = tuple(time for each in things if (time := _time(each)) is not None)
    by_cursor = thing.get("after")
    by_page = "" if by_cursor is not None or len(things) < PAGE else str(int(page or 1) + 1)
    after = by_cursor if isinstance(by_cursor, str) else by_page
    return Told(tuple(posts), tuple(gone), tuple(odd), after, times, len(things))


def resolved(thing: Any, site: str, ours: Collection[str]) -> Post | PostRef | None:
    """A post or comment that was asked for by its address, or the reference of one that was taken away."""
    try:
        told = record(thing)
        inner = told.get("comment") or told.get("post") or told.get("comment_view") or told.get("post_view")
        view = told if "creator" in told else told.get("resolve") or inner
        return either(view, site, ours)
    except Odd as why:
        raise Unavailable(f"Lemmy answered with a post that cannot be read: {why}.") from why


def either(view: Any, site: str, ours: Collection[str] = ()) -> Post | PostRef:
    """A post or a comment; the reference of one that was taken away. Raises Odd."""
    view = record(view)
    return _comment(view, site, ours) if "comment" in view else _post(view, site, ours)


def community_of(view: Mapping[str, Any], site: str) -> tuple[str, str]:
    """A community's name as it is asked for here, and with its server."""
    told = record(view.get("community"), "its community")
    name, host = line(told.get("name")).lower(), host_of(told.get("ap_id") or told.get("actor_id"))
    far = f"{name}@{host}"
    return (name if host == host_of(site) else far), far


def _post(view: Mapping[str, Any], site: str, ours: Collection[str]) -> Post | PostRef:
    said = record(view.get("post"), "its content")
    ref = PostRef(PLATFORM, _address(said))
    if _taken(said):
        return ref
    written, title, id_ = _written(said), line(said.get("name")), ident(said.get("id"))
    body = words(said.get("body"))
    return Post(
        ref=ref,
        url=web_link(ref.id),
        author=_author(view),
        text=body if body.strip() else title,
        created_at=written,
        title=title,
        thread=ref.id,
        edited_at=later(said.get("updated_at") or said.get("updated"), written),
        engagement=_counts(view, "comments"),
        answer_to=_answer_to(site, id_, "-", "-", said),
        to_us=bool({*community_of(view, site)} & {*ours}),
    )


def _comment(view: Mapping[str, Any], site: str, ours: Collection[str]) -> Post | PostRef:
    said, above = record(view["comment"], "its content"), record(view.get("post"), "its post")
    ref, root = PostRef(PLATFORM, _address(said)), PostRef(PLATFORM, _address(above))
    if _taken(said):
        return ref
    written, id_ = _written(said), ident(said.get("id"))
    path = words(said.get("path")).split(".")
    parent = path[-2] if len(path) > 2 and path[-2].isdecimal() and path[-2] != "0" else "-"
    return Post(
        ref=ref,
        url=web_link(ref.id),
        author=_author(view),
        text=words(said.get("content")),
        created_at=written,
        kind="comment",
        title=line(above.get("name")),
        in_reply_to=root,
        thread=root.id,
        edited_at=later(said.get("updated_at") or said.get("updated"), written),
        engagement=_counts(view, "child_count"),
        answer_to=_answer_to(site, ident(above.get("id")), id_, parent, above),
        to_us=bool({*community_of(view, site)} & {*ours}),
    )


def _answer_to(site: str, post: str, comment: str, parent: str, above: Mapping[str, Any]) -> str:
    locked = "yes" if above.get("locked") is True else "no"
    told = {"site": site, "post": post, "comment": comment, "parent": parent, "locked": locked}
    return json.dumps(told, separators=(",", ":"))


def _taken(said: Mapping[str, Any]) -> bool:
    return said.get("deleted") is True or said.get("removed") is True


def _address(said: Mapping[str, Any]) -> str:
    told = web_link(words(said.get("ap_id")))
    if not told or len(told) > 500:
        raise Odd("it has no address, or one that is none")
    return told


def _author(view: Mapping[str, Any]) -> Author:
    told = record(view.get("creator"), "its author")
    name, address = line(told.get("name")), web_link(words(told.get("ap_id") or told.get("actor_id")))
    if not name:
        raise Odd("it has no author")
    host = host_of(address)
    return Author(address or name, f"{name}@{host}" if host else name, line(told.get("display_name")))


def _counts(view: Mapping[str, Any], name: str) -> int:
    """Score and answers: beside the post in version 3, inside it in version 4."""
    told = view.get("counts") or view.get("comment") or view.get("post")
    return count(told.get("score")) + count(told.get(name)) if isinstance(told, dict) else 0


def _written(said: Mapping[str, Any]) -> datetime:
    return moment(said.get("published_at") or said.get("published"))


def _time(view: Any) -> Any:
    try:
        view = record(view)
        return _written(record(view.get("comment") or view.get("post")))
    except Odd:
        return None  # the entry is kept aside; the others tell how far the page reaches
