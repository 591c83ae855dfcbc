"""The rows of hearing: what was posted to us, who follows a stream, what hearing cost."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel


class InboxRow(SQLModel, table=True):
    """What came by an inbound hook, kept before it is acknowledged. `id` is the place to resume and never comes again.

    `key` names the delivery, so that a repeat acts once. `body` is emptied once its posts are stored.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index("inbox_once", "source", "key", unique=True),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True)
    source: str
    key: str
    body: bytes = Field(sa_type=LargeBinary)
    came_at: datetime = Field(index=True)
    read_at: datetime | None = None


class LeaseRow(SQLModel, table=True):
    """Who alone does something, e.g. follows a stream, and until when. `fence` grows each time it changes hands."""

    __tablename__ = "lease"
    name: str = Field(primary_key=True)
    holder: str
    fence: int = 1
    until: datetime


class CostRow(SQLModel, table=True):
    """What one query of a source cost on one UTC day (YYYY-MM-DD), in US dollars, and how many posts it brought."""

    __tablename__ = "cost"
    source: str = Field(primary_key=True)
    query: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    dollars: float = 0.0
    posts: int = 0
