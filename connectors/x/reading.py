"""One read of X: every query and our mentions, walked from the newest page back to where we were."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from connectors.errors import PlatformError, Unavailable
from connectors.shapes import once
from connectors.types import Bill, Page, Post, Span
from connectors.walked import Place, Walk
from connectors.wanted import Wanted
from connectors.x.parse import Told, moment_of, page

LOOK_BACK = timedelta(days=7) - timedelta(minutes=2)
LEAST_OVERLAP = timedelta(minutes=1)
LAG = timedelta(seconds=30)  # search answers up to now - 30 s, and says nothing of what is newer
_AHEAD = timedelta(hours=1)  # a number from further ahead than clocks differ must not lead us there
LEAST, MOST = 10, 100  # posts on a page
Ask = Callable[[str, int], Any]


@dataclass(frozen=True, slots=True)
class Prices:
    """What X charges for one post and one author, in US dollars."""

    post: Decimal
    author: Decimal


@dataclass(slots=True)
class Purse:
    """What may still be spent on this read (None: no end), and what X charges nothing for: what was read today."""

    left: Decimal | None = None
    charged: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)

    def room(self, prices: Prices) -> int:
        """How many posts of strangers the next page may hold."""
        each = prices.post + prices.author
        return MOST if self.left is None or not each else max(0, min(MOST, int(self.left / each)))

    def pay(self, told: Told, prices: Prices) -> None:
        """Take a page's price out."""
        if self.left is None:
            return
        new = {post.ref.id: post.author for post in told.posts if post.ref.id not in self.charged}
        writers = {author.id for author in new.values() if author.handle} - self.authors
        self.left -= prices.post * (len(new) + len(told.poison)) + prices.author * len(writers)
        self.charged |= set(new)
        self.authors |= writers


@dataclass(slots=True)
class Lane:
    """One query's walk. It ends at the last page, at `most` pages, or at an answer that leads in circles.

    `name` is what its cost is booked under, and what its posts came by: the query; "" for our own account's cheap
    reads, whose posts came by `way`.
    """

    ask: Ask
    prices: Prices
    most: int
    name: str = ""
    countries: tuple[str, ...] = ()
    way: str = ""
    told: list[Told] = field(default_factory=list)
    truncated: bool = False
    failure: PlatformError | None = None

    def walk(self, purse: Purse) -> None:
        """Read all pages that may be paid for, the newest in any case. A failure keeps what was read before it."""
        tokens: set[str] = set()
        token = ""
        try:
            while True:
                told = page(self.ask(token, max(LEAST, purse.room(self.prices))), self.countries)
                self.told.append(told)
                purse.pay(told, self.prices)
                token = told.token
                if not token:
                    return
                if token in tokens:
                    self._circle()
                    return
                if len(self.told) >= self.most or purse.room(self.prices) < LEAST:
                    self.truncated = True
                    return
                tokens.add(token)
        except PlatformError as error:
            self.failure = error

    def _circle(self) -> None:
        """A listing that got on and then repeats its last page is cut off there: a gap opens. Any other has failed."""
        shown = [[post.ref for post in told.posts] for told in self.told]
        if len(shown) < 3 or shown[-1] != shown[-2] or shown[-1] == shown[0]:
            raise Unavailable("X leads in circles: the same next page again.")
        self.truncated = True

    def posts(self) -> Iterator[Post]:
        for told in self.told:
            yield from (replace(post, through=self.way) for post in told.posts)


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


def walked(
    lanes: list[Lane], bounds: Bounds, place: Place, wanted: Wanted, now: datetime, budget: Decimal | None = None
) -> Walk:
    """What the lanes found, as one walk. Stops at the first lane that fails: later ones would fail alike."""
    purse = Purse(budget, _charged(place, now))
    for lane in lanes:
        lane.walk(purse)
        if lane.failure is not None:
            break
    whole = all(lane.failure is None for lane in lanes)
    posts = [post for lane in lanes for post in lane.posts() if bounds.holds(post) and concerns(post, wanted)]
    numbers = [number for lane in lanes for told in lane.told for number in told.numbers]
    known = [number for number in numbers if moment_of(str(number)) < now + _AHEAD]
    truncated = any(lane.truncated for lane in lanes)
    start = _reached(lanes, bounds.start) if truncated else bounds.start
    return Walk(
        posts=tuple(posts),
        poison=once(odd for lane in lanes for told in lane.told for odd in told.poison),
        covered=Span(start, bounds.end) if start < bounds.end else None,
        truncated=truncated,
        whole=whole,
        lost=bounds.lost,
        newest=str(max(known)) if known else place.newest,
        cost=sum((bill.cost for bill in bills(lanes, place, now)), Decimal(0)),
    )


def bills(lanes: list[Lane], place: Place, now: datetime) -> list[Bill]:
    """What these pages cost, by query, with the posts each query found first.

    X does not charge twice on one UTC day for the same post or author.
    """
    charged = _charged(place, now)
    found: set[str] = set()
    authors: set[str] = set()
    made: list[Bill] = []
    for lane in lanes:
        odd = sum(len(told.poison) for told in lane.told)
        every = {post.ref.id: post.author for post in lane.posts()}
        new = {id_: author for id_, author in every.items() if id_ not in charged}
        writers = {author.id for author in new.values() if author.handle} - authors
        price = lane.prices.post * (len(new) + odd) + lane.prices.author * len(writers)
        made.append(Bill(lane.name, price, tuple(id_ for id_ in every if id_ not in found)))
        charged |= set(new)
        authors |= writers
        found |= set(every)
    return made


def _charged(place: Place, now: datetime) -> set[str]:
    """What X charges nothing for any more: what was given lately, if that was today."""
    today = datetime.fromtimestamp(place.asked, now.tzinfo).date() == now.date()
    return set(place.seen) if today else set()


def billed(pages: Iterator[Page], made: list[Bill]) -> Iterator[Page]:
    """The pages with what each query of theirs cost (on the first of them) and found."""
    for number, given in enumerate(pages):
        here = {post.ref.id for post in given.posts}
        parts = [
            Bill(bill.query, bill.cost if number == 0 else Decimal(0), tuple(id_ for id_ in bill.found if id_ in here))
            for bill in made
        ]
        yield replace(given, bills=tuple(part for part in parts if part.cost or part.found))


def concerns(post: Post, wanted: Wanted) -> bool:
    """Ours only where it answers somebody: that stops a clock. What we say of ourselves is no mention."""
    return post.kind == "reply" or not wanted.ours(post.author.handle, post.author.id)


def _reached(lanes: list[Lane], start: datetime) -> datetime:
    """From when on every lane was read: a truncated one reaches back to its oldest post only."""
    oldest = [min((post.created_at for post in lane.posts()), default=start) for lane in lanes if lane.truncated]
    return max([start, *oldest])


def _second(moment: datetime, *, up: bool = False) -> str:
    """Whole seconds, as X takes them; an end is rounded up, and what is too new is left out here."""
    at = moment + timedelta(seconds=1) if up and moment.microsecond else moment
    return datetime.fromtimestamp(math.floor(at.timestamp()), moment.tzinfo).strftime("%Y-%m-%dT%H:%M:%SZ")


def overlap(heard: datetime, wanted: timedelta, now: datetime) -> timedelta:
    """How much of the past to look at again: inside the same UTC day, where X charges nothing for it.

    Shortly after midnight a look back into yesterday would be paid for a second time: one minute of it is enough, for
    the last read of the old day looked back in full. After a longer absence the full look is worth its price.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if heard < midnight - wanted:
        return wanted
    return min(wanted, max(heard - midnight, LEAST_OVERLAP))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Queries that were left out of reads to stay under a cap: each with the second (Unix) from which on it is unread.

    `caught`: the earliest such second among those this read catches up with.
    """

    turns: dict[str, int]
    caught: int = 0

    def told(self, walk: Walk, oldest: datetime) -> Walk:
        """The walk with what may be claimed; what rested for longer than X looks back is lost."""
        covered, caught = self.claimed(walk.covered), datetime.fromtimestamp(self.caught, oldest.tzinfo)
        if not self.caught or caught >= oldest or covered is None:
            return replace(walk, covered=covered, turns=self.turns)
        span = Span(max(covered.start, oldest), covered.end) if covered.end > oldest else None
        return replace(walk, covered=span, lost=walk.lost or Span(caught, oldest), turns=self.turns)

    def claimed(self, covered: Span | None) -> Span | None:
        """What may be called heard: all of it again once nobody waits; while one does, nothing new."""
        if covered is None:
            return None
        left = [second for second in self.turns.values() if second]
        if left:
            at = datetime.fromtimestamp(min(left), covered.end.tzinfo)
            return Span(min(at, covered.start), min(at, covered.start))
        start = datetime.fromtimestamp(self.caught, covered.end.tzinfo) if self.caught else covered.start
        return Span(min(start, covered.start), covered.end)


def waiting(place: Place, queries: tuple[str, ...], resting: frozenset[str], start: datetime) -> Waiting:
    """Who waits now, and who is caught up with. A query that is asked no more hands its time on to all that are."""
    known = {key(query): query for query in queries}
    orphans = [second for name, second in place.turns.items() if second and name not in known]
    turns = {name: 0 for name, second in place.turns.items() if second and name not in known}
    caught = []
    for name, query in known.items():
        since = min([second for second in (place.turns.get(name, 0), *orphans) if second], default=0)
        if query in resting:
            turns[name] = since or int(start.timestamp())
        elif since:
            turns[name] = 0
            caught.append(since)
    return Waiting(turns, min(caught, default=0))


def key(query: str) -> str:
    """A short stand-in for a query in the cursor."""
    return sha256(query.encode()).hexdigest()[:10]
