"""Cases: read in the order of the queue, changed by compare-and-set."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, update
from sqlmodel import Session, col, select

from bot.core.policy import Policy
from bot.core.window import Window
from bot.store.tables import CaseRow, DraftRow, NoteRow, RecoveryRow, ReplyRow, TagRow

OWED = ("new", "claimed")


@dataclass(frozen=True, slots=True)
class Sections:
    """The queue, each part in rank order and cut at the limit asked for."""

    next: list[CaseRow] = field(default_factory=list)
    late: list[CaseRow] = field(default_factory=list)
    window: list[CaseRow] = field(default_factory=list)
    waiting: list[CaseRow] = field(default_factory=list)
    snoozed: list[CaseRow] = field(default_factory=list)
    delight: list[CaseRow] = field(default_factory=list)


def get(session: Session, case_id: int) -> CaseRow | None:
    """One case."""
    return session.get(CaseRow, case_id)


def window(case: CaseRow) -> Window:
    """The window that runs now, from the facts in the row."""
    policy = _policy(json.dumps(case.policy, sort_keys=True))
    return Window.of(policy, case.spoke_at, case.heard_at, case.answered_at)


def first_window(case: CaseRow) -> Window:
    """The first response's window: what figures count."""
    policy = _policy(json.dumps(case.policy, sort_keys=True))
    return Window.of(policy, case.first_spoke_at, case.heard_at, case.first_answered_at)


@lru_cache(maxsize=256)
def _policy(text: str) -> Policy:
    return Policy.parse(json.loads(text) or {"window_minutes": 60})


def sections(session: Session, brands: Sequence[str] | None, now: datetime, limit: int = 50) -> Sections:
    """The queue's parts for these brands (None: all)."""

    def part(name: str) -> list[CaseRow]:
        found = select(CaseRow).where(*_part(name, now), *_wall(brands)).order_by(*_order(name)).limit(limit)
        return list(session.exec(found).all())

    return Sections(**{name: part(name) for name in ("next", "late", "window", "waiting", "snoozed", "delight")})


def counts(session: Session, brands: Sequence[str] | None, now: datetime) -> dict[str, int]:
    """How many cases are in each part, counted by index; `unclaimed` of those that are owed an answer."""
    names = ("next", "late", "window", "waiting", "snoozed", "delight")
    found = {name: _count(session, *_part(name, now), *_wall(brands)) for name in names}
    found["unclaimed"] = _count(session, *_owed(), col(CaseRow.holder).is_(None), *_wall(brands))
    return found


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return int(session.exec(select(func.count()).select_from(CaseRow).where(*where)).one())


def _wall(brands: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    return () if brands is None else (col(CaseRow.brand).in_(list(brands)),)


def _owed() -> tuple[ColumnElement[bool], ...]:
    return (
        col(CaseRow.section) == "care",
        col(CaseRow.state).in_(OWED),
        col(CaseRow.answered_at).is_(None),
    )


def _part(name: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    due, risk, severity = col(CaseRow.due_at), col(CaseRow.at_risk_at), col(CaseRow.severity)
    rising = and_(due <= now, severity == "critical", col(CaseRow.history).is_(False))
    match name:
        case "next":
            return (*_owed(), or_(and_(risk <= now, due > now), rising))
        case "late":
            return (*_owed(), due <= now, or_(severity != "critical", col(CaseRow.history)))
        case "window":
            return (*_owed(), risk > now)
        case "waiting":
            return (
                col(CaseRow.section) == "care",
                or_(
                    col(CaseRow.state) == "waiting",
                    and_(col(CaseRow.state).in_(OWED), col(CaseRow.answered_at).is_not(None)),
                ),
            )
        case "snoozed":
            return (col(CaseRow.state) == "snoozed",)
        case _:
            return (col(CaseRow.section) == "delight", col(CaseRow.state).in_(OWED))


def _order(name: str) -> tuple[Any, ...]:
    if name == "delight":
        return (col(CaseRow.spoke_at).desc(), col(CaseRow.id))
    if name == "waiting":
        return (col(CaseRow.words_at).desc(), col(CaseRow.id))
    if name == "snoozed":
        return (col(CaseRow.snoozed_until), col(CaseRow.id))
    return (col(CaseRow.rank), col(CaseRow.id))


def move(session: Session, case: CaseRow, *, state: Sequence[str] | None = None, **changes: Any) -> bool:
    """Compare and set on the version the caller saw (and on its state, if given): True for the one who made the move.

    The row in the caller's hand shows the change afterwards.
    """
    mine = update(CaseRow).where(col(CaseRow.id) == case.id, col(CaseRow.version) == case.version)
    if state is not None:
        mine = mine.where(col(CaseRow.state).in_(state))
    result = session.connection().execute(mine.values(version=case.version + 1, **changes))
    if result.rowcount != 1:
        return False
    session.refresh(case)
    return True


def next_to_look_at(session: Session, now: datetime, limit: int = 1) -> list[CaseRow]:
    """Cases whose window may have changed: a hint; the truth is in `window`."""
    due = select(CaseRow).where(col(CaseRow.look_at).is_not(None), col(CaseRow.look_at) <= now)
    return list(session.exec(due.order_by(col(CaseRow.look_at), col(CaseRow.id)).limit(limit)).all())


def of_thread(session: Session, brand: str, customer_id: int, thread: str) -> CaseRow | None:
    """The newest case of this customer in this thread that is not merged away."""
    found = select(CaseRow).where(
        CaseRow.brand == brand, CaseRow.customer_id == customer_id, CaseRow.thread == thread, CaseRow.state != "merged"
    )
    return session.exec(found.order_by(col(CaseRow.id).desc()).limit(1)).first()


def earlier(session: Session, customer_id: int, since: datetime, but: int | None = None) -> int:
    """How many cases this customer opened since then."""
    found = (
        select(func.count())
        .select_from(CaseRow)
        .where(CaseRow.customer_id == customer_id, col(CaseRow.spoke_at) >= since)
    )
    return int(session.exec(found if but is None else found.where(CaseRow.id != but)).one())


def lapsed(session: Session, now: datetime, limit: int = 100) -> list[CaseRow]:
    """Claimed cases whose lease has run out."""
    found = select(CaseRow).where(col(CaseRow.holder).is_not(None), col(CaseRow.lease_until) <= now)
    return list(session.exec(found.limit(limit)).all())


def woken(session: Session, now: datetime, limit: int = 100) -> list[CaseRow]:
    """Snoozed cases whose time has come."""
    found = select(CaseRow).where(CaseRow.state == "snoozed", col(CaseRow.snoozed_until) <= now)
    return list(session.exec(found.limit(limit)).all())


def notes(session: Session, case_id: int) -> list[NoteRow]:
    """A case's notes, oldest first."""
    return list(session.exec(select(NoteRow).where(NoteRow.case_id == case_id).order_by(col(NoteRow.id))).all())


def tags(session: Session, case_id: int) -> list[str]:
    """A case's tags in alphabetical order."""
    return list(session.exec(select(TagRow.tag).where(TagRow.case_id == case_id).order_by(col(TagRow.tag))).all())


def replies(session: Session, case_id: int) -> list[ReplyRow]:
    """Our answers, oldest first."""
    return list(session.exec(select(ReplyRow).where(ReplyRow.case_id == case_id).order_by(col(ReplyRow.id))).all())


def reply(session: Session, reply_id: int) -> ReplyRow | None:
    """One answer of ours."""
    return session.get(ReplyRow, reply_id)


def draft(session: Session, case_id: int) -> DraftRow | None:
    """The unsent reply of a case."""
    return session.get(DraftRow, case_id)


def recoveries(session: Session, case_id: int) -> list[RecoveryRow]:
    """What later words said, 7 and 30 days on."""
    return list(session.exec(select(RecoveryRow).where(RecoveryRow.case_id == case_id)).all())


def recent_replies(session: Session, brand: str, since: datetime, limit: int = 200) -> list[str]:
    """What this brand has told customers since then, newest first: for the same-words boundary."""
    found = (
        select(ReplyRow.text)
        .join(CaseRow, col(CaseRow.id) == col(ReplyRow.case_id))
        .where(CaseRow.brand == brand, col(ReplyRow.approved_at) >= since, col(ReplyRow.state).in_(("queued", "sent")))
    )
    return list(session.exec(found.order_by(col(ReplyRow.id).desc()).limit(limit)).all())
