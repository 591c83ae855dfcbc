"""Search, for what the stream could not give: newest first inside a slice of time, given on oldest first.

`app.bsky.feed.searchPosts` hands out a `cursor` that "may not necessarily allow scrolling through entire result set",
so the next question is asked with an earlier `until` instead; its cursor is followed only across empty pages, and on
servers that pass over `until`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.bluesky.client import Xrpc
from connectors.bluesky.cursor import Place, mark
from connectors.bluesky.parse import Odd, hidden, micros, moment, poison, view
from connectors.errors import Unavailable
from connectors.types import Page, Poison, Post, PostRef, Rate, Span, Want
from connectors.wanted import Wanted

_LIMIT = 100
_MOST_PAGES = 20
_OVERLAP = timedelta(minutes=5)  # the index is late by minutes at times
_LONG_OVERLAP = timedelta(hours=1)  # after a long absence: it is searched by the time authors claim
_SLICE = timedelta(hours=6)
_MS = timedelta(milliseconds=1)


@dataclass(slots=True)
class _Found:
    """What one slice of time gave, over all queries."""

    posts: dict[str, Post] = field(default_factory=dict)
    cids: dict[str, str] = field(default_factory=dict)
    gone: dict[PostRef, None] = field(default_factory=dict)
    odd: dict[bytes, Poison] = field(default_factory=dict)
    oldest: datetime | None = None
    cut: bool = False
    circling: bool = False
    rate: Rate | None = None


def queries(want: Want) -> tuple[str, ...]:
    """What to ask for: phrases quoted, hashtags with "#", handles bare."""
    phrases = [f'"{term.replace(chr(34), " ").strip()}"' for term in want.terms if term.strip()]
    handles = [f'"{handle.lstrip("@")}"' for handle in want.handles if handle.strip("@ ")]
    tags = [f"#{tag.lstrip('#')}" for tag in want.hashtags if tag.strip("# ")]
    return tuple(dict.fromkeys([*phrases, *handles, *tags]))


class Search:
    """Everything said between two moments, as far as the server's index goes."""

    def __init__(self, xrpc: Xrpc) -> None:
        self._xrpc = xrpc

    def pages(self, want: Want, place: Place, until: datetime, now: datetime) -> Iterator[Page]:
        """One page for each slice of at most six hours, oldest first. Unavailable if the server goes in circles."""
        start = moment(place.us)
        if want.cursor is not None:
            start = _again_from(place, until)
        covered_from, known = moment(place.us), place
        while start < until:
            end = min(start + _SLICE, until)
            found = self._slice(want, start, end, now)
            page, known = _page(found, Wanted(want), Span(start, end), until, covered_from, known)
            if found.circling:
                yield Page(page.posts, want.cursor, page.gone, truncated=True, poison=page.poison, rate=page.rate)
                raise Unavailable("Bluesky's search hands out the same page again and again.")
            yield page
            start = covered_from = end

    def _slice(self, want: Want, start: datetime, end: datetime, now: datetime) -> _Found:
        found = _Found()
        for query in queries(want):
            self._query(query, start, end, now, found)
        return found

    def _query(self, query: str, start: datetime, end: datetime, now: datetime, found: _Found) -> None:
        until, cursor, by_cursor, mine = end, None, False, set[str]()
        for _ in range(_MOST_PAGES):
            params: dict[str, Any] = {"q": query, "sort": "latest", "limit": _LIMIT}
            params |= {"since": _iso(start), "until": _iso(until)} | ({"cursor": cursor} if cursor else {})
            answer = self._xrpc.answer("app.bsky.feed.searchPosts", params)
            things, following = _shape(answer.json())
            found.rate = answer.rate(now) or found.rate
            fresh, oldest = _read(things, mine, found)
            if following is None:
                return
            if things and not fresh:
                if by_cursor:
                    found.circling = found.circling or len(things) < _LIMIT
                    break
                by_cursor = True  # a server that passes over `until` gave the same page: its cursor is all there is
            cursor = following if by_cursor or not things else None
            until = until if oldest is None else min(until, max(oldest + _MS, start))
            found.oldest = min(filter(None, (found.oldest, oldest)), default=None)
        found.cut = True


def _shape(thing: Any) -> tuple[list[Any], str | None]:
    posts = thing.get("posts") if isinstance(thing, dict) else None
    if not isinstance(posts, list):
        raise Unavailable("Bluesky's search answered in a shape that is not a list of posts.")
    following = thing.get("cursor")
    return posts, following if isinstance(following, str) and following else None


def _read(things: list[Any], mine: set[str], found: _Found) -> tuple[int, datetime | None]:
    """Keep what is on one page; how many were new to this query, and the oldest time on it."""
    fresh, oldest = 0, None
    for thing in things:
        try:
            post = view(thing)
        except Odd as error:
            kept = poison(thing, str(error))
            fresh += kept.raw not in found.odd
            found.odd[kept.raw] = kept
            continue
        fresh += post.ref.id not in mine
        mine.add(post.ref.id)
        oldest = post.created_at if oldest is None else min(oldest, post.created_at)
        if hidden(thing):
            found.gone[post.ref] = None
        else:
            found.posts[post.ref.id] = post
            found.cids[post.ref.id] = str(thing.get("cid") or "")
    return fresh, oldest


def _again_from(place: Place, until: datetime) -> datetime:
    """Where a later read begins: five minutes before what was read, or before the newest post if that is older.

    The index is late by minutes at times and sometimes by more. The time since the newest post holds little, so it is
    read again cheaply, up to one slice. After a long absence an hour is: an author's program may have claimed a time
    before it began.
    """
    behind = min(place.us, place.newest_us or place.us)
    overlap = _LONG_OVERLAP if until - moment(place.us) > _SLICE else _OVERLAP
    return min(moment(place.us) - overlap, max(moment(behind) - _OVERLAP, until - _SLICE))


def _page(
    found: _Found, wanted: Wanted, span: Span, until: datetime, covered_from: datetime, known: Place
) -> tuple[Page, Place]:
    """What a slice brought. A server that passes over `until` tells more than was asked: all that is wanted counts."""
    inside = [post for post in found.posts.values() if span.start <= post.created_at < until]
    told = sorted((post for post in inside if _concerns(post, wanted)), key=lambda post: (post.created_at, post.ref.id))
    marks = {post.ref.id: mark(post.ref.id, found.cids[post.ref.id]) for post in told}
    newest = max([post.created_at for post in told], default=moment(known.newest_us))
    recent = tuple(marks[post.ref.id] for post in told if post.created_at >= newest - _OVERLAP)
    fresh = tuple(post for post in told if marks[post.ref.id] not in known.seen)
    place = Place(micros(span.end), recent or known.seen, exact=False, newest_us=max(micros(newest), known.newest_us))
    page = Page(
        posts=fresh,
        cursor=place.written(),
        gone=tuple(found.gone),
        covered=Span(max(covered_from, found.oldest) if found.cut and found.oldest else covered_from, span.end),
        truncated=found.cut,
        poison=tuple(found.odd.values()),
        rate=found.rate,
    )
    return page, place


def _concerns(post: Post, wanted: Wanted) -> bool:
    """Ours only where it answers somebody: an answer given on Bluesky itself is found that way."""
    return post.kind == "reply" or not wanted.ours(post.author.id, post.author.handle)


def _iso(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
