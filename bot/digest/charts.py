"""Figures as lengths: numbers for SVG attributes and table cells. Pure, no mark-up."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.figures import STEP_MINUTES, STEPS, Afterwards, Day, Waits
from bot.core.intervals import TOO_FEW

TALL, BASE = 116.0, 140.0  # of the complaints' chart: the longest column, and where columns stand
FLAT, FLOOR = 34.0, 52.0  # of all mentions
NET_TOP, NET_TALL, NET_LEAST = 20.0, 54.0, 20.0
FIRST, WIDE, APART = 2, 8, 14  # per cent: the first column, a column, from one to the next


@dataclass(frozen=True, slots=True)
class Column:
    """A day's complaints: x in per cent, the rest in pixels from the top; `low` is untagged, `high` tagged.

    `flat_low` and `flat_high` are all mentions of the day in the same parts.
    """

    x: int
    low_y: float
    low: float
    high_y: float
    high: float
    total: int
    flat_low_y: float
    flat_low: float
    flat_high_y: float
    flat_high: float
    mentions: int
    label: str


@dataclass(frozen=True, slots=True)
class Point:
    """A day's net sentiment: x in per cent, y in pixels. `value` is rounded."""

    x: int
    y: float
    value: int
    below: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Answers within ten minutes of waiting: x and y, `label` its first minute, `late` beyond the promise."""

    x: float
    y: float
    tall: float
    n: int
    label: str
    late: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a whole, in per cent of the width."""

    name: str
    n: int
    x: float
    width: float


def columns(days: Sequence[Day], names: Sequence[str]) -> list[Column]:
    """Seven columns on one scale."""
    most = max([1, *(day.complaints for day in days)])
    most_mentions = max([1, *(day.mentions for day in days)])
    return [
        _column(number, day, name, TALL / most, FLAT / most_mentions)
        for number, (day, name) in enumerate(zip(days, names, strict=True))
    ]


def _column(number: int, day: Day, name: str, scale: float, flat_scale: float) -> Column:
    low, high = len(day.complaints_untagged) * scale, len(day.complaints_tagged) * scale
    apart = 1.0 if low and high else 0.0
    flat_low, flat_high = len(day.untagged) * flat_scale, len(day.tagged) * flat_scale
    flat_apart = 1.0 if flat_low and flat_high else 0.0
    return Column(
        x=FIRST + APART * number,
        low_y=round(BASE - low, 1),
        low=round(low, 1),
        high_y=round(BASE - low - high - apart, 1),
        high=round(high, 1),
        total=day.complaints,
        flat_low_y=round(FLOOR - flat_low, 1),
        flat_low=round(flat_low, 1),
        flat_high_y=round(FLOOR - flat_low - flat_high - flat_apart, 1),
        flat_high=round(flat_high, 1),
        mentions=day.mentions,
        label=name,
    )


def gridlines(days: Sequence[Day]) -> list[tuple[float, int]]:
    """Lines at nothing, half and all of a round number: (y, value)."""
    most = max([1, *(day.complaints for day in days)])
    top = round_up(most)
    return [
        (round(BASE - TALL * value / most, 1) + 0.5, value)
        for value in (0, top // 2, top)
        if value * TALL <= 130 * most
    ]


def round_up(number: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100, …"""
    unit = 1
    while True:
        for step in (2, 4, 10):
            if number <= step * unit:
                return step * unit
        unit *= 10


def net_line(days: Sequence[Day]) -> tuple[list[Point], float]:
    """A point for each day with enough to say it, and where zero is."""
    known = [(number, day.net.value) for number, day in enumerate(days) if day.net.n >= TOO_FEW]
    values = [round(value) for _number, value in known if value is not None]
    high, low = max([0, *values]), min([0, *values])
    scale = NET_TALL / max(high - low, NET_LEAST)
    points = [
        Point(FIRST + APART * number + WIDE // 2, round(NET_TOP + (high - value) * scale, 1), value, value < 0)
        for (number, _), value in zip(known, values, strict=True)
    ]
    return points, round(NET_TOP + high * scale, 1)


def histogram(waits: Waits, promise: int | None) -> list[Step]:
    """Answers by how long the customer had waited."""
    most = max([1, *waits.steps])
    return [
        Step(
            x=1 + 8.2 * number,
            y=round(BASE - n * TALL / most, 1),
            tall=round(n * TALL / most, 1),
            n=n,
            label=f"{number * STEP_MINUTES}" if number < STEPS - 1 else f"{number * STEP_MINUTES}+",
            late=promise is not None and number * STEP_MINUTES >= promise,
        )
        for number, n in enumerate(waits.steps)
    ]


def promise_x(promise: int | None) -> float | None:
    """Where the promise stands in the histogram, in per cent; None beyond it."""
    if promise is None or promise > STEP_MINUTES * (STEPS - 1):
        return None
    return round(1 + 8.2 * promise / STEP_MINUTES - 0.6, 1)


def outcomes(part: Afterwards) -> list[Piece]:
    """Recovered, unchanged, worse, silent as parts of all."""
    each = [(name, len(getattr(part, name))) for name in ("recovered", "unchanged", "worse", "silent")]
    whole, at, pieces = max(1, sum(n for _, n in each)), 0.0, []
    for name, n in each:
        width = 100 * n / whole
        pieces.append(Piece(name, n, round(at, 2), round(max(0.0, width - 0.4), 2)))
        at += width
    return pieces
