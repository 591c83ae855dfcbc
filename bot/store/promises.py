"""What we promised and when it is due. The case carries the earliest one, so that the queue can order by it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from bot.store import cases
from bot.store.parts import if_any
from bot.store.tables import CaseRow
from bot.store.tables_answering import PromiseRow

OPEN = ("proposed", "open")


def get(session: Session, promise_id: int) -> PromiseRow | None:
    """One promise."""
    return session.get(PromiseRow, promise_id)


@if_any(PromiseRow)
def of_case(session: Session, case_id: int) -> list[PromiseRow]:
    """A case's promises, the one due first on top; dropped ones are left out."""
    found = select(PromiseRow).where(PromiseRow.case_id == case_id, PromiseRow.state != "dropped")
    return list(session.exec(found.order_by(col(PromiseRow.due_at), col(PromiseRow.id))).all())


def of_reply(session: Session, reply_id: int) -> list[PromiseRow]:
    """What one reply promised and is still owed."""
    found = select(PromiseRow).where(PromiseRow.reply_id == reply_id, col(PromiseRow.state).in_(OPEN))
    return list(session.exec(found).all())


def due(session: Session, now: datetime, limit: int = 100) -> list[PromiseRow]:
    """Promises whose time has passed unkept and that nobody has noticed yet."""
    found = select(PromiseRow).where(
        col(PromiseRow.state).in_(OPEN), PromiseRow.due_at <= now, col(PromiseRow.broken_at).is_(None)
    )
    return list(session.exec(found.order_by(col(PromiseRow.due_at)).limit(limit)).all())


def broke(session: Session, promise_id: int, now: datetime) -> None:
    """Its time passed unkept: written down once, and for good."""
    mine = update(PromiseRow).where(col(PromiseRow.id) == promise_id, col(PromiseRow.broken_at).is_(None))
    session.connection().execute(mine.values(broken_at=now))


def put_on_case(session: Session, case: CaseRow) -> bool:
    """Write the earliest open promise on its case. True if the case changed."""
    session.flush()
    first = session.exec(
        select(func.min(PromiseRow.due_at)).where(PromiseRow.case_id == case.id, col(PromiseRow.state).in_(OPEN))
    ).one()
    return first != case.promised_at and cases.move(session, case, promised_at=first)


def recount(session: Session, case_ids: Sequence[int]) -> None:
    """Write the earliest open promise on these cases anew, after promises went from one to another."""
    first = select(func.min(PromiseRow.due_at)).where(PromiseRow.case_id == CaseRow.id, col(PromiseRow.state).in_(OPEN))
    theirs = update(CaseRow).where(col(CaseRow.id).in_(case_ids))
    session.connection().execute(theirs.values(promised_at=first.correlate(CaseRow).scalar_subquery()))


def settle(session: Session, promise_id: int, state: str, by: int | None, now: datetime) -> bool:
    """Close an open promise: kept or dropped. True for the one who did."""
    mine = update(PromiseRow).where(col(PromiseRow.id) == promise_id, col(PromiseRow.state).in_(OPEN))
    done = session.connection().execute(mine.values(state=state, settled_at=now, settled_by=by))
    session.expire_all()
    return done.rowcount == 1


def counts(session: Session, wall: Sequence[str] | None) -> dict[str, int]:
    """How many promises are open, kept in time, kept late, and broken still."""
    found = select(PromiseRow)
    if wall is not None:
        found = found.where(col(PromiseRow.brand).in_(list(wall)))
    told = {"open": 0, "kept": 0, "late": 0, "broken": 0}
    for row in session.exec(found.where(PromiseRow.state != "dropped")):
        told[_kind(row)] += 1
    return told


def _kind(row: PromiseRow) -> str:
    if row.state == "kept":
        return "kept" if row.broken_at is None else "late"
    return "open" if row.broken_at is None else "broken"
