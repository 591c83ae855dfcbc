"""Who works here: accounts, their log-ins, one-time links. Tokens are stored as hashes only."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, delete, func, select, update

from bot import ids
from bot.store import rights
from bot.store.tables_house import AccountRow, BrandRow, LinkRow, SessionRow

IDLE = timedelta(hours=8)
LONGEST = timedelta(hours=24)
SEEN_EVERY = timedelta(minutes=1)  # how stale `seen_at` may be: a write per click would be waste

_LOGINS = (
    select(SessionRow, AccountRow)
    .join(AccountRow, col(AccountRow.id) == SessionRow.account_id)
    .where(col(SessionRow.hash).in_(bindparam("hashes", expanding=True)))
)


def count(session: Session) -> int:
    """How many accounts there are, disabled ones included."""
    return session.exec(select(func.count()).select_from(AccountRow)).one()


def all_of(session: Session) -> list[AccountRow]:
    """Every account, by name."""
    return list(session.exec(select(AccountRow).order_by(func.lower(AccountRow.name), col(AccountRow.id))).all())


def get(session: Session, account_id: int) -> AccountRow | None:
    """One account."""
    return session.get(AccountRow, account_id)


def by_login(session: Session, login: str) -> AccountRow | None:
    """The account with this log-in name (compared folded, without outer blanks)."""
    return session.exec(select(AccountRow).where(AccountRow.login == folded(login))).first()


def by_slack(session: Session, user: str) -> AccountRow | None:
    """The working account of a Slack user, or None."""
    if not user:
        return None
    found = select(AccountRow).where(AccountRow.slack_user == user, col(AccountRow.disabled_at).is_(None))
    return session.exec(found).first()


def folded(login: str) -> str:
    """How a log-in name is stored and compared."""
    return login.strip().casefold()


def create(
    session: Session, login: str, name: str, role: str, brands: list[str], password_hash: str, now: datetime
) -> AccountRow | None:
    """A new account; None if the log-in name is taken."""
    if by_login(session, login) is not None:
        return None
    row = AccountRow(
        login=folded(login), name=name, role=role, brands=brands, password_hash=password_hash, created_at=now
    )
    session.add(row)
    session.flush()
    return row


def operators(session: Session) -> int:
    """How many people can look after this Earshot: working admins and operators who see every brand."""
    found = select(AccountRow).where(
        col(AccountRow.role).in_(("admin", "operator")), col(AccountRow.disabled_at).is_(None)
    )
    return sum(1 for row in session.exec(found).all() if not row.brands)


def open_session(
    session: Session, account_id: int, token_hash: str, csrf: str, now: datetime, browser: str = ""
) -> SessionRow:
    """A log-in begins."""
    row = SessionRow(hash=token_hash, account_id=account_id, csrf=csrf, created_at=now, seen_at=now, browser=browser)
    session.add(row)
    session.flush()
    return row


def session_of(session: Session, token_hash: str, now: datetime) -> tuple[SessionRow, AccountRow] | None:
    """The living log-in behind a token and whose it is. None when ended, idle 8 h, older than 24 h, or disabled."""
    return logins(session, (token_hash,), now).get(token_hash)


def logins(session: Session, hashes: Collection[str], now: datetime) -> dict[str, tuple[SessionRow, AccountRow]]:
    """Those of these tokens' hashes behind which a log-in lives, and whose it is: one question for them all."""
    found = session.exec(_LOGINS, params={"hashes": list(hashes)})
    return {row.hash: (row, account) for row, account in found if _lives(row, account, now)}


def _lives(row: SessionRow, account: AccountRow, now: datetime) -> bool:
    if row.ended_at is not None or account.disabled_at is not None:
        return False
    return now - row.seen_at <= IDLE and now - row.created_at <= LONGEST


def sessions_of(session: Session, account_id: int, now: datetime) -> list[SessionRow]:
    """The log-ins of one person that still work, newest first."""
    found = select(SessionRow).where(
        SessionRow.account_id == account_id,
        col(SessionRow.ended_at).is_(None),
        SessionRow.seen_at > now - IDLE,
        SessionRow.created_at > now - LONGEST,
    )
    return list(session.exec(found.order_by(col(SessionRow.seen_at).desc())).all())


def seen(session: Session, token_hash: str, now: datetime) -> None:
    """This log-in is in use."""
    session.exec(update(SessionRow).where(col(SessionRow.hash) == token_hash).values(seen_at=now))


def end_session(session: Session, token_hash: str, now: datetime) -> bool:
    """Log out: True if it was alive."""
    ended = update(SessionRow).where(col(SessionRow.hash) == token_hash, col(SessionRow.ended_at).is_(None))
    return session.exec(ended.values(ended_at=now)).rowcount == 1


def end_sessions(session: Session, account_id: int, now: datetime, but: str = "") -> int:
    """End all log-ins of a person, except the one with the hash `but`. How many ended."""
    ended = update(SessionRow).where(
        col(SessionRow.account_id) == account_id, col(SessionRow.ended_at).is_(None), col(SessionRow.hash) != but
    )
    return int(session.exec(ended.values(ended_at=now)).rowcount)


def make_link(
    session: Session, token_hash: str, purpose: str, facts: Mapping[str, Any], now: datetime, lives: timedelta
) -> None:
    """A one-time link. `purpose`: first, invite, password."""
    session.add(LinkRow(hash=token_hash, purpose=purpose, facts=dict(facts), expires_at=now + lives))
    session.flush()


def link(session: Session, token_hash: str, purpose: str, now: datetime) -> LinkRow | None:
    """A link that still works."""
    row = session.get(LinkRow, token_hash)
    if row is None or row.purpose != purpose or row.used_at is not None or row.expires_at <= now:
        return None
    return row


def use_link(session: Session, token_hash: str, now: datetime) -> bool:
    """Spend a link: True for the one who came first."""
    spent = update(LinkRow).where(col(LinkRow.hash) == token_hash, col(LinkRow.used_at).is_(None))
    return session.exec(spent.values(used_at=now)).rowcount == 1


def drop_links(session: Session, purpose: str, now: datetime, account_id: int | None = None) -> None:
    """Unused links of a purpose (of one person, if given) no longer work."""
    rows = session.exec(select(LinkRow).where(LinkRow.purpose == purpose, col(LinkRow.used_at).is_(None))).all()
    for row in rows:
        if account_id is None or row.facts.get("account") == account_id:
            row.used_at = now
            session.add(row)
    session.flush()


def stands(session: Session, row: LinkRow) -> bool:
    """True if who made an invitation or a password link may still do so: none outlives its maker's own right.

    One that was made on the machine itself names nobody and stands.
    """
    if not row.facts.get("by"):
        return True
    maker = get(session, int(row.facts["by"]))
    if row.purpose == "invite":
        return rights.may_give(maker, row.facts["role"], row.facts["brands"])
    whose = get(session, int(row.facts["account"])) if row.purpose == "password" else None
    return whose is not None and rights.may_give(maker, whose.role, whose.brands)


def invitations(session: Session, now: datetime, login: str = "") -> list[LinkRow]:
    """Those that nobody has accepted and whose time runs, of one log-in name if given; what dies first comes first."""
    rows = links_of(session, "invite", now)
    return [row for row in rows if not login or row.facts.get("login") == folded(login)]


def set_password(session: Session, account_id: int, password_hash: str) -> None:
    """This person's password is now this one (a hash)."""
    session.exec(update(AccountRow).where(col(AccountRow.id) == account_id).values(password_hash=password_hash))


def brand_names(session: Session) -> list[str]:
    """Names of all brands: no password may be one of them."""
    return list(session.exec(select(BrandRow.name)).all())


def change(session: Session, account_id: int, **changes: object) -> None:
    """Change an account's role, brands, name, Slack user or `disabled_at`."""
    session.exec(update(AccountRow).where(col(AccountRow.id) == account_id).values(**changes))


FIRST_LIVES = timedelta(minutes=30)


def first_link(session: Session, now: datetime) -> str | None:
    """The token of a link to the first account, for the console; None once somebody has one. Any earlier one dies."""
    if count(session) > 0:
        return None
    drop_links(session, "first", now)
    token = ids.token()
    make_link(session, ids.digest_of(token), "first", {}, now, FIRST_LIVES)
    return token


def links_of(session: Session, purpose: str, now: datetime) -> list[LinkRow]:
    """Links that still work, the one that dies first first."""
    found = select(LinkRow).where(
        LinkRow.purpose == purpose, col(LinkRow.used_at).is_(None), col(LinkRow.expires_at) > now
    )
    return list(session.exec(found.order_by(col(LinkRow.expires_at))).all())


def tidy(session: Session, before: datetime) -> None:
    """Forget log-ins last used and links that died before then: who came when stays in the audit."""
    session.exec(delete(SessionRow).where(col(SessionRow.seen_at) < before))
    session.exec(delete(LinkRow).where(col(LinkRow.expires_at) < before))
