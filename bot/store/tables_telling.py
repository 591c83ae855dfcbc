"""The rows of telling the team: which room hears what, when it is quiet, who is called and who reads no digest."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Text
from sqlmodel import Field, SQLModel


class RouteRow(SQLModel, table=True):
    """One rule of who hears what. The first that fits decides; one that `goes_on` lets the next ones speak too.

    An empty list or text fits everything. `hours` are those of core/hours.py, in `zone`; empty: always.
    """

    __tablename__ = "route"
    id: int | None = Field(default=None, primary_key=True)
    position: int
    name: str
    brand: str = ""
    severities: list[str] = Field(default_factory=list, sa_type=JSON)
    languages: list[str] = Field(default_factory=list, sa_type=JSON)
    platforms: list[str] = Field(default_factory=list, sa_type=JSON)
    hours: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    zone: str = "UTC"
    responder: str
    address: str
    goes_on: bool = False
    enabled: bool = True
    changed_at: datetime
    changed_by: int | None = None


class RoomRow(SQLModel, table=True):
    """How one room wants to be told. `bundle_s`: seconds in which what follows a message is gathered; 0: none.

    `cap_hour`: most messages an hour; 0: no limit of its own. The fallback is used while the room takes nothing.
    """

    __tablename__ = "room"
    responder: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    bundle_s: int = 0
    cap_hour: int = 0
    fallback_responder: str = ""
    fallback_address: str = ""
    changed_at: datetime
    changed_by: int | None = None


class QuietRow(SQLModel, table=True):
    """A time of quiet: every week (`hours` in `zone`), or once (`from_at` to `until_at`). Who set it and why is shown.

    Empty responder and address: every room; empty brand: every brand. `lets_through` are severities that ring anyway.
    """

    __tablename__ = "quiet"
    id: int | None = Field(default=None, primary_key=True)
    responder: str = ""
    address: str = ""
    brand: str = ""
    lets_through: list[str] = Field(default_factory=list, sa_type=JSON)
    hours: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    zone: str = "UTC"
    from_at: datetime | None = None
    until_at: datetime | None = None
    why: str = Field(default="", sa_type=Text)
    by: int | None = None
    created_at: datetime
    ended_at: datetime | None = None
    ended_by: int | None = None


class ChainRow(SQLModel, table=True):
    """Who is called when nobody claims a case of this brand ("" for every brand without its own).

    `steps`: [minutes, who] pairs in order; who is oncall, next, lead or all.
    """

    __tablename__ = "chain"
    brand: str = Field(primary_key=True)
    steps: list[Any] = Field(default_factory=list, sa_type=JSON)
    changed_at: datetime
    changed_by: int | None = None


class RotaRow(SQLModel, table=True):
    """Who is on call in turn. `people` are accounts; a turn is `turn_days` long and ends at `handover` ("09:00")."""

    __tablename__ = "rota"
    id: int | None = Field(default=None, primary_key=True)
    name: str
    brand: str = ""
    zone: str = "UTC"
    starts_on: str
    handover: str = "09:00"
    turn_days: int = 7
    people: list[int] = Field(default_factory=list, sa_type=JSON)
    changed_at: datetime
    changed_by: int | None = None
    ended_at: datetime | None = None


class OverrideRow(SQLModel, table=True):
    """Somebody else is on call for a while."""

    __tablename__ = "rota_override"
    id: int | None = Field(default=None, primary_key=True)
    rota_id: int = Field(foreign_key="rota.id", index=True)
    account_id: int
    from_at: datetime
    until_at: datetime
    by: int | None = None
    created_at: datetime
    ended_at: datetime | None = None


class UnsubscribedRow(SQLModel, table=True):
    """An address that wants no digest of this brand any more."""

    __tablename__ = "unsubscribed"
    address: str = Field(primary_key=True)
    brand: str = Field(primary_key=True)
    at: datetime
