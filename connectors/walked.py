"""Listings that answer newest first, turned into pages oldest first, with a cursor that is never ahead.

A listing is walked from its newest entry back to where we were; only when the whole walk succeeded does the place move
past what it found. A little of the past is read again each time, because ids and indexes are only nearly in order, and
what was given before is known by its mark.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from connectors.types import Page, Poison, Post, PostRef, Rate, Span

FULL = 100
MOST = 1200
ROOM = 60_000  # characters of a cursor for what was given lately
PER_ENTRY = 30  # the second, the mark and what stands between


@dataclass(frozen=True, slots=True)
class Place:
    """`until`: heard up to this second (Unix time). `newest`: the platform's id of the newest entry walked, or "".

    `asked`: when that was (Unix time; what is free to read again the same day hangs on it). `seen`: id → (second it
    was written, mark of its words) of what was given lately. `tags`: listing → its ETag when it was last read whole.
    `turns`: listing → when it was last asked (Unix time), for those that a quota rations. `counts`: what a thread's
    number of answers was when they were last read, by a short stand-in for its id.
    """

    until: int
    newest: str = ""
    asked: int = 0
    seen: dict[str, tuple[int, str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def dump(self) -> str:
        """As the opaque cursor."""
        told: dict[str, Any] = {"until": self.until, "newest": self.newest, "asked": self.asked, "seen": self.seen}
        told |= {"tags": self.tags} if self.tags else {}
        told |= {"turns": self.turns} if self.turns else {}
        told |= {"counts": self.counts} if self.counts else {}
        return json.dumps(told, separators=(",", ":"))

    def given(self, posts: Iterable[Post], poison: Iterable[Poison], keep_s: int) -> "Place":
        """With these remembered, and forgotten what was written more than `keep_s` before `until`."""
        seen = dict(self.seen)
        seen |= {post.ref.id: (int(post.created_at.timestamp()), mark(post)) for post in posts}
        seen |= {odd_key(odd): (self.until, "") for odd in poison}
        kept = sorted(((id_, entry) for id_, entry in seen.items() if entry[0] >= self.until - keep_s), key=_when)
        room = ROOM - (len(json.dumps(self.counts)) if self.counts else 0)
        return replace(self, seen=dict(_fitting(kept[-MOST:], room)))


def _fitting(entries: list[tuple[str, tuple[int, str]]], room: int) -> list[tuple[str, tuple[int, str]]]:
    """The newest of these that a cursor has room for: some platforms' ids are whole addresses."""
    at = len(entries)
    while at > 0 and (room := room - len(json.dumps(entries[at - 1][0])) - PER_ENTRY) >= 0:
        at -= 1
    return entries[at:]


def load(cursor: str | None) -> Place | None:
    """The place a cursor names; None for none, or for one that is not ours (then reading starts by time)."""
    if cursor is None:
        return None
    try:
        told = json.loads(cursor)
        seen = {str(id_): (int(at), str(marked)) for id_, (at, marked) in told["seen"].items()}
        tags = {str(name): str(tag) for name, tag in told.get("tags", {}).items()}
        turns = {str(name): int(at) for name, at in told.get("turns", {}).items()}
        counts = {str(name): int(number) for name, number in told.get("counts", {}).items()}
        return Place(int(told["until"]), str(told["newest"]), int(told["asked"]), seen, tags, turns, counts)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


@dataclass(frozen=True, slots=True)
class Walk:
    """What one read found, and how far it may be trusted. `whole`: it came back to where we were before.

    `truncated`: the platform had more than this read may take; `covered` then begins where it stopped. `passed` were
    seen and are not given, now or later: they are older than what was asked for.
    """

    posts: tuple[Post, ...]
    poison: tuple[Poison, ...] = ()
    covered: Span | None = None
    truncated: bool = False
    whole: bool = True
    lost: Span | None = None
    newest: str = ""
    rate: Rate | None = None
    cost: Decimal = Decimal(0)
    gone: tuple[PostRef, ...] = ()
    passed: tuple[Post, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    turns: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] | None = None


def pages(walk: Walk, place: Place, asked: datetime, keep_s: int, cursor: str | None) -> Iterator[Page]:
    """The walk as pages of at most a hundred posts. One that broke off is given on without moving `cursor`."""
    posts = sorted(fresh(walk.posts, place, asked), key=lambda post: (post.created_at, post.ref.id))
    odd = tuple(one for one in walk.poison if odd_key(one) not in place.seen)
    parts = [posts[at : at + FULL] for at in range(0, len(posts), FULL)] or [[]]
    for number, part in enumerate(parts):
        first, last = number == 0, number == len(parts) - 1
        if walk.whole:
            known = [*part, *(walk.passed if first else ())]
            place = _moved(place, known, odd if first else (), walk, asked, keep_s, last=last)
        page = Page(
            posts=tuple(part),
            cursor=place.dump() if walk.whole else cursor,
            gone=walk.gone if first else (),
            covered=walk.covered if last and walk.whole else None,
            truncated=walk.truncated and first,
            lost=walk.lost if first else None,
            poison=odd if first else (),
            rate=walk.rate,
            cost=walk.cost if first else Decimal(0),
        )
        if walk.whole or page.posts or page.poison or page.cost:
            yield page


def _moved(
    place: Place, part: Sequence[Post], odd: Sequence[Poison], walk: Walk, asked: datetime, keep_s: int, *, last: bool
) -> Place:
    """Past this page. Only behind the last one does the newest id of the whole walk count."""
    until = max([place.until, *(int(post.created_at.timestamp()) for post in part)])
    if last and walk.covered is not None:
        until = max(place.until, int(walk.covered.end.timestamp()))
    until = min(until, int(asked.timestamp()))  # a post from the future must not carry us there
    at = replace(place, until=until, asked=int(asked.timestamp()))
    if last and walk.newest:
        at = replace(at, newest=walk.newest)
    if last:
        counts = at.counts if walk.counts is None else dict(walk.counts)
        at = replace(at, tags={**at.tags, **walk.tags}, turns={**at.turns, **walk.turns}, counts=counts)
    return at.given(part, odd, keep_s)


def fresh(posts: Iterable[Post], place: Place, now: datetime) -> list[Post]:
    """What was not given yet, each post once; one whose words are others now is given again as edited."""
    new: dict[PostRef, Post] = {}
    for post in posts:
        known = place.seen.get(post.ref.id)
        if known is not None and known[1] == mark(post):
            continue
        changed = post if known is None else replace(post, edited_at=post.edited_at or now)
        new.setdefault(post.ref, changed)
    return list(new.values())


def mark(post: Post) -> str:
    """A short mark of a post's words, and of its stars where it has some: another mark is an edit."""
    stars = "" if post.rating is None else f"\x1f{post.rating:.2f}"
    return _short(f"{post.title}\x1f{post.text}{stars}")


def odd_key(odd: Poison) -> str:
    """A short stand-in for something that could not be read, so that it is set aside once."""
    return "!" + (odd.ref or sha256(odd.raw).hexdigest())[:24]


def moment(second: int) -> datetime:
    """Unix seconds as UTC."""
    return datetime.fromtimestamp(second, UTC)


def raw(thing: Any) -> bytes:
    """What the platform sent, for the shelf of things that could not be read."""
    return json.dumps(thing, ensure_ascii=True).encode()[:1_000_000]


def _short(words: str) -> str:
    return sha256(words.encode("utf-8", "replace")).hexdigest()[:8]


def _when(entry: tuple[str, tuple[int, str]]) -> int:
    return entry[1][0]
