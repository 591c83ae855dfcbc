"""What is switched while running: sending on or off, and small settings made on the web."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.store.asked import once_a_look
from bot.store.tables_house import SettingRow

UNTIDY = "untidy"  # words were taken out and their bytes may still be in the database's files


@once_a_look
def get(session: Session, key: str) -> dict[str, Any]:
    """A switch's content; empty if it was never set."""
    row = session.get(SettingRow, key)
    return dict(row.content) if row is not None else {}


def put(session: Session, key: str, content: dict[str, Any], now: datetime) -> None:
    """Set a switch."""
    row = session.get(SettingRow, key)
    if row is None:
        session.add(SettingRow(key=key, content=content, changed_at=now))
    else:
        row.content, row.changed_at = content, now
        session.add(row)
    session.flush()


def sending_is_on(session: Session) -> bool:
    """False while somebody has paused sending (the kill switch)."""
    return not get(session, "sending").get("paused", False)
