"""What waits for a room, and where each case's message stands in it. Asked by the deliver step."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, cast, delete, exists, func, or_, update
from sqlmodel import Session, col, select

from bot.core.standing import SEVERITY, STEPS
from bot.store.bundling import MARK
from bot.store.notices import OPEN, Way
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_house import DeliveryRow, NoticeRow

EDITED_FOR = timedelta(days=37)  # how long a message follows its case: 30 days are its customer's to speak again
LATELY = timedelta(days=1)  # those are looked at every round, older ones at the beginning of each minute
WHISPER_FOR = timedelta(minutes=5)
PRESSING = ("incident", "source", "ask", "promise")
EARLIER = timedelta(minutes=2)  # an outage is noticed only after the first attempt of it has failed


def waiting_ones(session: Session, now: datetime) -> list[Way]:
    """Where something for the team waits."""
    found = (
        select(DeliveryRow.responder, DeliveryRow.address)
        .where(col(DeliveryRow.state) == "waiting", DeliveryRow.audience == "team", DeliveryRow.next_try_at <= now)
        .distinct()
    )
    return [Way(responder, address) for responder, address in session.exec(found)]


def waiting(session: Session, way: Way, now: datetime) -> tuple[int, int]:
    """How many cases and how many other messages wait for a room."""
    about = col(DeliveryRow.kind).in_(SEVERITY)
    found = select(
        func.count(func.distinct(case((about, DeliveryRow.case_id)))), func.sum(case((about, 0), else_=1))
    ).where(*_due(way, now))
    of_cases, others = session.exec(found).one()
    return int(of_cases or 0), int(others or 0)


def next_plain(session: Session, way: Way, now: datetime) -> DeliveryRow | None:
    """The oldest message that is about no case's clock."""
    found = select(DeliveryRow).where(*_due(way, now), col(DeliveryRow.kind).not_in(SEVERITY))
    return session.exec(found.order_by(col(DeliveryRow.created_at), col(DeliveryRow.key)).limit(1)).first()


def next_case(session: Session, way: Way, now: datetime) -> list[DeliveryRow]:
    """Everything that waits to be said of the most overdue case, the worst first."""
    about = (*_due(way, now), col(DeliveryRow.kind).in_(SEVERITY))
    first = session.exec(select(DeliveryRow).where(*about).order_by(*_urgency()).limit(1)).first()
    if first is None:
        return []
    rows = session.exec(select(DeliveryRow).where(*about, DeliveryRow.case_id == first.case_id)).all()
    return sorted(rows, key=lambda row: SEVERITY.index(row.kind), reverse=True)


def _due(way: Way, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(DeliveryRow.state) == "waiting",
        col(DeliveryRow.audience) == "team",
        col(DeliveryRow.responder) == way.responder,
        col(DeliveryRow.address) == way.address,
        col(DeliveryRow.next_try_at) <= now,
    )


def _urgency() -> tuple[Any, ...]:
    return col(DeliveryRow.urgent_by), col(DeliveryRow.key)


def withdraw_settled(session: Session, way: Way, now: datetime) -> int:
    """Take back what is no longer true: answered, closed, deleted, or claimed in the meantime. Returns how many."""
    alive = exists().where(
        col(MentionRow.case_id) == col(CaseRow.id),
        col(PostRow.id) == col(MentionRow.post_id),
        col(PostRow.gone_at).is_(None),
    )
    owed = and_(col(CaseRow.state).in_(OPEN), col(CaseRow.answered_at).is_(None), alive)
    unclaimed = and_(col(CaseRow.state) == "new", col(CaseRow.holder).is_(None))
    calls = col(DeliveryRow.kind).in_(("at_risk", *STEPS))
    true = select(CaseRow.id).where(col(CaseRow.id) == DeliveryRow.case_id, owed, or_(~calls, unclaimed))
    stale = update(DeliveryRow).where(*_due(way, now), col(DeliveryRow.kind).in_(SEVERITY), ~true.exists())
    old = update(DeliveryRow).where(
        *_due(way, now), col(DeliveryRow.kind) == "whisper", col(DeliveryRow.created_at) < now - WHISPER_FOR
    )
    taken_back = sum(
        session.connection().execute(rows.values(state="withdrawn", error="settled before it was said")).rowcount
        for rows in (stale, old)
    )
    session.expire_all()
    return taken_back


def gathered(session: Session, way: Way, now: datetime) -> bool:
    """Whether several are there that waited for each other (store/bundling.py)."""
    found = select(DeliveryRow.body).where(*_due(way, now), col(DeliveryRow.kind) == "new").limit(50)
    return sum(MARK in body for body in session.exec(found)) > 1


def lost(session: Session, way: Way, since: datetime | None) -> int:
    """How many messages of an outage may or may not have arrived."""
    if since is None:
        return 0
    found = select(func.count()).select_from(DeliveryRow).where(*_about(way), *_lost(since))
    return int(session.exec(found).one())


def gather(session: Session, way: Way, key: str, now: datetime, since: datetime | None) -> None:
    """All cases that wait for a room go into one message, with those of an outage whose fate is unknown."""
    wanted = and_(*_due(way, now), col(DeliveryRow.kind).in_(SEVERITY))
    wanted = wanted if since is None else or_(wanted, and_(*_about(way), *_lost(since)))
    joined = update(DeliveryRow).where(wanted)
    session.connection().execute(joined.values(state="sending", receipt_id=key, tried_at=None))
    session.expire_all()


def _about(way: Way) -> tuple[ColumnElement[bool], ...]:
    return (
        col(DeliveryRow.audience) == "team",
        col(DeliveryRow.responder) == way.responder,
        col(DeliveryRow.address) == way.address,
        col(DeliveryRow.kind).in_(SEVERITY),
    )


def _lost(since: datetime) -> tuple[ColumnElement[bool], ...]:
    tried = col(DeliveryRow.tried_at)
    return col(DeliveryRow.state) == "unsure", or_(tried.is_(None), tried >= since - EARLIER)


def members(session: Session, key: str, gravest_after: datetime | None = None) -> list[int]:
    """The cases of a joint message that are still owed an answer, the most overdue first; of those that are due after
    `gravest_after` the weightiest (core/priority.py)."""
    urgent = func.min(DeliveryRow.urgent_by)
    order: list[Any] = [urgent, col(DeliveryRow.case_id)]
    if gravest_after is not None:
        due = func.min(CaseRow.due_at)
        order = [case((due <= gravest_after, 0), else_=1), case((due <= gravest_after, urgent)),
                 func.max(CaseRow.weight).desc(), *order]  # fmt: skip
    found = (
        select(DeliveryRow.case_id)
        .join(CaseRow, col(CaseRow.id) == col(DeliveryRow.case_id))
        .where(DeliveryRow.receipt_id == key, DeliveryRow.state == "sending")
        .where(col(CaseRow.state).in_(OPEN), col(CaseRow.answered_at).is_(None))
        .group_by(col(DeliveryRow.case_id))
        .order_by(*order)
    )
    return [number for number in session.exec(found) if number is not None]


def told_before(session: Session, key: str) -> bool:
    """Whether a copy of any member of a joint message may stand in the room already."""
    mine = select(DeliveryRow.key).where(DeliveryRow.receipt_id == key, DeliveryRow.state == "sending")
    return session.exec(mine.where(DeliveryRow.fence > 0).limit(1)).first() is not None


def release(session: Session, key: str, state: str, now: datetime) -> int:
    """The members of a joint message share its fate: `sent`, or `waiting` again."""
    mine = update(DeliveryRow).where(col(DeliveryRow.receipt_id) == key, col(DeliveryRow.state) == "sending")
    changes = {"state": state} | ({"sent_at": now} if state == "sent" else {"receipt_id": "", "next_try_at": now})
    return int(session.connection().execute(mine.values(**changes)).rowcount)


def unsent(session: Session, way: Way, since: datetime | None) -> list[int]:
    """Cases that wait for a room (newer than `since`), the most overdue first: what a second way must tell."""
    found = select(DeliveryRow.case_id).where(
        col(DeliveryRow.state).in_(("waiting", "unsure", "refused", "lost")),
        DeliveryRow.audience == "team", DeliveryRow.responder == way.responder, DeliveryRow.address == way.address,
        col(DeliveryRow.kind).in_(SEVERITY),
    )  # fmt: skip
    found = found if since is None else found.where(DeliveryRow.created_at > since)
    found = found.join(CaseRow, col(CaseRow.id) == col(DeliveryRow.case_id)).where(
        col(CaseRow.state).in_(OPEN), col(CaseRow.answered_at).is_(None)
    )
    grouped = found.group_by(col(DeliveryRow.case_id)).order_by(func.min(DeliveryRow.urgent_by))
    return [number for number in session.exec(grouped) if number is not None]


def unsent_plain(session: Session, way: Way, since: datetime | None) -> list[DeliveryRow]:
    """All that waits for a room (newer than `since`) besides cases, and that somebody must hear in time."""
    found = select(DeliveryRow).where(
        DeliveryRow.state == "waiting", DeliveryRow.audience == "team", DeliveryRow.responder == way.responder,
        DeliveryRow.address == way.address, col(DeliveryRow.kind).in_(PRESSING),
    )  # fmt: skip
    found = found if since is None else found.where(DeliveryRow.created_at > since)
    rows = session.exec(found.order_by(col(DeliveryRow.created_at), col(DeliveryRow.key))).all()
    return [row for row in rows if "to" not in row.body or ":step" in row.key]  # of a thread only its calls


def knows(session: Session, way: Way, row: DeliveryRow) -> bool:
    """Whether a room has, or had, this message of another room's as well: its own, or as a third one's second way."""
    what = row.key.removesuffix(f":{row.responder}:{row.address}")
    there = (DeliveryRow.responder == way.responder, DeliveryRow.address == way.address)
    same = select(DeliveryRow.key).where(*there, col(DeliveryRow.key).startswith(f"{what}:", autoescape=True))
    return session.exec(same.limit(1)).first() is not None


def place_of(session: Session, case_id: int, way: Way) -> NoticeRow | None:
    """Where a case's message is in a room."""
    return session.get(NoticeRow, (case_id, way.responder, way.address))


def placed(session: Session, row: NoticeRow) -> None:
    """A case's message was posted there, or reads so now."""
    session.merge(row)
    session.flush()


def forget_place(session: Session, case_id: int, way: Way) -> None:
    """A case's message can no longer be edited."""
    here = (col(NoticeRow.responder) == way.responder, col(NoticeRow.address) == way.address)
    session.connection().execute(delete(NoticeRow).where(col(NoticeRow.case_id) == case_id, *here))


def mark(version: int, fingerprint: str) -> str:
    """What a message shows: the case's version in eight digits, and what an edit would change."""
    return f"{version:08d} {fingerprint}"


def outdated(session: Session, way: Way, now: datetime, limit: int = 20) -> list[tuple[NoticeRow, CaseRow]]:
    """Messages that were posted for an earlier version of their case, the most overdue first. See `mark`."""
    found = select(NoticeRow, CaseRow).join(CaseRow, col(CaseRow.id) == col(NoticeRow.case_id))
    here = (NoticeRow.responder == way.responder, NoticeRow.address == way.address)
    return list(session.exec(found.where(*here, *_older(now)).order_by(col(CaseRow.due_at)).limit(limit)).all())


def behind(session: Session, now: datetime) -> list[Way]:
    """Where a message was posted for an earlier version of its case: rooms, and people called in private."""
    found = select(NoticeRow.responder, NoticeRow.address).join(CaseRow, col(CaseRow.id) == col(NoticeRow.case_id))
    return [Way(*where) for where in session.exec(found.where(*_older(now)).distinct())]


def _older(now: datetime) -> tuple[Any, ...]:
    version = cast(func.substr(NoticeRow.shown, 1, 8), Integer)
    return NoticeRow.posted_at > now - (EDITED_FOR if now.second < 5 else LATELY), version != CaseRow.version
