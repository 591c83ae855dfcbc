"""What was heard and what was not: coverage and gaps, per source."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.core.coverage import without
from bot.store.asked import kept
from bot.store.tables_house import CoverageRow, GapRow
from connectors.types import Span

TOUCHING = timedelta(seconds=5)
NOT_LISTENING = "not listening"
NO_ANSWER = "the source does not answer"
CAPPED = "The monthly cap"
CAP_REACHED = "the monthly cap is reached"
INFERRED = (CAP_REACHED, NOT_LISTENING, NO_ANSWER)
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
    """This stretch was not heard. A gap with the same cause that touches it grows instead.

    What a gap of another cause holds already is not written down twice; what is lost for good is no longer open.
    """
    if end <= start:
        return
    if state == "lost":
        _give_up(session, source, start, end)
        _grow(session, source, start, end, cause, now, state)
        return
    others = [
        Span(row.from_at, row.to_at)
        for known in ("open", "lost")
        for row in _near(session, source, start, end, known)
        if (row.cause != cause or known == "lost") and row.from_at < end and row.to_at > start
    ]
    for rest in without(Span(start, end), others):
        _grow(session, source, rest.start, rest.end, cause, now, state)


def _grow(session: Session, source: str, start: datetime, end: datetime, cause: str, now: datetime, state: str) -> None:
    same = [row for row in _near(session, source, start, end, state) if row.cause == cause]
    row = same[0] if same else GapRow(source=source, from_at=start, to_at=end, state=state, cause=cause, opened_at=now)
    row.from_at, row.to_at = min([start, *(r.from_at for r in same)]), max([end, *(r.to_at for r in same)])
    row.next_try_at = now if state == "open" else None
    row.closed_at = now if state == "lost" else None
    session.add(row)
    for more in same[1:]:
        session.delete(more)
    session.flush()


def _near(session: Session, source: str, start: datetime, end: datetime, state: str) -> list[GapRow]:
    near = select(GapRow).where(
        GapRow.source == source,
        GapRow.state == state,
        col(GapRow.to_at) >= start - TOUCHING,
        col(GapRow.from_at) <= end + TOUCHING,
    )
    return list(session.exec(near.order_by(col(GapRow.from_at))).all())


def _give_up(session: Session, source: str, start: datetime, end: datetime) -> None:
    """Of open gaps, what lies in this stretch is open no more: the stretch itself is written down as lost."""
    for row in _near(session, source, start, end, "open"):
        rest = without(Span(row.from_at, row.to_at), [Span(start, end)])
        if not rest:
            session.delete(row)
            continue
        row.from_at, row.to_at = rest[0].start, rest[0].end
        session.add(row)
        for more in rest[1:]:
            part = GapRow(source=source, from_at=more.start, to_at=more.end, cause=row.cause, opened_at=row.opened_at)
            part.next_try_at = row.next_try_at
            session.add(part)


def healed_by(session: Session, source: str, start: datetime, end: datetime, now: datetime) -> None:
    """A read that resumed covers this stretch: gaps inside it that we only inferred from silence are healed.

    What a connector itself confessed (a page with more than it could fetch) is read again by the heal step.
    """
    for row in _near(session, source, start, end, "open"):
        if row.cause in INFERRED and start <= row.from_at and row.to_at <= end:
            row.state, row.closed_at, row.next_try_at = "healed", now, None
            session.add(row)


@kept(GapRow)
def open_gaps(session: Session, source: str | None = None) -> list[GapRow]:
    """Gaps not yet healed or given up, oldest first."""
    found = select(GapRow).where(GapRow.state == "open").order_by(col(GapRow.from_at))
    return list(session.exec(found if source is None else found.where(GapRow.source == source)).all())


def next_to_heal(session: Session, now: datetime, busy: Collection[str] = ()) -> GapRow | None:
    """The open gap whose turn it is, of a source that is not `busy` healing another."""
    found = select(GapRow).where(
        GapRow.state == "open", col(GapRow.next_try_at) <= now, col(GapRow.source).not_in(busy)
    )
    return session.exec(found.order_by(col(GapRow.next_try_at)).limit(1)).first()


def since(session: Session, start: datetime) -> list[GapRow]:
    """Gaps of any state that reach past `start`, oldest first."""
    return list(session.exec(select(GapRow).where(col(GapRow.to_at) >= start).order_by(col(GapRow.from_at))).all())


def coverage_since(session: Session, source: str, start: datetime) -> list[CoverageRow]:
    """Heard stretches of a source that reach past `start`, oldest first."""
    found = select(CoverageRow).where(CoverageRow.source == source, col(CoverageRow.to_at) >= start)
    return list(session.exec(found.order_by(col(CoverageRow.from_at))).all())


def unclaim(session: Session, source: str, now: datetime) -> datetime | None:
    """Nothing is heard beyond now: what says so was written while the clock was ahead. Returns how far."""
    ahead = select(CoverageRow).where(CoverageRow.source == source, col(CoverageRow.to_at) > now + AHEAD)
    furthest = None
    for row in session.exec(ahead):
        furthest = max(furthest or row.to_at, row.to_at)
        if row.from_at >= now:
            session.delete(row)
        else:
            row.to_at = now
            session.add(row)
    return furthest


def heard_until(session: Session, source: str) -> datetime | None:
    """The end of the newest heard stretch."""
    return session.exec(
        select(CoverageRow.to_at).where(CoverageRow.source == source).order_by(col(CoverageRow.to_at).desc()).limit(1)
    ).first()
