"""Calendars of closed days: which brand reads which, and the days in them."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.store.tables_answering import CalendarRow

AHEAD = timedelta(days=400)
BACK = timedelta(days=40)


def of_brand(session: Session, brand: str) -> list[CalendarRow]:
    """A brand's calendars, in the order they were added."""
    found = select(CalendarRow).where(CalendarRow.brand == brand).order_by(col(CalendarRow.id))
    return list(session.exec(found).all())


def get(session: Session, calendar_id: int) -> CalendarRow | None:
    """One calendar."""
    return session.get(CalendarRow, calendar_id)


def due(session: Session, now: datetime) -> list[CalendarRow]:
    """Calendars to be read again."""
    found = select(CalendarRow).where(col(CalendarRow.next_read_at).is_not(None), col(CalendarRow.next_read_at) <= now)
    return list(session.exec(found.limit(50)).all())


def days(session: Session, brand: str, now: datetime) -> tuple[str, ...]:
    """The closed days near now that a new case's clock must know, ISO dates in order."""
    first, last = (now - BACK).date().isoformat(), (now + AHEAD).date().isoformat()
    found = {day for row in of_brand(session, brand) for day in row.days if first <= day <= last}
    return tuple(sorted(found))
