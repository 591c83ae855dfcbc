"""Which promise holds for a case, and how bad it is: from a brand's rules and a reading's figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from bot.core import priority
from bot.core.brand import Brand
from bot.core.policy import PARTS, Policies, Policy
from bot.core.priority import Severity
from bot.core.window import Sooner, Window

MOVED = "sooner"  # the key beside a kept promise's own words that says what made it stricter
FIRST = "first"  # and the one that holds the first answer's promise once a later window runs
LADDER = tuple(Severity)


class Running(Protocol):
    """What of a case its running window is made of (bot/store/tables.py CaseRow)."""

    @property
    def policy(self) -> dict[str, Any]: ...
    @property
    def spoke_at(self) -> datetime: ...
    @property
    def heard_at(self) -> datetime: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def first_spoke_at(self) -> datetime: ...
    @property
    def first_answered_at(self) -> datetime | None: ...


def kept_promise(raw: Mapping[str, Any]) -> tuple[Policy, Sooner | None]:
    """A case's promise from its kept words, and what made it stricter while it ran. {} is an hour."""
    return Policy.parse(plain(raw) or {"window_minutes": 60}), moved_by(raw)


def moved_by(raw: Mapping[str, Any]) -> Sooner | None:
    """What made a kept promise stricter while it ran."""
    moved = raw.get(MOVED)
    if moved is None:
        return None
    since, was = (datetime.fromisoformat(str(moved[name])) for name in ("since", "was_due"))
    return Sooner(since, was, str(moved["why"]))


def plain(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A kept promise's own words: what a window that begins anew is counted by."""
    return {key: value for key, value in raw.items() if key not in (MOVED, FIRST)}


def first_promise(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The kept words that the first answer was promised by; a later window's carry them along."""
    return cast(Mapping[str, Any], raw.get(FIRST) or raw)


def carried(raw: Mapping[str, Any], first: Mapping[str, Any]) -> dict[str, Any]:
    """A later window's words, with those of the first one, of which figures are made."""
    return dict(raw) | {FIRST: dict(first)}


def running(case: Running) -> Window:
    """The window that runs now, from the facts in the case."""
    policy, moved = kept_promise(case.policy)
    return Window.of(policy, case.spoke_at, case.heard_at, case.answered_at, moved)


def due_sooner(case: Running, raw: Mapping[str, Any], since: datetime, why: str) -> dict[str, Any]:
    """What changes in a case that waits once this promise counts from `since`; {} where nothing is due sooner.

    A promise never moves a due time later, and what was answered stays as it was measured. `why` is half a sentence.
    """
    now = running(case)
    if case.answered_at is not None:
        return {}
    policy, _moved = kept_promise(raw)
    was = now.sooner.was_due if now.sooner is not None else now.due_at
    then = Window.of(policy, case.spoke_at, case.heard_at, None, Sooner(max(since, now.starts_at), was, why))
    if then.due_at >= now.due_at or then.sooner is None:
        return {}
    told = {"since": then.sooner.since.isoformat(), "was_due": was.isoformat(), "why": why}
    words = plain(raw) | {MOVED: told}
    words = carried(words, case.policy[FIRST]) if FIRST in case.policy else words
    changes: dict[str, Any] = {"due_at": then.due_at, "at_risk_at": then.soon_at, "policy": words}
    if case.first_answered_at is None and case.spoke_at == case.first_spoke_at:
        changes["first_due_at"] = then.due_at
    return changes


def severity_of(complaint: float | None, urgency: float | None, negative: float | None) -> str:
    """How bad it is for the customer; normal while nobody has read it. Probabilities 0…1."""
    if complaint is None:
        return str(priority.Severity.NORMAL)
    return str(priority.severity(complaint, urgency or 0.0, negative or 0.0))


def worse(now: str, before: str) -> bool:
    """Is this severity above that one?"""
    return LADDER.index(Severity(now)) > LADDER.index(Severity(before))


def policy_of(
    brand: Brand, severity: str, part: str = "first", tier: str = "", holidays: Sequence[str] = ()
) -> tuple[Policy, dict[str, Any]]:
    """The promise that holds, and its own words, kept on the case so that a later change of rules moves no clock.

    `part` is first, next or resolution; where no next response is promised, the first one's target holds. Of what the
    case's severity and the customer's tier ask, the stricter holds. `holidays` (ISO dates, from calendars) join the
    policy's own.
    """
    found = promise_of(brand, severity, part, tier, holidays)
    if found is None:
        found = promise_of(brand, severity, "first", tier, holidays)
    assert found is not None  # a first response is always promised
    return found


def promise_of(
    brand: Brand, severity: str, part: str, tier: str = "", holidays: Sequence[str] = ()
) -> tuple[Policy, dict[str, Any]] | None:
    """As `policy_of`, but None where this part is not promised. Raises ValueError where the rules are broken."""
    place = f"brand {brand.name}: policy"
    raw: dict[str, Any] = {"window_minutes": 60, "tz": brand.zone} | dict(brand.policy)
    Policies.parse(raw, place)
    level, class_ = (raw.get(name, {}).get(key, {}) for name, key in (("severity", severity), ("tier", tier)))
    own = _own(raw)
    usual = _part(own, raw, part, severity=level)
    asked = _part(own, class_, part) if class_ else None
    kept = min((one for one in (usual, asked) if one is not None), key=_minutes, default=None)
    if kept is None:
        return None
    if holidays and kept.get("hours"):
        kept["holidays"] = sorted({str(day) for day in kept.get("holidays", ())} | set(holidays))
    return Policy.parse(kept, place), kept


def _own(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in PARTS}


def _part(
    own: dict[str, Any], table: Mapping[str, Any], part: str, severity: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """What a table promises for a part; a severity's own words go before the table's."""
    if part == "first":
        return own | _own(table) | _own(severity or {})
    said = (severity or {}).get(part) or table.get(part)
    return own | dict(said) if said else None


def _minutes(kept: dict[str, Any]) -> float:
    return float(kept["window_minutes"])
