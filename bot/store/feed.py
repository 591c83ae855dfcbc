"""Cases and mentions in the order they came, page by page, for programs. The brand wall is in every query."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from bot.store.tables import CaseRow, MentionRow, PostRow


def cases_after(
    session: Session, brands: Sequence[str] | None, after: int, limit: int, state: str = ""
) -> list[CaseRow]:
    """Cases with a higher id than `after`, oldest first."""
    found = select(CaseRow).where(col(CaseRow.id) > after, *_wall(CaseRow, brands))
    found = found.where(CaseRow.state == state) if state else found
    return list(session.exec(found.order_by(col(CaseRow.id)).limit(limit)).all())


def case(session: Session, brands: Sequence[str] | None, case_id: int) -> CaseRow | None:
    """One case on this side of the wall."""
    return session.exec(select(CaseRow).where(CaseRow.id == case_id, *_wall(CaseRow, brands))).first()


def mentions_after(
    session: Session, brands: Sequence[str] | None, after: int, limit: int
) -> list[tuple[MentionRow, PostRow]]:
    """Mentions with a higher id than `after`, oldest first, each with its post."""
    found = (
        select(MentionRow, PostRow)
        .where(MentionRow.post_id == PostRow.id, col(MentionRow.id) > after, *_wall(MentionRow, brands))
        .order_by(col(MentionRow.id))
    )
    return list(session.exec(found.limit(limit)).all())


def mentions_of(session: Session, brands: Sequence[str] | None, case_id: int) -> list[tuple[MentionRow, PostRow]]:
    """A case's mentions, oldest first."""
    found = (
        select(MentionRow, PostRow)
        .where(MentionRow.post_id == PostRow.id, MentionRow.case_id == case_id, *_wall(MentionRow, brands))
        .order_by(col(MentionRow.created_at), col(MentionRow.id))
    )
    return list(session.exec(found.limit(500)).all())


def mention(session: Session, brands: Sequence[str] | None, mention_id: int) -> tuple[MentionRow, PostRow] | None:
    """One mention on this side of the wall."""
    found = select(MentionRow, PostRow).where(
        MentionRow.post_id == PostRow.id, MentionRow.id == mention_id, *_wall(MentionRow, brands)
    )
    return session.exec(found).first()


def _wall(kind: type[CaseRow] | type[MentionRow], brands: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    return () if brands is None else (col(kind.brand).in_(list(brands)),)
