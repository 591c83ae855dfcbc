"""The scoring of the Numenta Anomaly Benchmark, standard profile, written from its description.

A. Lavin, S. Ahmad, "Evaluating Real-time Anomaly Detection Algorithms: the Numenta Anomaly Benchmark", ICMLA 2015: each
labelled window is worth one point if it is hit, more the earlier (a sigmoid from its left edge to its right); a window
that is missed costs one; an alert outside costs up to 0.11, less shortly after a window. The first 15 % of a file
(of at most 5,000 rows) are for learning. 0 is a detector that never rings, 100 one that hits every left edge and
nothing else.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp

FALSE = 0.11
LEARNING, LEARNING_OF = 0.15, 5_000
WEEK_S = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Scored:
    """One file's raw score, its windows and how many were hit, and its alerts outside of them."""

    raw: float
    windows: int
    hits: int
    false: tuple[int, ...]
    weeks: float


def scored(times: Sequence[datetime], alerts: Sequence[int], windows: Sequence[tuple[datetime, datetime]]) -> Scored:
    """Score the alerts (row numbers) in a file against its labelled windows."""
    learning = int(LEARNING * min(len(times), LEARNING_OF))
    counted = [spot for spot in sorted(alerts) if spot >= learning]
    spans = [(bisect_left(times, start), bisect_right(times, end) - 1) for start, end in windows]
    earliest = [next((spot for spot in counted if left <= spot <= right), None) for left, right in spans]
    raw = sum(
        -1.0 if spot is None else _sigmoid(-(right - spot + 1) / (right - left + 1)) / _sigmoid(-1.0)
        for spot, (left, right) in zip(earliest, spans, strict=True)
    )
    false = tuple(spot for spot in counted if not any(left <= spot <= right for left, right in spans))
    raw += sum(FALSE * _outside(spot, spans) for spot in false)
    hits = sum(spot is not None for spot in earliest)
    return Scored(raw, len(spans), hits, false, (times[-1] - times[learning]).total_seconds() / WEEK_S)


def standard(parts: Sequence[Scored]) -> float:
    """The score of several files together, 0…100."""
    windows = sum(part.windows for part in parts)
    return 100 * (sum(part.raw for part in parts) + windows) / (2 * windows)


def false_a_week(parts: Sequence[Scored]) -> float:
    """Alerts outside of windows per file and week."""
    return sum(len(part.false) for part in parts) / sum(part.weeks for part in parts)


def _outside(spot: int, spans: Sequence[tuple[int, int]]) -> float:
    past = [(left, right) for left, right in spans if right < spot]
    if not past:
        return -1.0
    left, right = past[-1]
    return _sigmoid((spot - right) / (right - left))


def _sigmoid(place: float) -> float:
    return -1.0 if place > 3 else 2 / (1 + exp(5 * place)) - 1
