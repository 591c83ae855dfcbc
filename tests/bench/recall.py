"""How often the interval of recall holds the truth, over made-up brands: `python -m tests.bench recall`."""

import os
import random
from collections import Counter
from dataclasses import dataclass

from bot.core.recall import Caught, Recall, Stratum, allocate, recall, strata

Rates = dict[str, float]


@dataclass(frozen=True)
class World:
    """A brand's days: discarded posts a day by (band, source), how often a band holds a miss, what is queued."""

    name: str
    sizes: dict[tuple[str, str], int]
    rates: Rates
    days: int = 28
    k: int = 20
    queued: int = 12
    precision: float = 0.8
    decided: float = 0.7
    finished: float = 1.0
    drift: float = 0.0


def _spread(total: int, sources: int, shares: dict[str, float]) -> dict[tuple[str, str], int]:
    parts = [1 / (place + 1) for place in range(sources)]
    return {
        (band, f"s{place}"): max(1, round(total * share * part / sum(parts)))
        for band, share in shares.items()
        for place, part in enumerate(parts)
    }


SHARES = {"just below": 0.05, "below": 0.1, "far below": 0.5, "doubtful": 0.1, "namesake": 0.25}
FEW: Rates = {"just below": 0.12, "below": 0.04, "far below": 0.004, "doubtful": 0.03, "namesake": 0.002}
MANY: Rates = {"just below": 0.35, "below": 0.2, "far below": 0.05, "doubtful": 0.25, "namesake": 0.05}
FLAT: Rates = dict.fromkeys(SHARES, 0.02)
ODD: Rates = {"just below": 0.0, "below": 0.0, "far below": 0.0, "doubtful": 0.0, "namesake": 0.03}
WORLDS = (
    World("usual: 300 a day, 3 sources", _spread(300, 3, SHARES), FEW),
    World("small: 40 a day", _spread(40, 2, SHARES), FEW, queued=5),
    World("large: 3,000 a day, 8 sources", _spread(3000, 8, SHARES), FEW, queued=80),
    World("a bad reader", _spread(300, 3, SHARES), MANY),
    World("bands say nothing", _spread(300, 3, SHARES), FLAT),
    World("all misses where nobody expects them", _spread(300, 3, SHARES), ODD),
    World("one week", _spread(300, 3, SHARES), FEW, days=7),
    World("one day", _spread(300, 3, SHARES), FEW, days=1),
    World("half of each draw labelled", _spread(300, 3, SHARES), FEW, finished=0.5),
    World("rates drift by days", _spread(300, 3, SHARES), FEW, drift=1.5),
    World("nothing is missed", _spread(300, 3, SHARES), dict.fromkeys(SHARES, 0.0)),
    World("everything decided on", _spread(300, 3, SHARES), FEW, decided=1.0),
)


def run(world: World, seed: int) -> tuple[Recall, float]:
    """One life of a world: what the audit says of it, and its true recall."""
    chance = random.Random(seed)
    sizes: Counter[str] = Counter()
    labelled: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    true = 0
    for day in range(world.days):
        # volumes swing by half, as weekdays and news do; `drift` lets the rates swing as well
        today = {key: max(0, round(size * chance.uniform(0.5, 1.5))) for key, size in world.sizes.items()}
        tilt = 1 + world.drift * day / max(1, world.days - 1)
        names = strata({key: size for key, size in today.items() if size}, world.k)
        posts: dict[str, list[bool]] = {}
        for key, name in names.items():
            rate = min(1.0, world.rates[key[0]] * tilt)
            posts.setdefault(name, []).extend(chance.random() < rate for _post in range(today[key]))
        drawn = allocate({name: len(there) for name, there in posts.items()}, world.k)
        offered = [(name, post) for name, many in drawn.items() for post in chance.sample(posts[name], many)]
        chance.shuffle(offered)
        for name, there in posts.items():
            sizes[name] += len(there)
            true += sum(there)
        for name, miss in offered[: max(1, round(len(offered) * world.finished))]:
            labelled[name] += 1
            missed[name] += miss
    queued = [chance.random() < world.precision for _post in range(world.queued * world.days)]
    decided = [right for right in queued if chance.random() < world.decided]
    found = recall(
        [Stratum(name, size, labelled[name], missed[name]) for name, size in sizes.items()],
        Caught(len(queued), len(decided), sum(decided)),
    )
    ours = sum(queued)
    return found, ours / (ours + true) if ours + true else 1.0


def coverage(world: World, runs: int, seed: int = 7) -> tuple[float, float, float, float]:
    """Over many lives: share of intervals that hold the truth, their mean width, mean estimate, mean truth."""
    held, width, told, truth = 0, 0.0, 0.0, 0.0
    for life in range(runs):
        found, true = run(world, seed * 1_000_003 + life)
        held += found.low - 1e-9 <= true <= found.high + 1e-9
        width += found.high - found.low
        told += found.share if found.share is not None else 0.0
        truth += true
    return held / runs, width / runs, told / runs, truth / runs


def report(runs: int = int(os.environ.get("BENCH_RUNS", "2000"))) -> None:
    """Print a line a world."""
    print(f"{'world':40} {'covers':>7} {'width':>6} {'told':>6} {'true':>6}   ({runs} lives each)")
    for world in WORLDS:
        held, width, told, truth = coverage(world, runs)
        print(f"{world.name:40} {held:7.3f} {width:6.3f} {told:6.3f} {truth:6.3f}", flush=True)
