"""What was said to the team lately, and what became of each message: for the page of the channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from bot.store.tables_house import DeliveryRow

SHOWN = 40
LATELY = timedelta(days=2)
FAILED = ("refused", "unsure")


@dataclass(frozen=True, slots=True)
class Telling:
    """One message to a room: of what kind and case, how it stands, after how many tries, and what went wrong."""

    kind: str
    case_id: int | None
    responder: str
    address: str
    state: str
    tries: int
    at: datetime
    sent_at: datetime | None
    error: str


def lately(session: Session, brands: Sequence[str] | None, now: datetime) -> tuple[list[Telling], int]:
    """The newest messages of the last two days inside these walls, and how many of all of those failed."""
    wanted: list[ColumnElement[bool]] = [
        col(DeliveryRow.audience) == "team",
        col(DeliveryRow.created_at) > now - LATELY,
    ]
    if brands is not None:
        wanted.append(or_(col(DeliveryRow.brand) == "", col(DeliveryRow.brand).in_(list(brands))))
    found = select(DeliveryRow).where(*wanted).order_by(col(DeliveryRow.created_at).desc(), col(DeliveryRow.key))
    failed = select(func.count()).select_from(DeliveryRow).where(*wanted, col(DeliveryRow.state).in_(FAILED))
    return [_telling(row) for row in session.exec(found.limit(SHOWN))], int(session.exec(failed).one())


def _telling(row: DeliveryRow) -> Telling:
    return Telling(
        row.kind, row.case_id, row.responder, row.address, row.state, row.tries, row.created_at, row.sent_at, row.error
    )
