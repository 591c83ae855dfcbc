"""What the spike rule does for small brands: made-up hourly counts, false episodes a week and the delay of a step.

`python -m tests.bench quiet`. Chance is seeded: the figures are the same on every run.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import cos, exp, pi
from random import Random
from statistics import median

from bot.core.spikes import DAY, HOUR, Memory, Point, Rule, Series, deviation, ring

START = datetime(2026, 6, 1, tzinfo=UTC)  # a Monday
MEANS = (0.2, 1.0, 3.0, 5.0)  # an hour
SHAPES = ("flat", "by day", "by week", "in bursts")
TIMES = (5, 10)
EACH = 12  # series of every kind
WEEKS = 10
STEPS_LAST = DAY


def counts(shape: str, mean: float, weeks: int, seed: int, step: tuple[datetime, int] | None = None) -> list[Point]:
    """Hourly counts; from the step on it is so many times as much for a day."""
    draw = Random(seed)
    points: list[Point] = []
    for number in range(weeks * 7 * 24):
        at = START + number * HOUR
        usual = mean * _shape(shape, at, draw)
        more = step[1] if step is not None and step[0] <= at < step[0] + STEPS_LAST else 1
        points.append(Point(at, _poisson(usual * more, draw)))
    return points


def _shape(shape: str, at: datetime, draw: Random) -> float:
    if shape == "flat":
        return 1.0
    by_day = 1 - 0.9 * cos(2 * pi * (at.hour - 2) / 24)
    if shape == "by week":
        return by_day * (1.24 if at.weekday() < 5 else 0.4)
    return by_day * draw.gammavariate(0.7, 1 / 0.7) if shape == "in bursts" else by_day


def _poisson(mean: float, draw: Random) -> int:
    """How many of chance alone (Knuth's way: products of uniform draws)."""
    many, product, least = 0, draw.random(), exp(-mean)
    while product > least:
        many += 1
        product *= draw.random()
    return many


def rung(points: list[Point]) -> Iterator[datetime]:
    """The ends of the hours that ring."""
    series, memory = Series(points), Memory()
    for spot in range(len(series)):
        rings, memory = ring(deviation(series, spot), memory, Rule())
        if rings:
            yield series.start + (spot + 1) * HOUR


def false_a_week(shape: str, mean: float) -> float:
    """How often an ordinary series rings."""
    return sum(len(list(rung(counts(shape, mean, WEEKS, seed)))) for seed in range(EACH)) / (EACH * WEEKS)


def delays(shape: str, mean: float, times: int) -> list[float]:
    """Hours until a step is told, of those that are told while it lasts."""
    found: list[float] = []
    for seed in range(EACH):
        step = START + (28 + seed % 5) * DAY + (5 * seed % 24) * HOUR
        points = counts(shape, mean, 5, 100 + seed, (step, times))
        told = [at for at in rung(points) if step < at <= step + STEPS_LAST]
        found += [(told[0] - step) / HOUR] if told else []
    return found


def report() -> None:
    """Print a row of docs/spikes.md for every kind of series."""
    for mean in MEANS:
        for shape in SHAPES:
            told = [_cell(delays(shape, mean, times)) for times in TIMES]
            print(f"| {mean:g} | {shape} | {false_a_week(shape, mean):.2f} | {' | '.join(told)} |", flush=True)


def _cell(hours: list[float]) -> str:
    return f"{len(hours)} of {EACH}" + (f", {median(hours):.0f} h" if hours else "")
