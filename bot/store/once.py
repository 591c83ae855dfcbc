"""A change asked twice under one idempotency key is done once, and answered the same both times."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from bot.store.tables_desk import OnceRow

LIVES = timedelta(hours=24)


def begin(session: Session, key: str, asked: str, now: datetime) -> OnceRow | None:
    """None for the first to come with this key: they do it. Else the row of who came before; `status` 0: under way."""
    session.connection().execute(delete(OnceRow).where(col(OnceRow.at) < now - LIVES))
    row = session.get(OnceRow, key)
    if row is not None:
        return row
    session.add(OnceRow(key=key, asked=asked, at=now))
    session.flush()
    return None


def end(session: Session, key: str, status: int, answer: dict[str, Any]) -> None:
    """What came of it."""
    row = session.get(OnceRow, key)
    if row is not None:
        row.status, row.answer = status, answer
        session.add(row)


def drop(session: Session, key: str) -> None:
    """Nothing came of it: the key may be used again."""
    session.connection().execute(delete(OnceRow).where(col(OnceRow.key) == key))
