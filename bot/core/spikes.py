"""More posts than this hour usually has: a seasonal baseline, and when it is worth saying so.

A series is a count in equal steps (five minutes, an hour). The sum over each of the last five minutes, quarter of an
hour and hour is compared with the same hour of the 28 days before, the same weekday counting three times. Counts are
compared as square roots, which makes the spread of a count independent of its size (M. S. Bartlett, "The use of
transformations", Biometrics 3 (1947) 39-52); the middle and the spread are the median and the median absolute
deviation, so that past spikes do not raise what is usual. Stretches that were lost or read late are left out of both.

What rings is *rare for this brand*: at most one other episode of the last 28 days was larger. Where days are alike that
bounds how often it rings, whatever the counts are spread like: the chance that one of 29 days is among the largest two
is 2 in 29, once in two weeks. An episode ends when nothing was above the bar for `rest`. It rings once, and again when
it is `worse` times what rang. Suppressing repeats matters more than the statistic: docs/spikes.md.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from math import sqrt
from statistics import median

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
DAYS = 28
LEAST_DAYS = 2  # what is usual cannot be told from one
SAME_WEEKDAY = 3  # how often a day a whole number of weeks ago counts
AROUND = tuple(timedelta(minutes=minutes) for minutes in (-60, -30, 0, 30, 60))
OVER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60))
LONG = tuple(timedelta(hours=hours) for hours in (3, 12))  # of a quiet series: one hour of it says little
QUIET = 6.0  # usual an hour
NORMAL = 1.4826  # median absolute deviation → standard deviation of a normal spread
LEAST_SPREAD = 1.0  # of square roots: twice what chance alone gives a count
LONGEST_SERIES = 200_000


@dataclass(frozen=True, slots=True)
class Point:
    """How many in the step that begins at `at`. `lost`: not heard, or heard late; then the value means nothing."""

    at: datetime
    value: float
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """When a deviation rings. `bar` is in spreads of the square root; found leaving one brand out (docs/spikes.md)."""

    bar: float = 3.75
    rank: int = 2
    rest: timedelta = timedelta(hours=24)
    worse: float = 2.0


@dataclass(frozen=True, slots=True)
class Episode:
    """Deviations above the bar with less than a rest between them: when the last was, the largest, what rang."""

    last: datetime
    size: float
    rang: float = 0.0


Memory = tuple[Episode, ...]
"""What a series remembers between two looks: its episodes of the last 28 days, oldest first."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """How unusual a moment is. `seen` and `expected` are counts over `over`; `known` is False without a baseline."""

    at: datetime
    size: float = 0.0
    seen: float = 0.0
    expected: float = 0.0
    over: timedelta = OVER[-1]
    known: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A moment, its deviation, and whether it rings. `score` is 0…1; from 0.5 on it rings."""

    deviation: Deviation
    alert: bool
    score: float
    severity: str = ""


class Series:
    """Counts on an even grid, summed quickly over any stretch. Missing steps are lost; several in one step add up."""

    def __init__(self, points: Iterable[Point], step: timedelta | None = None) -> None:
        """`step` is found from the points (the middle distance) when it is not given. ValueError without points."""
        rows = sorted(points, key=lambda point: point.at)
        if not rows:
            raise ValueError("A series needs at least one row.")
        self.step = step or _step([row.at for row in rows])
        self.start = rows[0].at
        n = self.at(rows[-1].at) + 1
        if n > LONGEST_SERIES:
            reach = f"{rows[0].at:%Y-%m-%d} to {rows[-1].at:%Y-%m-%d} in steps of {self.step.total_seconds():g} s"
            raise ValueError(
                f"The rows reach from {reach}: {n:,} steps, and at most {LONGEST_SERIES:,} are compared. "
                "Count by the hour or by five minutes, and look for a wrong year."
            )
        values, lost = [0.0] * n, [1] * n
        for row in sorted(rows, key=lambda row: row.lost):
            spot = self.at(row.at)
            values[spot] += row.value
            lost[spot] = int(row.lost)
        self._sums, self._lost = [0.0, *accumulate(values)], [0, *accumulate(lost)]
        self._roots: dict[int, list[float | None]] = {}

    def __len__(self) -> int:
        return len(self._sums) - 1

    def at(self, when: datetime) -> int:
        """The step a moment lies in."""
        return (when - self.start) // self.step

    def steps(self, span: timedelta) -> int:
        """A stretch in steps, to the nearest."""
        return round(span / self.step)

    def total(self, spot: int, many: int) -> float | None:
        """The sum of `many` steps that end with this one; None if any of it was not heard or lies before the start."""
        first = spot + 1 - many
        if first < 0 or self._lost[spot + 1] - self._lost[first]:
            return None
        return self._sums[spot + 1] - self._sums[first]

    def roots(self, many: int) -> list[float | None]:
        """The square root of `total` at every step."""
        if many not in self._roots:
            totals = (self.total(spot, many) for spot in range(len(self)))
            self._roots[many] = [None if total is None else sqrt(max(total, 0.0)) for total in totals]
        return self._roots[many]


def _step(times: Sequence[datetime]) -> timedelta:
    gaps = [later - sooner for sooner, later in pairwise(times) if later > sooner]
    return timedelta(seconds=median(gap.total_seconds() for gap in gaps)) if gaps else timedelta(minutes=5)


def deviation(series: Series, spot: int) -> Deviation:
    """The largest deviation at a step, over the stretches looked at; upward only. Longer ones where little is usual."""
    at = series.start + spot * series.step
    short, long = _stretches(series, OVER), _stretches(series, LONG)
    best = found = Deviation(at)
    for many in short:
        found = _over(series, spot, many, at) or Deviation(at)
        best = larger(best, found)
    if found.known and found.expected < QUIET * (found.over / HOUR):
        for many in long:
            best = larger(best, _over(series, spot, many, at) or Deviation(at))
    return best


def _stretches(series: Series, spans: Sequence[timedelta]) -> list[int]:
    return sorted({max(1, series.steps(span)) for span in spans})


def larger(best: Deviation, other: Deviation) -> Deviation:
    """The larger of two deviations at one moment; one that is known goes before one that is not."""
    return other if other.known and (not best.known or other.size > best.size) else best


def _over(series: Series, spot: int, many: int, at: datetime) -> Deviation | None:
    roots = series.roots(many)
    now, usual = roots[spot], _same_hour(series, spot, roots)
    if now is None or not usual:
        return None
    middle = median(usual)
    spread = NORMAL * median([abs(root - middle) for root in usual])
    size = (now - middle) / sqrt(spread * spread + LEAST_SPREAD * LEAST_SPREAD)
    return Deviation(at, size, now * now, middle * middle, many * series.step, True)


def _same_hour(series: Series, spot: int, roots: Sequence[float | None]) -> list[float]:
    """Square roots of the same time of day on the days before, a little earlier and later too."""
    day = series.steps(DAY)
    around = sorted({series.steps(span) for span in AROUND})
    found: list[float] = []
    if not day or spot < LEAST_DAYS * day:
        return found
    for back in range(1, DAYS + 1):
        if spot - back * day < 0:
            break
        times = SAME_WEEKDAY if back % 7 == 0 else 1
        for away in around:
            then = spot - back * day + away
            if 0 <= then < spot and (root := roots[then]) is not None:
                found.extend([root] * times)
    return found


def ring(found: Deviation, memory: Memory, rule: Rule) -> tuple[bool, Memory]:
    """Whether a deviation rings, and what is remembered of it."""
    if not found.known or found.size < rule.bar:
        return False, memory
    others = tuple(one for one in memory if found.at - one.last <= DAYS * DAY)
    own = others[-1] if others and found.at - others[-1].last < rule.rest else Episode(found.at, 0.0)
    others = tuple(one for one in others if one is not own)
    rings = found.size >= max(_rare(others, rule.rank), rule.worse * own.rang)
    now = Episode(found.at, max(found.size, own.size), found.size if rings else own.rang)
    return rings, (*others, now)


def _rare(others: Memory, rank: int) -> float:
    """What has to be reached for fewer than `rank` of these to be larger."""
    sizes = sorted((one.size for one in others), reverse=True)
    return sizes[rank - 1] if len(sizes) >= rank else 0.0


def severity(size: float, rule: Rule) -> str:
    """ "notable" from the bar on, "high" from twice, "extreme" from four times the bar."""
    return ("notable", "high", "extreme")[bisect_right((2 * rule.bar, 4 * rule.bar), size)]


def scan(series: Series, rule: Rule | None = None) -> Iterator[Judged]:
    """Every step in order, as it would have been judged at the time."""
    rule = rule or Rule()
    memory: Memory = ()
    for spot in range(len(series)):
        found = deviation(series, spot)
        rings, memory = ring(found, memory, rule)
        yield judged(found, rings, rule)


def judged(found: Deviation, rings: bool, rule: Rule) -> Judged:
    """A deviation with its score: 0.5 and more where it rings, less where it does not, larger when it is larger."""
    size = max(found.size, 0.0) / rule.bar
    score = size / (1 + size)
    return Judged(
        found,
        rings,
        max(0.5, 0.5 + score / 2) if rings else score / 2,
        severity(found.size, rule) if rings else "",
    )
