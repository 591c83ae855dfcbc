"""Accounts joined to one customer by a person, and taken apart again. Nothing here guesses who is who."""

from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from bot.store.tables import CaseRow, CustomerRow, HandleRow, MentionRow, PostRow
from bot.store.tables_desk import JoinedRow


def by_handle(session: Session, brand: str, platform: str, handle: str) -> HandleRow | None:
    """The account with exactly this name on this platform, as this brand knows it; None where several have it."""
    plain = handle.strip().removeprefix("@").casefold()
    same = select(HandleRow).where(
        HandleRow.brand == brand,
        HandleRow.platform == platform,
        func.lower(HandleRow.handle).in_((plain, f"@{plain}")),
    )
    found = session.exec(same.limit(2)).all() if plain else []
    return found[0] if len(found) == 1 else None


def join(session: Session, handle: HandleRow, customer_id: int, by: int, consent: bool, now: datetime) -> JoinedRow:
    """From now on this account is that customer's; what was said by it comes along."""
    assert handle.id is not None
    row = JoinedRow(
        handle_id=handle.id,
        from_customer=handle.customer_id,
        to_customer=customer_id,
        consent=consent,
        by=by,
        at=now,
    )
    _carry(session, handle, customer_id)
    session.add(row)
    session.flush()
    return row


def part(session: Session, joined: JoinedRow, now: datetime) -> bool:
    """Undo a join: the account and what it said go back. False if it was undone or joined elsewhere since."""
    handle = session.get(HandleRow, joined.handle_id)
    if handle is None or joined.undone_at is not None or handle.customer_id != joined.to_customer:
        return False
    _carry(session, handle, joined.from_customer)
    joined.undone_at = now
    session.add(joined)
    session.flush()
    return True


def _carry(session: Session, handle: HandleRow, to: int) -> None:
    """Mentions of this account go to that customer, and the cases it began."""
    before = handle.customer_id
    theirs = select(PostRow.id).where(PostRow.platform == handle.platform, PostRow.author_id == handle.author_id)
    first = (
        select(func.min(MentionRow.id))
        .where(MentionRow.customer_id == before, col(MentionRow.case_id).is_not(None))
        .group_by(col(MentionRow.case_id))
    )
    began = select(MentionRow.case_id).where(col(MentionRow.id).in_(first), col(MentionRow.post_id).in_(theirs))
    run = session.connection().execute
    cases = [key for key in session.exec(began) if key is not None]
    if cases:
        mine = update(CaseRow).where(col(CaseRow.id).in_(cases), col(CaseRow.brand) == handle.brand)
        run(mine.values(customer_id=to, version=CaseRow.version + 1))
    said = update(MentionRow).where(
        col(MentionRow.customer_id) == before,
        col(MentionRow.brand) == handle.brand,
        col(MentionRow.post_id).in_(theirs),
    )
    run(said.values(customer_id=to))
    handle.customer_id = to
    session.add(handle)
    session.flush()


def living(session: Session, customer_id: int) -> dict[int, JoinedRow]:
    """The joins of a customer that still hold, by the account's id."""
    found = select(JoinedRow).where(JoinedRow.to_customer == customer_id, col(JoinedRow.undone_at).is_(None))
    return {row.handle_id: row for row in session.exec(found.order_by(col(JoinedRow.id)))}


def get(session: Session, joined_id: int) -> JoinedRow | None:
    """One join."""
    return session.get(JoinedRow, joined_id)


def lead(session: Session, customer_id: int) -> CustomerRow | None:
    """The customer, unless none of their accounts is left with them (they were joined to somebody else)."""
    held = select(HandleRow.id).where(HandleRow.customer_id == customer_id).limit(1)
    return session.get(CustomerRow, customer_id) if session.exec(held).first() is not None else None


def into(session: Session, customer_id: int) -> int | None:
    """The customer to whom this one's account was joined, if it was."""
    found = select(JoinedRow.to_customer).where(
        JoinedRow.from_customer == customer_id, col(JoinedRow.undone_at).is_(None)
    )
    return session.exec(found.order_by(col(JoinedRow.id).desc()).limit(1)).first()
