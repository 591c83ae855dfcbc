"""Which window counts when two cases of one person become one. Pure: rows in, changed columns out."""

from datetime import datetime
from typing import Any, Protocol

from bot.core.promised import Running, carried, due_sooner, first_promise, running

SEVERITIES = ("low", "normal", "high", "critical")


class Windowed(Running, Protocol):
    """What of a case decides (bot/store/tables.py CaseRow)."""

    @property
    def state(self) -> str: ...
    @property
    def section(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def first_due_at(self) -> datetime: ...
    @property
    def words_at(self) -> datetime: ...
    @property
    def weight(self) -> float: ...
    @property
    def followers(self) -> int | None: ...


RUNNING = ("spoke_at", "heard_at", "due_at", "at_risk_at", "policy", "history", "late_arrival")


def owed(case: Windowed) -> bool:
    """Does the customer wait for us here?"""
    return case.answered_at is None and case.state in ("new", "claimed", "snoozed")


def together(source: Windowed, target: Windowed, now: datetime) -> dict[str, Any]:
    """The target's columns once the source is part of it.

    The one who waits longest decides the running window, and what was due before it stays due then: merging never buys
    time. What figures count (first_…) is the earlier case's; an answer to either answered the person.
    """
    changes: dict[str, Any] = {
        "words_at": max(source.words_at, target.words_at),
        "weight": max(source.weight, target.weight),
        "followers": max((one.followers for one in (source, target) if one.followers is not None), default=None),
        "severity": max(source.severity, target.severity, key=_rank),
        "section": "care" if "care" in (source.section, target.section) else target.section,
    }
    if owed(source) and (not owed(target) or source.spoke_at < target.spoke_at):
        changes |= {name: getattr(source, name) for name in RUNNING}
        changes |= {"answered_at": None, "look_at": now, "told": ""}
    if owed(source) and target.state in ("waiting", "resolved", "snoozed"):
        changes |= {"state": "new", "resolved_at": None, "resolved_how": "", "snoozed_until": None}
    earlier = source if source.first_spoke_at < target.first_spoke_at else target
    answers = [one.first_answered_at for one in (source, target) if one.first_answered_at is not None]
    changes |= {"first_spoke_at": earlier.first_spoke_at, "first_due_at": earlier.first_due_at}
    changes["first_answered_at"] = earlier.first_answered_at or min(answers, default=None)
    changes |= _stricter(source, target, earlier)
    if changes.get("spoke_at", target.spoke_at) != earlier.first_spoke_at:
        changes["policy"] = carried(changes.get("policy", target.policy), first_promise(earlier.policy))
    return changes


def _stricter(source: Windowed, target: Windowed, earlier: Windowed) -> dict[str, Any]:
    """Where both wait, and who waited less is due sooner: their due time holds."""
    if not (owed(source) and owed(target)):
        return {}
    longest, other = (source, target) if source.spoke_at < target.spoke_at else (target, source)
    if other.due_at >= longest.due_at:
        return {}
    moved = due_sooner(longest, other.policy, running(other).counts_from, "A case merged with it was due sooner")
    if longest is not earlier:
        moved.pop("first_due_at", None)
    return moved


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else 1
