"""The numbers in the rail: what waits on each page, so that a lead sees an approval come in from wherever they are."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, func, select

from bot.core.incidents import LIVE
from bot.store import approvals, cases, lists
from bot.store.asked import while_nothing_happens
from bot.store.tables_house import AccountRow
from bot.store.tables_incidents import IncidentRow


def counts(session: Session, me: AccountRow, now: datetime) -> Mapping[str, int]:
    """By a page's path: how many cases are owed an answer, how many of them this person has, how many incidents go on,
    how many approvals this person could decide. Behind their wall of brands."""
    brands = list(me.brands) or None
    owed = cases.counts(session, brands, now)
    asked = ("badges", me.id, None if brands is None else tuple(brands))
    found = while_nothing_happens(session, asked, now, lambda: _counted(session, me.id or 0, brands))
    return {"/": owed["next"] + owed["late"] + owed["window"], **found}


def _counted(session: Session, me: int, brands: list[str] | None) -> Mapping[str, int]:
    going_on = select(func.count()).select_from(IncidentRow).where(col(IncidentRow.state).in_(LIVE))
    if brands is not None:
        going_on = going_on.where(col(IncidentRow.brand).in_(brands))
    return {
        "/mine": lists.count_mine(session, me, brands),
        "/incidents": session.exec(going_on).one(),
        "/approvals": approvals.count(session, brands, me),
    }
