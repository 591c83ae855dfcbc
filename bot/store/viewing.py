"""Saved views: a question to search under a name, one's own or the team's."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.store.asked import kept
from bot.store.tables_desk import SavedViewRow
from bot.store.tables_house import AccountRow

MOST = 30


def of(session: Session, me: AccountRow) -> list[SavedViewRow]:
    """Views of this person and the team's on their side of the walls, by name."""
    if not _owners(session) & {me.id, None}:
        return []
    return [row for row in _known_to(session, me.id) if _seen(row, me)][: 2 * MOST]


@kept(SavedViewRow)
def _owners(session: Session) -> frozenset[int | None]:
    """Who has any; None for the team."""
    return frozenset(session.exec(select(SavedViewRow.account_id).distinct()))


@kept(SavedViewRow)
def _known_to(session: Session, account_id: int | None) -> list[SavedViewRow]:
    mine = (col(SavedViewRow.account_id) == account_id) | col(SavedViewRow.account_id).is_(None)
    rows = session.exec(select(SavedViewRow).where(mine).order_by(col(SavedViewRow.name), col(SavedViewRow.id)))
    return list(rows.all())


def get(session: Session, view_id: int, me: AccountRow) -> SavedViewRow | None:
    """One view, if this person may use it."""
    row = session.get(SavedViewRow, view_id)
    return row if row is not None and row.account_id in (None, me.id) and _seen(row, me) else None


def _seen(row: SavedViewRow, me: AccountRow) -> bool:
    """A team's view made behind walls may name things there: only who sees all of those brands is shown it."""
    return (
        row.account_id == me.id
        or not me.brands
        or (bool(row.brands) and set(row.brands) <= set(me.brands))
        or not row.brands
    )


def keep(
    session: Session, me: AccountRow, name: str, question: str, sort: str, team: bool, now: datetime
) -> SavedViewRow | None:
    """Keep a question under a name; the same name anew replaces it. None where there are too many."""
    owner = None if team else me.id
    same = select(SavedViewRow).where(SavedViewRow.name == name)
    same = same.where(col(SavedViewRow.account_id).is_(None) if team else SavedViewRow.account_id == owner)
    row = session.exec(same).first()
    if row is None and len([one for one in of(session, me) if one.account_id == owner]) >= MOST:
        return None
    row = row or SavedViewRow(account_id=owner, name=name, question=question, by=me.id or 0, at=now)
    row.question, row.sort, row.brands, row.at = question, sort, list(me.brands), now
    session.add(row)
    session.flush()
    return row


def end(session: Session, row: SavedViewRow) -> None:
    """The view is gone."""
    session.connection().execute(delete(SavedViewRow).where(col(SavedViewRow.id) == row.id))
