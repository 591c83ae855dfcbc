"""What chance does not explain: counts and rates that differ beyond about 95 %. Pure."""

from math import sqrt

from bot.core.intervals import Rate

CLEAR = 1.96


def clearly(now: int, last: int) -> int:
    """1 if a count rose beyond chance, -1 if it fell, 0 if it may be chance.

    Difference of two Poisson counts, with continuity correction: five after none may be chance, six are not.
    """
    if now + last == 0 or (abs(now - last) - 1) / sqrt(now + last) < CLEAR:
        return 0
    return 1 if now > last else -1


def rates_differ(now: Rate, last: Rate) -> int:
    """1 if a rate rose beyond chance, -1 if it fell, 0 if it may be chance or there are too few (two proportions)."""
    if not (now.enough and last.enough):
        return 0
    pooled = (now.hits + last.hits) / (now.n + last.n)
    spread = sqrt(pooled * (1 - pooled) * (1 / now.n + 1 / last.n))
    difference = now.hits / now.n - last.hits / last.n
    if spread == 0 or abs(difference) / spread < CLEAR:
        return 0
    return 1 if difference > 0 else -1
