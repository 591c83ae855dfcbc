"""What a brand's themes were counted by and called in the weeks that were sent: so that a theme stays, and its name.

Marks are kept and no words: what a customer said must not outlive their wish to be forgotten.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, delete, select

from bot.store.tables_incidents import ThemeNameRow

KEPT = 12  # weeks


def before(session: Session, brand: str, week: str) -> list[str]:
    """The marks of the names of the weeks before this one ("2026-W47"), the newest first, each once."""
    found = select(ThemeNameRow.mark).where(ThemeNameRow.brand == brand, col(ThemeNameRow.week) < week)
    newest_first = (col(ThemeNameRow.week).desc(), col(ThemeNameRow.place))
    return list(dict.fromkeys(session.exec(found.order_by(*newest_first))))


def keep(session: Session, brand: str, week: str, marks: Sequence[str], now: datetime) -> None:
    """A week was sent with names of these marks (core/themes.py), the largest theme first.

    Older than twelve weeks they are forgotten.
    """
    mine = delete(ThemeNameRow).where(col(ThemeNameRow.brand) == brand)
    session.connection().execute(mine.where(col(ThemeNameRow.week) == week))
    for place, mark in enumerate(dict.fromkeys(marks)):
        session.add(ThemeNameRow(brand=brand, week=week, mark=mark, place=place, at=now))
    session.flush()
    weeks = select(ThemeNameRow.week).where(ThemeNameRow.brand == brand).distinct()
    old = sorted(session.exec(weeks), reverse=True)[KEPT:]
    session.connection().execute(mine.where(col(ThemeNameRow.week).in_(old)))
