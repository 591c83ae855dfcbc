"""What hearing costs, what it brings, and which query waits when money is short. US dollars, UTC months."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

OURS = ""  # what our own account's timelines cost is booked under no query: cheap, and the last to stop
LOOKS = "posts looked at again"
MOST_KEPT = 0.2  # of a cap, for our own account's timelines
POLLS = (
    0.01  # of a cap: where no more is left, a stream is not followed; what is left is for reads, which know their end
)
UNDER_WAY = timedelta(seconds=10)  # what a stream sent and we have not read yet: paid for, though it is told to stop
MORE = 1.5  # of what came in so long: a crisis grows
ANEW = timedelta(hours=1)  # a stream that leaves queries out looks so often whether they may come back
LEAST = timedelta(hours=6)  # a pace from less than this says nothing of a month


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a source this month. `since` is the first day (YYYY-MM-DD) of this month that it cost something."""

    name: str
    month: float
    today: float
    posts: int
    complaints: int
    since: str

    @property
    def each(self) -> float | None:
        """Dollars for one complaint heard; None while there was none."""
        return self.month / self.complaints if self.complaints else None

    def a_day(self, now: datetime) -> float:
        """Its pace, in dollars a day."""
        begun = datetime.fromisoformat(self.since).replace(tzinfo=now.tzinfo)
        return self.month / (max(now - begun, LEAST) / timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Spending:
    """A source's month: what its queries cost, what they will have cost, and the cap (0: none)."""

    queries: tuple[Query, ...]
    cap: float
    now: datetime

    @property
    def month(self) -> float:
        """Spent this month."""
        return sum(query.month for query in self.queries)

    @property
    def today(self) -> float:
        """Spent today (UTC)."""
        return sum(query.today for query in self.queries)

    @property
    def complaints(self) -> int:
        """Complaints heard this month through queries that cost something."""
        return sum(query.complaints for query in self.queries)

    @property
    def each(self) -> float | None:
        """Dollars for one complaint heard; None while there was none."""
        return self.month / self.complaints if self.complaints else None

    @property
    def forecast(self) -> float:
        """What the month will have cost at the pace so far. Under a cap never more than that: hearing waits first."""
        days = (next_month(self.now) - self.now) / timedelta(days=1)
        free = self.month + sum(query.a_day(self.now) for query in self.queries) * days
        return min(free, max(self.cap, self.month)) if self.cap else free

    @property
    def used_up(self) -> bool:
        """True once the cap is reached: nothing that costs is read until the new month."""
        return bool(self.cap) and self.month >= self.cap

    @property
    def left(self) -> Decimal | None:
        """What may still be spent this month; None without a cap."""
        return Decimal(str(round(max(0.0, self.cap - self.month), 6))) if self.cap else None

    @property
    def kept(self) -> float:
        """Of the cap, what our own account's timelines will need until the new month, and a quarter more."""
        pace = sum(query.a_day(self.now) for query in self.queries if query.name == OURS)
        days = (next_month(self.now) - self.now) / timedelta(days=1)
        return min(1.25 * pace * days, MOST_KEPT * self.cap)

    @property
    def tight(self) -> bool:
        """True where only what is kept for our own account's timelines is left: nothing else is read."""
        named = any(query.name != OURS for query in self.queries)
        return bool(self.cap) and named and self.month >= self.cap - self.kept

    def may_stream(self, under_way: float = 0.0) -> bool:
        """Whether a stream may go on, with this much (dollars) of it paid for and not read yet."""
        return not self.cap or self.month + max(under_way, POLLS * self.cap) < self.cap - self.kept

    def resting(self) -> frozenset[str]:
        """The queries that wait because the month would cost more than its cap: the least useful first.

        Useful is what hears many complaints for a dollar; posts looked at again wait before any query. While less is
        spent than the month's share so far, with a day's share to spare, nobody waits. The most useful query goes on
        until what is kept for our own account's timelines is all that is left of the cap.
        """
        if self.tight:
            return frozenset({LOOKS, *(query.name for query in self.queries if query.name)})
        if not self.cap or self.month <= self._allowed():
            return frozenset()
        left = (next_month(self.now) - self.now) / timedelta(days=1)
        affordable = max(0.0, self.cap - self.month) / left
        named = [query for query in self.queries if query.name != OURS]
        pace = sum(query.a_day(self.now) for query in self.queries if query.name == OURS)
        resting = set()
        for number, query in enumerate(sorted(named, key=_usefulness, reverse=True)):
            pace += query.a_day(self.now)
            if number and pace > affordable:
                resting.add(query.name)
        return frozenset(resting)

    def _allowed(self) -> float:
        start, end = month_of(self.now), next_month(self.now)
        share = (self.now - start + timedelta(days=1)) / (end - start)
        return self.cap * min(share, 1.0)


@dataclass(slots=True)
class Meter:
    """What a stream cost in its last seconds. `left_out`: the queries it was begun without."""

    begun: datetime
    left_out: frozenset[str] = frozenset()
    lately: deque[tuple[datetime, float]] = field(default_factory=deque)

    def under_way(self, dollars: float, now: datetime) -> float:
        """With this page: what may have been sent and paid for by the time that a stop is heard."""
        self.lately.append((now, dollars))
        while self.lately and self.lately[0][0] < now - UNDER_WAY:
            self.lately.popleft()
        return MORE * sum(cost for _at, cost in self.lately)

    def ends(self, spending: Spending, queries: Sequence[str], now: datetime) -> bool:
        """Whether the stream is to begin anew: a query of it waits by now, or one may be asked again."""
        waits = spending.resting() - self.left_out
        again = bool(self.left_out) and now - self.begun >= ANEW
        return bool(waits & set(queries)) or again


def _usefulness(query: Query) -> tuple[bool, float, float]:
    """Complaints for a dollar; of those without any, the cheaper. Posts looked at again hear nothing new."""
    return query.name != LOOKS, (query.complaints / query.month if query.month else float("inf")), -query.month


def month_of(now: datetime) -> datetime:
    """The beginning of this month."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(now: datetime) -> datetime:
    """The beginning of the next one."""
    return month_of(month_of(now) + timedelta(days=32))


def dollars(amount: float | None) -> str:
    """ "$12.40", "$0.005"; "–" for none. What is not nothing never reads as $0.00."""
    if amount is None:
        return "–"
    return f"${amount:.2f}" if amount >= 0.995 or not amount else f"${amount:.3f}"


def total(every: Sequence[Spending]) -> float:
    """What several sources cost this month."""
    return sum(one.month for one in every)
