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
from bot.web import views, words

STANDING = {"running": "running", "paused": "paused", "late": "late", "kept": "kept", "missed": "missed"}
AT_ITS_END = STANDING | {"running": "stopped", "paused": "stopped", "late": "over when it ended"}


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
    lasts = any(one.to_at is None for one in there) and case.state != "resolved"
    if case.state == "merged":
        return {"resolves": False, "both": [], "paused": False, "may_pause": False}
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


def _both(name: str, clock: TeamClock, case: CaseRow, start: datetime, now: datetime, done: str = "answered") -> Both:
    """One target, now, or as it stood when the case ended: an ended case's clock runs for nobody."""
    over = clock.ended_at is None and case.state == "resolved"
    at = (case.resolved_at or now) if over else now
    waited = words.span(max(timedelta(), (clock.ended_at or at) - start))
    standing = clock.standing(at)
    ours = f"{words.span(clock.used(at))} of {words.span(clock.target)}, {(AT_ITS_END if over else STANDING)[standing]}"
    shape = {"running": "open", "paused": "open", "kept": "kept"}.get(standing, "late")
    theirs = f"{waited}, {f'ended, not {done}' if over else 'waiting' if clock.ended_at is None else done}"
    return Both(name, theirs, ours, shape, tuple(clock.explain(at)))


def _first(case: CaseRow, now: datetime) -> Both:
    window = cases.first_window(case)
    clock = TeamClock(window.counts_from, window.target, window.hours, (), case.first_answered_at, window.tz)
    return _both("First answer", clock, case, case.first_spoke_at, now)


def _now(case: CaseRow, now: datetime) -> Both:
    window = cases.window(case)
    clock = TeamClock(window.counts_from, window.target, window.hours, (), case.answered_at, window.tz)
    return _both("This answer", clock, case, case.spoke_at, now)


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
    done = "ended" if case.resolved_how in views.ENDED else "resolved"
    return _both("Resolved", clock, case, case.first_spoke_at, now, done)
