"""Second steps at sign-in: who has one, which code was taken last, which recovery codes are left, who must have one."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, delete, func, select, update

from bot.store import identities, switches
from bot.store.tables_house import AccountRow, SessionRow
from bot.store.tables_second import RecoveryCodeRow, SecondStepRow

KEY = "second"  # the switch that holds which roles must have one
ELSEWHERE = "sign-on"  # a log-in whose provider asked for whatever it asks for


def get(session: Session, account_id: int) -> SecondStepRow | None:
    """A person's second step; None where a password is enough."""
    return session.get(SecondStepRow, account_id)


def having(session: Session) -> frozenset[int]:
    """The accounts that have one."""
    return frozenset(session.exec(select(SecondStepRow.account_id)).all())


def keep(session: Session, account_id: int, mark: str, step: int, now: datetime) -> str:
    """This secret is the person's from now on; its code of `step` was used to show so. The mark of the one before."""
    row = get(session, account_id)
    before = row.secret if row is not None else ""
    row = row or SecondStepRow(account_id=account_id, secret=mark, since=now, last_step=step)
    row.secret, row.since, row.last_step, row.wrong = mark, now, step, 0
    session.add(row)
    session.flush()
    return before


def drop(session: Session, account_id: int) -> str:
    """A password is enough again. The mark of the secret that is of no use now; empty where there was none."""
    row = get(session, account_id)
    if row is None:
        return ""
    mark = row.secret
    session.exec(delete(RecoveryCodeRow).where(col(RecoveryCodeRow.account_id) == account_id))
    session.exec(delete(SecondStepRow).where(col(SecondStepRow.account_id) == account_id))
    return mark


def take(session: Session, account_id: int, mark: str, step: int) -> bool:
    """Use up a step and all before it: True for the one who came first, with the secret of this mark."""
    taken = update(SecondStepRow).where(
        col(SecondStepRow.account_id) == account_id,
        col(SecondStepRow.secret) == mark,
        col(SecondStepRow.last_step) < step,
    )
    return session.exec(taken.values(last_step=step)).rowcount == 1


def missed(session: Session, account_id: int) -> None:
    """One more wrong code."""
    wrong = update(SecondStepRow).where(col(SecondStepRow.account_id) == account_id)
    session.exec(wrong.values(wrong=SecondStepRow.wrong + 1))


def hit(session: Session, account_id: int) -> int:
    """A right code at the door: how many wrong ones came before it."""
    row = get(session, account_id)
    wrong = row.wrong if row is not None else 0
    session.exec(update(SecondStepRow).where(col(SecondStepRow.account_id) == account_id).values(wrong=0))
    return wrong


def put_codes(session: Session, account_id: int, hashes: Sequence[str]) -> None:
    """These are the recovery codes from now on, by their number; any earlier ones are void."""
    session.exec(delete(RecoveryCodeRow).where(col(RecoveryCodeRow.account_id) == account_id))
    session.add_all(RecoveryCodeRow(account_id=account_id, number=at, hash=each) for at, each in enumerate(hashes))
    session.flush()


def code_hash(session: Session, account_id: int, number: int) -> str | None:
    """The hash of one recovery code that was not used."""
    row = session.get(RecoveryCodeRow, (account_id, number))
    return row.hash if row is not None and row.used_at is None else None


def spend(session: Session, account_id: int, number: int, stored: str, now: datetime) -> bool:
    """Use up one recovery code: True for the one who came first."""
    spent = update(RecoveryCodeRow).where(
        col(RecoveryCodeRow.account_id) == account_id,
        col(RecoveryCodeRow.number) == number,
        col(RecoveryCodeRow.hash) == stored,
        col(RecoveryCodeRow.used_at).is_(None),
    )
    return session.exec(spent.values(used_at=now)).rowcount == 1


def codes_left(session: Session, account_id: int) -> int:
    """How many recovery codes still work."""
    found = select(func.count()).where(
        col(RecoveryCodeRow.account_id) == account_id, col(RecoveryCodeRow.used_at).is_(None)
    )
    return session.exec(found).one()


def roles(session: Session) -> tuple[str, ...]:
    """The roles that must have a second step."""
    return tuple(switches.get(session, KEY).get("roles", ()))


def owed(session: Session, account: AccountRow, way: str) -> bool:
    """Must this person set up a second step before anything else? Who signs in elsewhere is asked for it there."""
    return way != ELSEWHERE and account.role in roles(session) and get(session, account.id or 0) is None


def require(session: Session, wanted: Iterable[str], now: datetime) -> int:
    """These roles must have one, from now on and in log-ins that are open. How many people must set theirs up."""
    switches.put(session, KEY, {"roles": list(wanted)}, now)
    open_ones = select(SessionRow, AccountRow).where(
        col(SessionRow.account_id) == AccountRow.id, col(SessionRow.ended_at).is_(None)
    )
    owing = set()
    for row, account in session.exec(open_ones).all():
        row.owes = owed(session, account, row.way or _way_before(session, row))
        session.add(row)
        owing |= {account.id} if row.owes else set()
    session.flush()
    return len(owing)


def _way_before(session: Session, row: SessionRow) -> str:
    """How a log-in came about whose way was not noted, because it is older than that: who was linked came by that."""
    linked = any(each.at <= row.created_at for each in identities.of(session, row.account_id))
    return ELSEWHERE if linked else ""
