"""Will we make it? How many of those who wait will be late, how sure that is, and what one more agent would change.

The queue is played forward a few hundred times: agents take the next case in the order of the queue (at risk first,
then late, then the rest, as core/priority.py groups them), each answer takes a time drawn from what answers took here
lately, and new cases come at the rate of the last hour. A case's chance to be late is how often it was. Pure: the
draws come from a fixed seed, so the same facts give the same forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np

ROUNDS = 200
ENOUGH = 20  # measured answers before anything is forecast
MOST = 300  # cases that are played; those behind them are counted as waiting
SOON_SHARE = 0.25
HOUR = 60.0  # minutes
MOST_MORE = 5
FIRST = 4
SEED = 20261113


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that is owed an answer: minutes until it is due (below 0: late already) and until it is at risk."""

    left: float
    risk: float
    held: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How it goes here: minutes an answer takes (mean, and its spread as a share of it), from `n` measured ones; new
    cases a minute; the minutes promised to those."""

    mean: float
    spread: float
    n: int
    arrivals: float = 0.0
    promised: float = 60.0

    @property
    def enough(self) -> bool:
        """Were enough answers measured to say anything?"""
        return self.n >= ENOUGH


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will come of those who wait. `chances` (0…1) are in their order, 0 for who is late already.

    `misses` is how many will be late, `by` minutes until the last of them is due; `low` and `high` hold it in nine of
    ten plays.
    `more` is the least number of further agents that keeps them all, None where five do not; `first` are up to four of
    those most likely to be late, the one due first on top. `hour_low` and `hour_high` are `low` and `high` of those
    alone that are due within the next hour.
    """

    waiting: int
    late: int
    agents: int
    chances: tuple[float, ...]
    misses: int
    low: int
    high: int
    by: float
    more: int | None
    first: tuple[int, ...] = ()
    hour_low: int = 0
    hour_high: int = 0


def forecast(waiting: Sequence[Waiting], agents: int, pace: Pace) -> Forecast | None:
    """The forecast, or None while too few answers were measured or nobody waits."""
    if not pace.enough or not waiting:
        return None
    shown, crew = list(waiting[:MOST]), max(1, agents)
    missed = _plays(shown, crew, pace)
    chances = missed.mean(axis=0)
    per_play = missed.sum(axis=1)
    of_hour = missed[:, [0 < one.left <= HOUR for one in shown]].sum(axis=1)
    misses = round(float(per_play.mean()))
    worst = sorted(range(len(shown)), key=lambda at: -chances[at])[:misses]
    return Forecast(
        waiting=len(waiting),
        late=sum(one.left <= 0 for one in waiting),
        agents=agents,
        chances=tuple(float(chance) for chance in chances),
        misses=misses,
        low=int(np.quantile(per_play, 0.05)),
        high=int(np.quantile(per_play, 0.95)),
        by=max((shown[at].left for at in worst), default=0.0),
        more=_more(shown, crew, pace) if misses else 0,
        first=tuple(sorted(worst, key=lambda at: shown[at].left)[:FIRST]),
        hour_low=int(np.quantile(of_hour, 0.05)),
        hour_high=int(np.quantile(of_hour, 0.95)),
    )


def _more(shown: Sequence[Waiting], crew: int, pace: Pace) -> int | None:
    for more in range(1, MOST_MORE + 1):
        if round(float(_plays(shown, crew + more, pace).sum(axis=1).mean())) == 0:
            return more
    return None


def _plays(shown: Sequence[Waiting], crew: int, pace: Pace) -> "np.typing.NDArray[np.bool_]":
    """Which case was late in which play."""
    chance = np.random.default_rng(SEED)
    horizon = max(0.0, *(one.left for one in shown))
    missed = np.zeros((ROUNDS, len(shown)), dtype=np.bool_)
    for number in range(ROUNDS):
        coming = _arrivals(chance, pace, horizon)
        times = _takes(chance, pace, len(shown) + len(coming) + crew)
        missed[number] = _play(shown, coming, crew, times, horizon)
    return missed


def _takes(chance: "np.random.Generator", pace: Pace, count: int) -> "np.typing.NDArray[np.float64]":
    """What answers take: lognormal, as service times are (Brown et al., JASA 100 (2005) 36-50)."""
    variance = np.log1p(max(0.05, pace.spread) ** 2)
    return chance.lognormal(np.log(max(0.1, pace.mean)) - variance / 2, np.sqrt(variance), count)


def _arrivals(chance: "np.random.Generator", pace: Pace, horizon: float) -> list[Waiting]:
    """Cases that come meanwhile, with the promise new ones get."""
    number = int(chance.poisson(pace.arrivals * horizon)) if pace.arrivals > 0 and horizon > 0 else 0
    at = np.sort(chance.uniform(0, horizon, min(number, MOST)))
    return [Waiting(come + pace.promised, come + pace.promised * (1 - SOON_SHARE)) for come in at]


def _play(
    shown: Sequence[Waiting], coming: Sequence[Waiting], crew: int,
    times: "np.typing.NDArray[np.float64]", horizon: float,
) -> list[bool]:  # fmt: skip
    """One play: True for each shown case that was not answered by its time."""
    missed = [one.left > 0 for one in shown]  # until it is answered
    cases = [*shown, *coming]
    free = [0.0] * crew
    heapify(free)
    draws = iter(times)
    held = [at for at, one in enumerate(shown) if one.held][:crew]
    for at in held:  # they are being written to: part of the time is gone
        done = heappop(free) + float(next(draws)) / 2
        missed[at] = missed[at] and done > shown[at].left
        heappush(free, done)
    soon, late, rest = _sorted(cases, set(held))
    while soon or late or rest:
        now = heappop(free)
        if now > horizon:
            break
        taken = _next(soon, late, rest, now)
        if taken is None:
            break
        done = now + float(next(draws))
        if taken < len(shown) and missed[taken] and done <= shown[taken].left:
            missed[taken] = False
        heappush(free, done)
    return missed


def _sorted(
    cases: Sequence[Waiting], held: set[int]
) -> tuple[list[tuple[float, int]], list[int], list[tuple[float, float, int]]]:
    """At risk by their due time, late ones, and the rest by the time they come to be at risk."""
    soon = [(one.left, at) for at, one in enumerate(cases) if at not in held and one.risk <= 0 < one.left]
    late = [at for at, one in enumerate(cases) if at not in held and one.left <= 0]
    rest = [(one.risk, one.left, at) for at, one in enumerate(cases) if at not in held and one.risk > 0]
    heapify(soon)
    heapify(rest)
    return soon, late, rest


def _next(
    soon: list[tuple[float, int]], late: list[int],
    rest: list[tuple[float, float, int]], now: float,
) -> int | None:  # fmt: skip
    """Whom an agent who is free at `now` answers next."""
    while rest and rest[0][0] <= now:
        _, left, at = heappop(rest)
        heappush(soon, (left, at))
    while soon:
        left, at = heappop(soon)
        if left > now:
            return at
        late.append(at)
    if late:
        return late.pop()
    return heappop(rest)[2] if rest else None
