"""The rows of the answer: consent, goodwill, promises, pauses of our clock, calendars, and knowledge at hand."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel


class ApprovalRow(SQLModel, table=True):
    """A second person asked to agree with a reply. `state`: open approved refused withdrawn overtaken.

    What may be approved is one of its variants, byte for byte. `words_at` is how much of the customer the asker had
    read; `why` names the reasons in words; `chosen` is the variant agreed to.
    """

    __tablename__ = "approval"
    __table_args__ = (
        Index("approval_open", "brand", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    )
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    mention_id: int = Field(foreign_key="mention.id")
    brand: str
    asked_by: int
    asked_at: datetime
    how: str = "here"
    visibility: str = "public"
    closing: str = Field(default="", sa_type=Text)
    why: str = Field(default="", sa_type=Text)
    words_at: datetime
    state: str = "open"
    decided_by: int | None = None
    decided_at: datetime | None = None
    note: str = Field(default="", sa_type=Text)
    chosen: int | None = None


class VariantRow(SQLModel, table=True):
    """One wording put before the second person. `digest` is the SHA-256 of its exact bytes; it is never changed."""

    __tablename__ = "variant"
    id: int | None = Field(default=None, primary_key=True)
    approval_id: int = Field(foreign_key="approval.id", index=True)
    text: str = Field(sa_type=Text)
    digest: str
    by: int
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class GestureRow(SQLModel, table=True):
    """Something given to make it right. `state`: asked promised given confirmed refused withdrawn.

    `cents` are hundredths of `currency`. `month` (2026-11, in the brand's zone) is the purse it comes from. `token`
    makes a second press of the same form harmless. `because` is the agent's reason, for the others to read.
    """

    __tablename__ = "gesture"
    __table_args__ = (Index("gesture_purse", "brand", "month", "state"),)
    id: int | None = Field(default=None, primary_key=True)
    brand: str
    case_id: int = Field(foreign_key="case.id", index=True)
    customer_id: int = Field(foreign_key="customer.id", index=True)
    by: int = Field(index=True)
    cents: int = Field(sa_type=BigInteger)
    currency: str
    kind: str
    because: str = Field(default="", sa_type=Text)
    state: str = "promised"
    month: str
    token: str = Field(unique=True)
    made_at: datetime
    decided_by: int | None = None
    decided_at: datetime | None = None
    note: str = Field(default="", sa_type=Text)
    given_by: int | None = None
    given_at: datetime | None = None
    confirmed_by: int | None = None
    confirmed_at: datetime | None = None
    reply_id: int | None = None


class PromiseRow(SQLModel, table=True):
    """Something a reply of ours commits us to by a time. `state`: proposed open kept dropped.

    `words` are our own. A proposed one is due like an open one: a promise nobody confirmed was still made.
    `broken_at` is set once when `due_at` passes unkept, and stays.
    """

    __tablename__ = "promise"
    __table_args__ = (
        Index(
            "promise_due",
            "due_at",
            sqlite_where=text("state IN ('proposed','open')"),
            postgresql_where=text("state IN ('proposed','open')"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    brand: str
    case_id: int = Field(foreign_key="case.id", index=True)
    reply_id: int | None = None
    by: int
    words: str
    due_at: datetime
    made_at: datetime
    state: str = "proposed"
    broken_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: int | None = None


class PauseRow(SQLModel, table=True):
    """A stretch in which the team's clock stood still, and the message of ours that asked something: the evidence.

    The customer's clock is never paused. `ended_by`: customer (they wrote), account:N, or "" while it lasts.
    """

    __tablename__ = "pause"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    from_at: datetime
    to_at: datetime | None = None
    by: int
    reply_id: int
    ended_by: str = ""


class CalendarRow(SQLModel, table=True):
    """Days on which a brand's team is closed, from an iCal file or address. `days` are ISO dates with their names."""

    __tablename__ = "calendar"
    id: int | None = Field(default=None, primary_key=True)
    brand: str = Field(index=True)
    name: str
    url: str = ""
    content: str = Field(default="", sa_type=Text)
    days: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    read_at: datetime | None = None
    next_read_at: datetime | None = Field(default=None, index=True)
    error: str = ""


class SnippetRow(SQLModel, table=True):
    """Raw material for an answer: `kind` snippet (words with gaps to fill), fact (something true of the brand) or macro
    (no words). What it does to the case it is taken for: its tag, how severe that is, whose it is (an account's number,
    `me` or `nobody`), until when it is hidden (snooze's buttons); each empty where it does not."""

    __tablename__ = "snippet"
    __table_args__ = (Index("snippet_name", "brand", "kind", "name", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    brand: str
    kind: str = "snippet"
    name: str
    text: str = Field(sa_type=Text)
    tag: str = ""
    by: int
    changed_at: datetime
    used: int = 0
    severity: str = ""
    assign: str = ""
    snooze: str = ""


class MemoryRow(SQLModel, table=True):
    """What a resolved case was about, as numbers: for finding cases like it. `model` says whose numbers they are."""

    __tablename__ = "memory"
    __table_args__ = (Index("memory_brand", "brand", "model"),)
    case_id: int = Field(foreign_key="case.id", primary_key=True)
    brand: str
    model: str
    vector: bytes = Field(sa_type=LargeBinary)
    at: datetime
