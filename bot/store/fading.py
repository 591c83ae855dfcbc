"""Posts of whose deletion nobody may tell: marked when their page does not say, and gone after their source's days."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.store.erase import spoken
from bot.store.tables import PostRow

UNTOLD = "untold"  # a word of PostRow.flags: whether the post is still there cannot be learnt


def mark(row: PostRow, untold: bool) -> None:
    """Its page tells whether it is there, or does not."""
    others = [flag for flag in row.flags.split() if flag != UNTOLD]
    row.flags = " ".join((*others, UNTOLD) if untold else others)


def shared(session: Session, source: str, pages: Collection[str]) -> set[str]:
    """Addresses that several posts of a source have: a feed's page, none of any one post."""
    theirs = select(PostRow.url).where(PostRow.source == source, col(PostRow.url).in_(sorted(pages)))
    return set(session.exec(theirs.group_by(col(PostRow.url)).having(func.count() > 1)).all())


def faded(session: Session, source: str, before: datetime, limit: int, *, all_of_it: bool) -> list[PostRow]:
    """Posts of a source, heard then or earlier, whose words we still have: all of them, or those marked as untold."""
    found = select(PostRow).where(PostRow.source == source, col(PostRow.heard_at) <= before, spoken())
    if not all_of_it:
        found = found.where(col(PostRow.flags).like(f"%{UNTOLD}%"))
    return list(session.exec(found.order_by(col(PostRow.id)).limit(limit)).all())
