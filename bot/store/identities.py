"""Who an account is at the single sign-on provider."""

from datetime import datetime

from sqlmodel import Session, col, select

from bot.store import people
from bot.store.tables_desk import IdentityRow
from bot.store.tables_house import AccountRow, LinkRow


def account_of(session: Session, issuer: str, subject: str) -> AccountRow | None:
    """The account this identity is linked to."""
    row = session.get(IdentityRow, (issuer, subject))
    return people.get(session, row.account_id) if row is not None else None


def linked(session: Session, issuer: str, account_id: int) -> bool:
    """Is this account linked to anybody of that provider?"""
    found = select(IdentityRow).where(IdentityRow.issuer == issuer, IdentityRow.account_id == account_id)
    return session.exec(found.limit(1)).first() is not None


def link(session: Session, issuer: str, subject: str, account_id: int, now: datetime) -> None:
    """From now on this identity signs in as that account."""
    session.add(IdentityRow(issuer=issuer, subject=subject, account_id=account_id, at=now))
    session.flush()


def invitation(session: Session, email: str, now: datetime) -> LinkRow | None:
    """An invitation of this address that nobody has used, and whose maker may still invite like that."""
    return next((row for row in people.invitations(session, now, email) if people.stands(session, row)), None)


def of(session: Session, account_id: int) -> list[IdentityRow]:
    """An account's identities elsewhere."""
    return list(session.exec(select(IdentityRow).where(col(IdentityRow.account_id) == account_id)).all())
