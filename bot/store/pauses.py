"""Pauses of the team's clock, each with the message of ours that asked something."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.core.team_clock import Pause
from bot.store.parts import if_any
from bot.store.tables_answering import PauseRow

CHUNK = 400


@if_any(PauseRow)
def of_case(session: Session, case_id: int) -> list[PauseRow]:
    """A case's pauses, oldest first."""
    found = select(PauseRow).where(PauseRow.case_id == case_id).order_by(col(PauseRow.id))
    return list(session.exec(found).all())


def values(session: Session, case_id: int) -> tuple[Pause, ...]:
    """The same for the arithmetic."""
    return tuple(Pause(row.from_at, row.to_at) for row in of_case(session, case_id))


def paused(session: Session, case_ids: Sequence[int]) -> set[int]:
    """Which of these cases have a pause that lasts."""
    found: set[int] = set()
    for at in range(0, len(case_ids), CHUNK):
        some = col(PauseRow.case_id).in_(case_ids[at : at + CHUNK])
        found |= set(session.exec(select(PauseRow.case_id).where(some, col(PauseRow.to_at).is_(None))))
    return found


def end(session: Session, case_id: int, at: datetime, by: str) -> bool:
    """End the pause that lasts, at that moment; `by` is customer or account:N. True if one lasted."""
    open_ones = update(PauseRow).where(col(PauseRow.case_id) == case_id, col(PauseRow.to_at).is_(None))
    late = open_ones.where(col(PauseRow.from_at) <= at).values(to_at=at, ended_by=by)
    return session.connection().execute(late).rowcount > 0
