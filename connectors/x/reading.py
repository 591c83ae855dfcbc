"""One read of X: every query and our mentions, walked from the newest page back to where we were."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from connectors.errors import PlatformError, Unavailable
from connectors.types import Poison, Post, Span
from connectors.walked import Place, Walk
from connectors.wanted import Wanted
from connectors.x.parse import Told, moment_of, page

LOOK_BACK = timedelta(days=7) - timedelta(minutes=2)
LAG = timedelta(seconds=30)  # search answers up to now - 30 s, and says nothing of what is newer
_AHEAD = timedelta(hours=1)  # a number from further ahead than clocks differ must not lead us there
Ask = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Prices:
    """What X charges for one post and one author, in US dollars."""

    post: Decimal
    author: Decimal


@dataclass(slots=True)
class Lane:
    """One query's walk. It ends at the last page, at `most` pages, or at an answer that leads in circles."""

    ask: Ask
    prices: Prices
    most: int
    told: list[Told] = field(default_factory=list)
    truncated: bool = False
    failure: PlatformError | None = None

    def walk(self) -> None:
        """Read all pages. A failure keeps what was read before it."""
        tokens: set[str] = set()
        token = ""
        try:
            while True:
                told = page(self.ask(token))
                self.told.append(told)
                token = told.token
                if not token:
                    return
                if token in tokens:
                    self._circle()
                    return
                if len(self.told) >= self.most:
                    self.truncated = True
                    return
                tokens.add(token)
        except PlatformError as error:
            self.failure = error

    def _circle(self) -> None:
        """A listing that got on and then repeats its last page is cut off there: a gap opens. Any other has failed."""
        shown = [[post.ref for post in told.posts] for told in self.told]
        if len(shown) < 3 or shown[-1] != shown[-2]:
            raise Unavailable("X leads in circles: the same next page again.")
        self.truncated = True

    def posts(self) -> Iterator[Post]:
        for told in self.told:
            yield from told.posts


@dataclass(frozen=True, slots=True)
class Bounds:
    """The stretch of one read: from `start` up to `end`. `resumed`: from a place; `since_id` if that has a number."""

    start: datetime
    end: datetime
    since_id: str = ""
    lost: Span | None = None
    until: datetime | None = None
    resumed: bool = False

    def asked(self) -> dict[str, Any]:
        """As X is asked."""
        told: dict[str, Any] = {"since_id": self.since_id} if self.since_id else {"start_time": _second(self.start)}
        if self.until is not None:
            told["end_time"] = _second(self.until, up=True)
        return told

    def holds(self, post: Post) -> bool:
        """True for a post of this stretch. One that resumes takes what is late, however old it says it is."""
        if self.until is not None and post.created_at >= self.until:
            return False
        return self.resumed or post.created_at >= self.start


def walked(lanes: list[Lane], bounds: Bounds, place: Place, wanted: Wanted, now: datetime) -> Walk:
    """What the lanes found, as one walk. Stops at the first lane that fails: later ones would fail alike."""
    for lane in lanes:
        lane.walk()
        if lane.failure is not None:
            break
    whole = all(lane.failure is None for lane in lanes)
    posts = [post for lane in lanes for post in lane.posts() if bounds.holds(post) and _concerns(post, wanted)]
    numbers = [number for lane in lanes for told in lane.told for number in told.numbers]
    known = [number for number in numbers if moment_of(str(number)) < now + _AHEAD]
    truncated = any(lane.truncated for lane in lanes)
    start = _reached(lanes, bounds.start) if truncated else bounds.start
    return Walk(
        posts=tuple(posts),
        poison=tuple(_odd(lanes)),
        covered=Span(start, bounds.end) if start < bounds.end else None,
        truncated=truncated,
        whole=whole,
        lost=bounds.lost,
        newest=str(max(known)) if known else place.newest,
        cost=cost(lanes, place, now),
    )


def cost(lanes: list[Lane], place: Place, now: datetime) -> Decimal:
    """What these pages cost. X does not charge twice on one UTC day for the same post or author."""
    today = datetime.fromtimestamp(place.asked, now.tzinfo).date() == now.date()
    charged: set[str] = set(place.seen) if today else set()
    authors: set[str] = set()
    total = Decimal(0)
    for lane in lanes:
        odd = sum(len(told.poison) for told in lane.told)
        new = {post.ref.id: post.author for post in lane.posts() if post.ref.id not in charged}
        writers = {author.id for author in new.values() if author.handle} - authors
        total += lane.prices.post * (len(new) + odd) + lane.prices.author * len(writers)
        charged |= set(new)
        authors |= writers
    return total


def _concerns(post: Post, wanted: Wanted) -> bool:
    """Ours only where it answers somebody: that stops a clock. What we say of ourselves is no mention."""
    return post.kind == "reply" or not wanted.ours(post.author.handle, post.author.id)


def _reached(lanes: list[Lane], start: datetime) -> datetime:
    """From when on every lane was read: a truncated one reaches back to its oldest post only."""
    oldest = [min((post.created_at for post in lane.posts()), default=start) for lane in lanes if lane.truncated]
    return max([start, *oldest])


def _odd(lanes: list[Lane]) -> Iterator[Poison]:
    seen: set[bytes] = set()
    for lane in lanes:
        for told in lane.told:
            for odd in told.poison:
                if odd.raw not in seen:
                    seen.add(odd.raw)
                    yield odd


def _second(moment: datetime, *, up: bool = False) -> str:
    """Whole seconds, as X takes them; an end is rounded up, and what is too new is left out here."""
    at = moment + timedelta(seconds=1) if up and moment.microsecond else moment
    return datetime.fromtimestamp(math.floor(at.timestamp()), moment.tzinfo).strftime("%Y-%m-%dT%H:%M:%SZ")
