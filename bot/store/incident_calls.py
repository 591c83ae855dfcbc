"""Calling people for an incident that nobody takes: its brand's chain runs once, on the clock of the customer of it who
has waited longest without anybody.

Its cases ring nobody by themselves (incidents.spoken_for), so the incident must. It stops at once when somebody claims
or answers one of its cases, leads it, or decides what it is. One that is told in another's thread calls nobody: the
other's chain stands for both, and so does who has the other one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from bot.core import incident_words
from bot.core.incidents import KNOWN
from bot.core.rota import Step
from bot.core.standing import STEPS
from bot.store import calling, events, incident_joins, incident_notices, incidents, oncall, outbox
from bot.store.incident_notices import KIND, Edit
from bot.store.notices import Way
from bot.store.retold import EDITABLE, OVER
from bot.store.tables import CaseRow
from bot.store.tables_house import DeliveryRow
from bot.store.tables_incidents import IncidentCaseRow, IncidentRow
from config.settings import Settings

CALLING = "proposed"  # a person who decides what it is has it


@dataclass(frozen=True, slots=True)
class Alone:
    """An incident nobody has, since when the first of its customers waits, and since when it speaks for itself."""

    row: IncidentRow
    since: datetime
    own: datetime

    def due_at(self, step: Step) -> datetime:
        """When these people are called: never before there was an incident, nor while another one stood for it."""
        return max(self.since + step.after, self.own)

    def reached(self, steps: Sequence[Step], at: datetime) -> int:
        """Which step its wait had come to at that moment; 0 before the first."""
        return sum(1 for step in steps[: len(STEPS)] if self.due_at(step) <= at)


def alone(session: Session) -> list[Alone]:
    """Incidents that are not decided on, of which nobody has a case and in which somebody waits; those that another one
    stands for left out."""
    owed = (
        CaseRow.part == "owed", CaseRow.state == "new", CaseRow.section == "care", col(CaseRow.holder).is_(None),
        col(CaseRow.history).is_(False), col(CaseRow.late_arrival).is_(False),
    )  # fmt: skip
    waits = select(IncidentRow.id, func.min(CaseRow.opened_at)).where(*_of_it(), *owed, *_undecided())
    found = session.exec(waits.group_by(col(IncidentRow.id)).order_by(col(IncidentRow.id))).all()
    rows = [
        Alone(row, since, incident_notices.own_since(session, row))
        for number, since in found
        if (row := session.get(IncidentRow, number)) is not None
    ]
    hosts = {one.row.id: _host(session, one.row) for one in rows}
    taken = _taken(session, sorted({one for one in (*hosts, *hosts.values()) if one is not None})) if rows else set()
    calling = {one.row.id for one in rows if one.row.id not in taken and hosts[one.row.id] is None}
    stand = {
        host
        for host in hosts.values()
        if host is not None and (host in calling or _has_somebody(session.get(IncidentRow, host), taken))
    }
    return [one for one in rows if one.row.id not in taken and hosts[one.row.id] not in stand]


def _host(session: Session, row: IncidentRow) -> int | None:
    """The one in whose thread it is told, or which that one was joined into."""
    host = incident_joins.end_of(session, row.told_in) if row.told_in is not None else row.id
    return None if host == row.id else host


def _has_somebody(host: IncidentRow | None, taken: Collection[int]) -> bool:
    """Whether a person has the one in whose thread others are told: then they know of those, too."""
    if host is None or host.state not in KNOWN:
        return False
    return host.state != CALLING or host.led_by is not None or host.id in taken


def _undecided() -> tuple[ColumnElement[bool], ...]:
    return col(IncidentRow.state) == CALLING, col(IncidentRow.led_by).is_(None)


def _of_it() -> tuple[ColumnElement[bool], ...]:
    return (
        col(IncidentCaseRow.incident_id) == col(IncidentRow.id),
        col(IncidentCaseRow.case_id) == col(CaseRow.id),
        col(IncidentCaseRow.left_at).is_(None),
    )


def _taken(session: Session, numbers: Sequence[int]) -> set[int]:
    """Those of which somebody has a case, or answered one since it was proposed."""
    at_it = or_(col(CaseRow.holder).is_not(None), col(CaseRow.answered_at) >= col(IncidentRow.proposed_at))
    found = select(IncidentRow.id).where(*_of_it(), col(IncidentRow.id).in_(numbers), at_it).distinct()
    return {number for number in session.exec(found) if number is not None}


def due(session: Session, now: datetime) -> list[tuple[Alone, int]]:
    """Incidents whose next people are to be called, and the step: of several at once only the last."""
    every = alone(session)
    found = [(one, one.reached(steps_of(session, one.row.brand), now)) for one in every]
    return [(one, step) for one, step in found if step > one.row.called]


def steps_of(session: Session, brand: str) -> Sequence[Step]:
    """The chain of its brand; none where the one that is written down cannot be read."""
    try:
        return oncall.chain(session, brand)
    except ValueError:
        return ()  # its cases stand in quarantine for it and say so


def call(session: Session, settings: Settings, one: Alone, step: int, now: datetime) -> None:
    """Say it in the incident's thread, where its people are mentioned, and to each of them by their own ways."""
    row, waited = one.row, now - one.since
    seen = incident_notices.seen(session, settings, row, now)
    said = incident_words.call(seen, waited, calling.mention(session, row.brand, step, now), now)
    incident_notices.line(session, settings, row, f"step{step}", said, now, everywhere=True)
    plain = incident_words.call(seen, waited, "", now)
    for _account, way in calling.of_step(session, settings, row.brand, step, now):
        key = f"{calling.PREFIX}{KIND}:{row.id}:step{step}:{way.responder}:{way.address}"
        facts = {"facts": incident_notices.facts_of(row, f"step{step}")}
        outbox.add(session, incident_notices.message(key, row.brand, way, plain, now, facts))
    row.called = step
    incident_notices.remember(session, row, now, seen.count.members, seen.count.late, row.updates + 1)
    events.add(session, now, "earshot", "incident.escalated", incidents.subject(row), row.brand, step=step)


def step_of(row: DeliveryRow) -> tuple[int, int]:
    """Which incident and step a message calls for; zeros for one that calls nobody."""
    number, _, rest = row.key.removeprefix(calling.PREFIX).removeprefix(f"{KIND}:").partition(":")
    step = rest.partition(":")[0].removeprefix("step")
    is_call = row.kind == KIND and number.isdecimal() and step.isdecimal() and rest.startswith("step")
    return (int(number), int(step)) if is_call else (0, 0)


def stands(session: Session, row: DeliveryRow) -> bool:
    """Whether a message that waits is still to be said: a call only while nobody has the incident."""
    number, _step = step_of(row)
    return not number or any(one.row.id == number for one in alone(session))


def said(session: Session, incident: IncidentRow, step: int) -> list[DeliveryRow]:
    """The messages of this step or a later one, in the rooms and to people, whatever became of them."""
    found = select(DeliveryRow).where(
        col(DeliveryRow.case_id).is_(None), DeliveryRow.kind == KIND, DeliveryRow.brand == incident.brand,
        DeliveryRow.created_at >= incident.proposed_at,
    )  # fmt: skip
    mine = [(step_of(row), row) for row in session.exec(found.order_by(col(DeliveryRow.key)))]
    return [row for (number, its), row in mine if number == incident.id and its >= step]


def _called(session: Session, now: datetime) -> list[IncidentRow]:
    """Incidents of late for which somebody was called, and that have somebody now."""
    every = [row for row in incidents.of_late(session, now) if row.called]
    waiting = {one.row.id for one in alone(session)} if every else set()
    return [row for row in every if row.id not in waiting]


def rooms(session: Session, now: datetime) -> list[Way]:
    """Where a call stands that is over, and does not say so yet."""
    return list(dict.fromkeys(Way(row.responder, row.address) for _incident, row in _open(session, now)))


def _open(session: Session, now: datetime) -> list[tuple[IncidentRow, DeliveryRow]]:
    return [
        (incident, row)
        for incident in _called(session, now)
        for row in said(session, incident, 1)
        if row.state == "sent" and ":" in row.receipt_id and row.responder in EDITABLE and row.text != OVER
    ]


def outdated(session: Session, settings: Settings, way: Way, now: datetime, _here: Collection[str] = ()) -> Edit | None:
    """A call in this room that is over: it says so, and who has it."""
    for incident, row in _open(session, now):
        if (row.responder, row.address) == (way.responder, way.address):
            notice = incident_words.call_over(incident_notices.seen(session, settings, incident, now), now)
            return Edit(row.key, row.receipt_id, notice, OVER)
    return None


def edited(session: Session, edit: Edit, _now: datetime, _followed: bool) -> None:
    """It says so now, or is not there any more."""
    outbox.move(session, edit.key, "sent", "sent", text=edit.mark)
