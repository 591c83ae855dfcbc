"""Posts of whose deletion nobody may tell: marked when their page does not say, and gone after their source's days."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.store.erase import spoken
from bot.store.posts import AGAIN
from bot.store.tables import PostRow

UNTOLD = "untold"  # a word of PostRow.flags: whether the post is still there cannot be learnt
SILENT = "silent"  # another: its page told when it was looked at before, and did not now


def mark(row: PostRow, untold: bool) -> None:
    """Its page tells whether it is there, or does not. One that told the last time must fail to twice: a server that is
    in trouble for an hour takes no words away. To be called before the look is written down (`rechecked_at`)."""
    flags = row.flags.split()
    told = row.rechecked_at is not None and not {UNTOLD, SILENT} & set(flags)
    found = [flag for flag in flags if flag not in (UNTOLD, SILENT, AGAIN)]
    found += [SILENT if told else UNTOLD] if untold else []
    row.flags = " ".join(
        (*found, *(flag for flag in flags if flag == AGAIN))
    )  # what is asked for again is known by its end


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
