"""YouTube's JSON → Post. Pure. Shapes: developers.google.com/youtube/v3/docs (commentThread, comment, search)."""

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.errors import Unavailable
from connectors.lanes import Told
from connectors.shapes import Odd, count, ident, later, line, moment, record, rows, sorted_out, words
from connectors.types import Author, Poison, Post, PostRef
from connectors.walked import raw

PLATFORM, NAME = "youtube", "YouTube"
VIDEO = "video:"


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread with more replies than came along: its id, its video's ("" if not told), and how many there are."""

    id: str
    video: str
    total: int


def threads(thing: Any, ours: str) -> Told:
    """A page of comment threads, each with the replies that came along. Raises Unavailable for anything else."""
    things = rows(thing, "items", NAME)
    tops, gone, odd = sorted_out(things, lambda each: _top(each, ours), NAME)
    replies, odd_replies = _replies(things, ours)
    tag = thing.get("etag")
    return Told(
        posts=(*tops, *replies),
        gone=tuple(gone),
        poison=(*odd, *odd_replies),
        after=_next(thing),
        times=tuple(post.created_at for post in tops),
        count=len(things),
        tag=tag[:200] if isinstance(tag, str) else "",
    )


def counted(thing: Any) -> list[Thread]:
    """The threads of a page that have more replies than came along. What cannot be read is kept aside elsewhere."""
    busy: list[Thread] = []
    for each in rows(thing, "items", NAME):
        try:
            snippet, id_ = record(record(each).get("snippet"), "its content"), ident(each.get("id"))
        except Odd:
            continue
        inner, total = each.get("replies"), count(snippet.get("totalReplyCount"))
        shown = inner.get("comments") if isinstance(inner, dict) else None
        if total > (len(shown) if isinstance(shown, list) else 0):
            busy.append(Thread(id_, _video_of(snippet), total))
    return busy


def comments(thing: Any, ours: str, top: str = "", video_id: str = "") -> Told:
    """A page of single comments, or of the replies to `top`. Raises Unavailable for anything else."""
    things = rows(thing, "items", NAME)
    posts, gone, odd = sorted_out(things, lambda each: comment(each, ours, top, video_id), NAME)
    return Told(tuple(posts), tuple(gone), tuple(odd), _next(thing), tuple(p.created_at for p in posts), len(things))


def videos(thing: Any) -> Told:
    """A page of videos, found or looked up. Raises Unavailable for anything else."""
    things = rows(thing, "items", NAME)
    posts, gone, odd = sorted_out(things, video, NAME)
    return Told(tuple(posts), tuple(gone), tuple(odd), _next(thing), tuple(p.created_at for p in posts), len(things))


def comment(thing: Any, ours: str, top: str = "", video_id: str = "") -> Post:
    """One comment. `ours` is our channel's ID; `top` the comment it answers, if that is not told in it. Raises Odd."""
    thing = record(thing)
    id_, said = ident(thing.get("id")), record(thing.get("snippet"), "its content")
    parent = said.get("parentId") or top
    parent = ident(parent) if parent else ""
    under = said.get("videoId") or video_id
    written = moment(said.get("publishedAt"))
    author = _author(said)
    answer_to = {"id": id_, "top": parent or id_, "video": str(under or "-")}
    return Post(
        ref=PostRef(PLATFORM, id_),
        url=f"https://www.youtube.com/watch?v={ident(under)}&lc={id_}" if under else "",
        author=author,
        text=_text(said),
        created_at=written,
        kind="comment",
        in_reply_to=PostRef(PLATFORM, parent) if parent else None,
        thread=parent or id_,
        edited_at=later(said.get("updatedAt"), written),
        engagement=count(said.get("likeCount")),
        answer_to=json.dumps(answer_to, separators=(",", ":")),
        by_us=bool(ours) and author.id == ours,
    )


def video(thing: Any) -> Post:
    """One video, as its description names it. Raises Odd."""
    thing = record(thing)
    told = thing.get("id")
    id_ = ident(told.get("videoId") if isinstance(told, dict) else told)
    said = record(thing.get("snippet"), "its content")
    title = line(html.unescape(words(said.get("title"))))
    text = html.unescape(words(said.get("description")))
    channel = line(said.get("channelTitle"))
    return Post(
        ref=PostRef(PLATFORM, VIDEO + id_),
        url=f"https://www.youtube.com/watch?v={id_}",
        author=Author(ident(said.get("channelId")), channel or ident(said.get("channelId"))),
        text=text if text.strip() else title,
        created_at=moment(said.get("publishedAt")),
        title=title,
        thread=VIDEO + id_,
    )


def _top(thing: Any, ours: str) -> Post:
    snippet = record(record(thing).get("snippet"), "its content")
    return comment(snippet.get("topLevelComment"), ours, video_id=_video_of(snippet))


def _replies(things: list[Any], ours: str) -> tuple[list[Post], list[Poison]]:
    """The replies that came along with their threads; those of an odd thread are kept aside with it."""
    posts: list[Post] = []
    odd: list[Poison] = []
    for thing in things:
        inner = thing.get("replies") if isinstance(thing, dict) else None
        found = inner.get("comments") if isinstance(inner, dict) else None
        for each in found if isinstance(found, list) else []:
            try:
                snippet = thing.get("snippet")
                place = _video_of(snippet) if isinstance(snippet, dict) else ""
                posts.append(comment(each, ours, ident(thing.get("id")), place))
            except Odd as why:
                odd.append(Poison(raw(each), f"{NAME}: {why}."))
    return posts, odd


def _video_of(snippet: Mapping[str, Any]) -> str:
    told = snippet.get("videoId")
    return told if isinstance(told, str) else ""


def _author(said: Mapping[str, Any]) -> Author:
    channel = said.get("authorChannelId")
    id_ = channel.get("value") if isinstance(channel, dict) else None
    handle = line(said.get("authorDisplayName"))
    if not handle and not id_:
        raise Odd("it has no author")
    return Author(ident(id_) if id_ else handle, handle.lstrip("@") or str(id_), handle)


def _text(said: Mapping[str, Any]) -> str:
    if said.get("textOriginal") is None and said.get("textDisplay") is None:
        raise Odd("it has no words")
    return words(said.get("textOriginal") or said.get("textDisplay"))


def _next(thing: Any) -> str:
    token = thing.get("nextPageToken")
    return token if isinstance(token, str) else ""


def whole(told: Told) -> Told:
    """The same page. Raises Unavailable if something in it cannot be read: what was asked for by name must be told."""
    if told.poison:
        raise Unavailable("YouTube answered with a comment that cannot be read.")
    return told
