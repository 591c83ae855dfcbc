"""What was heard and what was not: coverage and gaps, per source."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.store.tables_house import CoverageRow, GapRow

TOUCHING = timedelta(seconds=5)
AHEAD = timedelta(minutes=1)  # clocks that are set right by a little unsay nothing


def cover(session: Session, source: str, start: datetime, end: datetime) -> None:
    """This stretch was heard. Touching stretches are joined, so the table stays small."""
    if end <= start:
        return
    near = select(CoverageRow).where(
        CoverageRow.source == source,
        col(CoverageRow.to_at) >= start - TOUCHING,
        col(CoverageRow.from_at) <= end + TOUCHING,
    )
    rows = list(session.exec(near).all())
    kept = rows[0] if rows else CoverageRow(source=source, from_at=start, to_at=end)
    kept.from_at, kept.to_at = min([start, *(r.from_at for r in rows)]), max([end, *(r.to_at for r in rows)])
    session.add(kept)
    for row in rows[1:]:
        session.delete(row)


def open_gap(
    session: Session, source: str, start: datetime, end: datetime, cause: str, now: datetime, state: str = "open"
) -> None:
    """This stretch was not heard. A gap with the same cause that touches it grows instead."""
    if end <= start:
        return
    near = select(GapRow).where(
        GapRow.source == source,
        GapRow.state == state,
        GapRow.cause == cause,
        col(GapRow.to_at) >= start - TOUCHING,
        col(GapRow.from_at) <= end + TOUCHING,
    )
    row = session.exec(near).first() or GapRow(
        source=source, from_at=start, to_at=end, state=state, cause=cause, opened_at=now
    )
    row.from_at, row.to_at = min(row.from_at, start), max(row.to_at, end)
    row.next_try_at = now if state == "open" else None
    row.closed_at = now if state == "lost" else None
    session.add(row)


def open_gaps(session: Session, source: str | None = None) -> list[GapRow]:
    """Gaps not yet healed or given up, oldest first."""
    found = select(GapRow).where(GapRow.state == "open").order_by(col(GapRow.from_at))
    return list(session.exec(found if source is None else found.where(GapRow.source == source)).all())


def next_to_heal(session: Session, now: datetime) -> GapRow | None:
    """The open gap whose turn it is."""
    found = select(GapRow).where(GapRow.state == "open", col(GapRow.next_try_at) <= now)
    return session.exec(found.order_by(col(GapRow.next_try_at)).limit(1)).first()


def since(session: Session, start: datetime) -> list[GapRow]:
    """Gaps of any state that reach past `start`, oldest first."""
    return list(session.exec(select(GapRow).where(col(GapRow.to_at) >= start).order_by(col(GapRow.from_at))).all())


def coverage_since(session: Session, source: str, start: datetime) -> list[CoverageRow]:
    """Heard stretches of a source that reach past `start`, oldest first."""
    found = select(CoverageRow).where(CoverageRow.source == source, col(CoverageRow.to_at) >= start)
    return list(session.exec(found.order_by(col(CoverageRow.from_at))).all())


def unclaim(session: Session, source: str, now: datetime) -> None:
    """Nothing is heard beyond now: what says so was written while the clock was ahead."""
    ahead = select(CoverageRow).where(CoverageRow.source == source, col(CoverageRow.to_at) > now + AHEAD)
    for row in session.exec(ahead):
        if row.from_at >= now:
            session.delete(row)
        else:
            row.to_at = now
            session.add(row)


def heard_until(session: Session, source: str) -> datetime | None:
    """The end of the newest heard stretch."""
    return session.exec(
        select(CoverageRow.to_at).where(CoverageRow.source == source).order_by(col(CoverageRow.to_at).desc()).limit(1)
    ).first()
