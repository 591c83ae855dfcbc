"""Two cases made one, one made two, and either put back as it was."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, SQLModel, col, select

from bot.store import promises
from bot.store.parts import if_any
from bot.store.tables import CaseRow, DraftRow, MentionRow, NoteRow, PostRow, ReplyRow, TagRow
from bot.store.tables_answering import GestureRow, PauseRow, PromiseRow
from bot.store.tables_desk import MergeRow
from bot.store.tables_house import DeliveryRow, SearchRow

ON_ITS_WAY = ("queued", "unsure", "looking", "held")
KEPT = (
    "state", "section", "spoke_at", "heard_at", "due_at", "at_risk_at", "policy", "first_spoke_at", "first_due_at",
    "first_answered_at", "answered_at", "answered_by", "answered_how", "severity", "words_at", "followers", "weight",
    "history", "late_arrival", "snoozed_until", "resolved_at", "resolved_how", "told", "recover_at", "complaint",
)  # fmt: skip
_CARRIED: tuple[type[SQLModel], ...] = (NoteRow, GestureRow, PromiseRow, PauseRow)


def get(session: Session, merge_id: int) -> MergeRow | None:
    """One merge."""
    return session.get(MergeRow, merge_id)


@if_any(MergeRow)
def living(session: Session, case_id: int) -> list[MergeRow]:
    """Merges this case took in, or was parted by, that nobody has undone; newest first."""
    either = (MergeRow.into_case == case_id) | (MergeRow.from_case == case_id)
    found = select(MergeRow).where(either, col(MergeRow.undone_at).is_(None))
    return list(session.exec(found.order_by(col(MergeRow.id).desc())).all())


def busy(session: Session, case_id: int) -> bool:
    """Is an answer of this case on its way, or not known to have arrived?"""
    found = select(ReplyRow.id).where(ReplyRow.case_id == case_id, col(ReplyRow.state).in_(ON_ITS_WAY))
    return session.exec(found.limit(1)).first() is not None


def before(case: CaseRow) -> dict[str, Any]:
    """A case's columns as they are, for undoing."""
    return {name: _plain(getattr(case, name)) for name in KEPT}


def back(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as `before` kept them."""
    return {name: _time(name, kept[name]) for name in KEPT if name in kept}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _time(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if value is not None and name.endswith(("_at", "_until")) else value


def said(session: Session, case_id: int) -> list[tuple[MentionRow, PostRow]]:
    """A case's messages, oldest first."""
    found = select(MentionRow, PostRow).join(PostRow).where(MentionRow.case_id == case_id)
    return [(m, p) for m, p in session.exec(found.order_by(col(MentionRow.created_at), col(MentionRow.id)))]


def carry(session: Session, source: int, target: int, mention_ids: Sequence[int]) -> None:
    """These messages belong to the target from now on; the search follows them."""
    mine = update(MentionRow).where(col(MentionRow.id).in_(mention_ids), col(MentionRow.case_id) == source)
    session.connection().execute(mine.values(case_id=target))
    posts = select(MentionRow.post_id).where(col(MentionRow.id).in_(mention_ids))
    found = update(SearchRow).where(col(SearchRow.kind) == "post", col(SearchRow.case_id) == source)
    session.connection().execute(found.where(col(SearchRow.ref).in_(posts)).values(case_id=target))


def carry_all(session: Session, source: int, target: int) -> dict[str, list[Any]]:
    """Everything of a case goes to another. Returns the ids of what went, by kind, for undoing."""
    went: dict[str, list[Any]] = {"mention": [m.id for m, _ in said(session, source)]}
    carry(session, source, target, went["mention"])
    for table in _CARRIED:
        went[_name(table)] = _ids(session, table, source)
        _move(session, table, went[_name(table)], target)
    went["reply"] = _ids(session, ReplyRow, source)
    _replies(session, went["reply"], target)
    went["tag"] = _tags(session, source, target)
    went["draft"] = [source] if _draft(session, source, target) else []
    words = update(SearchRow).where(col(SearchRow.kind) != "post", col(SearchRow.case_id) == source)
    session.connection().execute(words.values(case_id=target))
    promises.recount(session, (source, target))
    return went


def carry_back(session: Session, went: Mapping[str, list[Any]], source: int, target: int) -> None:
    """What `carry_all` took from `source` to `target` goes back, where it still is there."""
    carry(session, target, source, went.get("mention", []))
    for table in _CARRIED:
        _move(session, table, went.get(_name(table), []), source)
    _replies(session, went.get("reply", []), source)
    for tag in went.get("tag", []):
        row = session.get(TagRow, (target, tag))
        if row is not None:
            session.delete(row)
    if went.get("draft"):
        _draft(session, target, source)
    for kind in ("note", "reply"):
        mine = update(SearchRow).where(col(SearchRow.kind) == kind, col(SearchRow.ref).in_(went.get(kind, [])))
        session.connection().execute(mine.values(case_id=source))
    promises.recount(session, (source, target))


def _name(table: type[SQLModel]) -> str:
    return str(table.__tablename__)


def _ids(session: Session, table: Any, case_id: int) -> list[int]:
    return list(session.exec(select(table.id).where(table.case_id == case_id)).all())


def _move(session: Session, table: Any, ids: Sequence[int], target: int) -> None:
    if ids:
        session.connection().execute(update(table).where(table.id.in_(ids)).values(case_id=target))


def _replies(session: Session, ids: Sequence[int], target: int) -> None:
    _move(session, ReplyRow, ids, target)
    if ids:
        theirs = update(DeliveryRow).where(col(DeliveryRow.reply_id).in_(ids), col(DeliveryRow.audience) == "customer")
        session.connection().execute(theirs.values(case_id=target))


def _tags(session: Session, source: int, target: int) -> list[str]:
    """Labels the target gains; the source keeps its own."""
    there = set(session.exec(select(TagRow.tag).where(TagRow.case_id == target)))
    fresh = [tag for tag in session.exec(select(TagRow.tag).where(TagRow.case_id == source)) if tag not in there]
    session.add_all(TagRow(case_id=target, tag=tag) for tag in fresh)
    return fresh


def _draft(session: Session, source: int, target: int) -> bool:
    """The unsent words go along, unless the other case has some of its own: then each keeps theirs."""
    row = session.get(DraftRow, source)
    if row is None or session.get(DraftRow, target) is not None:
        return False
    session.connection().execute(update(DraftRow).where(col(DraftRow.case_id) == source).values(case_id=target))
    session.expunge(row)
    return True
