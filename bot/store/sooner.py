"""A case that is due sooner than it was: its log says why, and its room hears of it where it is at risk by that."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.core.brand import Brand
from bot.core.promised import MOVED, due_sooner, policy_of, running
from bot.core.standing import OWED, Kind
from bot.core.window import State
from bot.store import brands, calendars, cases, customers, events, notices, oncall, standings
from bot.store.tables import CaseRow
from config.settings import Settings

WHAT = "case.due_sooner"


def changes(
    session: Session, case: CaseRow, brand: Brand, severity: str, since: datetime | None, why: str, now: datetime
) -> dict[str, Any]:
    """The columns in which a case moves if what its brand promises at this severity is stricter; {} if it is not.

    It counts from `since`, or from the post whose window runs. Raises ValueError where the brand's rules are broken.
    """
    if case.answered_at is not None or case.section != "care":
        return {}
    tier = customers.tier(session, case.customer_id) if "tier" in brand.policy else ""
    closed = calendars.days(session, brand.name, now) if "hours" in brand.policy else ()
    part = "first" if case.spoke_at == case.first_spoke_at else "next"
    _policy, raw = policy_of(brand, severity, part, tier, closed)
    moved = due_sooner(case, raw, since or running(case).starts_at, why)
    return moved | ({"look_at": now} if moved and not (case.history or case.late_arrival) else {})


def of_customer(session: Session, settings: Settings, customer_id: int, actor: str, now: datetime) -> int:
    """What their tier is promised holds for every case in which they wait. Returns how many are due sooner."""
    session.flush()
    waiting = select(CaseRow).where(CaseRow.customer_id == customer_id, col(CaseRow.state).in_(OWED))
    why, done = "Their tier is promised more", 0
    for case in session.exec(waiting.where(col(CaseRow.answered_at).is_(None))).all():
        brand = brands.get(session, case.brand)
        if brand is None or "tier" not in brand.policy:
            continue
        moved = changes(session, case, brand, case.severity, None, why, now)
        done += bool(moved and apply(session, settings, case, moved, actor, now))
    return done


def facts(case: CaseRow, moved: Mapping[str, Any]) -> dict[str, object]:
    """What the log keeps of it. Ask before the case is moved."""
    told = moved["policy"][MOVED]
    first = "first_due_at" in moved
    return {"was": case.due_at, "due_at": moved["due_at"], "since": told["since"], "why": told["why"], "first": first}


def tell(session: Session, settings: Settings, case: CaseRow, now: datetime) -> bool:
    """Ask after it moved: the room hears, once a window, of a case that is at risk or late by it."""
    standing = standings.of(case, oncall.written(session), now)
    state = standing.window.state(now)
    if not standing.owed or state not in (State.SOON, State.LATE):
        return False
    kind: Kind = "late" if state is State.LATE else "at_risk"
    return bool(notices.queue_many(session, settings, [(case, kind)], now))


def apply(
    session: Session, settings: Settings, case: CaseRow, moved: Mapping[str, Any], actor: str, now: datetime
) -> bool:
    """Move it, write it down and tell the room. False if the case changed in this moment."""
    told = facts(case, moved)
    if not cases.move(session, case, **moved):
        return False
    events.add(session, now, actor, WHAT, f"case:{case.id}", case.brand, **told)
    tell(session, settings, case, now)
    return True
