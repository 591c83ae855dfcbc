"""How often the forecast was right: what it said of an hour against what came. Pure.

Of each case that was due within the hour it said how likely it would be late. The Brier score is the mean of the
squared differences between that and what came (1 late, 0 not): 0 is perfect, and who always says one half gets 0.25
(Brier, Monthly Weather Review 78 (1950) 1-3). An hour was right if as many were late as the range that was said holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
GRACE = timedelta(minutes=30)  # answers given on a platform itself are found some time after they were posted
HOURS = 20  # that the record looks back on
ENDED = ("case.resolved", "case.not_us", "case.not_complaint", "case.like_corrected", "case.merged")


@dataclass(frozen=True, slots=True)
class Said:
    """Of one case, when the hour began: how likely it would be late (0…1), and when it was due."""

    case_id: int
    chance: float
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Came:
    """What the log tells of a case after that: `what` happened, and when; of an answer, when it was posted."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour judged: of `n` cases `missed` were late, where from `low` to `high` were expected; `squares` is the sum
    of the squared differences."""

    n: int
    missed: int
    low: int
    high: int
    squares: float

    @property
    def right(self) -> bool:
        """Did the range that was said hold what came?"""
        return self.low <= self.missed <= self.high


@dataclass(frozen=True, slots=True)
class Score:
    """The last hours together. `brier` is over all their `answers`."""

    right: int
    hours: int
    answers: int
    brier: float


def judged(said: Sequence[Said], low: int, high: int, came: Mapping[int, Sequence[Came]]) -> Hour | None:
    """What came of an hour. Cases that ended before they were due without an answer count for nothing, and the range is
    as much wider below; None if all did. `came`: by case, what happened since."""
    ends = [(one, late(one, came.get(one.case_id, ()))) for one in said]
    known = [(one.chance, missed) for one, missed in ends if missed is not None]
    if not known:
        return None
    missed = sum(was for _, was in known)
    left_out = len(ends) - len(known)
    return Hour(len(known), missed, max(0, low - left_out), high, sum((chance - was) ** 2 for chance, was in known))


def late(said: Said, came: Sequence[Came]) -> bool | None:
    """Was it late? None where nothing was owed any more when it was due, and nobody had answered."""
    if any(one.what == "case.answered" and one.at <= said.due_at for one in came):
        return False
    if any(one.what in ENDED and one.at <= said.due_at for one in came):
        return None
    return True


def score(hours: Sequence[Hour]) -> Score | None:
    """The record, from hours that were judged; None before the first."""
    answers = sum(one.n for one in hours)
    if not answers:
        return None
    return Score(sum(one.right for one in hours), len(hours), answers, sum(one.squares for one in hours) / answers)
