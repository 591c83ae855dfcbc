"""What the clock loop reads and writes of cases: whose moment has come, the next hint, the worst warning given.

No person sees these changes, so they leave `version` alone. Rows are locked while they are judged: SQLite has one
writer, PostgreSQL locks the rows and passes over those that somebody else holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from bot.store.tables import CaseRow


@dataclass(frozen=True, slots=True)
class Looked:
    """A case that was judged: the worst warning given so far, and when to look again."""

    case_id: int
    told: str
    look_at: datetime | None


def due(session: Session, now: datetime, limit: int) -> list[CaseRow]:
    """Cases whose moment has come, the longest overdue first, locked for this transaction."""
    found = select(CaseRow).where(col(CaseRow.look_at).is_not(None), col(CaseRow.look_at) <= now)
    ordered = found.order_by(col(CaseRow.look_at), col(CaseRow.id)).limit(limit)
    return list(session.exec(ordered.with_for_update(skip_locked=True)).all())


def note(session: Session, looked: Sequence[Looked]) -> None:
    """Write down what was judged, all in one statement."""
    if not looked:
        return
    mine = update(CaseRow).where(col(CaseRow.id) == bindparam("case_id"))
    changed = mine.values(told=bindparam("now_told"), look_at=bindparam("next_look"))
    rows = [{"case_id": one.case_id, "now_told": one.told, "next_look": one.look_at} for one in looked]
    session.connection().execute(changed, rows)
    session.expire_all()
