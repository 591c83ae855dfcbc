"""The numbers in the rail: what waits on each page, so that a lead sees an approval come in from wherever they are."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from bot.core.incidents import LIVE
from bot.store import approvals, cases, lists, rights
from bot.store.asked import until_news
from bot.store.tables_house import AccountRow
from bot.store.tables_incidents import IncidentRow


def counts(session: Session, me: AccountRow, now: datetime) -> Mapping[str, int]:
    """By a page's path: how many cases are owed an answer, how many of them this person has, how many incidents go on,
    how many approvals this person could decide. Behind their wall of brands."""
    brands = list(me.brands) or None
    owed = cases.counts(session, brands, now)
    return {
        "/": owed["next"] + owed["late"] + owed["window"],
        "/mine": lists.count_mine(session, me.id or 0, brands),
        "/incidents": sum(brands is None or brand in brands for brand in _going_on(session)),
        "/approvals": approvals.count(session, brands, me.id) if rights.at_least(me, "lead") else 0,
    }


@until_news(IncidentRow)
def _going_on(session: Session) -> list[str]:
    """The brand of each incident that goes on: a handful, counted for everybody at once."""
    return list(session.exec(select(IncidentRow.brand).where(col(IncidentRow.state).in_(LIVE))))
