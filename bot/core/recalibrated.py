"""What a complaint probability means for one brand: a logistic curve on its logit, held to identity by a strong prior.

Platt's two parameters (J. Platt, 1999) with the scale above nothing, so that no two posts change places: the corrected
probability is only ever a moved bar. Fitted on probabilities and people's labels, never on words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

LEAST = 50
"""Labels below which nothing is corrected."""

ROUNDS = 30
EDGE = 0.002  # nearer to 0 or 1 than that no probability is taken at its word
SCALE_SD, SHIFT_SD = 0.15, 0.5  # of the logarithm of the scale and of the shift before any label is seen
BINS = 5


@dataclass(frozen=True, slots=True)
class Label:
    """A probability we gave, what a person said, and for how many such posts the label stands (1 for itself alone)."""

    chance: float
    complaint: bool
    stands_for: float = 1.0


@dataclass(frozen=True, slots=True)
class Curve:
    """Corrected logit = scale · logit + shift. `labels`: how many it was fitted on."""

    scale: float = 1.0
    shift: float = 0.0
    labels: int = 0

    def of(self, chance: float) -> float:
        """What we call a post now that the reader called `chance`."""
        return _squash(self.scale * _logit(chance) + self.shift)

    def bar(self, wanted: float) -> float:
        """The reader's probability from which the corrected one is at least `wanted`."""
        if not 0 < wanted < 1:
            return wanted
        return _squash((_logit(wanted) - self.shift) / self.scale)


@dataclass(frozen=True, slots=True)
class Called:
    """Posts we called about `chance`: how many labels, how many complaints of 100 these stand for, what we say now."""

    chance: float
    labels: int
    share: float
    now: float


def fit(labels: Sequence[Label]) -> Curve | None:
    """The likeliest curve under the prior; None below LEAST labels.

    Labels that stand for many posts count for more, but all together for no more than they are worth: their sum is
    Kish's effective number, (Σw)² / Σw².
    """
    if len(labels) < LEAST:
        return None
    whole = sum(one.stands_for for one in labels)
    each = whole / sum(one.stands_for**2 for one in labels)
    rows = [(_logit(one.chance), float(one.complaint), one.stands_for * each) for one in labels]
    log_scale = shift = 0.0
    for _round in range(ROUNDS):
        up, over = _step(rows, log_scale, shift)
        log_scale, shift = log_scale - up, shift - over
        if abs(up) + abs(over) < 1e-6:
            break
    return Curve(exp(log_scale), shift, len(labels))


def _step(rows: Sequence[tuple[float, float, float]], log_scale: float, shift: float) -> tuple[float, float]:
    """One Gauss-Newton step of the penalised likelihood, no longer than one either way."""
    scale = exp(log_scale)
    slope = [log_scale / SCALE_SD**2, shift / SHIFT_SD**2]
    bend = [1 / SCALE_SD**2, 0.0, 1 / SHIFT_SD**2]
    for x, said, weight in rows:
        chance, along = _squash(scale * x + shift), scale * x
        off, spread = weight * (chance - said), weight * chance * (1 - chance)
        slope[0] += off * along
        slope[1] += off
        bend[0] += spread * along * along
        bend[1] += spread * along
        bend[2] += spread
    whole = bend[0] * bend[2] - bend[1] ** 2
    up = (bend[2] * slope[0] - bend[1] * slope[1]) / whole
    over = (bend[0] * slope[1] - bend[1] * slope[0]) / whole
    return max(-1.0, min(1.0, up)), max(-1.0, min(1.0, over))


def called(labels: Sequence[Label], curve: Curve) -> list[Called]:
    """The labels in bands of what we called them; bands without a label are left out."""
    found = []
    for band in range(BINS):
        some = [one for one in labels if min(BINS - 1, int(one.chance * BINS)) == band]
        if some:
            whole = sum(one.stands_for for one in some)
            mean = sum(one.chance * one.stands_for for one in some) / whole
            share = sum(one.stands_for for one in some if one.complaint) / whole
            found.append(Called(mean, len(some), share, curve.of(mean)))
    return found


def _logit(chance: float) -> float:
    held = min(1 - EDGE, max(EDGE, chance))
    return log(held / (1 - held))


def _squash(x: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, x))))
