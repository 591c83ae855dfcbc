"""Counts: over a source, for people who just imported or look at their sources; and of what waits on its path."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as columns_of
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


def waiting(session: Session, now: datetime, most: int) -> int:
    """How many posts wait to be matched, and mentions to be read or decided on; each counted up to `most`."""
    unread, undecided = col(MentionRow.read_at).is_(None), col(MentionRow.triaged_at).is_(None)
    due = col(MentionRow.next_try_at) <= now
    parts = (
        select(PostRow.id).where(col(PostRow.matched_at).is_(None), PostRow.next_try_at <= now),
        select(MentionRow.id).where(unread, due),
        select(MentionRow.id).where(undecided, ~unread, due),
    )
    counts = (select(func.count()).select_from(part.limit(most).subquery()).scalar_subquery() for part in parts)
    return sum(session.connection().execute(columns_of(*counts)).one())
