"""What a brand's themes were called in the weeks that were sent: so that the same theme keeps its name."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, delete, select

from bot.store.tables_incidents import ThemeNameRow

KEPT = 12  # weeks


def before(session: Session, brand: str, week: str) -> list[str]:
    """The names of the weeks before this one ("2026-W47"), the newest first, each once."""
    found = select(ThemeNameRow.name).where(ThemeNameRow.brand == brand, col(ThemeNameRow.week) < week)
    newest_first = (col(ThemeNameRow.week).desc(), col(ThemeNameRow.place))
    return list(dict.fromkeys(session.exec(found.order_by(*newest_first))))


def keep(session: Session, brand: str, week: str, names: Sequence[str], now: datetime) -> None:
    """A week was sent with these names, the largest theme first. Older than twelve weeks they are forgotten."""
    mine = delete(ThemeNameRow).where(col(ThemeNameRow.brand) == brand)
    session.connection().execute(mine.where(col(ThemeNameRow.week) == week))
    for place, name in enumerate(dict.fromkeys(names)):
        session.add(ThemeNameRow(brand=brand, week=week, name=name, place=place, at=now))
    session.flush()
    weeks = select(ThemeNameRow.week).where(ThemeNameRow.brand == brand).distinct()
    old = sorted(session.exec(weeks), reverse=True)[KEPT:]
    session.connection().execute(mine.where(col(ThemeNameRow.week).in_(old)))
