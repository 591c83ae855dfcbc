"""The rows of the house: outbox, gaps, events, people, settings."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel


class DeliveryRow(SQLModel, table=True):
    """The outbox. `state`: waiting sending sent refused unsure withdrawn, and to the team lost (store/lost.py) and
    emptying (store/lines.py). The key is made from what the message is.

    `kind`: reply (to a customer; needs reply_id) or alert, digest, escalation… (to the team). `body` holds html,
    blocks and the like. A row in `sending` at start was interrupted: its outcome is unknown.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "delivery_due",
            "next_try_at",
            sqlite_where=text("state IN ('waiting','unsure')"),
            postgresql_where=text("state IN ('waiting','unsure')"),
        ),
    )
    key: str = Field(primary_key=True)
    kind: str
    audience: str
    responder: str
    address: str = Field(sa_type=Text)
    text: str = Field(default="", sa_type=Text)
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    brand: str = ""
    case_id: int | None = Field(default=None, index=True)
    reply_id: int | None = None
    state: str = Field(default="waiting", index=True)
    urgent_by: datetime | None = None
    created_at: datetime
    next_try_at: datetime
    tried_at: datetime | None = None
    tries: int = 0
    fence: int = 0
    receipt_id: str = ""
    receipt_url: str = ""
    sent_at: datetime | None = None
    error: str = ""


class NoticeRow(SQLModel, table=True):
    """Where a case's one message is, in a team's room, so that it is updated in place."""

    __tablename__ = "notice"
    case_id: int = Field(primary_key=True)
    responder: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    receipt_id: str
    shown: str = ""
    posted_at: datetime


class GapRow(SQLModel, table=True):
    """A stretch a source did not hear. `state`: open, healed, lost."""

    __tablename__ = "gap"
    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    from_at: datetime
    to_at: datetime
    state: str = Field(default="open", index=True)
    cause: str
    opened_at: datetime
    closed_at: datetime | None = None
    next_try_at: datetime | None = None


class CoverageRow(SQLModel, table=True):
    """A stretch a source did hear; touching stretches are joined."""

    __tablename__ = "coverage"
    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    from_at: datetime
    to_at: datetime = Field(index=True)


class QuarantineRow(SQLModel, table=True):
    """Something that could not be handled: its bytes, why, and where it stuck. `state`: open, replayed, dismissed."""

    __tablename__ = "quarantine"
    id: int | None = Field(default=None, primary_key=True)
    source: str
    step: str
    ref: str = ""
    raw: bytes = Field(sa_type=LargeBinary)
    why: str = Field(sa_type=Text)
    at: datetime
    state: str = Field(default="open", index=True)


class TombstoneRow(SQLModel, table=True):
    """A deleted post's hashed id: it does not come back by the next poll or a restored backup.

    `why`: gone (its platform said so), retired, erased (a person asked for it).
    """

    __tablename__ = "tombstone"
    hash: str = Field(primary_key=True)
    at: datetime
    why: str = ""


class EventRow(SQLModel, table=True):
    """Append-only and hash-chained: who, what, when, ids. No customer text."""

    __tablename__ = "event"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(index=True)
    actor: str
    what: str = Field(index=True)
    subject: str = Field(default="", index=True)
    brand: str = ""
    facts: str = Field(default="{}", sa_type=Text)
    previous: str
    hash: str


class SearchRow(SQLModel, table=True):
    """What full-text search looks at: `kind` post, note or reply; `ref` its id."""

    __tablename__ = "search"
    __table_args__ = (Index("search_ref", "kind", "ref", "brand", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    ref: int = Field(sa_type=BigInteger)
    brand: str
    case_id: int | None = Field(default=None, index=True)
    words: str = Field(sa_type=Text)


class BrandRow(SQLModel, table=True):
    """A brand's definition (core/brand.py), from the file or the web."""

    __tablename__ = "brand"
    name: str = Field(primary_key=True)
    definition: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    origin: str = "web"
    version: int = 1
    changed_at: datetime


class SettingRow(SQLModel, table=True):
    """What is switched at run time: sending on/off, boundaries, the signing secret of short-lived links."""

    __tablename__ = "setting"
    key: str = Field(primary_key=True)
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    changed_at: datetime


class HeartbeatRow(SQLModel, table=True):
    """The last round each loop finished."""

    __tablename__ = "heartbeat"
    loop: str = Field(primary_key=True)
    at: datetime
    every_s: float
    note: str = ""


class AccountRow(SQLModel, table=True):
    """A person who works here. `role`: viewer, agent, lead, admin, operator. `brands` empty: all."""

    __tablename__ = "account"
    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True)
    name: str
    role: str = "agent"
    brands: list[str] = Field(default_factory=list, sa_type=JSON)
    password_hash: str
    slack_user: str = ""
    created_at: datetime
    disabled_at: datetime | None = None
    failures: int = 0
    slow_until: datetime | None = None


class SessionRow(SQLModel, table=True):
    """A log-in, kept by the hash of its token. `browser`: what it called itself, in a word or two.

    `way`: password, code (a second step was asked), sign-on. `owes`: only setting up a second step is open to it.
    """

    __tablename__ = "session"
    hash: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    csrf: str
    created_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    browser: str = ""
    way: str = ""
    owes: bool = False


class LinkRow(SQLModel, table=True):
    """A one-time link (first account, invitation), kept by the hash of its token."""

    __tablename__ = "link"
    hash: str = Field(primary_key=True)
    purpose: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    expires_at: datetime
    used_at: datetime | None = None


class PresenceRow(SQLModel, table=True):
    """Who has a case on the screen, and whether they are writing."""

    __tablename__ = "presence"
    case_id: int = Field(primary_key=True)
    account_id: int = Field(primary_key=True)
    writing: bool = False
    at: datetime = Field(index=True)
