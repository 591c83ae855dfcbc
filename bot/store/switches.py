"""What is switched while running: sending on or off, and small settings made on the web."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.store.asked import kept
from bot.store.tables_house import SettingRow

UNTIDY = "untidy"  # words were taken out and their bytes may still be in the database's files


SUPPOSED = "supposed"
"""The name in `Session.info` of contents that a look takes for set."""


def get(session: Session, key: str) -> dict[str, Any]:
    """A switch's content; empty if it was never set."""
    supposed: dict[str, dict[str, Any]] = session.info.get(SUPPOSED, {})
    return dict(supposed[key]) if key in supposed else _set(session, key)


@kept(SettingRow)
def _set(session: Session, key: str) -> dict[str, Any]:
    row = session.get(SettingRow, key)
    return dict(row.content) if row is not None else {}


@contextmanager
def suppose(session: Session, contents: dict[str, dict[str, Any]]) -> Iterator[None]:
    """Until it ends, this look sees these contents as if somebody had set them. Nothing is written."""
    session.info[SUPPOSED] = contents
    try:
        yield
    finally:
        del session.info[SUPPOSED]


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
    row = session.get(SettingRow, "sending")  # never kept: another process may have paused it this moment
    return row is None or not row.content.get("paused", False)
