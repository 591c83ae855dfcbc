"""The rows of the desk and its people: joined accounts, merged cases, shifts, views, sign-in elsewhere, web hooks."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text, text
from sqlmodel import Field, SQLModel


class JoinedRow(SQLModel, table=True):
    """A person joined an account to a customer (never guessed). `undone_at` set: it was taken apart again.

    `consent`: they said the customer agreed, which some platforms' terms ask for.
    """

    __tablename__ = "joined"
    id: int | None = Field(default=None, primary_key=True)
    handle_id: int = Field(foreign_key="handle.id", index=True)
    from_customer: int = Field(foreign_key="customer.id")
    to_customer: int = Field(foreign_key="customer.id", index=True)
    consent: bool = False
    by: int
    at: datetime
    undone_at: datetime | None = None


class MergeRow(SQLModel, table=True):
    """A case was merged into another, or parted from it. `moved`: its mentions; `before`: what undoing puts back."""

    __tablename__ = "merge"
    id: int | None = Field(default=None, primary_key=True)
    from_case: int = Field(foreign_key="case.id", index=True)
    into_case: int = Field(foreign_key="case.id", index=True)
    kind: str = "merge"
    moved: list[int] = Field(default_factory=list, sa_type=JSON)
    before: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    by: int
    at: datetime
    undone_at: datetime | None = None


class LabelRow(SQLModel, table=True):
    """What a tag in the log is called: events hold the number, so that the words can go (store/labels.py)."""

    __tablename__ = "label"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    words: str


class WorkerRow(SQLModel, table=True):
    """How a person works: away or on shift, how many cases they can have, what they know, their own keys.

    `capacity` 0: the brand's. `given_at` is when a case was last given to them by a rule. `calls` are the ways of their
    own by which they are called (see store/calling.py). `goes_on`: after an answer the next case opens.
    """

    __tablename__ = "worker"
    account_id: int = Field(foreign_key="account.id", primary_key=True)
    away_since: datetime | None = None
    capacity: int = 0
    skills: list[str] = Field(default_factory=list, sa_type=JSON)
    languages: list[str] = Field(default_factory=list, sa_type=JSON)
    keys: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    given_at: datetime | None = None
    calls: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    goes_on: bool = False


class SavedViewRow(SQLModel, table=True):
    """A question to search, kept under a name. `account_id` empty: the team's. `brands`: its maker's walls."""

    __tablename__ = "saved_view"
    id: int | None = Field(default=None, primary_key=True)
    account_id: int | None = Field(default=None, index=True)
    name: str
    question: str = Field(sa_type=Text)
    sort: str = ""
    brands: list[str] = Field(default_factory=list, sa_type=JSON)
    by: int
    at: datetime


class PingRow(SQLModel, table=True):
    """A colleague named somebody in a note with @name."""

    __tablename__ = "ping"
    __table_args__ = (
        Index(
            "ping_unseen",
            "account_id",
            sqlite_where=text("seen_at IS NULL"),
            postgresql_where=text("seen_at IS NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    account_id: int
    case_id: int = Field(index=True)
    note_id: int
    by: int
    at: datetime
    seen_at: datetime | None = None


class IdentityRow(SQLModel, table=True):
    """Who an account is at the single sign-on provider."""

    __tablename__ = "identity"
    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    at: datetime


class HookRow(SQLModel, table=True):
    """An address of another program that is told what happens, signed. `secret` only names the file that holds it."""

    __tablename__ = "hook"
    id: int | None = Field(default=None, primary_key=True)
    name: str
    url: str = Field(sa_type=Text)
    whats: list[str] = Field(default_factory=list, sa_type=JSON)
    brands: list[str] = Field(default_factory=list, sa_type=JSON)
    secret: str
    by: int
    at: datetime
    ended_at: datetime | None = None


class OnceRow(SQLModel, table=True):
    """A change asked through the API under an idempotency key, and what came of it."""

    __tablename__ = "once"
    key: str = Field(primary_key=True)
    asked: str
    status: int = 0
    answer: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(index=True)


class ErasedRow(SQLModel, table=True):
    """The hash of an account whose person was erased; `blocks`: they asked that nothing they write later is kept."""

    __tablename__ = "erased"
    hash: str = Field(primary_key=True)
    at: datetime
    blocks: bool = False
