"""Counts for the spike rule: the hours it compares, without what was not heard; and the spikes that rang."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from bot.core.beside import Surge
from bot.core.priority import Bars
from bot.core.spike_words import gravest, what
from bot.core.spikes import AROUND, DAY, DAYS, HOUR, LONG, OVER, Episode, Memory, Point
from bot.store.spike_topics import NO_TOPICS, Topics, names
from bot.store.tables import MentionRow, PostRow, ReadingRow, SourceRow
from bot.store.tables_house import AccountRow, GapRow
from bot.store.tables_incidents import SpikeMemoryRow, SpikeRow
from connectors.types import Span

STEP = timedelta(minutes=5)
LEAST = 14  # below the bar whatever was usual: the square root of fewer is no four spreads
MOST_ROWS = 200_000
QUIET_BRAND = 5_000  # mentions in four weeks, seven an hour: all its hours are read, not only those like this one
MATTERS = 0.1  # of a brand's posts: a source with less cannot make or hide a spike
SHORTEST_GAP = timedelta(minutes=5)
EDGE = max(OVER) + max(AROUND)
COMPLAINT = Bars().complaint
TOPICS = "topics"  # under this name a brand's topics remember what rang


@dataclass(frozen=True, slots=True)
class Heard:
    """One mention as the spike rule sees it. `topic` is the brand's own; `about` names the series of its topics."""

    mention_id: int
    at: datetime
    source: str
    complaint: bool
    negative: bool
    topic: int | None
    about: tuple[str, ...]


def floor(at: datetime) -> datetime:
    """The beginning of the five minutes a moment lies in."""
    return at - (at - datetime(2000, 1, 3, tzinfo=at.tzinfo)) % STEP


def stretch(session: Session, brand: str, now: datetime) -> timedelta | None:
    """The longest stretch to look over: an hour, of a quiet brand twelve. None if too little was said to ring."""
    at = col(MentionRow.created_at)

    def said(span: timedelta, most: int) -> int:
        some = select(MentionRow.id).where(*_live(brand), at > now - span).limit(most).subquery()
        return session.exec(select(func.count()).select_from(some)).one()

    if said(max(LONG), LEAST) < LEAST:
        return None
    if said(DAYS * DAY, QUIET_BRAND + 1) <= QUIET_BRAND:
        return max(LONG)
    return max(OVER) if said(max(OVER), LEAST) >= LEAST else None


def heard(
    session: Session, brand: str, now: datetime, over: timedelta = OVER[-1], own: Topics = NO_TOPICS
) -> list[Heard]:
    """What was said in the last hour and around it on the days before; in every hour for a stretch beyond one."""
    at = col(MentionRow.created_at)
    hours = [and_(at > now - back * DAY - EDGE, at <= now - back * DAY + max(AROUND)) for back in range(1, DAYS + 1)]
    if over > max(OVER):
        hours = [and_(at > now - DAYS * DAY - over - max(AROUND), at <= now)]
    columns: tuple[Any, ...] = (
        MentionRow.id, MentionRow.created_at, PostRow.source, MentionRow.complaint, MentionRow.verdict,
        MentionRow.sentiment, MentionRow.topic_id, ReadingRow.topics,
    )  # fmt: skip
    found: Any = select(*columns)
    found = (
        found.join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
        .join(ReadingRow, col(ReadingRow.id) == col(MentionRow.reading_id), isouter=True)
        .where(*_live(brand), or_(and_(at > now - EDGE, at <= now), *hours))
        .limit(MOST_ROWS)
    )
    return [
        Heard(key, when, source, (chance or 0) >= COMPLAINT and verdict != "not_complaint", tone == "negative",
              topic, own.series(topic, read or ()))
        for key, when, source, chance, verdict, tone, topic, read in session.exec(found)
    ]  # fmt: skip


def _live(brand: str) -> tuple[Any, ...]:
    return MentionRow.brand == brand, col(MentionRow.history).is_(False), MentionRow.verdict != "not_us"


def series(rows: Sequence[Heard]) -> dict[str, list[Heard]]:
    """The series of a brand, the narrowest first: complaints by topic, complaints, negative posts, mentions."""
    told: dict[str, list[Heard]] = defaultdict(list)
    for row in rows:
        for name in row.about if row.complaint else ():
            told[name].append(row)
    by_name: dict[str, list[Heard]] = dict(sorted(told.items()))
    return by_name | {
        "complaints": [row for row in rows if row.complaint],
        "negative": [row for row in rows if row.negative],
        "mentions": list(rows),
    }


def may_ring(rows: Sequence[Heard], now: datetime, over: timedelta) -> bool:
    """Whether a series has enough in its last stretch to ring, whatever was usual."""
    return sum(row.at > floor(now) - over for row in rows) >= LEAST


@dataclass(frozen=True, slots=True)
class Ears:
    """Who listened when. `deaf` sources miss part of the last hour and are left out altogether."""

    deaf: frozenset[str]
    holes: tuple[Span, ...]

    def since(self, at: datetime | None) -> "Ears":
        """The same for a series that is not whole before `at` (None: as whole as the others)."""
        return self if at is None else Ears(self.deaf, (*self.holes, Span(at - (DAYS + 1) * DAY, at)))


def ears(session: Session, brand: str, rows: Sequence[Heard], now: datetime) -> Ears:
    """Which sources to leave out now, and which hours before were lost or read late by sources that matter.

    Before a brand's first post nobody listened for it.
    """
    missing = _missing(session, now)
    deaf = frozenset(name for name, spans in missing.items() if any(span.end > now - EDGE for span in spans))
    weight: dict[str, int] = defaultdict(int)
    for row in rows:
        weight[row.source] += 1
    total = sum(n for name, n in weight.items() if name not in deaf)
    matter = {name for name, n in weight.items() if name not in deaf and n >= MATTERS * max(total, 1)}
    holes = [span for name, spans in missing.items() if name in matter for span in spans]
    first: datetime | None = session.exec(select(func.min(MentionRow.created_at)).where(*_live(brand))).one()
    return Ears(deaf, (Span(now - (DAYS + 1) * DAY, now if first is None else first), *holes))


def _missing(session: Session, now: datetime) -> dict[str, list[Span]]:
    """By source: gaps of any state (a healed one was read late) and the time before it was listened to."""
    start = now - DAYS * DAY - EDGE
    found: dict[str, list[Span]] = defaultdict(list)
    for source in session.exec(select(SourceRow).where(col(SourceRow.history).is_(False))):
        if source.started_at > start:
            found[source.name].append(Span(start, source.started_at))
    for gap in session.exec(select(GapRow).where(col(GapRow.to_at) > start)):
        if gap.to_at - gap.from_at >= SHORTEST_GAP:
            found[gap.source].append(Span(gap.from_at, gap.to_at))
    return found


def points(rows: Sequence[Heard], ear: Ears, now: datetime) -> list[Point]:
    """Counts in steps of five minutes over the hours that are compared; the last step ends with `now`."""
    counts: dict[datetime, int] = defaultdict(int)
    for row in rows:
        if row.source not in ear.deaf:
            counts[floor(row.at)] += 1
    return [Point(at, counts.get(at, 0), _lost(at, STEP, ear.holes)) for at in _steps(now)]


def hours(rows: Sequence[Heard], ear: Ears, now: datetime) -> list[Point]:
    """Counts of every hour since 28 days and the longest stretch; the last hour ends with the step of `now`."""
    many = (DAYS * DAY + max(LONG) + max(AROUND)) // HOUR
    start = floor(now) + STEP - many * HOUR
    counts: dict[int, int] = defaultdict(int)
    for row in rows:
        if row.source not in ear.deaf:
            counts[(row.at - start) // HOUR] += 1
    each = ((number, start + number * HOUR) for number in range(many))
    return [Point(at, counts.get(number, 0), _lost(at, HOUR, ear.holes)) for number, at in each]


def _steps(now: datetime) -> Iterator[datetime]:
    last = floor(now)
    for back in range(DAYS, -1, -1):
        end = last - back * DAY + (max(AROUND) if back else timedelta())
        at = last - back * DAY - EDGE
        while at <= end:
            yield at
            at += STEP


def _lost(at: datetime, step: timedelta, holes: Sequence[Span]) -> bool:
    return any(span.start < at + step and span.end > at for span in holes)


def kept_as(name: str) -> str:
    """Whose memory a series has: a brand's topics have one together, so twenty of them ring no oftener than one."""
    return TOPICS if ":" in name else name


def memory(session: Session, brand: str, name: str) -> Memory:
    """What a series remembers; of topics all of them, also what each remembered alone before they had one memory."""
    row = session.get(SpikeMemoryRow, (brand, kept_as(name)))
    told = row.episodes if row is not None else []
    if row is None and kept_as(name) == TOPICS:
        before = select(SpikeMemoryRow.episodes).where(
            SpikeMemoryRow.brand == brand, col(SpikeMemoryRow.series).contains(":", autoescape=True)
        )
        told = sorted(one for episodes in session.exec(before) for one in episodes)
    return tuple(Episode(datetime.fromisoformat(last), size, rang) for last, size, rang in told)


def remember(session: Session, brand: str, name: str, what: Memory, now: datetime) -> None:
    """Keep it."""
    episodes = [[one.last.isoformat(), one.size, one.rang] for one in what]
    session.merge(SpikeMemoryRow(brand=brand, series=kept_as(name), episodes=episodes, looked_at=now))


def add(session: Session, row: SpikeRow) -> SpikeRow:
    """A spike that rang."""
    session.add(row)
    session.flush()
    return row


def between(session: Session, brand: str, start: datetime, end: datetime) -> list[SpikeRow]:
    """A brand's spikes in this stretch, oldest first."""
    found = select(SpikeRow).where(SpikeRow.brand == brand, col(SpikeRow.at) >= start, col(SpikeRow.at) < end)
    return list(session.exec(found.order_by(col(SpikeRow.at))).all())


def get_for(session: Session, account: AccountRow, spike_id: int) -> SpikeRow | None:
    """The spike, if its brand is on this side of the account's walls; an unknown and a forbidden one look alike."""
    row = session.get(SpikeRow, spike_id)
    return row if row is not None and (not account.brands or row.brand in account.brands) else None


def of_brands(session: Session, brands: Collection[str] | None, since: datetime, limit: int) -> list[SpikeRow]:
    """What rang for these brands (None: all) since then, the newest first."""
    found = select(SpikeRow).where(col(SpikeRow.at) >= since).order_by(col(SpikeRow.at).desc(), col(SpikeRow.id).desc())
    if brands is not None:
        found = found.where(col(SpikeRow.brand).in_(list(brands)))
    return list(session.exec(found.limit(limit)).all())


def beside(session: Session, row: SpikeRow) -> list[SpikeRow]:
    """What else rang of this brand in the same moment: one story seen in other counts, the narrowest first."""
    same = select(SpikeRow).where(SpikeRow.brand == row.brand, SpikeRow.at == row.at, SpikeRow.id != row.id)
    return list(session.exec(same.order_by(col(SpikeRow.id))).all())


def stories(session: Session, rows: Sequence[SpikeRow]) -> list[Surge]:
    """These spikes in their order, a moment of a brand once: told by its widest count, as grave as its gravest."""
    called = names(session, [row.series for row in rows])
    moments: dict[tuple[str, datetime], list[SpikeRow]] = {}
    for row in rows:
        moments.setdefault((row.brand, row.at), []).append(row)
    return [_story(together, called) for together in moments.values()]


def _story(together: Sequence[SpikeRow], called: Mapping[str, str]) -> Surge:
    widest = max(together, key=lambda row: row.id or 0)  # the narrowest series are kept first
    return Surge(
        widest.id or 0, widest.brand, what(widest.series, called.get(widest.series, "")), widest.seen, widest.expected,
        timedelta(seconds=widest.over_s), gravest([row.severity for row in together]), widest.places,
        tuple(widest.words), widest.at, widest.incident_id,
    )  # fmt: skip


def told(session: Session, mention_ids: Collection[int]) -> list[tuple[MentionRow, PostRow]]:
    """These mentions with their posts, those heard by most first."""
    found: list[tuple[MentionRow, PostRow]] = []
    ids = sorted(mention_ids)
    for at in range(0, len(ids), 400):
        mine = select(MentionRow, PostRow).join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
        found += session.exec(mine.where(col(MentionRow.id).in_(ids[at : at + 400]), col(PostRow.gone_at).is_(None)))
    return sorted(found, key=lambda pair: (-(pair[1].followers or 0), pair[1].id or 0))


def places(told_: Sequence[tuple[MentionRow, PostRow]]) -> Mapping[str, int]:
    """How many on which platform, most first."""
    counts: dict[str, int] = defaultdict(int)
    for mention, _post in told_:
        counts[mention.platform] += 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
