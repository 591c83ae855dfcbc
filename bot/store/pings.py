"""Who was called in a note, and has not looked yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from bot.store.asked import kept
from bot.store.tables import CaseRow, NoteRow
from bot.store.tables_desk import PingRow
from bot.store.tables_house import AccountRow

MOST = 30


@dataclass(frozen=True, slots=True)
class Ping:
    """A call: by whom, in which case, the note's words, when; `seen`."""

    case_id: int
    name: str
    words: str
    at: datetime
    seen: bool


def add(session: Session, note: NoteRow, account_ids: Sequence[int], now: datetime) -> None:
    """These people are called by this note."""
    session.add_all(
        PingRow(account_id=one, case_id=note.case_id, note_id=note.id or 0, by=note.by, at=now) for one in account_ids
    )
    session.flush()


def unseen(session: Session, me: AccountRow) -> int:
    """How many calls this person has not looked at, on their side of the walls: others could not be shown to them."""
    calls = _unseen(session).get(me.id or 0, {})
    return sum(number for brand, number in calls.items() if not me.brands or brand in me.brands)


@kept(PingRow)
def _unseen(session: Session) -> dict[int, dict[str, int]]:
    """Of everybody who was called and has not looked, by brand: one question for all pages."""
    asked = select(PingRow.account_id, CaseRow.brand, func.count()).join(CaseRow, col(CaseRow.id) == PingRow.case_id)
    asked = asked.where(col(PingRow.seen_at).is_(None)).group_by(col(PingRow.account_id), col(CaseRow.brand))
    found: dict[int, dict[str, int]] = {}
    for account, brand, number in session.exec(asked):
        found.setdefault(account, {})[brand] = number
    return found


def of(session: Session, me: AccountRow, limit: int = MOST) -> list[Ping]:
    """This person's calls, newest first, on their side of the walls."""
    rows = session.exec(
        select(PingRow, NoteRow.text, AccountRow.name, CaseRow.brand)
        .join(NoteRow, col(NoteRow.id) == col(PingRow.note_id))
        .join(CaseRow, col(CaseRow.id) == col(PingRow.case_id))
        .join(AccountRow, col(AccountRow.id) == col(PingRow.by), isouter=True)
        .where(PingRow.account_id == me.id)
        .order_by(col(PingRow.id).desc())
        .limit(limit)
    )
    return [
        Ping(row.case_id, name or "somebody", words, row.at, row.seen_at is not None)
        for row, words, name, brand in rows
        if not me.brands or brand in me.brands
    ]


def seen(session: Session, account_id: int, now: datetime, case_id: int | None = None) -> int:
    """This person looked (at this case). How many calls that answers."""
    mine = update(PingRow).where(col(PingRow.account_id) == account_id, col(PingRow.seen_at).is_(None))
    if case_id is not None:
        mine = mine.where(col(PingRow.case_id) == case_id)
    return int(session.connection().execute(mine.values(seen_at=now)).rowcount)
