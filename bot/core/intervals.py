"""Rates that say how sure they are: Wilson's score interval, and no rate at all from fewer than ten."""

from dataclasses import dataclass
from math import sqrt

from bot.core.locales import hundredths, number

TOO_FEW = 10
Z95 = 1.959963984540054


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval for `hits` of `n`, as shares 0…1; (0, 1) where there is nothing to go by.

    E. B. Wilson, JASA 22 (1927) 209-212. `z` 1.96 is 95 %. ValueError unless 0 <= hits <= n.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share.")
    if n == 0:
        return 0.0, 1.0
    share, spread = hits / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return (0.0 if hits == 0 else middle - half), (1.0 if hits == n else middle + half)


def between_two(plus: int, minus: int, n: int, z: float = Z95) -> tuple[float, float]:
    """The interval of (plus - minus) / n, -1…1, where each of n is one, the other or neither.

    A. Agresti, Y. Min, Statistics in Medicine 24 (2005) 729-740: half an observation more of either and two in all,
    then Wald's. ValueError unless the counts fit.
    """
    if min(plus, minus) < 0 or plus + minus > n:
        raise ValueError(f"{plus} and {minus} of {n} are no shares.")
    if n == 0:
        return -1.0, 1.0
    more, less, whole = plus + 0.5, minus + 0.5, n + 2
    middle = (more - less) / whole
    half = z * sqrt(more + less - whole * middle**2) / whole
    return max(-1.0, middle - half), min(1.0, middle + half)


def poisson(n: int, z: float = Z95) -> tuple[float, float]:
    """The interval of what is to be expected where `n` were counted in a stretch of time, by chance alone.

    The score interval of a Poisson count, n + z²/2 ± z·sqrt(n + z²/4): G. Barker, The American Statistician 56 (2002)
    85-89. ValueError below nothing.
    """
    if n < 0:
        raise ValueError(f"{n} is no count.")
    middle, half = n + z * z / 2, z * sqrt(n + z * z / 4)
    return max(0.0, middle - half), middle + half


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    hits: int
    n: int

    @property
    def enough(self) -> bool:
        """True from ten on: below, a share says more than we know."""
        return self.n >= TOO_FEW

    @property
    def share(self) -> float | None:
        """hits / n, 0…1; None when there are too few for a rate."""
        return self.hits / self.n if self.enough else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the true share."""
        return wilson(self.hits, self.n)

    def words(self, noun: str = "cases") -> str:
        """ "86% (324 of 377; 82–89%)", or "9 complaints; too few for a rate". `noun` is plural."""
        if self.share is None:
            one = noun[:-1] if self.n == 1 and noun.endswith("s") else noun
            return f"{self.n} {one}; too few for a rate"
        return f"{percent_words(self.share)} ({number(self.hits)} of {number(self.n)}; {self._between()})"

    def share_words(self) -> str:
        """ "86% (82–89%)", for where the counts are told already; "" where there are too few."""
        return f"{percent_words(self.share)} ({self._between()})" if self.share is not None else ""

    def _between(self) -> str:
        low, high = self.interval
        return f"{percent(low)}–{percent_words(high)}"


def percent(share: float) -> int:
    """A share as a whole percentage; 0 and 100 only where it is exactly so."""
    whole = round(share * 100)
    if whole == 100 and share < 1:
        return 99
    return 1 if whole == 0 and share > 0 else whole


def percent_words(share: float) -> str:
    """The same with its sign, as the language writes it: "45%", "45 %"."""
    return hundredths(str(percent(share)))
