"""A week's figures, each with its n, its interval where it is a rate, and the posts behind it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from bot.core.intervals import TOO_FEW, Rate, between_two
from bot.core.recovery import Outcome
from bot.core.week import Owed, Said, Turned, Week

STEP_MINUTES = 10
STEPS = 12


@dataclass(frozen=True, slots=True)
class Tally:
    """A count of posts, and the same of the week before (None if that week was not listened to)."""

    posts: tuple[str, ...]
    last: int | None = None

    @property
    def n(self) -> int:
        """How many."""
        return len(self.posts)


@dataclass(frozen=True, slots=True)
class Net:
    """Net sentiment: (positive - negative) / read × 100, from -100 to 100; None while nothing is read."""

    positive: tuple[str, ...]
    negative: tuple[str, ...]
    n: int

    @property
    def value(self) -> float | None:
        """The figure, unrounded."""
        return (len(self.positive) - len(self.negative)) / self.n * 100 if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the true figure, -100…100."""
        low, high = between_two(len(self.positive), len(self.negative), self.n)
        return 100 * low, 100 * high

    def words(self) -> str:
        """ "−13", "+4", "0", or "9 mentions; too few for a figure"."""
        if self.value is None or self.n < TOO_FEW:
            return f"{self.n} {'mention' if self.n == 1 else 'mentions'}; too few for a figure"
        whole = round(self.value)
        return f"{'−' if whole < 0 else '+' if whole > 0 else ''}{abs(whole)}"


@dataclass(frozen=True, slots=True)
class Day:
    """One local day's mentions. Complaints are among `tagged` and `untagged` too."""

    day: date
    tagged: tuple[str, ...]
    untagged: tuple[str, ...]
    complaints_tagged: tuple[str, ...]
    complaints_untagged: tuple[str, ...]
    net: Net

    @property
    def mentions(self) -> int:
        """All mentions of the day."""
        return len(self.tagged) + len(self.untagged)

    @property
    def complaints(self) -> int:
        """All complaints of the day."""
        return len(self.complaints_tagged) + len(self.complaints_untagged)


@dataclass(frozen=True, slots=True)
class Share:
    """One brand's share of voice: its mentions of all tracked brands' mentions. `net` is how people speak of it."""

    brand: str
    rate: Rate
    last: Rate | None
    posts: tuple[str, ...]
    net: Net


@dataclass(frozen=True, slots=True)
class Attainment:
    """How many had their first answer in time. `platform` is "" for all of them.

    `unheard` (among `late`) were already due when we heard them; `waiting` (among `late`) have no answer yet.
    """

    platform: str
    kept: tuple[str, ...]
    late: tuple[str, ...]
    unheard: tuple[str, ...]
    waiting: tuple[str, ...]

    @property
    def rate(self) -> Rate:
        """Kept of all that are settled."""
        return Rate(len(self.kept), len(self.kept) + len(self.late))


@dataclass(frozen=True, slots=True)
class Waits:
    """How long customers waited for a first answer, in minutes on their own clock; those without one count as longest.

    `median` and `ninth` (nine of ten) are None where the answer is "not yet". `steps` counts answers in steps of ten
    minutes, its last number all beyond. `posts` opened the cases: who has no answer first, then the longest wait.
    """

    n: int
    median: float | None
    ninth: float | None
    steps: tuple[int, ...]
    unanswered: int
    posts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What customers said of us after our answer. Silence is counted as nothing."""

    recovered: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()

    @property
    def rate(self) -> Rate:
        """Recovered of those who spoke again."""
        return Rate(len(self.recovered), len(self.recovered) + len(self.unchanged) + len(self.worse))


def ids(rows: Iterable[Said]) -> tuple[str, ...]:
    """Their post ids, in order, each once."""
    return tuple(dict.fromkeys(row.post_id for row in rows))


def net(rows: Sequence[Said]) -> Net:
    """Net sentiment of the mentions that were read."""
    return Net(
        ids(row for row in rows if row.sentiment == "positive"),
        ids(row for row in rows if row.sentiment == "negative"),
        len(ids(row for row in rows if row.sentiment is not None)),
    )


def days(week: Week, rows: Sequence[Said]) -> tuple[Day, ...]:
    """Seven days, Monday first, by the local day on which the customer posted."""
    by_day: dict[date, list[Said]] = defaultdict(list)
    for row in rows:
        by_day[week.day_of(row.at)].append(row)
    return tuple(_day(day, by_day.get(day, [])) for day in week.days)


def _day(day: date, rows: list[Said]) -> Day:
    return Day(
        day,
        tagged=ids(row for row in rows if row.tagged),
        untagged=ids(row for row in rows if not row.tagged),
        complaints_tagged=ids(row for row in rows if row.complaint and row.tagged),
        complaints_untagged=ids(row for row in rows if row.complaint and not row.tagged),
        net=net(rows),
    )


def voice(rows: Sequence[Said], before: Sequence[Said], brands: Sequence[str]) -> tuple[Share, ...]:
    """Share of voice of these brands, largest first; nothing where only one is tracked."""
    if len(set(brands)) < 2:
        return ()
    now, last = _by_brand(rows, brands), _by_brand(before, brands)
    total, total_last = sum(map(len, now.values())), sum(map(len, last.values()))
    shares = [
        Share(
            brand,
            Rate(len(posts), total),
            Rate(len(last[brand]), total_last) if total_last else None,
            posts,
            net([row for row in rows if row.brand == brand]),
        )
        for brand, posts in now.items()
    ]
    return tuple(sorted(shares, key=lambda share: (-share.rate.hits, share.brand)))


def _by_brand(rows: Sequence[Said], brands: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {brand: ids(row for row in rows if row.brand == brand) for brand in dict.fromkeys(brands)}


def attainment(owed: Iterable[Owed], now: datetime) -> tuple[Attainment, tuple[Attainment, ...]]:
    """All cases, and each platform's, most cases first. A case that may still be kept at `now` is left out."""
    settled = [case for case in owed if case.answered_at is not None or case.due_at <= now]
    platforms = Counter(case.platform for case in settled)
    each = sorted(platforms, key=lambda platform: (-platforms[platform], platform))
    return _attained("", settled), tuple(
        _attained(platform, [case for case in settled if case.platform == platform]) for platform in each
    )


def _attained(platform: str, cases: list[Owed]) -> Attainment:
    late = [case for case in cases if not in_time(case)]
    return Attainment(
        platform,
        kept=tuple(case.post_id for case in cases if in_time(case)),
        late=tuple(case.post_id for case in late),
        unheard=tuple(case.post_id for case in late if case.heard_at is not None and case.heard_at >= case.due_at),
        waiting=tuple(case.post_id for case in late if case.answered_at is None),
    )


def in_time(case: Owed) -> bool:
    """True if the first answer came by the due time."""
    return case.answered_at is not None and case.answered_at <= case.due_at


def waits(owed: Iterable[Owed]) -> Waits:
    """Waiting times of these cases."""
    cases = list(owed)
    minutes = sorted(_minutes(case.answered_at - case.spoke_at) for case in cases if case.answered_at is not None)
    steps = [0] * STEPS
    for wait in minutes:
        steps[min(int(wait // STEP_MINUTES), STEPS - 1)] += 1
    return Waits(
        len(cases),
        _ranked(minutes, 0.5, len(cases)),
        _ranked(minutes, 0.9, len(cases)),
        tuple(steps),
        len(cases) - len(minutes),
        tuple(case.post_id for case in sorted(cases, key=_longest)),
    )


def _longest(case: Owed) -> tuple[bool, timedelta, datetime]:
    """Who waits comes before who was answered; the longest wait first."""
    waited = case.answered_at - case.spoke_at if case.answered_at is not None else timedelta()
    return case.answered_at is not None, -waited, case.spoke_at


def _minutes(span: timedelta) -> float:
    return max(0.0, span.total_seconds() / 60)


def _ranked(minutes: list[float], share: float, n: int) -> float | None:
    """The wait that `share` of all n stayed within; None where that one is still waiting."""
    rank = max(1, ceil(share * n))
    return minutes[rank - 1] if rank <= len(minutes) else None


def afterwards(turned: Iterable[Turned]) -> Afterwards:
    """Customers by what they said later. The ids are the posts that decided; of the silent, the posts we answered."""
    found: dict[Outcome, list[str]] = defaultdict(list)
    for row in turned:
        found[row.outcome].append(row.deciding[-1] if row.deciding else row.post_id)
    return Afterwards(**{outcome.value: tuple(found[outcome]) for outcome in Outcome})
