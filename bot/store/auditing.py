"""The auditor of calls: who should have been called by now, worked out from the cases, and whether it was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.core import house_words as words
from bot.core.standing import SEVERITY, STEPS, reached
from bot.store import channels, events, incident_calls, incidents, notices, oncall, outbox, routing, standings
from bot.store.retold import EMPTYING
from bot.store.routing import Way
from bot.store.tables import CaseRow
from bot.store.tables_house import DeliveryRow, EventRow
from bot.store.tables_incidents import IncidentRow
from config.settings import Settings

GRACE = timedelta(minutes=2)  # a step may be this late before the auditor speaks
LATELY = timedelta(hours=24)
BATCH = 500
STUCK = timedelta(minutes=5)
KIND = "auditor"
WHAT = "escalation.late"


@dataclass(frozen=True, slots=True)
class Late:
    """A call that is late. `subject`: "case:3" or "incident:5", as events name it. `room` is where it waits, None when
    nobody even meant to say it."""

    subject: str
    brand: str
    step: int
    room: Way | None


def late_calls(session: Session, now: datetime) -> list[Late]:
    """Steps that are more than two minutes late and that the auditor has not spoken of."""
    found = select(CaseRow).where(
        CaseRow.part == "owed", CaseRow.state == "new", CaseRow.section == "care", col(CaseRow.holder).is_(None),
        col(CaseRow.opened_at) < now - GRACE, col(CaseRow.opened_at) > now - LATELY,
        col(CaseRow.history).is_(False), col(CaseRow.late_arrival).is_(False),
    )  # fmt: skip
    rows = session.exec(found.order_by(col(CaseRow.opened_at)).limit(BATCH)).all()
    spoken = incidents.spoken_for(session, {row.id or 0 for row in rows})
    chains, at = oncall.written(session), now - GRACE
    due = [(row, step) for row in rows if row.id not in spoken and (step := _reached(row, chains, at))]
    many = _incidents(session, at)
    known = _raised(session, now) if due or many else set()
    late = [_late(session, row, step, now) for row, step in due if (f"case:{row.id}", step) not in known]
    late += [_late_one(session, one, step, now) for one, step in many if (incidents.subject(one), step) not in known]
    return [one for one in late if one is not None]


def _incidents(session: Session, at: datetime) -> list[tuple[IncidentRow, int]]:
    """Incidents nobody has, and the step that should have been called by then for all their cases."""
    every = incident_calls.alone(session)
    found = [(one.row, one.reached(incident_calls.steps_of(session, one.row.brand), at)) for one in every]
    return [(row, step) for row, step in found if step]


def _reached(row: CaseRow, chains: Mapping[str, list[Any]], at: datetime) -> int:
    try:
        here = standings.of(row, chains, at)
        return reached(here, at) if here.owed and here.unclaimed else 0
    except (ValueError, ArithmeticError):
        return 0  # its facts are broken: the clock's own loop has put it into quarantine and says so


def _late(session: Session, row: CaseRow, step: int, now: datetime) -> Late | None:
    """What became of this call: said, taken back, or held on purpose is in order; still waiting or unknown is not."""
    wanted = SEVERITY[SEVERITY.index(STEPS[step - 1]) :]
    said = select(DeliveryRow).where(
        DeliveryRow.case_id == row.id, DeliveryRow.audience == "team", col(DeliveryRow.kind).in_(wanted)
    )
    return _unless_said(session, f"case:{row.id}", row.brand, step, session.exec(said).all(), now)


def _late_one(session: Session, row: IncidentRow, step: int, now: datetime) -> Late | None:
    rows = incident_calls.said(session, row, step)
    return _unless_said(session, incidents.subject(row), row.brand, step, rows, now)


def _unless_said(
    session: Session, subject: str, brand: str, step: int, rows: Sequence[DeliveryRow], now: datetime
) -> Late | None:
    if any(
        each.state in ("sent", "withdrawn", EMPTYING) or _held(each, now) or _told_else(session, each) for each in rows
    ):
        return None
    room = Way(rows[0].responder, rows[0].address) if rows else None
    return Late(subject, brand, step, room)


def _held(row: DeliveryRow, now: datetime) -> bool:
    """Put off by a time of quiet, or gathered into a message that is under way."""
    return (row.state == "waiting" and row.next_try_at > now) or row.state == "sending"


def _told_else(session: Session, row: DeliveryRow) -> bool:
    """Whether the second way has told of it while its room was away."""
    told = channels.get(session, row.responder, row.address).mailed_until
    return told is not None and told >= row.created_at


def _raised(session: Session, now: datetime) -> set[tuple[str, int]]:
    rows = session.exec(select(EventRow).where(EventRow.what == WHAT, col(EventRow.at) > now - LATELY)).all()
    return {(row.subject, _step(row)) for row in rows}


def _step(row: EventRow) -> int:
    step = events.facts_of(row).get("step", 0)
    return step if isinstance(step, int) else 0


def raise_alarm(session: Session, settings: Settings, late: Sequence[Late], now: datetime) -> int:
    """Say it another way than the one that failed: its room's fallback, else every way there is. How many messages."""
    usual, second = notices.ways(settings), notices.second_ways(settings)
    failed = {one.room for one in late if one.room is not None}
    ways = [other for room in failed for other in routing.fallbacks(session, room, second)]
    ways = list(dict.fromkeys(ways)) or [way for way in (*second, *usual) if way not in failed] or list(usual)
    why = "They wait in a room that takes nothing." if failed else "The loop that calls has not done so."
    notice = words.late_calls([one.subject for one in late], f"{why} Open the queue now.", f"{settings.address}/")
    body = {"blocks": list(notice.blocks), "subject": notice.subject, "html": notice.html, "mail": notice.body}
    events.add_many(session, now, "earshot", [(WHAT, one.subject, one.brand, {"step": one.step}) for one in late])
    return sum(
        outbox.add(session, DeliveryRow(
            key=f"{KIND}:{now.isoformat()}:{way.responder}:{way.address}", kind=KIND, audience="team",
            responder=way.responder, address=way.address, text=notice.text, body=dict(body), created_at=now,
            next_try_at=now,
        ))
        for way in dict.fromkeys(ways)
    )  # fmt: skip


def is_stuck(session: Session, now: datetime) -> bool:
    """Whether the auditor's own word has not got out in five minutes: then the sign of life must stop."""
    waits = select(DeliveryRow.key).where(
        DeliveryRow.kind == KIND, col(DeliveryRow.state) == "waiting", col(DeliveryRow.created_at) < now - STUCK
    )
    return session.exec(waits.limit(1)).first() is not None
