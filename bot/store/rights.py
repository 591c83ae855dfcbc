"""Who may do what: roles in one ladder, brands as walls. Asked in the transaction that acts."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from bot.store.asked import kept
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow

LADDER = ("viewer", "agent", "lead", "admin", "operator")


def at_least(account: AccountRow | None, role: str) -> bool:
    """True if the account is enabled and stands on this rung or above."""
    if account is None or account.disabled_at is not None or account.role not in LADDER:
        return False
    return LADDER.index(account.role) >= LADDER.index(role)


def sees(account: AccountRow, brand: str) -> bool:
    """True if the brand is on this side of the account's walls."""
    return not account.brands or brand in account.brands


def may_give(account: AccountRow | None, role: str, brands: Collection[str]) -> bool:
    """True if this admin can give this role for these brands: no higher one, and within their own walls."""
    if account is None or not at_least(account, "admin") or role not in LADDER or not at_least(account, role):
        return False
    return not account.brands or (bool(brands) and set(brands) <= set(account.brands))


def case_for(session: Session, by: int, case_id: int, role: str = "agent") -> CaseRow | None:
    """The case, if this account may act on it. An unknown and a forbidden case look the same."""
    both = select(AccountRow, CaseRow).join(CaseRow, col(CaseRow.id) == case_id).where(AccountRow.id == by)
    found = session.exec(
        both
    ).first()  # one question: each press asks it, some with the database's one lock for writers
    if found is None or not at_least(found[0], role) or not sees(found[0], found[1].brand):
        return None
    return found[1]


def still(session: Session, account_id: int | None, brand: str) -> int | None:
    """Who was given a case that comes back, if they can still work on it; None for nobody."""
    account = session.get(AccountRow, account_id) if account_id is not None else None
    return account_id if account is not None and at_least(account, "agent") and sees(account, brand) else None


def name_of(session: Session, account_id: int | None) -> str:
    """A person's name for others to read."""
    account = session.get(AccountRow, account_id) if account_id is not None else None
    return account.name if account is not None else "somebody"


@kept(AccountRow)
def leads(session: Session, brand: str) -> list[AccountRow]:
    """Who may agree with others' words for this brand, by name."""
    found = select(AccountRow).where(col(AccountRow.role).in_(LADDER[LADDER.index("lead") :]))
    rows = session.exec(found.where(col(AccountRow.disabled_at).is_(None)).order_by(col(AccountRow.name)).limit(200))
    return [row for row in rows if sees(row, brand)]
