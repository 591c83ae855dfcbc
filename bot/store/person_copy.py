"""A copy of what is held of one person, for them (GDPR, article 15). Of others and of who works here: nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from bot.store import persons
from bot.store.persons import Person
from bot.store.tables import (
    CaseRow,
    CustomerRow,
    HandleRow,
    MentionRow,
    NoteRow,
    PostRow,
    ReadingRow,
    RecoveryRow,
    ReplyRow,
    TagRow,
)
from bot.store.tables_answering import GestureRow, PromiseRow
from bot.store.tables_desk import JoinedRow

_CUSTOMER = ("id", "brand", "name", "tier", "note", "first_heard_at", "forget_at")
_POST = (
    "id", "platform", "native_id", "source", "url", "author_id", "author_handle", "author_name", "followers", "title",
    "text", "created_at", "edited_at", "heard_at", "language", "rating", "kind", "gone_at",
)  # fmt: skip
_MENTION = (
    "brand", "case_id", "tagged", "relevance", "why", "verdict", "sentiment", "complaint", "urgency", "language",
    "spam", "spam_why", "read_at",
)  # fmt: skip
_READING = ("reader", "version", "negative", "neutral", "positive", "complaint", "urgency", "spam", "read_at")
_CASE = (
    "id", "brand", "platform", "state", "severity", "opened_at", "first_spoke_at", "first_due_at", "answered_at",
    "answered_how", "resolved_at", "resolved_how", "followers", "weight", "why",
)  # fmt: skip
_REPLY = ("platform", "visibility", "text", "state", "sent_at", "receipt_url")


def of(session: Session, person: Person) -> dict[str, Any]:
    """Accounts, posts with what was made of each, cases with notes, answers and what was given; times in UTC."""
    customers = session.exec(select(CustomerRow).where(col(CustomerRow.id).in_(person.customers))).all()
    handles = session.exec(select(HandleRow).where(col(HandleRow.customer_id).in_(person.customers))).all()
    joined = session.exec(select(JoinedRow).where(col(JoinedRow.to_customer).in_(person.customers))).all()
    return {
        "customers": [_some(row, _CUSTOMER) for row in customers],
        "accounts": [_some(row, ("brand", "platform", "author_id", "handle")) for row in handles],
        "joined_by_us": [_some(row, ("at", "consent", "undone_at")) for row in joined],
        "posts": [_post(session, row) for row in persons.posts_of(session, person)],
        "cases": [_case(session, key) for key in person.cases],
    }


def _post(session: Session, row: PostRow) -> dict[str, Any]:
    mentions = session.exec(select(MentionRow).where(MentionRow.post_id == row.id)).all()
    return _some(row, _POST) | {"read_as": [_mention(session, one) for one in mentions]}


def _mention(session: Session, row: MentionRow) -> dict[str, Any]:
    return _some(row, _MENTION) | {
        "readings": _all(session, ReadingRow, ReadingRow.mention_id == row.id, _READING),
    }


def _case(session: Session, key: int) -> dict[str, Any]:
    row = session.get(CaseRow, key)
    tags = session.exec(select(TagRow.tag).where(TagRow.case_id == key)).all()
    return {
        **(_some(row, _CASE) if row is not None else {"id": key}),
        "tags": list(tags),
        "our_notes": _all(session, NoteRow, NoteRow.case_id == key, ("at", "text")),
        "our_answers": _all(session, ReplyRow, ReplyRow.case_id == key, _REPLY),
        "promised": _all(session, PromiseRow, PromiseRow.case_id == key, ("words", "due_at", "state")),
        "given": _all(
            session, GestureRow, GestureRow.case_id == key, ("kind", "cents", "currency", "because", "state", "made_at")
        ),
        "recovered": _all(session, RecoveryRow, RecoveryRow.case_id == key, ("days", "outcome", "decided_at")),
    }


def _all(session: Session, table: Any, where: Any, columns: Sequence[str]) -> list[dict[str, Any]]:
    return [_some(row, columns) for row in session.exec(select(table).where(where))]


def _some(row: SQLModel, columns: Sequence[str]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in columns}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
