"""Saved views: a filter or a search under a name, opened in the queue and live there, with how many fit in the rail."""

from dataclasses import dataclass
from datetime import datetime

from bot.store import viewing
from bot.store.db import Session
from bot.store.tables_desk import SavedViewRow
from bot.store.tables_house import AccountRow
from bot.web import filters

MOST = 5  # that stand in the rail and as tabs; search has them all


@dataclass(frozen=True, slots=True)
class View:
    """One saved view: where it opens, and how many cases it shows there. Done cases are no queue: those open in search,
    without a number."""

    id: int
    name: str
    question: str
    sort: str
    team: bool
    path: str
    total: int = 0


def get(session: Session, me: AccountRow, view_id: int) -> View | None:
    """One view, if this person may use it; its number is not counted."""
    row = viewing.get(session, view_id, me) if 0 < view_id < 2**53 else None
    return _view(row, f"/?kept={row.id}") if row is not None else None


def shown(session: Session, me: AccountRow, tz: str, now: datetime) -> list[View]:
    """The first views of this person and their team, with their numbers."""
    return [_counted(session, me, row, tz, now) for row in viewing.of(session, me)[:MOST]]


def every(session: Session, me: AccountRow, tz: str, now: datetime) -> list[View]:
    """All of them; only those of the rail are counted."""
    rest = [_view(row, opened(row, tz, now)) for row in viewing.of(session, me)[MOST:]]
    return [*shown(session, me, tz, now), *rest]


def _counted(session: Session, me: AccountRow, row: SavedViewRow, tz: str, now: datetime) -> View:
    asked = filters.of(row.question, tz, now)
    path = _path(asked, row)
    if path.startswith("/search"):
        return _view(row, path)
    total = filters.number(filters.counted(session, me, asked, now), filters.seen("everyone", asked))
    return _view(row, path, total)


def opened(row: SavedViewRow, tz: str, now: datetime) -> str:
    """Where a view opens."""
    return _path(filters.of(row.question, tz, now), row)


def _path(asked: filters.Filter, row: SavedViewRow) -> str:
    done = not asked.question or asked.sieve.state == "resolved"
    return f"/search?view={row.id}" if done else f"/?kept={row.id}"


def _view(row: SavedViewRow, path: str, total: int = 0) -> View:
    return View(row.id or 0, row.name, row.question, row.sort, row.account_id is None, path, total)
