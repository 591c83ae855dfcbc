"""Who has a case on the screen. Soft facts: a row older than STALE says nothing, and losing one costs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy import select as columns_of
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from bot.store.asked import kept
from bot.store.tables_house import AccountRow, PresenceRow

STALE = timedelta(seconds=35)  # a page says it is there every 10 s; three are missed before it is gone
WRITING = timedelta(seconds=20)
MOST = 500  # people


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who has a case open; `writing` while they type."""

    case_id: int
    account_id: int
    name: str
    writing: bool


def seen(session: Session, case_id: int, account_id: int, writing: bool, now: datetime) -> None:
    """This person has this case on the screen; they are on one case at a time."""
    elsewhere = delete(PresenceRow).where(
        (col(PresenceRow.account_id) == account_id) & (col(PresenceRow.case_id) != case_id)
        | (col(PresenceRow.at) < now - 10 * STALE)
    )
    session.connection().execute(elsewhere)
    upsert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = upsert(PresenceRow).values(case_id=case_id, account_id=account_id, writing=writing, at=now)
    session.connection().execute(
        row.on_conflict_do_update(index_elements=["case_id", "account_id"], set_={"writing": writing, "at": now})
    )


def gone(session: Session, account_id: int) -> None:
    """This person closed the page."""
    session.connection().execute(delete(PresenceRow).where(col(PresenceRow.account_id) == account_id))


def at_cases(session: Session, case_ids: Sequence[int], now: datetime) -> dict[int, list[Present]]:
    """Who is at these cases now, those who write first."""
    found: dict[int, list[Present]] = {}
    if not case_ids:
        return found
    asked = set(case_ids)
    for one in _present(session, now):
        if one.case_id in asked:
            found.setdefault(one.case_id, []).append(one)
    return found


def here(session: Session, now: datetime, limit: int = 12) -> list[Present]:
    """Everybody who is at any case now."""
    return _present(session, now)[:limit]


def standing(session: Session, now: datetime) -> frozenset[tuple[int, int, bool]]:
    """Who is where and writes: changes when somebody comes to a case, leaves it, or begins or ends to write; not each
    time an open page says again that it is there."""
    return frozenset((one.case_id, one.account_id, one.writing) for one in _present(session, now))


def _present(session: Session, now: datetime) -> list[Present]:
    """Everybody: a few hundred at most, and a page asks for many cases."""
    found = [
        Present(case_id, account_id, name, writing and at >= now - WRITING)
        for case_id, account_id, writing, at, name in _said(session)
        if at >= now - STALE
    ]
    return sorted(found, key=lambda one: not one.writing)


@kept(PresenceRow, AccountRow)
def _said(session: Session) -> list[tuple[int, int, bool, datetime, str]]:
    """Where everybody last said they are, by name; of very many those who said so last."""
    shown = (col(PresenceRow.case_id), col(PresenceRow.account_id), col(PresenceRow.writing), col(PresenceRow.at))
    rows = columns_of(*shown, col(AccountRow.name)).join(AccountRow, col(AccountRow.id) == PresenceRow.account_id)
    found = session.connection().execute(rows.order_by(col(PresenceRow.at).desc()).limit(MOST))
    return sorted(((case, who, writing, at, name) for case, who, writing, at, name in found), key=lambda row: row[4])
