"""Cases: read in the order of the queue, changed by compare-and-set."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol, cast

from sqlalchemy import ColumnElement, func, update
from sqlalchemy import select as columns_of
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from bot.core import priority
from bot.core.policy import Policy
from bot.core.priority import Facts, Group, Place, Severity
from bot.core.window import Window
from bot.store import events
from bot.store.tables import CaseRow, DraftRow, MentionRow, NoteRow, PostRow, RecoveryRow, ReplyRow, TagRow

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


class Ranked(Protocol):
    """What a case's window and place follow from: a whole row, or just these columns of one."""

    @property
    def id(self) -> int | None: ...
    @property
    def policy(self) -> dict[str, Any]: ...
    @property
    def spoke_at(self) -> datetime: ...
    @property
    def heard_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def severity(self) -> str: ...
    @property
    def facts(self) -> dict[str, Any]: ...
    @property
    def followers(self) -> int | None: ...
    @property
    def promised_at(self) -> datetime | None: ...


_NAMES = ("id", "policy", "spoke_at", "heard_at", "due_at", "answered_at", "severity", "facts", "followers",
          "promised_at")  # fmt: skip
RANKED: tuple[Any, ...] = tuple(col(getattr(CaseRow, name)) for name in _NAMES)


def window(case: Ranked) -> Window:
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


def place(case: Ranked, now: datetime) -> Place:
    """Where a case stands in the queue at this moment, and why, in words."""
    return priority.place(_known(case, now))


def _known(case: Ranked, now: datetime) -> Facts:
    here = window(case)
    facts = Facts(state=here.state(now), left=here.left(now), severity=Severity(case.severity), **case.facts)
    promised = case.promised_at - now if case.promised_at is not None else None
    return replace(facts, followers=case.followers, promised=promised)


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
    due, risk = col(CaseRow.due_at), col(CaseRow.at_risk_at)

    def owed(where: ColumnElement[bool], by_time: Any) -> list[CaseRow]:
        return _in_order(session, (col(CaseRow.part) == "owed", where, *also, *_wall(brands)), by_time, now, limit)

    def plain(part: str, by: Any) -> list[CaseRow]:
        found = select(CaseRow).where(CaseRow.part == part, *_wall(brands)).order_by(by, col(CaseRow.id)).limit(limit)
        return list(session.exec(found).all())

    promised = _promised(session, brands, now, limit, *also)
    late = owed(due <= now, due.desc())
    risen = [case for case in late if place(case, now).group is Group.NEXT]
    soon = owed((risk <= now) & (due > now), due)
    pressing = {case.id: case for case in (*promised, *risen, *soon)}
    return Sections(
        next=sorted(pressing.values(), key=lambda case: _key(case, now))[:limit],
        late=[case for case in late if case.id not in pressing],
        window=[case for case in owed((risk > now) & (due > now), due) if case.id not in pressing],
        waiting=plain("waiting", col(CaseRow.words_at).desc()),
        snoozed=plain("snoozed", col(CaseRow.snoozed_until)),
        delight=plain("delight", col(CaseRow.spoke_at).desc()),
    )


def _promised(
    session: Session, brands: Sequence[str] | None, now: datetime, limit: int, *also: ColumnElement[bool]
) -> list[CaseRow]:
    """Cases with a promise of ours that is broken or nearly due, whatever else their state is."""
    near = (col(CaseRow.promised_at).is_not(None), col(CaseRow.promised_at) <= now + priority.PROMISE_NEAR)
    found = select(CaseRow).where(*near, CaseRow.state != "merged", *also, *_wall(brands))
    return list(session.exec(found.order_by(col(CaseRow.promised_at), col(CaseRow.id)).limit(limit)).all())


def _in_order(
    session: Session, where: tuple[ColumnElement[bool], ...], by_time: Any, now: datetime, limit: int
) -> list[CaseRow]:
    """The first cases by worth, exactly ordered among those most pressing by time and those that weigh most.

    What is neither among the 4 × limit most pressing nor the 4 × limit weightiest cannot be near the front, so the
    page reads a bounded number of rows however long the queue is. Fewer than that by time are all there are.
    """
    likely: dict[int | None, Ranked] = {}
    for order in (by_time, col(CaseRow.weight).desc()):
        found = columns_of(*RANKED).where(*where).order_by(order).limit(limit * 4)
        likely |= {row.id: cast("Ranked", row) for row in session.connection().execute(found)}
        if len(likely) < limit * 4:
            break
    chosen = [case.id for case in sorted(likely.values(), key=lambda case: _key(case, now))[:limit]]
    rows = {case.id: case for case in session.exec(select(CaseRow).where(col(CaseRow.id).in_(chosen)))}
    return [rows[key] for key in chosen if key in rows]


def _key(case: Ranked, now: datetime) -> tuple[float, datetime, int]:
    return (-priority.score(_known(case, now)), case.due_at, case.id or 0)


def counts(session: Session, brands: Sequence[str] | None, now: datetime) -> dict[str, int]:
    """How many cases are in each part, counted by index; `unclaimed` of those that are owed an answer."""
    due, risk, owed = col(CaseRow.due_at), col(CaseRow.at_risk_at), col(CaseRow.part) == "owed"
    wheres = {
        "next": (owed, risk <= now, due > now),
        "late": (owed, due <= now),
        "window": (owed, risk > now),
        "unclaimed": (owed, col(CaseRow.holder).is_(None)),
    } | {part: (col(CaseRow.part) == part,) for part in ("waiting", "snoozed", "delight")}
    return {name: _count(session, *where, *_wall(brands)) for name, where in wheres.items()}


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return int(session.exec(select(func.count()).select_from(CaseRow).where(*where)).one())


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
    snoozed = (CaseRow.part == "snoozed", CaseRow.state == "snoozed")
    found = select(CaseRow).where(*snoozed, col(CaseRow.snoozed_until) <= now)
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


def of_post(session: Session, brand: str, customer_id: int, post: PostRow) -> CaseRow | None:
    """The case of this customer that a post belongs to: their own post, or one of our answers to them."""
    mine = select(CaseRow).join(MentionRow, col(MentionRow.case_id) == col(CaseRow.id))
    mine = mine.where(MentionRow.post_id == post.id, CaseRow.brand == brand, CaseRow.customer_id == customer_id)
    if (case := session.exec(mine.limit(1)).first()) is not None:
        return case
    ours = select(CaseRow).join(ReplyRow, col(ReplyRow.case_id) == col(CaseRow.id))
    ours = ours.where(
        ReplyRow.platform == post.platform,
        ReplyRow.receipt_id == post.native_id,
        CaseRow.brand == brand,
        CaseRow.customer_id == customer_id,
    )
    return session.exec(ours.limit(1)).first()


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
