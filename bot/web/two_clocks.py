"""Both clocks of a case in words: the customer's, that never pauses, and the team's, in opening hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.core.brand import Brand
from bot.core.policy import Policy
from bot.core.promised import LADDER, promise_of
from bot.core.team_clock import Pause, TeamClock
from bot.steps.answer.pausing import evidence
from bot.store import brands, calendars, cases, customers, grades, pauses, sooner
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.web import words

STANDING = {"running": "running", "paused": "paused", "late": "late", "kept": "kept", "missed": "missed"}


@dataclass(frozen=True, slots=True)
class Both:
    """One target: what it is, how it stands for the customer and for the team, and the team's arithmetic."""

    name: str
    theirs: str
    ours: str
    shape: str
    lines: tuple[str, ...]


def of(session: Session, case: CaseRow, now: datetime, tz: str) -> dict[str, Any]:
    """The targets of this case on both clocks, and whether ours may be paused."""
    there = pauses.values(session, case.id or 0)
    lasts = any(one.to_at is None for one in there)
    rows = [_first(case, now)]
    if case.spoke_at != case.first_spoke_at:
        rows.append(_now(case, now))
    resolution = _resolution(session, case, there, now)
    return {
        "resolves": resolution is not None and case.resolved_at is None,
        "both": rows if resolution is None else [*rows, resolution],
        "paused": lasts,
        "may_pause": not lasts and case.state not in ("resolved", "merged") and evidence(session, case) is not None,
    }


def levels(session: Session, case: CaseRow, now: datetime, tz: str) -> list[tuple[str, str]]:
    """Each severity this case does not have, and when it would be due with it, "" where nothing moves."""
    brand = brands.get(session, case.brand)
    return [(one, _due_with(session, case, brand, one, now, tz)) for one in LADDER if one != case.severity]


def _due_with(session: Session, case: CaseRow, brand: Brand | None, severity: str, now: datetime, tz: str) -> str:
    if brand is None:
        return ""
    try:
        moved = sooner.changes(session, case, brand, severity, None, "", now)
    except ValueError:
        return ""  # as in _resolution
    return words.wall(moved["due_at"], tz, now) if moved else ""


def _both(name: str, clock: TeamClock, customer_end: datetime | None, start: datetime, now: datetime) -> Both:
    waited = words.span(max(timedelta(), (customer_end or now) - start))
    standing = clock.standing(now)
    ours = f"{words.span(clock.used(now))} of {words.span(clock.target)}, {STANDING[standing]}"
    shape = {"running": "open", "paused": "open", "kept": "kept"}.get(standing, "late")
    theirs = f"{waited}, {'answered' if customer_end is not None else 'waiting'}"
    return Both(name, theirs, ours, shape, tuple(clock.explain(now)))


def _first(case: CaseRow, now: datetime) -> Both:
    window = cases.first_window(case)
    clock = TeamClock(window.counts_from, window.target, window.hours, (), case.first_answered_at, window.tz)
    return _both("First answer", clock, case.first_answered_at, case.first_spoke_at, now)


def _now(case: CaseRow, now: datetime) -> Both:
    window = cases.window(case)
    clock = TeamClock(window.counts_from, window.target, window.hours, (), case.answered_at, window.tz)
    return _both("This answer", clock, case.answered_at, case.spoke_at, now)


def _resolution(session: Session, case: CaseRow, there: tuple[Pause, ...], now: datetime) -> Both | None:
    brand = brands.get(session, case.brand)
    if brand is None:
        return None
    closed = calendars.days(session, brand.name, now) if "hours" in brand.policy else ()
    tier, levels = customers.tier(session, case.customer_id), sorted(grades.binding(session, case))
    try:
        asked = [promise_of(brand, level, "resolution", tier, closed) for level in levels]
    except ValueError:
        return None  # rules written in a file may be wrong: the brand's page says so, and a case can still be read
    found: list[Policy] = [one[0] for one in asked if one is not None]
    if not found:
        return None
    policy = min(found, key=lambda one: one.window_minutes)
    clock = TeamClock(case.first_spoke_at, policy.target, policy.hours, there, case.resolved_at, policy.tz)
    made = _both("Resolved", clock, case.resolved_at, case.first_spoke_at, now)
    return Both(made.name, made.theirs.replace("answered", "resolved"), made.ours, made.shape, made.lines)
