"""Which rooms hear of a case, and when a room is quiet. Rules in order, values in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.hours import Hours

Room = tuple[str, str]  # responder, address
AHEAD = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule looks at in a case."""

    brand: str
    severity: str = "normal"
    language: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. What is empty fits everything; `hours` None: at any time."""

    room: Room
    brand: str = ""
    severities: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    hours: Hours | None = None
    goes_on: bool = False
    id: int = 0

    def fits(self, case: Asked, at: datetime) -> bool:
        """Whether this rule is meant for such a case at this moment. A language fits by its first part (pt: pt-BR)."""
        language = case.language.lower()
        return (
            self.brand in ("", case.brand)
            and (not self.severities or case.severity in self.severities)
            and (not self.platforms or case.platform in self.platforms)
            and (not self.languages or bool({language, language.partition("-")[0]} & self.languages))
            and (self.hours is None or self.hours.is_open(at))
        )


def chosen(rules: Sequence[Rule], usual: Sequence[Room], case: Asked, at: datetime) -> tuple[Room, ...]:
    """The rooms that hear of a case: the first rule that fits decides, and the next ones if it goes on; else usual."""
    found: list[Room] = []
    for rule in rules:
        if rule.fits(case, at):
            found.append(rule.room)
            if not rule.goes_on:
                break
    return tuple(dict.fromkeys(found or usual))


@dataclass(frozen=True, slots=True)
class Quiet:
    """A time of quiet: every week in `hours`, or once. What it holds waits; nothing is lost."""

    room: Room | None = None
    brand: str = ""
    lets_through: frozenset[str] = field(default_factory=frozenset)
    hours: Hours | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None

    def until(self, now: datetime) -> datetime | None:
        """When the quiet that holds now ends; None when it is not quiet."""
        if self.hours is not None:
            return _closes(self.hours, now)
        if self.from_at is None or self.until_at is None:
            return None
        return self.until_at if self.from_at <= now < self.until_at else None


def _closes(hours: Hours, now: datetime) -> datetime | None:
    """The end of the stretch that is open now; stretches that touch (over midnight) are one."""
    if not hours.is_open(now):
        return None
    end = now
    for opens, closes in hours.stretches(now, now + AHEAD):
        if opens > end:
            break
        end = closes
    return end
