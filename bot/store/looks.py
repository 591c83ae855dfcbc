"""What the clock loop writes on a case: the next hint and the worst warning given. No person sees either change."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from bot.store.tables import CaseRow


def noted(session: Session, case: CaseRow, told: str, look_at: datetime | None) -> bool:
    """Compare and set on the version the caller judged by: False if somebody changed the case meanwhile."""
    mine = update(CaseRow).where(col(CaseRow.id) == case.id, col(CaseRow.version) == case.version)
    return bool(session.connection().execute(mine.values(told=told, look_at=look_at)).rowcount == 1)
