"""The rows of the path of a post: heard, matched, read, opened, answered. House rows are in tables_house.py."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text, text
from sqlmodel import Field, SQLModel


class SourceRow(SQLModel, table=True):
    """A place we listen to: settings, the place to resume, and how it is doing.

    `state`: listening, waiting (until next_poll_at), stopped (a person must act), off. `monthly_cap`: US dollars it may
    cost in a UTC month, 0 for any. `notice`: what its connector wants a person to know although all is well.
    """

    __tablename__ = "source"
    name: str = Field(primary_key=True)
    connector: str
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    every_s: int = 60
    streams: bool = False
    history: bool = False
    origin: str = "web"
    state: str = "listening"
    cursor: str | None = Field(default=None, sa_type=Text)
    started_at: datetime
    primed_at: datetime | None = None
    next_poll_at: datetime = Field(index=True)
    polled_at: datetime | None = None
    heard_at: datetime | None = None
    failures: int = 0
    error: str = ""
    error_since: datetime | None = None
    spent: float = 0.0
    monthly_cap: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    notice: str = Field(default="", sa_column_kwargs={"server_default": ""})
    seen: int = 0
    kept: int = 0
    known: int = 0
    filtered: int = 0


class PostRow(SQLModel, table=True):
    """One post, once. `matched_at` empty means the match step still owes it a look; `gone_at` that its words are gone.

    `history`: heard as the past, pages nobody. `query`: which search, server or listing of its source brought it
    first, where its connector tells (most do since the end of November 2026).
    """

    __tablename__ = "post"
    __table_args__ = (
        Index("post_ref", "platform", "native_id", unique=True),
        Index(
            "post_due_match",
            "next_try_at",
            sqlite_where=text("matched_at IS NULL"),
            postgresql_where=text("matched_at IS NULL"),
        ),
        Index("post_author", "platform", "author_id"),
        Index("post_created", "created_at"),
        Index(
            "post_gone",
            "gone_at",
            sqlite_where=text("gone_at IS NOT NULL"),
            postgresql_where=text("gone_at IS NOT NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    platform: str
    native_id: str
    source: str
    url: str = ""
    author_id: str = ""
    author_handle: str = ""
    author_name: str = ""
    followers: int | None = None
    text: str = Field(default="", sa_type=Text)
    title: str = ""
    created_at: datetime
    clock: str = "server"
    kind: str = "post"
    in_reply_to: str | None = None
    thread: str | None = None
    edited_at: datetime | None = None
    language: str | None = None
    rating: float | None = None
    engagement: int | None = None
    answer_to: str | None = None
    query: str = Field(default="", sa_column_kwargs={"server_default": ""})
    heard_at: datetime
    history: bool = False
    flags: str = ""
    matched_at: datetime | None = None
    next_try_at: datetime
    tries: int = 0
    rechecked_at: datetime | None = None
    gone_at: datetime | None = None


class MentionRow(SQLModel, table=True):
    """A post that names a brand. `verdict`: open, not_us, not_complaint, calm (read and not queued), missed (an audit
    found it, triage is to queue it), gone.

    sentiment … reading_id are the newest reading's, kept here so that lists and figures need no join. `topic_id` empty:
    not looked at yet, 0: no topic fits. `spam` is how much its author behaves like a machine, 0…1, and why.
    """

    __tablename__ = "mention"
    __table_args__ = (
        Index("mention_once", "post_id", "brand", unique=True),
        Index(
            "mention_due_read",
            "next_try_at",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(
            "mention_due_triage",
            "next_try_at",
            sqlite_where=text("triaged_at IS NULL AND read_at IS NOT NULL"),
            postgresql_where=text("triaged_at IS NULL AND read_at IS NOT NULL"),
        ),
        Index("mention_week", "brand", "created_at"),
        Index("mention_case", "case_id"),
        Index("mention_customer", "customer_id", "created_at"),
        Index("mention_topic", "topic_id", "created_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    brand: str
    platform: str
    spans: list[Any] = Field(default_factory=list, sa_type=JSON)
    tagged: bool
    relevance: float
    why: str = ""
    created_at: datetime
    heard_at: datetime
    history: bool = False
    read_at: datetime | None = None
    triaged_at: datetime | None = None
    next_try_at: datetime
    tries: int = 0
    verdict: str = "open"
    verdict_by: str = ""
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    case_id: int | None = Field(default=None, foreign_key="case.id")
    reading_id: int | None = None
    sentiment: str | None = None
    complaint: float | None = None
    urgency: float | None = None
    language: str | None = None
    topic_id: int | None = None
    spam: float | None = None
    spam_why: str | None = None


class ReadingRow(SQLModel, table=True):
    """What a reader made of a mention. Never overwritten: a better reader adds another."""

    __tablename__ = "reading"
    id: int | None = Field(default=None, primary_key=True)
    mention_id: int = Field(foreign_key="mention.id", index=True)
    reader: str
    version: str
    negative: float
    neutral: float
    positive: float
    complaint: float
    urgency: float
    spam: float = 0.0
    language: str = ""
    language_supported: bool = True
    topics: list[str] = Field(default_factory=list, sa_type=JSON)
    read_at: datetime


class CustomerRow(SQLModel, table=True):
    """One person as this brand knows them. Handles are joined by a person, never guessed."""

    __tablename__ = "customer"
    id: int | None = Field(default=None, primary_key=True)
    brand: str = Field(index=True)
    name: str = ""
    note: str = Field(default="", sa_type=Text)
    tier: str = ""
    first_heard_at: datetime
    forget_at: datetime | None = None


class HandleRow(SQLModel, table=True):
    """An account of a customer on a platform."""

    __tablename__ = "handle"
    __table_args__ = (Index("handle_once", "brand", "platform", "author_id", unique=True),)
    id: int | None = Field(default=None, primary_key=True)
    brand: str
    platform: str
    author_id: str
    handle: str
    customer_id: int = Field(foreign_key="customer.id", index=True)


class CaseRow(SQLModel, table=True):
    """One customer's issue with one brand.

    `state`: new claimed waiting snoozed resolved merged. `section`: care or delight. `look_at` is a hint of when the
    window next changes; the truth is computed by core/window.py. `fence` grows with each claim. `version` grows with
    each change a person could see. `part` (owed waiting snoozed delight closed) follows from state, section and
    answered_at and is kept by store/cases.py for its indexes. `weight` and `facts` are core/priority.py's.

    spoke_at, due_at and answered_at are of the window that runs now (a customer who writes again starts the next one);
    the first_… ones never change once set and are what figures count. `promised_at` is when the next promise is due.
    """

    __tablename__ = "case"
    __table_args__ = (
        Index(
            "case_look",
            "look_at",
            sqlite_where=text("look_at IS NOT NULL"),
            postgresql_where=text("look_at IS NOT NULL"),
        ),
        Index("case_thread", "brand", "customer_id", "thread"),
        Index("case_due", "part", "due_at", "at_risk_at"),
        Index("case_risk", "part", "at_risk_at"),
        Index("case_weight", "part", "weight"),
        Index("case_words", "part", "words_at"),
        Index("case_part_spoke", "part", "spoke_at"),
        Index("case_snoozed", "part", "snoozed_until"),
        Index("case_unclaimed", "part", "holder", "brand"),
        Index(
            "case_holder",
            "holder",
            sqlite_where=text("holder IS NOT NULL"),
            postgresql_where=text("holder IS NOT NULL"),
        ),
        Index(
            "case_assigned",
            "assigned_to",
            sqlite_where=text("assigned_to IS NOT NULL"),
            postgresql_where=text("assigned_to IS NOT NULL"),
        ),
        Index(
            "case_lease",
            "lease_until",
            sqlite_where=text("holder IS NOT NULL"),
            postgresql_where=text("holder IS NOT NULL"),
        ),
        Index(
            "case_promised",
            "promised_at",
            sqlite_where=text("promised_at IS NOT NULL"),
            postgresql_where=text("promised_at IS NOT NULL"),
        ),
        Index("case_brand_due", "brand", "part", "due_at", "at_risk_at"),
        Index("case_spoke", "brand", "spoke_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    brand: str
    customer_id: int = Field(foreign_key="customer.id", index=True)
    platform: str
    thread: str
    state: str = "new"
    section: str = "care"
    opened_at: datetime
    spoke_at: datetime
    heard_at: datetime
    due_at: datetime
    at_risk_at: datetime
    policy: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    first_spoke_at: datetime
    first_due_at: datetime
    first_answered_at: datetime | None = None
    history: bool = False
    late_arrival: bool = False
    answered_at: datetime | None = None
    answered_by: int | None = None
    answered_how: str = ""
    resolved_at: datetime | None = None
    resolved_how: str = ""
    holder: int | None = None
    lease_until: datetime | None = None
    fence: int = 0
    assigned_to: int | None = None
    snoozed_until: datetime | None = None
    look_at: datetime | None = None
    recover_at: datetime | None = Field(default=None, index=True)
    promised_at: datetime | None = None
    told: str = ""
    severity: str = "normal"
    part: str = "owed"
    weight: float = 1.0
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    why: str = ""
    words_at: datetime
    followers: int | None = None
    complaint: float | None = None
    sentiment: str | None = None
    language: str | None = None
    merged_into: int | None = None
    version: int = 1


class NoteRow(SQLModel, table=True):
    """An internal note; the customer never sees it."""

    __tablename__ = "note"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    by: int
    text: str = Field(sa_type=Text)
    at: datetime


class TagRow(SQLModel, table=True):
    """A label on a case."""

    __tablename__ = "tag"
    case_id: int = Field(foreign_key="case.id", primary_key=True)
    tag: str = Field(primary_key=True)


class DraftRow(SQLModel, table=True):
    """An unsent reply, one per case; it outlives its writer's claim. `version` is what Approve must name."""

    __tablename__ = "draft"
    case_id: int = Field(foreign_key="case.id", primary_key=True)
    by: int
    text: str = Field(sa_type=Text)
    visibility: str = "public"
    version: int = 1
    changed_at: datetime


class ReplyRow(SQLModel, table=True):
    """An answer a person approved: those exact words, by whom, under which boundaries, how it went out.

    `how`: here (through the outbox) or native (a person posted it; we look for it). `state`: queued, sent, withdrawn,
    refused, unsure, looking (native, not yet found), held (a check at send stopped it), taken_back (deleted by us).
    `written_by` and `approval_id` are set where a second person approved; `after_reply` waits for that one to be sent;
    `difference` is what fresh eyes saw that the agent had not.
    """

    __tablename__ = "reply"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case.id", index=True)
    mention_id: int = Field(foreign_key="mention.id")
    how: str
    platform: str
    text: str = Field(sa_type=Text)
    visibility: str = "public"
    approved_by: int
    approved_at: datetime
    boundaries: str = ""
    state: str = Field(default="queued", index=True)
    why: str = ""
    sent_at: datetime | None = None
    receipt_id: str = ""
    receipt_url: str = ""
    written_by: int | None = None
    approval_id: int | None = None
    after_reply: int | None = None
    difference: str = Field(default="", sa_type=Text)


class RecoveryRow(SQLModel, table=True):
    """What the customer's later public words say, after 7 or 30 days."""

    __tablename__ = "recovery"
    case_id: int = Field(foreign_key="case.id", primary_key=True)
    days: int = Field(primary_key=True)
    outcome: str
    mentions: list[int] = Field(default_factory=list, sa_type=JSON)
    decided_at: datetime
    final: bool = False
