"""Who wrote a post may change while the post stays: people rename themselves, and accounts are deleted around posts."""

from datetime import datetime

from sqlmodel import Session, col, select

from bot.store import search, switches
from bot.store.tables import CustomerRow, HandleRow, MentionRow, PostRow

GHOSTS = ("ghost", "[deleted]", "deleted", "deleted user", "[deleted user]")
"""What platforms show instead of a deleted account (GitHub: ghost; forums: the others)."""


def follow(session: Session, row: PostRow, author: tuple[str, str, str], now: datetime) -> None:
    """The stored author is who the platform names now: `author` is id, handle, name, as they are stored.

    A blank says nothing. Another account counts only where it is what stands for a deleted one: some platforms number
    the same person differently on each of their servers. What the deleted one was called then leaves, too.
    """
    account, handle, name = author
    ghost = handle.lower() in GHOSTS and account != row.author_id
    if not ghost and account != row.author_id:
        return
    after = (handle, name) if ghost else (handle or row.author_handle, name or row.author_name)
    if after == (row.author_handle, row.author_name) and not ghost:
        return
    before = row.author_id
    row.author_id, (row.author_handle, row.author_name) = account, after
    session.add(row)
    said = f"{row.author_handle} {row.author_name} {row.title} {row.text}"
    for brand in session.exec(select(MentionRow.brand).where(MentionRow.post_id == row.id)).all():
        search.index(session, "post", row.id or 0, brand, said)
    if ghost:
        _unname(session, row, before)
        switches.put(session, switches.UNTIDY, {"since": now.isoformat()}, now)


def _unname(session: Session, row: PostRow, account: str) -> None:
    """A deleted account is nobody's handle any more once none of its posts names it; its numbers stay."""
    session.flush()
    same = select(PostRow.id).where(PostRow.platform == row.platform, PostRow.author_id == account)
    if session.exec(same.where(col(PostRow.id) != row.id).limit(1)).first() is not None:
        return
    for one in session.exec(
        select(HandleRow).where(HandleRow.platform == row.platform, HandleRow.author_id == account)
    ):
        one.handle, one.author_id = "", f"gone:{one.id}"
        session.add(one)
        customer = session.get(CustomerRow, one.customer_id)
        others = select(HandleRow.id).where(HandleRow.customer_id == one.customer_id, col(HandleRow.id) != one.id)
        if customer is not None and session.exec(others.limit(1)).first() is None:
            customer.name = ""
            session.add(customer)
