"""What a case has at all: one question to the database spares a page a dozen, for most cases have no note, no promise
and no pause.

A page calls `look_over` once; within that look the questions marked with `if_any` are then not asked of what there is
none of. Elsewhere they are asked as ever.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import ColumnElement, Integer, bindparam, exists
from sqlalchemy import select as columns_of
from sqlmodel import Session, SQLModel, col

from bot.store.asked import REMEMBERED
from bot.store.tables import DraftRow, MentionRow, NoteRow, RecoveryRow, ReplyRow, TagRow
from bot.store.tables_answering import ApprovalRow, GestureRow, MemoryRow, PauseRow, PromiseRow
from bot.store.tables_desk import MergeRow
from bot.store.tables_incidents import IncidentCaseRow
from bot.store.tables_topics import TopicRow

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
PARTS = "parts"
"""The name in `Session.info` under which a look keeps what cases have."""
_ID = bindparam("id", type_=Integer)
_OF_CASE: tuple[Any, ...] = (
    TagRow, NoteRow, ReplyRow, DraftRow, RecoveryRow, ApprovalRow, GestureRow, PauseRow, PromiseRow, MemoryRow,
    IncidentCaseRow,
)  # fmt: skip
_WHERE: dict[Any, ColumnElement[bool]] = {table: col(table.case_id) == _ID for table in _OF_CASE} | {
    MergeRow: (col(MergeRow.into_case) == _ID) | (col(MergeRow.from_case) == _ID),
    TopicRow: (col(MentionRow.case_id) == _ID) & col(MentionRow.topic_id).is_not(None),
}
_ASKED = columns_of(*(exists().where(where) for where in _WHERE.values()))


def look_over(session: Session, case_id: int) -> None:
    """Find out what this case has, for the rest of the look. Nothing while writing."""
    if REMEMBERED not in session.info:
        return
    there = session.connection().execute(_ASKED, {"id": case_id}).one()
    has = frozenset(table for table, some in zip(_WHERE, there, strict=True) if some)
    session.info.setdefault(PARTS, {})[case_id] = has


def if_any(
    table: type[SQLModel],
) -> Callable[
    [Callable[Concatenate[Session, int, Asked], Answer]],
    Callable[Concatenate[Session, int, Asked], Answer],
]:
    """For a question about one case (a list, or one row of `table` or None), not asked where it is known to have none.

    Without any the answer is what the question says of no rows: the empty list, or None.
    """
    assert table in _WHERE, f"look_over does not ask for {table.__tablename__}"

    def mark(
        question: Callable[Concatenate[Session, int, Asked], Answer],
    ) -> Callable[Concatenate[Session, int, Asked], Answer]:
        several = str(question.__annotations__["return"]).startswith("list")

        @wraps(question)
        def ask(session: Session, case_id: int, *args: Asked.args, **named: Asked.kwargs) -> Answer:
            has: frozenset[Any] | None = session.info.get(PARTS, {}).get(case_id)
            if has is not None and table not in has:
                return cast("Answer", [] if several else None)
            return question(session, case_id, *args, **named)

        return cast("Callable[Concatenate[Session, int, Asked], Answer]", ask)

    return mark
