"""The rows a week's figures are made of: this week's and the one's before, in a bounded number of queries."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from bot.core.brand import Brand
from bot.core.priority import Bars
from bot.core.recovery import Sentiment
from bot.core.themes import Quote
from bot.core.week import Said, Week
from bot.core.weekly import WeekRows
from bot.store import theme_names, topics, weeks_cases, weeks_heard
from bot.store.tables import CaseRow, MentionRow, PostRow, ReadingRow, RecoveryRow
from bot.store.tables_house import CoverageRow, GapRow
from connectors.types import Span

SENTIMENTS = ("negative", "neutral", "positive")
NOT_US = "not_us"
COMPLAINT = Bars().complaint  # more likely than not; the queue's bar is lower, because there a miss costs more


@dataclass(frozen=True, slots=True)
class Gathered:
    """A week's rows, and what the figures leave out: posts of cases `closed` by a person without an answer, and how
    many cases were imported without our answers (`unanswerable`). `promise` is the window in minutes that most had."""

    rows: WeekRows
    closed: tuple[str, ...]
    unanswerable: int
    promise: int | None


def gather(session: Session, brand: Brand, competitors: Sequence[Brand], week: Week, now: datetime) -> Gathered:
    """All rows of a brand's digest as of `now`."""
    span = _both(week)
    ours, days = _ours(session, brand, span, weeks_heard.imports(session), week)
    parts, parts_before, same = weeks_heard.parts(session, week, now)
    cases = weeks_cases.opened(session, brand.name, week)
    known = weeks_cases.answers_known(cases)
    others = [rival.name for rival in competitors]
    rows = WeekRows(
        said=[*ours, *_theirs(session, others, span)],
        owed=weeks_cases.owed(cases),
        turned=weeks_cases.turned(session, brand.name, week),
        coverage=parts,
        coverage_before=parts_before,
        competitors=others,
        names=(brand.name, *brand.names, *brand.aliases, *brand.hashtags, *sorted(brand.accounts())),
        theme_names=theme_names.before(session, brand.name, week.label),
        alike=same and (not days or days >= {*week.days, *week.before.days}),
    )
    this = [one for one in cases if week.holds(one.spoke_at)]
    return Gathered(
        rows,
        closed=tuple(one.post_id for one in this if one.is_closed),
        unanswerable=0 if known else sum(one.history for one in this),
        promise=weeks_cases.promise(this),
    )


def _both(week: Week) -> Span:
    return Span(week.before.span.start, week.span.end)


def _ours(
    session: Session, brand: Brand, span: Span, imported: Collection[str], week: Week
) -> tuple[list[Said], set[date]]:
    """The brand's mentions with their words, and the local days on which imported ones were written."""
    columns: tuple[Any, ...] = (
        MentionRow.post_id, MentionRow.created_at, MentionRow.platform, MentionRow.tagged, MentionRow.complaint,
        MentionRow.sentiment, MentionRow.verdict, PostRow.text, PostRow.author_id, PostRow.source, MentionRow.topic_id,
    )  # fmt: skip
    found: Any = select(*columns)
    found = found.join(PostRow, col(PostRow.id) == col(MentionRow.post_id)).where(*_in(span, [brand.name]))
    said: list[Said] = []
    days: set[date] = set()
    named = topics.shown(session, brand.name)
    for post, at, platform, tagged, chance, tone, verdict, text, author, source, topic in session.exec(
        found.order_by(col(MentionRow.created_at), col(MentionRow.id))
    ):
        complains = chance is not None and chance >= COMPLAINT and verdict != "not_complaint"
        about = named.get(topic or 0, "")
        said.append(Said(str(post), at, platform, brand.name, tagged, complains, _tone(tone), text, author, about))
        if source in imported:
            days.add(week.day_of(at))
    return said, days


def _tone(label: str | None) -> Sentiment | None:
    return cast("Sentiment", label) if label in SENTIMENTS else None


def _theirs(session: Session, names: Sequence[str], span: Span) -> Iterable[Said]:
    """Followed competitors' mentions without their words, for the share of voice."""
    if not names:
        return
    columns: tuple[Any, ...] = (
        MentionRow.post_id, MentionRow.created_at, MentionRow.platform, MentionRow.brand, MentionRow.sentiment,
    )  # fmt: skip
    found: Any = select(*columns)
    for post, at, platform, name, tone in session.exec(found.where(*_in(span, names))):
        yield Said(str(post), at, platform, name, sentiment=_tone(tone))


def _in(span: Span, brands: Sequence[str]) -> tuple[Any, ...]:
    at = col(MentionRow.created_at)
    return col(MentionRow.brand).in_(brands), at >= span.start, at < span.end, col(MentionRow.verdict) != NOT_US


def readers(session: Session, brand: str, week: Week) -> tuple[list[str], int]:
    """Who read the week's mentions, "words 1.0", the one that read most first; how many they could but guess."""
    newest = col(ReadingRow.id) == col(MentionRow.reading_id)
    spoken = func.count().filter(col(ReadingRow.language_supported).is_(True))
    found = select(ReadingRow.reader, ReadingRow.version, func.count(), spoken).join(MentionRow, newest)
    found = found.where(*_in(week.span, [brand])).group_by(col(ReadingRow.reader), col(ReadingRow.version))
    rows = sorted(session.exec(found), key=lambda row: (-row[2], row[0], row[1]))
    return [f"{row[0]} {row[1]}".strip() for row in rows], sum(row[2] - row[3] for row in rows)


def quotes(session: Session, posts: Collection[str]) -> dict[str, Quote]:
    """These posts' words, by our id; without those that are gone."""
    found = select(PostRow).where(col(PostRow.id).in_([int(post) for post in posts if post]), PostRow.text != "")
    rows = session.exec(found.where(col(PostRow.gone_at).is_(None))) if posts else ()
    return {str(row.id): Quote(str(row.id), row.text, row.platform, row.created_at) for row in rows}


def recent(session: Session, brand: Brand, now: datetime, most: int) -> list[tuple[Week, int, int]]:
    """The newest weeks in which the brand was named: each with how many mentions and complaints, newest first."""
    found: list[tuple[Week, int, int]] = []
    before = now
    while len(found) < most:
        newest = select(func.max(MentionRow.created_at)).where(
            MentionRow.brand == brand.name, col(MentionRow.created_at) <= before
        )
        at = session.exec(newest).one()
        if at is None:
            break
        week = Week.of(at, brand.zone)
        complains = (col(MentionRow.complaint) >= COMPLAINT) & (col(MentionRow.verdict) != "not_complaint")
        counts = select(func.count(), func.sum(case((complains, 1), else_=0))).where(*_in(week.span, [brand.name]))
        mentions, complaints = session.exec(counts).one()
        found.append((week, mentions, int(complaints or 0)))
        before = week.span.start - timedelta(microseconds=1)
    return found


def posts(session: Session, brand: str, ids: Sequence[str]) -> list[tuple[MentionRow, PostRow]]:
    """The brand's mentions in these posts, in the order given; what was forgotten is left out."""
    wanted = [int(key) for key in ids]
    found = select(MentionRow, PostRow).join(PostRow).where(MentionRow.brand == brand, col(PostRow.id).in_(wanted))
    there = {post.id: (mention, post) for mention, post in session.exec(found)}
    return [there[key] for key in wanted if key in there]


def stamp(session: Session, brands: Sequence[str], week: Week) -> tuple[object, ...]:
    """Changes whenever a digest of the first of these brands could: for whoever keeps one.

    Counted over both weeks: mentions by verdict, readings, cases and their versions, recoveries, gaps, coverage.
    """
    span = _both(week)
    verdicts = (
        select(MentionRow.verdict, func.count(), func.count(MentionRow.read_at), func.max(MentionRow.reading_id))  # type: ignore[arg-type]
        .where(*_in(span, brands))
        .group_by(col(MentionRow.verdict))
        .order_by(col(MentionRow.verdict))
    )
    mine = (CaseRow.brand == brands[0], col(CaseRow.spoke_at) >= span.start, col(CaseRow.first_spoke_at) < span.end)
    cases = select(func.count(), func.sum(CaseRow.version)).select_from(CaseRow).where(*mine)
    judged = select(func.count(), func.max(RecoveryRow.decided_at)).select_from(RecoveryRow)
    judged = judged.join(CaseRow, col(CaseRow.id) == col(RecoveryRow.case_id)).where(
        CaseRow.brand == brands[0], col(CaseRow.spoke_at) >= week.before.before.span.start
    )
    holes = select(func.count(), func.sum(case((col(GapRow.state) == "healed", 1), else_=0))).where(
        col(GapRow.to_at) > span.start, col(GapRow.from_at) < span.end
    )
    end = case((col(CoverageRow.to_at) > span.end, span.end), else_=col(CoverageRow.to_at))  # a stretch grows on and on
    heard = select(func.count(), func.max(end)).where(
        col(CoverageRow.to_at) > span.start, col(CoverageRow.from_at) < span.end
    )
    each = [tuple(tuple(row) for row in session.exec(found)) for found in (verdicts, cases, judged, holes, heard)]
    return tuple(each)


def gone(session: Session, brand: str, week: Week) -> int:
    """How many of the mentions of both weeks were deleted by their authors."""
    found = select(func.count()).where(*_in(_both(week), [brand]), MentionRow.verdict == "gone")
    return session.exec(found).one()
