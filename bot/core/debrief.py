"""What a fire drill showed: from what was played, heard, claimed, answered and told. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Played:
    """One post of the script and what became of it. `owed`: the script says that it needs an answer.

    `due_at`: until when its brand promises one; `target`: how long that is on the brand's clock. None without a case.
    """

    id: str
    at: datetime
    owed: bool
    heard_at: datetime | None = None
    case_id: int | None = None
    claimed_at: datetime | None = None
    answered_at: datetime | None = None
    due_at: datetime | None = None
    target: timedelta | None = None

    @property
    def kept(self) -> bool:
        """Whether it was answered in time."""
        return self.answered_at is not None and self.due_at is not None and self.answered_at <= self.due_at


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that left in the sandbox."""

    case_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Debrief:
    """Seconds are on the customer's clock. None: it never happened. `missed` are ids of the script.

    `windows_kept` are answers in time; `windows_s` how long the promised windows are, each length once, shortest first.
    """

    posts: int
    owed: int
    heard: int
    first_heard_s: float | None
    first_claimed_s: float | None
    first_answer_s: float | None
    proposed_s: float | None
    answered: int
    missed: tuple[str, ...]
    unheard: tuple[str, ...]
    without_case: tuple[str, ...]
    noise_in_queue: tuple[str, ...]
    worst_wait_s: float | None
    worst: str
    duplicates: int
    same_words: int
    messages: int
    windows_kept: int = 0
    windows_s: tuple[float, ...] = ()

    def as_facts(self) -> dict[str, object]:
        """As JSON keeps it."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def debrief(
    played: Sequence[Played], answers: Sequence[Answer], messages: int, proposed_at: datetime | None, end: datetime
) -> Debrief:
    """The figures. First heard, claimed and answered count from the first post of the script that is owed an answer.

    A wait ends with the answer or with the drill. Duplicates are answers to a case beyond its first; `same_words` are
    answers with the very words of another.
    """
    owed = [one for one in played if one.owed]
    start = min((one.at for one in owed), default=end)
    waits = {one.id: ((one.answered_at or end) - one.at) for one in owed}
    worst = max(waits, key=lambda key: (waits[key], key), default="")
    answered = [one for one in owed if one.answered_at is not None]
    return Debrief(
        posts=len(played),
        owed=len(owed),
        heard=sum(one.heard_at is not None for one in played),
        first_heard_s=_since(start, [one.heard_at for one in owed]),
        first_claimed_s=_since(start, [one.claimed_at for one in owed]),
        first_answer_s=_since(start, [one.answered_at for one in owed]),
        proposed_s=_since(start, [proposed_at]),
        answered=len(answered),
        missed=tuple(one.id for one in owed if one.answered_at is None),
        unheard=tuple(one.id for one in played if one.heard_at is None),
        without_case=tuple(one.id for one in owed if one.heard_at is not None and one.case_id is None),
        noise_in_queue=tuple(one.id for one in played if not one.owed and one.case_id is not None),
        worst_wait_s=waits[worst].total_seconds() if worst else None,
        worst=worst,
        duplicates=_beyond_first(Counter(one.case_id for one in answers)),
        same_words=_beyond_first(Counter(" ".join(one.text.casefold().split()) for one in answers)),
        messages=messages,
        windows_kept=sum(one.kept for one in owed),
        windows_s=tuple(sorted({one.target.total_seconds() for one in owed if one.target is not None})),
    )


def _since(start: datetime, moments: Sequence[datetime | None]) -> float | None:
    known = [at for at in moments if at is not None]
    return max((min(known) - start).total_seconds(), 0.0) if known else None


def _beyond_first(counts: Mapping[object, int]) -> int:
    return sum(n - 1 for n in counts.values() if n > 1)
