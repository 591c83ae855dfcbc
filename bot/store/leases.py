"""Who alone does something until when: of two processes one follows a stream. Each change of hands grows the fence.

Whoever wrote the row last decides by the clock of its machine: machines that share a database keep their clocks within
a few seconds of each other.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col

from bot.store.tables_hearing import LeaseRow


def take(session: Session, name: str, holder: str, now: datetime, span: timedelta) -> int | None:
    """Have this for `span`, if nobody else has. Returns the fence, None if somebody has it.

    A lease that runs longer than one could be given was written while a clock was ahead, and counts as none.
    """
    row = session.get(LeaseRow, name)
    if row is None:
        session.add(LeaseRow(name=name, holder=holder, fence=1, until=now + span))
        session.flush()
        return 1
    if row.holder != holder and now < row.until <= now + 2 * span:
        return None
    fence = row.fence + 1
    theirs = update(LeaseRow).where(col(LeaseRow.name) == name, col(LeaseRow.fence) == row.fence)
    mine = session.connection().execute(theirs.values(holder=holder, fence=fence, until=now + span))
    return fence if mine.rowcount == 1 else None


def renew(session: Session, name: str, fence: int, until: datetime) -> bool:
    """Have it for longer. False if it changed hands."""
    mine = update(LeaseRow).where(col(LeaseRow.name) == name, col(LeaseRow.fence) == fence)
    return session.connection().execute(mine.values(until=until)).rowcount == 1


def holds(session: Session, name: str, fence: int) -> bool:
    """Whether it still has this fence. Asked in the transaction that writes what the holder alone may write."""
    row = session.get(LeaseRow, name)
    return row is not None and row.fence == fence


def free(session: Session, name: str, holder: str, now: datetime) -> bool:
    """Whether `holder` could take it now: a cheap look before a writing transaction."""
    row = session.get(LeaseRow, name)
    return row is None or row.holder == holder or row.until <= now


def release(session: Session, name: str, fence: int, now: datetime) -> None:
    """Give it back at once. The fence stays, so that a late writer of ours is still refused."""
    mine = update(LeaseRow).where(col(LeaseRow.name) == name, col(LeaseRow.fence) == fence)
    session.connection().execute(mine.values(until=now, fence=fence + 1, holder=""))


def forget(session: Session, name: str) -> None:
    """The thing it was about is no more."""
    session.connection().execute(delete(LeaseRow).where(col(LeaseRow.name) == name))
