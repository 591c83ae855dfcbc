"""How much of the time a source was meant to listen it heard: the one place every figure of coverage comes from.

The sources page, the queue's header, the digest and `earshot coverage` all ask here.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlmodel import Session, and_, col, func, or_, select

from bot.core.coverage import Coverage, coverage, together
from bot.store.asked import kept
from bot.store.tables import SourceRow
from bot.store.tables_house import CoverageRow, GapRow
from connectors.types import Span

Stretch = TypeVar("Stretch", CoverageRow, GapRow)
UNDER_WAY = timedelta(minutes=5)  # what was said since the last read is not missed: the next read brings it


@dataclass(frozen=True, slots=True)
class Heard:
    """A source in a stretch of time. `gaps` of every state, oldest first, cut to the stretch."""

    source: SourceRow
    coverage: Coverage
    gaps: tuple[GapRow, ...]

    def length(self, state: str) -> timedelta:
        """How long the gaps of this state are together."""
        return sum((gap.to_at - gap.from_at for gap in self.gaps if gap.state == state), timedelta())

    @property
    def unexplained(self) -> timedelta:
        """Time not heard for which no gap gives a cause: Earshot did not run, and has not looked back yet."""
        known = [Span(gap.from_at, gap.to_at) for gap in self.gaps if gap.state != "healed"]
        rest = (coverage(span, known) for span in self.coverage.unheard)
        return sum((one.wanted - one.heard for one in rest), timedelta())


def between(session: Session, span: Span, now: datetime) -> list[Heard]:
    """Every source whose listening is accounted for, by name. One that was not yet or no longer on is left out."""
    covered, holes = _reaching(session, CoverageRow, span), _reaching(session, GapRow, span)
    found = []
    for row in measured(session):
        gaps = holes[row.name]
        part = of_source(row, span, covered[row.name], gaps, now)
        if part is not None:
            found.append(Heard(row, part, tuple(_cut(gap, span) for gap in gaps)))
    return found


def anything_missed(session: Session, since: datetime) -> bool:
    """Whether a gap that is open or lost reaches past `since`: a cheap look before the whole sum."""
    last = _last_missed(session)
    return last is not None and last > since


@kept(GapRow)
def _last_missed(session: Session) -> datetime | None:
    return session.exec(select(func.max(GapRow.to_at)).where(col(GapRow.state).in_(("open", "lost")))).one()


def whole(parts: Iterable[Heard]) -> Coverage:
    """Several sources as one figure, each weighing by the time it was wanted."""
    return together(part.coverage for part in parts)


def measured(session: Session) -> Sequence[SourceRow]:
    """Sources whose listening is accounted for: not imports, and heard or missed at least once, or never reached."""
    accounted = col(SourceRow.name).in_(select(CoverageRow.source).union(select(GapRow.source)))
    never = and_(col(SourceRow.failures) > 0, col(SourceRow.heard_at).is_(None), col(SourceRow.state) != "off")
    found = select(SourceRow).where(col(SourceRow.history).is_(False), or_(accounted, never))
    return session.exec(found.order_by(col(SourceRow.name))).all()


def ended(row: SourceRow, now: datetime) -> datetime:
    """Until when a source was meant to listen: one that is switched off, until it last read."""
    return (row.polled_at or row.heard_at or row.started_at) if row.state == "off" else now


def of_source(
    row: SourceRow, span: Span, covered: Sequence[CoverageRow], holes: Sequence[GapRow], now: datetime
) -> Coverage | None:
    """A source's share of a stretch; None where it was not meant to listen at all."""
    wanted = wanted_of(row, span, max((one.to_at for one in covered), default=None), now)
    if wanted is None:
        return None
    heard = [Span(one.from_at, one.to_at) for one in covered]
    unheard = [Span(one.from_at, one.to_at) for one in holes if one.state != "healed"]
    return coverage(wanted, heard, unheard)


def wanted_of(row: SourceRow, span: Span, last: datetime | None, now: datetime) -> Span | None:
    """The part of a stretch in which a source was meant to listen; `last` is until when it says that it heard.

    The minutes since its last read are under way and not wanted yet. None where it was not meant to listen at all.
    """
    end = min(span.end, ended(row, now))
    if end == now and last is not None and now - last < max(3 * timedelta(seconds=row.every_s), UNDER_WAY):
        end = min(end, last)
    start = max(span.start, row.started_at)
    return Span(start, end) if start < end else None


def _reaching(session: Session, table: type[Stretch], span: Span) -> dict[str, list[Stretch]]:
    """Stretches that reach into this one by source, oldest first."""
    found = select(table).where(col(table.to_at) > span.start, col(table.from_at) < span.end)
    by_source: dict[str, list[Stretch]] = defaultdict(list)
    for row in session.exec(found.order_by(col(table.from_at))):
        by_source[row.source].append(row)
    return by_source


def _cut(gap: GapRow, span: Span) -> GapRow:
    """The part of a gap inside the stretch: a copy that no session knows."""
    told = gap.model_dump()
    return GapRow(**told | {"from_at": max(gap.from_at, span.start), "to_at": min(gap.to_at, span.end)})
