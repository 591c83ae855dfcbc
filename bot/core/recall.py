"""How many complaints were missed: a stratified sample of what was discarded, and an honest interval around it.

Each discarded post is in one stratum (source × score band). Every stratum is sampled; a miss found in a stratum stands
for N/n posts of it. The interval is the gamma interval for weighted sums of rare counts (M. P. Fay, E. J. Feuer,
Statistics in Medicine 16 (1997) 791-801), which is conservative by construction; how often it covers the truth is
measured by tests/bench/recall.py. Recall also needs what was caught: queued posts people decided on, with Wilson's
interval for those nobody decided on. The error is split evenly between the two halves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from bot.core.intervals import wilson

SURE = 0.95
"""The share of intervals that must hold the truth."""

BANDS = ("just below", "below", "far below", "doubtful", "namesake", "corrected", "silenced")
"""Score bands from most to least likely a miss among what was read, then what was not, then what rules took out."""

# How often a discarded post of a band is a miss: guesses that only say where to look more often, never what is true.
_GUESS = {"just below": 0.15, "below": 0.05, "far below": 0.01, "doubtful": 0.06, "namesake": 0.01,
          "corrected": 0.05, "silenced": 0.05}  # fmt: skip
OTHERS = "other sources"


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum after labelling: how many posts it holds, how many were labelled, how many of these were misses."""

    name: str
    size: int
    labelled: int
    missed: int


@dataclass(frozen=True, slots=True)
class Caught:
    """What was queued in the same stretch: posts, those a person decided on, those that were complaints for us."""

    queued: int
    decided: int
    right: int


@dataclass(frozen=True, slots=True)
class Recall:
    """What is known of misses. Counts are of posts; shares 0…1. `share` is None where nothing caught was decided on."""

    discarded: int
    labelled: int
    found: int
    missed: float
    missed_low: float
    missed_high: float
    share: float | None
    low: float
    high: float


def band_of(relevance: float, tagged: bool, complaint: float | None, queue_at: float, corrected: bool) -> str:
    """The band a discarded mention is in. `queue_at` is the brand's bar on the complaint probability."""
    if corrected:
        return "corrected"
    if relevance < 0.25:
        return "namesake"
    if relevance < 0.5 and not tagged:
        return "doubtful"
    part = (complaint or 0.0) / queue_at if queue_at else 0.0
    return "just below" if part >= 2 / 3 else "below" if part >= 1 / 3 else "far below"


def strata(sizes: Mapping[tuple[str, str], int], k: int) -> dict[tuple[str, str], str]:
    """(band, source) → name of its stratum. Small sources are joined until at most k/2 strata are left."""
    weight: dict[str, int] = {}
    for (_band, source), size in sizes.items():
        weight[source] = weight.get(source, 0) + size
    kept = sorted(weight, key=lambda source: (-weight[source], source))
    while True:
        names = {key: f"{key[0]} · {key[1] if key[1] in kept else OTHERS}" for key in sizes}
        if len(set(names.values())) <= max(1, k // 2) or not kept:
            return names
        kept.pop()


def allocate(sizes: Mapping[str, int], k: int) -> dict[str, int]:
    """How many of k to draw from each stratum: one each, the rest where many and uncertain ones are (Neyman)."""
    drawn = {name: 0 for name in sizes}
    room = min(k, sum(sizes.values()))
    worth = {name: size * _spread(name) for name, size in sizes.items()}
    order = sorted(sizes, key=lambda name: (-worth[name], name))
    for name in order[:room]:
        drawn[name] = min(1, sizes[name])
    while sum(drawn.values()) < room:
        open_ = [name for name in order if drawn[name] < sizes[name]]
        name = max(open_, key=lambda one: worth[one] / (drawn[one] + 1))
        drawn[name] += 1
    return drawn


def _spread(name: str) -> float:
    guess = _GUESS.get(name.split(" · ")[0], 0.05)
    return sqrt(guess * (1 - guess))


def recall(parts: Sequence[Stratum], caught: Caught, sure: float = SURE) -> Recall:
    """The estimate. Strata nobody labelled are joined to the nearest band that somebody did."""
    parts = _joined(parts)
    labelled, found = sum(part.labelled for part in parts), sum(part.missed for part in parts)
    discarded = sum(part.size for part in parts)
    open_ = caught.queued > caught.decided
    half = (1 + sure) / 2 if open_ else sure
    missed, low, high = _misses(parts, half)
    ours, ours_low, ours_high = _ours(caught, half)
    share = ours / (ours + missed) if ours + missed > 0 else None
    known = caught.decided > 0
    least = ours_low / (ours_low + high) if known and ours_low + high > 0 else 0.0
    most = ours_high / (ours_high + low) if known and ours_high + low > 0 else 1.0
    return Recall(discarded, labelled, found, missed, low, high, share if known else None, least, most)


def _joined(parts: Sequence[Stratum]) -> list[Stratum]:
    told = [part for part in parts if part.labelled]
    for part in (part for part in parts if not part.labelled and part.size):
        if not told:
            return [part for part in parts if part.size]
        near = min(range(len(told)), key=lambda at: (_apart(told[at].name, part.name), -told[at].labelled))
        there = told[near]
        told[near] = Stratum(there.name, there.size + part.size, there.labelled, there.missed)
    return told


def _apart(one: str, other: str) -> int:
    first, second = (name.split(" · ")[0] for name in (one, other))
    places = [BANDS.index(band) if band in BANDS else len(BANDS) for band in (first, second)]
    return abs(places[0] - places[1])


def _misses(parts: Sequence[Stratum], sure: float) -> tuple[float, float, float]:
    """Missed posts and their interval. What was labelled in full is known and adds no doubt."""
    known = sum(part.missed for part in parts if part.labelled >= part.size)
    rest = [part for part in parts if part.labelled < part.size]
    size, found = sum(part.size for part in rest), sum(part.missed for part in rest)
    if not rest:
        return float(known), float(known), float(known)
    if any(not part.labelled for part in rest):
        return float(known), float(known), float(known + size)
    weights = [(part.size / part.labelled, part.missed) for part in rest]
    total, spread = sum(w * m for w, m in weights), sum(w * w * m for w, m in weights)
    low, high = gamma_interval(total, spread, max(w for w, _m in weights), sure)
    most = size - sum(part.labelled - part.missed for part in rest)
    return known + total, known + max(low, float(found)), known + min(high, float(most))


def gamma_interval(total: float, spread: float, heaviest: float, sure: float = SURE) -> tuple[float, float]:
    """The interval of a sum of weighted Poisson counts (Fay and Feuer 1997).

    `total` is Σ weight·count, `spread` Σ weight²·count, `heaviest` the largest weight of any stratum.
    """
    from scipy.special import gammaincinv  # three tenths of a second to load, and only this needs it

    tail = (1 - sure) / 2
    low = spread / total * float(gammaincinv(total * total / spread, tail)) if total > 0 else 0.0
    above, wide = total + heaviest, spread + heaviest * heaviest
    return low, wide / above * float(gammaincinv(above * above / wide, 1 - tail))


def _ours(caught: Caught, sure: float) -> tuple[float, float, float]:
    """Complaints for us among what was queued: those decided on are known, the others follow their rate."""
    undecided = caught.queued - caught.decided
    if not undecided or not caught.decided:
        return float(caught.right), float(caught.right), float(caught.right + undecided)
    low, high = wilson(caught.right, caught.decided, NormalDist().inv_cdf((1 + sure) / 2))
    share = caught.right / caught.decided
    return caught.right + undecided * share, caught.right + undecided * low, caught.right + undecided * high
