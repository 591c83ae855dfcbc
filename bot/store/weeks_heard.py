"""What was heard of a week, source by source, and what was not and why."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TypeVar

from sqlmodel import Session, col, select

from bot.core.coverage import Changed, Coverage, Missed
from bot.core.week import Week
from bot.store import heard
from bot.store.tables import SourceRow
from bot.store.tables_house import CoverageRow, GapRow
from connectors.types import Span

LATE_FROM = timedelta(minutes=5)  # a stretch that was heard so much later is worth a line
MOST = 12
Stretch = TypeVar("Stretch", CoverageRow, GapRow)


def imports(session: Session) -> frozenset[str]:
    """Sources that were read as history: what they heard is not measured."""
    return frozenset(session.exec(select(SourceRow.name).where(col(SourceRow.history).is_(True))))


def parts(
    session: Session, week: Week, now: datetime
) -> tuple[dict[str, Coverage] | None, dict[str, Coverage] | None, bool]:
    """Coverage by source of this week and of the one before (None where nothing is measured).

    The last is False where the two were not heard by the same sources: then counts cannot be compared.
    """
    sources = heard.measured(session)
    covered, holes = _stretches(session, CoverageRow, week), _stretches(session, GapRow, week)
    this, before = (
        {
            row.name: part
            for row in sources
            if (part := heard.of_source(row, span, covered.get(row.name, []), holes.get(row.name, []), now)) is not None
        }
        for span in (week.span, week.before.span)
    )
    start, end = week.before.span.start, min(week.span.end, now)
    same = all(
        row.started_at <= start and heard.ended(row, now) >= end for row in sources if heard.ended(row, now) > start
    )
    return this or None, before or None, same


def missed(session: Session, week: Week, now: datetime) -> tuple[list[Missed], list[Changed]]:
    """The week's stretches that were lost, are still open, or were heard late; and sources that came or went."""
    sources = {row.name: row for row in heard.measured(session)}
    found = []
    for name, gaps in _stretches(session, GapRow, week).items():
        for gap in gaps:
            span = Span(max(gap.from_at, week.span.start), min(gap.to_at, week.span.end))
            if name in sources and span.start < span.end and (gap.state != "healed" or _length(span) >= LATE_FROM):
                found.append(Missed(name, span, gap.state, gap.cause))
    found.sort(key=lambda one: (("lost", "open", "healed").index(one.state), -_length(one.span), one.span.start))
    came = [Changed(row.name, row.started_at, True) for row in sources.values() if week.holds(row.started_at)]
    gone = [
        Changed(row.name, end, False)
        for row in sources.values()
        if week.holds(end := heard.ended(row, now)) and end < now
    ]
    return found, sorted([*came, *gone], key=lambda one: (one.at, one.source))


def _stretches(session: Session, table: type[Stretch], week: Week) -> dict[str, list[Stretch]]:
    """Stretches of both weeks, by source, oldest first."""
    found = select(table).where(col(table.to_at) > week.before.span.start, col(table.from_at) < week.span.end)
    by_source: dict[str, list[Stretch]] = defaultdict(list)
    for row in session.exec(found.order_by(col(table.from_at))):
        by_source[row.source].append(row)
    return by_source


def _length(span: Span) -> timedelta:
    return span.end - span.start
