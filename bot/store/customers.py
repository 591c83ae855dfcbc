"""Customers: one person as a brand knows them, by the accounts a person joined."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from bot.store.asked import once_a_look
from bot.store.tables import CaseRow, CustomerRow, HandleRow, MentionRow


@once_a_look
def get(session: Session, customer_id: int) -> CustomerRow | None:
    """One customer."""
    return session.get(CustomerRow, customer_id)


def handles(session: Session, customer_id: int) -> list[HandleRow]:
    """A customer's accounts."""
    return list(session.exec(select(HandleRow).where(HandleRow.customer_id == customer_id)).all())


@once_a_look
def cases(session: Session, customer_id: int, limit: int = 50) -> list[CaseRow]:
    """A customer's cases, newest first."""
    found = select(CaseRow).where(CaseRow.customer_id == customer_id, CaseRow.state != "merged")
    return list(session.exec(found.order_by(col(CaseRow.spoke_at).desc()).limit(limit)).all())


@once_a_look
def wrote_first(session: Session, customer_id: int) -> datetime | None:
    """When their first words that we know of were written, by the platform's time; None if none are here."""
    return session.exec(select(func.min(MentionRow.created_at)).where(MentionRow.customer_id == customer_id)).one()


def platforms(session: Session, brand: str) -> list[str]:
    """The platforms on which this brand knows anybody."""
    return list(session.exec(select(HandleRow.platform).where(HandleRow.brand == brand).distinct()).all())


def tier(session: Session, customer_id: int | None) -> str:
    """The class of service this customer was given, "" for none."""
    row = session.get(CustomerRow, customer_id) if customer_id is not None else None
    return row.tier if row is not None else ""
