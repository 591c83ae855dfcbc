"""Counts over a source, for people who just imported or look at their sources."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.store.tables import CaseRow, MentionRow, PostRow, SourceRow


def of_source(session: Session, name: str) -> dict[str, int]:
    """Rows seen, posts stored, own posts, mentions, cases, and how many of these were answered."""
    source = session.get(SourceRow, name)
    posts = select(func.count()).select_from(PostRow).where(PostRow.source == name)
    mentions = select(func.count()).select_from(MentionRow).join(PostRow).where(PostRow.source == name)
    named = select(MentionRow.case_id).join(PostRow).where(PostRow.source == name, col(MentionRow.case_id).is_not(None))
    cases = select(func.count()).select_from(CaseRow).where(col(CaseRow.id).in_(named))
    return {
        "seen": source.seen if source is not None else 0,
        "posts": int(session.exec(posts).one()),
        "own": int(session.exec(posts.where(col(PostRow.flags).like("own%"))).one()),
        "mentions": int(session.exec(mentions).one()),
        "cases": int(session.exec(cases).one()),
        "answered": int(session.exec(cases.where(col(CaseRow.first_answered_at).is_not(None))).one()),
    }
