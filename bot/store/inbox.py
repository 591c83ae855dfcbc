"""What was posted to us, kept before it is acknowledged, read once, then emptied: its posts are rows by then."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from bot.store.db import Database
from bot.store.tables import SourceRow
from bot.store.tables_hearing import InboxRow
from connectors.hooks import Delivery

REMEMBERED = timedelta(days=7)  # how long a delivery's key is known: Meta repeats for 36 hours


def keep(session: Session, source: str, key: str, body: bytes, now: datetime) -> bool:
    """Store a delivery. False if this one was stored before: it acts no second time."""
    same = select(InboxRow.id).where(InboxRow.source == source, InboxRow.key == key)
    if session.exec(same).first() is not None:
        return False
    session.add(InboxRow(source=source, key=key, body=body, came_at=now))
    session.flush()
    return True


def hurry(session: Session, source: str, now: datetime) -> None:
    """Read the source now, unless it rests after a failure."""
    well = col(SourceRow.name) == source, col(SourceRow.state) == "listening", col(SourceRow.failures) == 0
    session.connection().execute(update(SourceRow).where(*well).values(next_poll_at=now))


def waiting(session: Session, source: str) -> int:
    """Deliveries not read yet."""
    unread = select(InboxRow.id).where(InboxRow.source == source, col(InboxRow.read_at).is_(None))
    return len(session.exec(unread).all())


def last_at(session: Session, source: str) -> datetime | None:
    """When the newest delivery came."""
    newest = select(InboxRow.came_at).where(InboxRow.source == source).order_by(col(InboxRow.id).desc())
    return session.exec(newest.limit(1)).first()


def tidy(session: Session, before: datetime) -> None:
    """Take out what came then or earlier, read or not: words are kept as long as words are."""
    session.connection().execute(delete(InboxRow).where(col(InboxRow.came_at) <= before))


class Stored:
    """One source's inbox, as its connector reads it."""

    def __init__(self, db: Database, source: str, now: Callable[[], datetime]) -> None:
        self._db, self._source, self._now = db, source, now

    def after(self, place: int, most: int) -> Sequence[Delivery]:
        """Up to `most` unread deliveries behind this place. What stands before it is stored by now, and is emptied."""
        ours = col(InboxRow.source) == self._source
        with self._db.read() as session:
            read = select(InboxRow.id).where(ours, col(InboxRow.id) <= place, col(InboxRow.read_at).is_(None))
            done = session.exec(read.limit(1)).first() is not None
        if done:
            self._empty(place)
        unread = select(InboxRow).where(ours, col(InboxRow.id) > place, col(InboxRow.read_at).is_(None))
        with self._db.read() as session:
            rows = session.exec(unread.order_by(col(InboxRow.id)).limit(most)).all()
            return [Delivery(row.id or 0, row.body, row.came_at) for row in rows]

    def _empty(self, place: int) -> None:
        now = self._now()
        ours = col(InboxRow.source) == self._source
        with self._db.begin() as session:
            stored = update(InboxRow).where(ours, col(InboxRow.id) <= place, col(InboxRow.read_at).is_(None))
            session.connection().execute(stored.values(body=b"", read_at=now))
            old = delete(InboxRow).where(ours, col(InboxRow.read_at) < now - REMEMBERED)
            session.connection().execute(old)
