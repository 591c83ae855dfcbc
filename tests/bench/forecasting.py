"""How good the forecast is: played days of a team, or real support threads, against what the deadlines alone say.

`python -m tests.bench.forecasting [THREADS.csv]` prints Brier scores. Each five minutes every case that waits and is
not late gets a chance to be late from bot/core/forecast.py; what became of it is known afterwards. "Deadlines alone"
is the share that was late, by minutes left, learned on other days: the best one can say without looking at the queue.
"""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path

import numpy as np

from bot.core.forecast import Pace, Waiting, forecast

PROMISED = 60.0
LOOK = 5.0
BIN = 5.0


@dataclass(frozen=True)
class Served:
    """One case: minutes of the day at which it came and was answered, and how long the answer took."""

    came: float
    answered: float
    took: float


@dataclass(frozen=True)
class Day:
    """A day's cases, and how many agents there were at each minute."""

    cases: tuple[Served, ...]
    crew: tuple[int, ...]


def day(seed: int, hours: int = 8) -> Day:
    """A day of an invented team: a rush in the morning, a rush after noon, two to four agents."""
    chance = np.random.default_rng(seed)
    minutes = hours * 60
    load = (
        0.16
        + 0.22 * np.exp(-(((np.arange(minutes) - 100) / 45) ** 2))
        + 0.3 * np.exp(-(((np.arange(minutes) - 330) / 40) ** 2))
    )
    came = sorted(float(at) + float(chance.uniform()) for at in range(minutes) for _ in range(chance.poisson(load[at])))
    crew = tuple(int(2 + (120 < at < 300) + (260 < at < 420) - (200 < at < 240)) for at in range(minutes))
    mean = float(chance.uniform(9, 12))
    free: list[float] = [0.0] * crew[0]
    served = []
    for at in came:
        took = float(chance.lognormal(np.log(mean) - 0.18, 0.6))
        while len(free) < crew[min(int(at), minutes - 1)]:
            heappush(free, at)
        while len(free) > crew[min(int(at), minutes - 1)]:
            heappop(free)
        start = max(at, heappop(free))
        served.append(Served(at, start + took, took))
        heappush(free, start + took)
    return Day(tuple(served), crew)


def looks(one: Day) -> list[tuple[float, float, bool]]:
    """Each look at each case that waits: our chance, the minutes left, and whether it came to be late."""
    found = []
    end = int(one.cases[-1].came)
    for now in np.arange(60.0, end, LOOK):
        waiting = [case for case in one.cases if case.came <= now < case.answered]
        open_ones = [case for case in waiting if case.came + PROMISED > now]
        if not open_ones:
            continue
        crew = one.crew[min(int(now), len(one.crew) - 1)]
        ours = forecast([_waiting(case, now) for case in waiting], crew, _pace(one, now))
        if ours is None:
            continue
        for case, chance in zip(waiting, ours.chances, strict=False):
            if case in open_ones:
                left = case.came + PROMISED - now
                found.append((chance, left, case.answered > case.came + PROMISED))
    return found


def _waiting(case: Served, now: float) -> Waiting:
    left = case.came + PROMISED - now
    return Waiting(left, left - PROMISED / 4, held=case.answered - case.took <= now)


def _pace(one: Day, now: float) -> Pace:
    """What the product would know at that minute: answers so far, cases of the last hour."""
    done = [case.took for case in one.cases if case.answered <= now]
    mean = float(np.mean(done)) if done else 1.0
    spread = float(np.std(done)) / mean if done else 1.0
    came = sum(now - 60 < case.came <= now for case in one.cases) / 60
    return Pace(mean, spread, max(20, len(done)), came, PROMISED)


def scores(learn: Sequence[Day], test: Sequence[Day]) -> tuple[float, float, int]:
    """Brier scores on the test days: ours, the deadlines alone (learned on the others), and how many looks."""
    late: dict[int, list[bool]] = {}
    for one in learn:
        for _, left, was in looks(one):
            late.setdefault(int(left // BIN), []).append(was)
    share = {key: sum(them) / len(them) for key, them in late.items()}
    usual = sum(map(sum, late.values())) / max(1, sum(map(len, late.values())))
    rows = [row for one in test for row in looks(one)]
    ours = float(np.mean([(chance - was) ** 2 for chance, _, was in rows]))
    theirs = float(np.mean([(share.get(int(left // BIN), usual) - was) ** 2 for _, left, was in rows]))
    return ours, theirs, len(rows)


def threads(path: Path) -> list[Day]:
    """Real threads: when customers spoke, and a crew that answers at the pace the companies did."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    when = "%a %b %d %H:%M:%S %z %Y"
    spoke = sorted(datetime.strptime(row["created_at"], when) for row in rows if row["inbound"] == "True")
    by_day: dict[object, list[float]] = {}
    for at in spoke:
        start = at.replace(hour=0, minute=0, second=0)
        by_day.setdefault(at.date(), []).append((at - start) / timedelta(minutes=1))
    return [served(came, seed) for seed, came in enumerate(by_day.values()) if len(came) >= 60]


def served(came: Sequence[float], seed: int) -> Day:
    """Real arrivals, answered first come first served by a crew that is just enough for the day's mean."""
    chance = np.random.default_rng(seed)
    span = max(60.0, came[-1] - came[0])
    mean = 8.0
    crew = max(1, round(len(came) / span * mean * 1.05))
    free, made = [came[0]] * crew, []
    for at in came:
        took = float(chance.lognormal(np.log(mean) - 0.18, 0.6))
        start = max(at, heappop(free))
        made.append(Served(at, start + took, took))
        heappush(free, start + took)
    return Day(tuple(made), (crew,) * 1440)


def main(arguments: Sequence[str]) -> None:
    """Print the scores."""
    ours, theirs, seen = scores([day(seed) for seed in range(20)], [day(seed) for seed in range(100, 110)])
    sys.stdout.write(f"invented days: forecast {ours:.4f}, deadlines alone {theirs:.4f} (Brier, {seen:,} looks)\n")
    if arguments:
        days = threads(Path(arguments[0]))
        ours, theirs, seen = scores(days[::2], days[1::2])
        sys.stdout.write(
            f"real arrivals, {len(days)} days: {ours:.4f}, deadlines alone {theirs:.4f} ({seen:,} looks)\n"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
