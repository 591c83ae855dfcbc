"""Cases: read in the order of the queue, changed by compare-and-set."""

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, update
from sqlalchemy import select as columns_of
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from bot.core import priority
from bot.core.priority import Facts, Group, Place, Severity
from bot.core.promised import first_promise
from bot.core.window import Window
from bot.store import events, ranking
from bot.store.asked import once_a_look, until_news, while_nothing_happens
from bot.store.parts import if_any
from bot.store.tables import CaseRow, DraftRow, MentionRow, NoteRow, PostRow, RecoveryRow, ReplyRow, TagRow

MANY = 1_000  # cases of a part
OWED = ("new", "claimed")
PLAIN: dict[str, Any] = {
    "waiting": col(CaseRow.words_at).desc(),
    "snoozed": col(CaseRow.snoozed_until),
    "delight": col(CaseRow.spoke_at).desc(),
}


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
    policy, moved = ranking.promise(json.dumps(case.policy))
    return Window.of(policy, case.spoke_at, case.heard_at, case.answered_at, moved)


def first_window(case: CaseRow) -> Window:
    """The first response's window: what figures count."""
    policy, moved = ranking.promise(json.dumps(first_promise(case.policy)))
    return Window.of(policy, case.first_spoke_at, case.heard_at, case.first_answered_at, moved)


def place(case: CaseRow, now: datetime) -> Place:
    """Where a case stands in the queue at this moment, and why, in words."""
    return priority.place(_known(case, now))


def _known(case: CaseRow, now: datetime) -> Facts:
    here = window(case)
    promised = case.promised_at - now if case.promised_at is not None else None
    said = case.facts | {"followers": case.followers, "promised": promised}
    return Facts(state=here.state(now), left=here.left(now), severity=Severity(case.severity), **said)


def part_of(state: str, section: str, answered_at: datetime | None) -> str:
    """The part of the queue a case is in: owed, waiting, snoozed, delight or closed."""
    if state in OWED:
        if section == "delight":
            return "delight"
        return "owed" if answered_at is None else "waiting"
    return state if state in ("waiting", "snoozed") else "closed"


def sections(
    session: Session, brands: Sequence[str] | None, now: datetime, limit: int = 50, *also: ColumnElement[bool]
) -> Sections:
    """The queue's parts for these brands (None: all), each in order. `also` narrows those that are owed an answer."""
    asked = owed(session, brands, now, limit, *also)
    return replace(asked, **{part: plain(session, brands, part, limit) for part in PLAIN})


def plain(session: Session, brands: Sequence[str] | None, part: str, limit: int = 50) -> list[CaseRow]:
    """A part that nobody waits in: waiting (newest words first), snoozed (first to come back) or delight (newest)."""
    return _plain(session, None if brands is None else tuple(brands), part, limit)


@until_news(CaseRow)
def _plain(session: Session, brands: tuple[str, ...] | None, part: str, limit: int) -> list[CaseRow]:
    found = select(CaseRow).where(CaseRow.part == part, *_wall(brands)).order_by(PLAIN[part], col(CaseRow.id))
    return list(session.exec(found.limit(limit)).all())


def owed(
    session: Session,
    brands: Sequence[str] | None,
    now: datetime,
    limit: int = 50,
    *also: ColumnElement[bool],
    named: Hashable = None,
) -> Sections:
    """The three parts in which somebody waits for us, in order; the others are left empty.

    `named` is what `also` asks, for looks that may share the order; without it they do not.
    """
    due, risk, base = col(CaseRow.due_at), col(CaseRow.at_risk_at), (col(CaseRow.part) == "owed", *also, *_wall(brands))
    found = ranking.in_order(
        session,
        {
            "late": ranking.Part((*base, due <= now), due.desc()),
            "soon": ranking.Part((*base, risk <= now, due > now), due),
            "window": ranking.Part((*base, risk > now, due > now), due),
        },
        now,
        limit,
        ("order", None if brands is None else tuple(brands), limit, named) if named is not None or not also else None,
    )
    promised = _promised(session, brands, now, limit, *also)
    risen = [case for case in found["late"] if place(case, now).group is Group.NEXT]
    pressing = {case.id: case for case in (*promised, *risen, *found["soon"])}
    return Sections(
        next=sorted(pressing.values(), key=lambda case: ranking.key(case, now))[:limit],
        late=[case for case in found["late"] if case.id not in pressing],
        window=[case for case in found["window"] if case.id not in pressing],
    )


def _promised(
    session: Session, brands: Sequence[str] | None, now: datetime, limit: int, *also: ColumnElement[bool]
) -> list[CaseRow]:
    """Cases with a promise of ours that is broken or nearly due, whatever else their state is."""
    near = (col(CaseRow.promised_at).is_not(None), col(CaseRow.promised_at) <= now + priority.PROMISE_NEAR)
    found = select(CaseRow).where(*near, CaseRow.state != "merged", *also, *_wall(brands))
    return list(session.exec(found.order_by(col(CaseRow.promised_at), col(CaseRow.id)).limit(limit)).all())


def counts(session: Session, brands: Sequence[str] | None, now: datetime) -> dict[str, int]:
    """How many cases are in each part, counted by index; `unclaimed` of those that are owed an answer."""
    asked = ("counts", None if brands is None else tuple(brands))
    found: dict[str, int] = while_nothing_happens(session, asked, now, lambda: _counted(session, brands, now), _many)
    return found.copy()


def _many(found: dict[str, int]) -> bool:
    """So many that nobody sees whether one more or less waits."""
    return max(found.values()) > MANY


def _counted(session: Session, brands: Sequence[str] | None, now: datetime) -> dict[str, int]:
    due, risk, part = col(CaseRow.due_at), col(CaseRow.at_risk_at), col(CaseRow.part)
    wheres: dict[str, tuple[ColumnElement[bool], ...]] = {
        "next": (part == "owed", risk <= now, due > now),
        "late": (part == "owed", due <= now),
        "window": (part == "owed", risk > now),
        "unclaimed": (part == "owed", col(CaseRow.holder).is_(None)),
    }
    wheres |= {name: (part == name,) for name in PLAIN}
    asked = [_count(*where, *_wall(brands)).label(name) for name, where in wheres.items()]
    return dict(session.connection().execute(columns_of(*asked)).one()._mapping)


def _count(*where: ColumnElement[bool]) -> ScalarSelect[int]:
    """A count inside a statement: all of a page's counts are one question to the database."""
    return columns_of(func.count()).select_from(CaseRow).where(*where).scalar_subquery()


def _wall(brands: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    return () if brands is None else (col(CaseRow.brand).in_(list(brands)),)


def move(session: Session, case: CaseRow, *, among: Sequence[str] | None = None, **changes: Any) -> bool:
    """Compare and set on the version the caller saw, and on its state being `among` these. True for the winner.

    The row in the caller's hand shows the change afterwards.
    """
    after = {"state": case.state, "section": case.section, "answered_at": case.answered_at} | changes
    changes["part"] = part_of(after["state"], after["section"], after["answered_at"])
    mine = update(CaseRow).where(col(CaseRow.id) == case.id, col(CaseRow.version) == case.version)
    if among is not None:
        mine = mine.where(col(CaseRow.state).in_(among))
    result = session.connection().execute(mine.values(version=case.version + 1, **changes))
    if result.rowcount != 1:
        return False
    for name, value in {**changes, "version": case.version + 1}.items():
        set_committed_value(case, name, value)
    return True


def as_before(case: CaseRow, now: datetime) -> dict[str, Any]:
    """What reopening changes: an answered case waits for its customer again, others for us; no clock ever stopped."""
    state = "waiting" if case.answered_at is not None else "new"
    look = None if case.history or state == "waiting" else now
    return {"state": state, "resolved_at": None, "resolved_how": "", "snoozed_until": None, "look_at": look}


def next_to_look_at(session: Session, now: datetime, limit: int = 1) -> list[CaseRow]:
    """Cases whose window may have changed: a hint; the truth is in `window`."""
    due = select(CaseRow).where(col(CaseRow.look_at).is_not(None), col(CaseRow.look_at) <= now)
    return list(session.exec(due.order_by(col(CaseRow.look_at), col(CaseRow.id)).limit(limit)).all())


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
    snoozed = (CaseRow.part == "snoozed", CaseRow.state == "snoozed")
    found = select(CaseRow).where(*snoozed, col(CaseRow.snoozed_until) <= now)
    return list(session.exec(found.limit(limit)).all())


@if_any(NoteRow)
def notes(session: Session, case_id: int) -> list[NoteRow]:
    """A case's notes, oldest first."""
    return list(session.exec(select(NoteRow).where(NoteRow.case_id == case_id).order_by(col(NoteRow.id))).all())


@if_any(TagRow)
def tags(session: Session, case_id: int) -> list[str]:
    """A case's tags in alphabetical order."""
    return list(session.exec(select(TagRow.tag).where(TagRow.case_id == case_id).order_by(col(TagRow.tag))).all())


@if_any(ReplyRow)
@once_a_look
def replies(session: Session, case_id: int) -> list[ReplyRow]:
    """Our answers, oldest first."""
    return list(session.exec(select(ReplyRow).where(ReplyRow.case_id == case_id).order_by(col(ReplyRow.id))).all())


def reply(session: Session, reply_id: int) -> ReplyRow | None:
    """One answer of ours."""
    return session.get(ReplyRow, reply_id)


@if_any(DraftRow)
def draft(session: Session, case_id: int) -> DraftRow | None:
    """The unsent reply of a case."""
    return session.get(DraftRow, case_id)


def recoveries(session: Session, *case_ids: int) -> list[RecoveryRow]:
    """What later words said of these cases, 7 and 30 days on."""
    if len(case_ids) == 1:
        return _recoveries(session, case_ids[0])
    return _recoveries_of(session, *case_ids) if case_ids else []


@if_any(RecoveryRow)
def _recoveries(session: Session, case_id: int) -> list[RecoveryRow]:
    return _recoveries_of(session, case_id)


def _recoveries_of(session: Session, *case_ids: int) -> list[RecoveryRow]:
    return list(session.exec(select(RecoveryRow).where(col(RecoveryRow.case_id).in_(case_ids))).all())


def answered(
    session: Session, case: CaseRow, at: datetime, how: str, now: datetime, by: int | None = None, **facts: object
) -> bool:
    """Stop the clock with the platform's own time of our answer (`how`: here, native, elsewhere)."""
    if case.answered_at is not None and case.answered_at <= at:
        return False
    first = case.first_answered_at is None
    changes: dict[str, Any] = {"answered_at": at, "answered_how": how, "answered_by": by, "look_at": None}
    changes |= {"first_answered_at": at, "recover_at": now} if first else {}
    changes["state"] = case.state if case.state in ("resolved", "merged") else "waiting"
    if not move(session, case, **changes, holder=None, lease_until=None):
        return False
    kept = at <= case.due_at
    told = {"at": at, "how": how, "kept": kept, "first": first, "due_at": case.due_at} | facts
    actor = f"account:{by}" if by is not None else "earshot"
    events.add_many(session, now, actor, [("case.answered", f"case:{case.id}", case.brand, told)])
    return True


def of_any_post(session: Session, post: PostRow) -> list[CaseRow]:
    """The cases, of any brand, that a customer's post is a message of."""
    found = select(CaseRow).join(MentionRow, col(MentionRow.case_id) == col(CaseRow.id))
    return list(session.exec(found.where(MentionRow.post_id == post.id)).all())


def reply_by_receipt(session: Session, platform: str, receipt_id: str) -> ReplyRow | None:
    """Our answer with that id on the platform."""
    found = select(ReplyRow).where(ReplyRow.platform == platform, ReplyRow.receipt_id == receipt_id)
    return session.exec(found.limit(1)).first()


def replies_looked_for(session: Session, case_id: int, platform: str) -> list[ReplyRow]:
    """Answers of a case that may be on the platform without our knowing: handed over, or of unknown outcome."""
    found = select(ReplyRow).where(
        ReplyRow.case_id == case_id, ReplyRow.platform == platform, col(ReplyRow.state).in_(("looking", "unsure"))
    )
    return list(session.exec(found).all())


def handed_over(session: Session, since: datetime) -> list[ReplyRow]:
    """Answers put into a platform's own reply box since then, and not found there yet; the newest first."""
    found = select(ReplyRow).where(ReplyRow.state == "looking", ReplyRow.approved_at > since)
    return list(session.exec(found.order_by(col(ReplyRow.id).desc())).all())


def looked_for_in(session: Session, platform: str, thread: str) -> list[CaseRow]:
    """The cases of a conversation for which an answer of ours is looked for."""
    looked_for = col(ReplyRow.state).in_(("looking", "unsure"))
    theirs = select(ReplyRow.case_id).where(looked_for, ReplyRow.platform == platform)
    return list(session.exec(select(CaseRow).where(CaseRow.thread == thread, col(CaseRow.id).in_(theirs))).all())
