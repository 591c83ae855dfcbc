"""The goodwill ledger: what was asked, promised, given and confirmed, and what is left of each purse."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect
from sqlalchemy import case as either
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, func, select

from bot.core import goodwill
from bot.core.goodwill import Left, Spent
from bot.store import answering, brands
from bot.store.parts import if_any
from bot.store.tables import CaseRow
from bot.store.tables_answering import GestureRow

OPEN = ("asked", *goodwill.SPENT)


def get(session: Session, gesture_id: int) -> GestureRow | None:
    """One gesture."""
    return session.get(GestureRow, gesture_id)


def by_token(session: Session, token: str) -> GestureRow | None:
    """The gesture a form already made."""
    return session.exec(select(GestureRow).where(GestureRow.token == token)).first()


@if_any(GestureRow)
def of_case(session: Session, case_id: int) -> list[GestureRow]:
    """A case's ledger, oldest first."""
    found = select(GestureRow).where(GestureRow.case_id == case_id).order_by(col(GestureRow.id))
    return list(session.exec(found).all())


def of_customer(session: Session, customer_id: int, limit: int = 20) -> list[GestureRow]:
    """What this customer was given, newest first; refused and withdrawn ones are left out."""
    found = select(GestureRow).where(_theirs(customer_id), col(GestureRow.state).in_(OPEN))
    return list(session.exec(found.order_by(col(GestureRow.id).desc()).limit(limit)).all())


def since(session: Session, customer_id: int, start: datetime) -> GestureRow | None:
    """The newest gesture this customer got, or was to get, since then."""
    found = select(GestureRow).where(_theirs(customer_id), GestureRow.made_at >= start, col(GestureRow.state).in_(OPEN))
    return session.exec(found.order_by(col(GestureRow.id).desc()).limit(1)).first()


def waiting(session: Session, wall: Sequence[str] | None, limit: int = 50) -> list[tuple[GestureRow, CaseRow]]:
    """Gestures a lead was asked for, the case that is due first on top."""
    found = select(GestureRow, CaseRow).join(CaseRow).where(GestureRow.state == "asked")
    if wall is not None:
        found = found.where(col(GestureRow.brand).in_(list(wall)))
    return list(session.exec(found.order_by(col(CaseRow.due_at), col(GestureRow.id)).limit(limit)).all())


def promised(session: Session, case_id: int) -> int:
    """What this case was promised or given, in cents."""
    return _sum(session, col(GestureRow.case_id) == case_id)


def month(session: Session, brand: str, now: datetime) -> str:
    """The purse's month on this brand's wall."""
    found = brands.get(session, brand)
    return goodwill.month_of(now, found.zone if found is not None else "UTC")


def spent(session: Session, case: CaseRow, by: int, now: datetime) -> Spent:
    """What is gone from the four purses that this gesture would come from."""
    this_month = (col(GestureRow.brand) == case.brand, col(GestureRow.month) == month(session, case.brand, now))
    purses = (
        _sum_of(col(GestureRow.case_id) == case.id),
        _sum_of(*this_month, _theirs(case.customer_id)),
        _sum_of(*this_month, col(GestureRow.by) == by),
        _sum_of(*this_month),
    )
    its, theirs, agents, brands_own = session.connection().execute(columns_of(*purses)).one()
    return Spent(case=int(its or 0), customer=int(theirs or 0), agent=int(agents or 0), brand=int(brands_own or 0))


def left(session: Session, case: CaseRow, by: int, now: datetime) -> Left:
    """What this person may still give on this case without asking."""
    return goodwill.left(answering.settings(session, case.brand).purse, spent(session, case, by, now))


def _theirs(customer_id: int) -> ColumnElement[bool]:
    """On any case that is this customer's now: accounts may have been joined or parted since it was given."""
    return col(GestureRow.case_id).in_(select(CaseRow.id).where(CaseRow.customer_id == customer_id))


def _sum(session: Session, *where: ColumnElement[bool]) -> int:
    return int(session.connection().execute(columns_of(_sum_of(*where))).scalar_one() or 0)


def _sum_of(*where: ColumnElement[bool]) -> ScalarSelect[int]:
    """A sum inside a statement: the four purses are one question."""
    wheres = (*where, col(GestureRow.state).in_(goodwill.SPENT))
    return columns_of(func.sum(GestureRow.cents)).where(*wheres).scalar_subquery()


def by_agent(session: Session, brand: str, key: str) -> dict[int, tuple[int, int]]:
    """What each person gave in this month, and promised and did not give yet; in cents."""
    owed = func.sum(either((col(GestureRow.state) == "promised", col(GestureRow.cents)), else_=0))
    rows = select(GestureRow.by, func.sum(GestureRow.cents), owed).where(
        GestureRow.brand == brand, GestureRow.month == key, col(GestureRow.state).in_(goodwill.SPENT)
    )
    found = session.exec(rows.group_by(col(GestureRow.by)).order_by(col(GestureRow.by)))
    return {who: (int(both or 0) - int(promised or 0), int(promised or 0)) for who, both, promised in found}


def unkept(session: Session, wall: Sequence[str] | None, before: datetime, limit: int = 50) -> list[GestureRow]:
    """Promised before then and not given yet: what we still owe, oldest first."""
    found = select(GestureRow).where(GestureRow.state == "promised", GestureRow.made_at < before)
    if wall is not None:
        found = found.where(col(GestureRow.brand).in_(list(wall)))
    return list(session.exec(found.order_by(col(GestureRow.id)).limit(limit)).all())


AGAIN = timedelta(hours=24)
