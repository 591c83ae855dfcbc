"""Who gets a case: by turn, by load, by what they know, or who helped this customer last. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

NEVER = datetime(1971, 1, 1, tzinfo=UTC)


class How(StrEnum):
    """A brand's rule."""

    OFF = "off"
    ROUND = "round"
    LEAST = "least"
    SKILL = "skill"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who is here and may have this brand's cases. `load` of `capacity` cases are theirs now."""

    id: int
    load: int
    capacity: int
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    given_at: datetime | None = None

    @property
    def room(self) -> int:
        """How many more they can have."""
        return self.capacity - self.load


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a case asks for: its language, what it is about, who helped this customer before (newest first).

    `instead` are the languages the brand answers in where the customer's is not among them.
    """

    language: str = ""
    about: frozenset[str] = frozenset()
    helped: tuple[int, ...] = ()
    instead: frozenset[str] = frozenset()


def choose(how: How, workers: Sequence[Worker], wanted: Wanted) -> Worker | None:
    """Who gets it; None where nobody has room or the rule is off. Nobody ever gets more than their capacity."""
    free = [one for one in workers if one.room > 0]
    if not free or how is How.OFF:
        return None
    if how is How.LAST:
        known = {one.id: one for one in free}
        again = next((known[number] for number in wanted.helped if number in known), None)
        if again is not None:
            return again
    keys: dict[How, Callable[[Worker], tuple[object, ...]]] = {
        How.ROUND: lambda one: (one.given_at or NEVER, one.id),
        How.SKILL: lambda one: (-_fit(one, wanted), *_least(one)),
    }
    return min(free, key=keys.get(how, _least))


def _least(one: Worker) -> tuple[object, ...]:
    return (one.load / one.capacity, one.given_at or NEVER, one.id)


def _fit(one: Worker, wanted: Wanted) -> int:
    """Speaking the customer's language counts most, then one the brand answers in instead, then skills."""
    speaks = bool(wanted.language) and wanted.language.split("-")[0] in one.languages
    return 10_000 * speaks + 100 * bool(one.languages & wanted.instead) + len(one.skills & wanted.about)
