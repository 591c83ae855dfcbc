"""From stated costs to a bar: what a missed complaint is worth in posts read in vain, on calibrated probabilities."""

from collections.abc import Iterable
from dataclasses import dataclass

MOST_IN_VAIN = 1_000


@dataclass(frozen=True, slots=True)
class Expected:
    """What a bar leads to, by the probabilities themselves: posts shown, of them read in vain, complaints not shown."""

    shown: int
    in_vain: float
    missed: float

    def cost(self, worth: float) -> float:
        """In posts read in vain, where a missed complaint is as bad as `worth` of them."""
        return self.in_vain + worth * self.missed


def bar_of(worth: float) -> float:
    """The probability from which showing a post costs less than leaving it out: 1 / (1 + worth), to four digits.

    A post shown costs 1 - p in expectation, one left out costs worth · p; they are equal where p = 1 / (1 + worth).
    ValueError unless worth is positive.
    """
    if worth <= 0:
        raise ValueError("A missed complaint is worth more than nothing.")
    return round(1 / (1 + worth), 4)


def in_vain_of(bar: float) -> float:
    """The worth of a missed complaint that a bar implies, to one digit; MOST_IN_VAIN for a bar at nothing."""
    return round(min(MOST_IN_VAIN, (1 - bar) / bar), 1) if bar > 0 else float(MOST_IN_VAIN)


def expected(chances: Iterable[float], bar: float) -> Expected:
    """What a bar does to posts of these complaint probabilities, expected by them."""
    shown, in_vain, missed = 0, 0.0, 0.0
    for chance in chances:
        if chance >= bar:
            shown, in_vain = shown + 1, in_vain + 1 - chance
        else:
            missed += chance
    return Expected(shown, in_vain, missed)
