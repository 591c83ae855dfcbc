"""Sources: where we listen, where to resume, how it goes."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import case, or_, update
from sqlmodel import Session, col, select

from bot.store.asked import kept, once_a_look
from bot.store.tables import SourceRow

SHORTEST_STRANDED = timedelta(minutes=5)  # longer than the lease of a read
MENDED_IN = timedelta(minutes=1)  # who starts again and again is none who mended something
BEHIND = timedelta(seconds=5)  # so long one that failed lets those that are well go first


@once_a_look
def all_of(session: Session) -> list[SourceRow]:
    """Every source by name."""
    return list(session.exec(select(SourceRow).order_by(col(SourceRow.name))).all())


@kept(SourceRow)
def known(session: Session) -> list[SourceRow]:
    """The same, for pages that only show them."""
    return all_of(session)


def get(session: Session, name: str) -> SourceRow | None:
    """One source."""
    return session.get(SourceRow, name)


def save(session: Session, row: SourceRow) -> None:
    """Add or change a source; its cursor stays what the row says."""
    session.merge(row)


def due(session: Session, now: datetime, limit: int, well: bool = False) -> list[SourceRow]:
    """The polled sources whose turn it is; streams have their own threads. `well`: only those that did not fail last.

    Those that are well come first, in the order of their time; one that failed, and may hang again, a little later.
    """
    waiting = select(SourceRow).where(
        col(SourceRow.state).in_(("listening", "waiting")),
        SourceRow.next_poll_at <= now,
        col(SourceRow.streams).is_(False),
    )
    is_well = col(SourceRow.failures) == 0
    if well:
        waiting = waiting.where(is_well)
    first = case((or_(is_well, col(SourceRow.next_poll_at) <= now - BEHIND), 0), else_=1)
    found = session.exec(waiting.order_by(first, col(SourceRow.next_poll_at)).limit(limit)).all()
    return list(found or _stranded(session, now)[:limit])


def _stranded(session: Session, now: datetime) -> list[SourceRow]:
    """Sources that are well and yet to be read only after twice their interval: the clock was ahead and went back."""
    far = select(SourceRow).where(
        col(SourceRow.state) == "listening",
        col(SourceRow.failures) == 0,
        col(SourceRow.streams).is_(False),
        col(SourceRow.next_poll_at) > now + SHORTEST_STRANDED,
    )
    rests = ((row, timedelta(seconds=2 * row.every_s)) for row in session.exec(far))
    return [row for row, rest in rests if row.next_poll_at > now + max(rest, SHORTEST_STRANDED)]


def take(session: Session, row: SourceRow, now: datetime, lease: timedelta) -> bool:
    """Compare and set: one poller a source. The lease makes a dead poller's source due again."""
    mine = update(SourceRow).where(col(SourceRow.name) == row.name, col(SourceRow.next_poll_at) == row.next_poll_at)
    return session.connection().execute(mine.values(next_poll_at=now + lease)).rowcount == 1


def renew(session: Session, name: str, before: datetime, until: datetime) -> bool:
    """Keep a source to oneself for longer. False if it was taken, or freed by a person, meanwhile."""
    mine = update(SourceRow).where(col(SourceRow.name) == name, col(SourceRow.next_poll_at) == before)
    return session.connection().execute(mine.values(next_poll_at=until)).rowcount == 1


def free(session: Session, now: datetime) -> int:
    """Sources that are well and would rest longer than their interval were being read when their reader died.

    One that waits for a person is tried once more: a setting that was mended takes a start to be known.
    """
    well = [(row, timedelta(seconds=row.every_s)) for row in all_of(session) if row.state == "listening"]
    left = [
        row for row, rest in well if not row.failures and row.next_poll_at > (row.polled_at or row.started_at) + rest
    ]
    mended = [row for row in all_of(session) if row.state == "stopped" and (row.polled_at or now) < now - MENDED_IN]
    for row in left:
        note(session, row.name, next_poll_at=now)
    for row in mended:
        note(session, row.name, state="waiting", next_poll_at=now)
    return len(left) + len(mended)


def advance(session: Session, name: str, before: str | None, after: str | None, heard: Mapping[str, int]) -> bool:
    """Move the cursor and the counts by compare-and-set: False if somebody else read this page meanwhile."""
    row = col(SourceRow.cursor)
    mine = update(SourceRow).where(col(SourceRow.name) == name, row.is_(None) if before is None else row == before)
    sums = {key: getattr(SourceRow, key) + number for key, number in heard.items()}
    return (
        session.connection().execute(mine.values(cursor=after if after is not None else before, **sums)).rowcount == 1
    )


def note(session: Session, name: str, **changes: object) -> None:
    """Write down how a source is doing."""
    session.connection().execute(update(SourceRow).where(col(SourceRow.name) == name).values(**changes))


def became(session: Session, name: str, state: str, **changes: object) -> None:
    """Write down what a read came to. A source that a person switched off or stopped meanwhile stays so."""
    meant = col(SourceRow.state).in_(("listening", "waiting"))
    note(session, name, state=case((meant, state), else_=col(SourceRow.state)), **changes)


def listening(session: Session) -> list[SourceRow]:
    """Sources that are meant to hear."""
    return [row for row in all_of(session) if row.state in ("listening", "waiting")]
