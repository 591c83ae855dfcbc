"""The outbox: what is decided to be said, to a customer or the team, and what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from bot.store.tables_house import DeliveryRow

MINE = timedelta(seconds=60)  # an attempt begun longer ago may belong to somebody else by now


def add(session: Session, row: DeliveryRow) -> bool:
    """Queue a delivery. False if that very message is queued or was sent already: asking twice says it once."""
    if session.get(DeliveryRow, row.key) is not None:
        return False
    session.add(row)
    session.flush()
    return True


def get(session: Session, key: str) -> DeliveryRow | None:
    """One delivery by its key."""
    return session.get(DeliveryRow, key)


def due(
    session: Session,
    now: datetime,
    audience: str,
    states: Sequence[str] = ("waiting",),
    limit: int = 20,
    responder: str = "",
    address: str = "",
) -> list[DeliveryRow]:
    """Deliveries whose time has come (by one responder, to one address), the most overdue first."""
    found = (
        select(DeliveryRow)
        .where(col(DeliveryRow.state).in_(states), DeliveryRow.audience == audience, DeliveryRow.next_try_at <= now)
        .order_by(col(DeliveryRow.urgent_by).is_(None), col(DeliveryRow.urgent_by), col(DeliveryRow.next_try_at))
        .limit(limit)
    )
    if responder:
        found = found.where(DeliveryRow.responder == responder)
    if address:
        found = found.where(DeliveryRow.address == address)
    return list(session.exec(found).all())


def speakers_due(session: Session, now: datetime, audience: str, states: Sequence[str]) -> list[str]:
    """Responders with something due, whoever has waited longest first."""
    found = (
        select(DeliveryRow.responder)
        .where(col(DeliveryRow.state).in_(states), DeliveryRow.audience == audience, DeliveryRow.next_try_at <= now)
        .group_by(col(DeliveryRow.responder))
        .order_by(func.min(DeliveryRow.next_try_at))
    )
    return list(session.exec(found).all())


def move(session: Session, key: str, before: str, after: str, **changes: object) -> bool:
    """Compare and set: True for the one worker that made the move."""
    mine = update(DeliveryRow).where(col(DeliveryRow.key) == key, col(DeliveryRow.state) == before)
    result = session.connection().execute(mine.values(state=after, **changes))
    session.expire_all()
    return result.rowcount == 1


def is_mine(session: Session, key: str, tries: int, now: datetime) -> bool:
    """A worker that slept (SIGSTOP, a suspended machine) looks at its row again before it opens its mouth (P-22)."""
    row = get(session, key)
    if row is None or row.state != "sending" or row.tries != tries or row.tried_at is None:
        return False
    return timedelta() <= now - row.tried_at <= MINE


def interrupted(session: Session, before: datetime) -> list[DeliveryRow]:
    """Deliveries left in `sending` since before `before`: the process died with the request under way."""
    found = select(DeliveryRow).where(DeliveryRow.state == "sending", col(DeliveryRow.tried_at) < before)
    return list(session.exec(found).all())


def of_case(session: Session, case_id: int) -> list[DeliveryRow]:
    """All deliveries of a case, oldest first."""
    found = select(DeliveryRow).where(DeliveryRow.case_id == case_id).order_by(col(DeliveryRow.created_at))
    return list(session.exec(found).all())


def counts(session: Session) -> dict[tuple[str, str], int]:
    """How many deliveries are in each (audience, state)."""
    rows = session.exec(
        select(DeliveryRow.audience, DeliveryRow.state, func.count()).group_by(
            col(DeliveryRow.audience), col(DeliveryRow.state)
        )
    )
    return {(audience, state): number for audience, state, number in rows}
