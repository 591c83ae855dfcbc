"""A team's set-up, copied into a drill's own database: who is called when, where it is said, what holds a reply.

Rooms, addresses and member ids are replaced by names that reach nobody (core/stand_ins.py); a calendar keeps its days
and loses its address. Not copied: keys, log-ins, second steps, web hooks, sources and anything a customer said.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, col, or_, select

from bot.core import stand_ins
from bot.store.schedules import WEEKLY
from bot.store.tables_answering import CalendarRow, SnippetRow
from bot.store.tables_desk import WorkerRow
from bot.store.tables_house import AccountRow, SettingRow
from bot.store.tables_incidents import ScheduleRow
from bot.store.tables_telling import ChainRow, OverrideRow, QuietRow, RoomRow, RotaRow, RouteRow

Row = TypeVar("Row", bound=SQLModel)
RULES = ("boundaries:", "answering:", "giving:", "recalibrated:")
"""Settings of a brand that hold for a drill too, by the beginning of their keys."""


def _account(row: AccountRow) -> dict[str, Any]:
    return {"slack_user": stand_ins.member(row.id or 0) if row.slack_user else ""}


def _worker(row: WorkerRow) -> dict[str, Any]:
    return {"calls": stand_ins.calls(row.account_id, row.calls), "given_at": None}


def _where(row: RouteRow | QuietRow) -> dict[str, Any]:
    return {"address": stand_ins.address(row.responder, row.address)}


def _room(row: RoomRow) -> dict[str, Any]:
    second = stand_ins.address(row.fallback_responder, row.fallback_address)
    return {"address": stand_ins.address(row.responder, row.address), "fallback_address": second}


def _calendar(_row: CalendarRow) -> dict[str, Any]:
    return {"url": "", "content": "", "next_read_at": None, "error": ""}


def _as_it_is(_row: SQLModel) -> dict[str, Any]:
    return {}


COPIED: Mapping[type[SQLModel], Callable[[Any], dict[str, Any]]] = {
    AccountRow: _account, WorkerRow: _worker, RouteRow: _where, RoomRow: _room, QuietRow: _where, ChainRow: _as_it_is,
    RotaRow: _as_it_is, OverrideRow: _as_it_is, CalendarRow: _calendar, SnippetRow: _as_it_is,
}  # fmt: skip
"""Each table of the set-up, those named by others first, and what is different in a drill."""


def set_up(session: Session) -> list[SQLModel]:
    """The rows of a team's set-up as a drill may have them."""
    found: list[SQLModel] = []
    for table, changes in COPIED.items():
        found += [_copy(row, **changes(row)) for row in session.exec(select(table))]
    own = or_(*(col(SettingRow.key).startswith(prefix, autoescape=True) for prefix in RULES))
    return [*found, *(_copy(row) for row in session.exec(select(SettingRow).where(own)))]


def lay(session: Session, rows: list[SQLModel], brands: list[str], now: datetime) -> None:
    """Put them into a drill's database, where no digest leaves."""
    for row in rows:
        session.merge(row)
    session.add_all(ScheduleRow(brand=brand, kind=WEEKLY, is_on=False, changed_at=now) for brand in brands)


def _copy(row: Row, **changes: object) -> Row:
    return type(row)(**(row.model_dump() | changes))
