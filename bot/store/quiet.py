"""Times of quiet: what is held, who asked for it, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, update
from sqlmodel import Session, col, select

from bot.core.hours import Hours
from bot.core.routes import Quiet
from bot.core.standing import SEVERITY
from bot.store import rights
from bot.store.routing import Way
from bot.store.tables import CaseRow
from bot.store.tables_house import DeliveryRow
from bot.store.tables_telling import QuietRow

HELD: tuple[str, ...] = tuple(kind for kind in SEVERITY if kind != "late")  # late rings whatever the hour


@dataclass(frozen=True, slots=True)
class Active:
    """A quiet that holds now. `held`: how many cases wait behind it."""

    row: QuietRow
    until: datetime
    by_name: str
    held: int = 0

    @property
    def brand(self) -> str:
        """The brand it is for, "" for all."""
        return self.row.brand


def all_of(session: Session) -> list[QuietRow]:
    """Every quiet that nobody ended, the newest last."""
    found = select(QuietRow).where(col(QuietRow.ended_at).is_(None))
    return list(session.exec(found.order_by(col(QuietRow.id))).all())


def as_quiet(row: QuietRow) -> Quiet:
    """A row as the arithmetic needs it."""
    return Quiet(
        (row.responder, row.address) if row.responder else None, row.brand, frozenset(row.lets_through),
        Hours.parse(row.zone, row.hours) if row.hours else None, row.from_at, row.until_at,
    )  # fmt: skip


def active(session: Session, now: datetime) -> list[Active]:
    """Every quiet that holds now, with who asked for it and what it holds."""
    found = []
    for row in all_of(session):
        until = as_quiet(row).until(now)
        if until is not None:
            found.append(Active(row, until, rights.name_of(session, row.by), held_by(session, row, now)))
    return found


def over(row: QuietRow, now: datetime) -> bool:
    """Whether a quiet that was meant for once lies behind us."""
    return not row.hours and row.until_at is not None and row.until_at <= now


def held_by(session: Session, row: QuietRow, now: datetime) -> int:
    """How many cases wait for the end of this quiet."""
    found = select(func.count(func.distinct(DeliveryRow.case_id))).where(
        *_meant(row), col(DeliveryRow.next_try_at) > now
    )
    return int(session.exec(found).one())


def hold(session: Session, way: Way, now: datetime) -> int:
    """Put off what would be said in a quiet room until the quiet ends. Returns how many messages."""
    held = 0
    for row in all_of(session):
        until = as_quiet(row).until(now) if _is_for(row, way) else None
        if until is None:
            continue
        here = (col(DeliveryRow.responder) == way.responder, col(DeliveryRow.address) == way.address)
        mine = update(DeliveryRow).where(*_meant(row), *here, col(DeliveryRow.next_try_at) <= now)
        held += session.connection().execute(mine.values(next_try_at=until)).rowcount
    if held:
        session.expire_all()
    return held


def release(session: Session, now: datetime) -> int:
    """A quiet was changed or ended: everything that was put off is looked at again. How many messages."""
    session.flush()  # the change of the quiet itself, before what is loaded is forgotten
    mine = update(DeliveryRow).where(
        col(DeliveryRow.state) == "waiting", col(DeliveryRow.audience) == "team",
        col(DeliveryRow.kind).in_(HELD), col(DeliveryRow.next_try_at) > now,
    )  # fmt: skip
    number = session.connection().execute(mine.values(next_try_at=now)).rowcount
    session.expire_all()
    return int(number)


def _is_for(row: QuietRow, way: Way) -> bool:
    return not row.responder or (row.responder, row.address) == (way.responder, way.address)


def _meant(row: QuietRow) -> Sequence[ColumnElement[bool]]:
    """The waiting messages a quiet is for."""
    loud = select(CaseRow.id).where(col(CaseRow.severity).in_(list(row.lets_through)))
    wanted: list[ColumnElement[bool]] = [
        col(DeliveryRow.state) == "waiting", col(DeliveryRow.audience) == "team", col(DeliveryRow.kind).in_(HELD),
        or_(col(DeliveryRow.case_id).is_(None), col(DeliveryRow.case_id).not_in(loud)),
    ]  # fmt: skip
    if row.responder:
        wanted += [col(DeliveryRow.responder) == row.responder, col(DeliveryRow.address) == row.address]
    if row.brand:
        wanted.append(col(DeliveryRow.brand) == row.brand)
    return wanted
