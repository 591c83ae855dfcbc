"""Incidents a person said are the same: where one went, its cases with it, and what puts both back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.store.tables import CaseRow
from bot.store.tables_house import DeliveryRow
from bot.store.tables_incidents import IncidentCaseRow, IncidentJoinRow, IncidentRow

CHUNK = 400
EARSHOT = 0  # who joined them, where no person did
MOST_LOOKED_AT = 60
TAKEN = ("state", "opened_at", "led_by", "severity", "started_at")  # what the one that stays may take from the other
OURS = ("state", "ended_at")  # what the joined one had


def of(session: Session, incident_id: int) -> IncidentJoinRow | None:
    """Where this one went, if it did and nobody has undone it."""
    found = select(IncidentJoinRow).where(
        IncidentJoinRow.from_incident == incident_id, col(IncidentJoinRow.undone_at).is_(None)
    )
    return session.exec(found.order_by(col(IncidentJoinRow.id).desc()).limit(1)).first()


def into(session: Session, incident_ids: Collection[int]) -> list[IncidentJoinRow]:
    """What went into these and nobody has undone, in order."""
    found = select(IncidentJoinRow).where(
        col(IncidentJoinRow.into_incident).in_(sorted(incident_ids)), col(IncidentJoinRow.undone_at).is_(None)
    )
    return list(session.exec(found.order_by(col(IncidentJoinRow.id))).all())


def wordings(session: Session, going: Sequence[IncidentRow]) -> Mapping[int, tuple[Sequence[str], ...]]:
    """By incident, the words that take cases in: its own, and those of each that was joined into it, on any way."""
    found: dict[int, tuple[Sequence[str], ...]] = {row.id or 0: (row.runs,) for row in going}
    ends = {number: number for number in found}
    level: Collection[int] = set(found)
    while level and (rows := into(session, level)):
        fresh = [row for row in rows if row.from_incident not in ends]
        for row in fresh:
            ends[row.from_incident] = ends[row.into_incident]
            joined = session.get(IncidentRow, row.from_incident)
            found[ends[row.from_incident]] += (joined.runs,) if joined is not None else ()
        level = {row.from_incident for row in fresh}
    return found


def end_of(session: Session, incident_id: int) -> int:
    """The incident that has its cases now: itself, or the last one of those it was joined into."""
    met = {incident_id}
    while (went := of(session, incident_id)) is not None and went.into_incident not in met:
        incident_id = went.into_incident
        met.add(incident_id)
    return incident_id


def doubted(session: Session, incident_id: int) -> bool:
    """Whether a person parted what Earshot had taken for the same as this one."""
    found = select(IncidentJoinRow.id).where(
        IncidentJoinRow.into_incident == incident_id, IncidentJoinRow.by == EARSHOT,
        col(IncidentJoinRow.undone_at).is_not(None),
    )  # fmt: skip
    return session.exec(found.limit(1)).first() is not None


def spoken_at(session: Session, incident_id: int) -> list[datetime]:
    """When the first of its customers wrote, in order."""
    found = (
        select(CaseRow.first_spoke_at)
        .join(IncidentCaseRow, col(IncidentCaseRow.case_id) == col(CaseRow.id))
        .where(IncidentCaseRow.incident_id == incident_id, col(IncidentCaseRow.left_at).is_(None))
    )
    return list(session.exec(found.order_by(col(CaseRow.first_spoke_at)).limit(MOST_LOOKED_AT)).all())


def before(row: IncidentRow, names: Iterable[str]) -> dict[str, Any]:
    """These columns as they are, for undoing."""
    return {name: _plain(getattr(row, name)) for name in names}


def back(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as `before` kept them."""
    return {name: _time(name, value) for name, value in kept.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _time(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if value is not None and name.endswith("_at") else value


def go_over(session: Session, source: int, target: int, case_ids: Sequence[int], now: datetime) -> None:
    """These cases of the one are part of the other from now on, with why they are in it and what was settled.

    Messages that the one held back are held by the other.
    """
    for at in range(0, len(case_ids), CHUNK):
        ids = case_ids[at : at + CHUNK]
        there = {row.case_id: row for row in _rows(session, target, ids)}
        for row in _rows(session, source, ids):
            new = there.get(row.case_id) or IncidentCaseRow(
                incident_id=target, case_id=row.case_id, joined_at=row.joined_at
            )
            new.joined_at, new.joined_by, new.why, new.left_at = row.joined_at, row.joined_by, row.why, None
            new.settled_at, new.settled_by, new.settled_why = row.settled_at, row.settled_by, row.settled_why
            row.left_at = now
            session.add_all([new, row])
        session.flush()
        _relabel(session, ids, held(source), held(target))


def _rows(session: Session, incident_id: int, ids: Sequence[int]) -> list[IncidentCaseRow]:
    found = select(IncidentCaseRow).where(
        IncidentCaseRow.incident_id == incident_id, col(IncidentCaseRow.case_id).in_(ids)
    )
    return list(session.exec(found).all())


def held(incident_id: int) -> str:
    """What stands in the outbox on a message that an incident holds back."""
    return f"held by incident {incident_id}"


def _relabel(session: Session, ids: Sequence[int], was: str, now_is: str) -> None:
    waiting = update(DeliveryRow).where(
        col(DeliveryRow.case_id).in_(ids), col(DeliveryRow.state) == "withdrawn", col(DeliveryRow.error) == was
    )
    session.connection().execute(waiting.values(error=now_is))
