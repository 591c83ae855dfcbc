"""Cases, mentions and spikes in the order they came, page by page, for programs. The brand wall is in every query."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.store.tables import CaseRow, MentionRow, PostRow, ReadingRow
from bot.store.tables_incidents import SpikeRow

CHUNK = 400

Told = tuple[MentionRow, PostRow, ReadingRow | None]
"""A mention with its post and the newest reading of it; None where nobody has read it."""


def cases_after(
    session: Session,
    brands: Sequence[str] | None,
    after: int,
    limit: int,
    state: str = "",
    late: datetime | None = None,
) -> list[CaseRow]:
    """Cases with a higher id than `after`, oldest first; with `late` only those that were owed an answer by then."""
    found = select(CaseRow).where(col(CaseRow.id) > after, *_wall(CaseRow, brands))
    found = found.where(CaseRow.state == state) if state else found
    if late is not None:
        owed = col(CaseRow.part).in_(("owed", "snoozed")), col(CaseRow.answered_at).is_(None), CaseRow.due_at <= late
        found = found.where(*owed)
    return list(session.exec(found.order_by(col(CaseRow.id)).limit(limit)).all())


def case(session: Session, brands: Sequence[str] | None, case_id: int) -> CaseRow | None:
    """One case on this side of the wall."""
    return session.exec(select(CaseRow).where(CaseRow.id == case_id, *_wall(CaseRow, brands))).first()


def mentions_after(session: Session, brands: Sequence[str] | None, after: int, limit: int) -> list[Told]:
    """Mentions with a higher id than `after`, oldest first."""
    found = _told(brands).where(col(MentionRow.id) > after).order_by(col(MentionRow.id))
    return list(session.exec(found.limit(limit)).all())


def mentions_of(session: Session, brands: Sequence[str] | None, case_id: int) -> list[Told]:
    """A case's mentions, oldest first."""
    found = _told(brands).where(MentionRow.case_id == case_id)
    return list(session.exec(found.order_by(col(MentionRow.created_at), col(MentionRow.id)).limit(500)).all())


def mention(session: Session, brands: Sequence[str] | None, mention_id: int) -> Told | None:
    """One mention on this side of the wall."""
    return session.exec(_told(brands).where(MentionRow.id == mention_id)).first()


def spikes_after(
    session: Session, brands: Sequence[str] | None, after: int, limit: int
) -> list[tuple[SpikeRow, list[int]]]:
    """Spikes with a higher id than `after`, oldest first, each with the mentions of its posts that still stand."""
    found = select(SpikeRow).where(col(SpikeRow.id) > after, *_wall(SpikeRow, brands))
    rows = list(session.exec(found.order_by(col(SpikeRow.id)).limit(limit)).all())
    known: dict[tuple[str, int], int] = {}
    posts = sorted({post for row in rows for post in row.posts})
    for at in range(0, len(posts), CHUNK):
        there = (
            select(MentionRow.brand, MentionRow.post_id, MentionRow.id)
            .join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
            .where(col(MentionRow.post_id).in_(posts[at : at + CHUNK]), col(PostRow.gone_at).is_(None))
        )
        known |= {(brand, post): number or 0 for brand, post, number in session.exec(there)}
    return [(row, [known[row.brand, post] for post in row.posts if (row.brand, post) in known]) for row in rows]


def _told(brands: Sequence[str] | None) -> SelectOfScalar[Told]:
    newest = col(ReadingRow.id) == col(MentionRow.reading_id)
    found: Any = select(MentionRow, PostRow, ReadingRow).join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
    return cast("SelectOfScalar[Told]", found.outerjoin(ReadingRow, newest).where(*_wall(MentionRow, brands)))


def _wall(kind: type[CaseRow | MentionRow | SpikeRow], brands: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    return () if brands is None else (col(kind.brand).in_(list(brands)),)
