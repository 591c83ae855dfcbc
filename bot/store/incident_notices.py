"""What the team is told of an incident: queued with the decision, one message and then lines in its thread."""

from datetime import datetime

from sqlmodel import Session

from bot.core import incident_words
from bot.core.notices import Notice
from bot.store import incident_page, incidents, notices, outbox
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow
from bot.store.tables_incidents import IncidentRow
from config.settings import Settings

KIND = "incident"


def first(session: Session, settings: Settings, row: IncidentRow, now: datetime) -> None:
    """Queue the one message of an incident, and remember what it says."""
    count = incidents.count(session, row.id or 0, now)
    said = incident_words.first(
        row.title, row.brand, row.why, row.state, count, link(settings, row), settings.zone, now
    )
    for way in notices.ways(settings):
        _queue(session, row, way, _key(row, "first", way), said, "", now)
    _remember(session, row, now, count.members, count.late, row.updates)


def update(session: Session, settings: Settings, row: IncidentRow, now: datetime, everywhere: bool) -> None:
    """Queue a line in its thread. Where there are no threads only a change of state (`everywhere`) is worth a message."""
    count = incidents.count(session, row.id or 0, now)
    owed = len(incident_page.owed(session, row)) if row.state == "fixed" else 0
    said = incident_words.update(row.title, row.state, count, owed, link(settings, row), settings.zone, now)
    for way in notices.ways(settings):
        thread = _thread(session, row, way)
        if thread or everywhere:
            _queue(session, row, way, _key(row, f"update{row.updates + 1}", way), said, thread, now)
    _remember(session, row, now, count.members, count.late, row.updates + 1)


def more_said(session: Session, settings: Settings, key: str, brand: str, said: Notice, now: datetime) -> None:
    """A spike that is no incident."""
    for way in notices.ways(settings):
        outbox.add(session, _row(f"{key}:{way.responder}:{way.address}", brand, way, said, "", now))


def link(settings: Settings, row: IncidentRow) -> str:
    """Its page."""
    return f"{settings.address}/incidents/{row.id}"


def _key(row: IncidentRow, what: str, way: Way) -> str:
    return f"incident:{row.id}:{what}:{way.responder}:{way.address}"


def _thread(session: Session, row: IncidentRow, way: Way) -> str:
    """Where the thread of the first message is, "" while it has not left or where there is none."""
    there = outbox.get(session, _key(row, "first", way))
    if there is None or way.responder != "slack" or there.state != "sent" or ":" not in there.receipt_id:
        return ""
    room, _, stamp = there.receipt_id.rpartition(":")
    return f"{room}@{stamp}"


def _queue(session: Session, row: IncidentRow, way: Way, key: str, said: Notice, to: str, now: datetime) -> None:
    outbox.add(session, _row(key, row.brand, way, said, to, now))


def _row(key: str, brand: str, way: Way, said: Notice, to: str, now: datetime) -> DeliveryRow:
    body: dict[str, object] = {
        "blocks": list(said.blocks), "subject": said.subject, "html": said.html, "mail": said.body,
    }  # fmt: skip
    return DeliveryRow(
        key=key, kind=KIND, audience="team", responder=way.responder, address=way.address, text=said.text,
        body=body | ({"to": to} if to else {}), brand=brand, created_at=now, next_try_at=now,
    )  # fmt: skip


def _remember(session: Session, row: IncidentRow, now: datetime, members: int, late: int, updates: int) -> None:
    row.told_at, row.told_members, row.told_late, row.updates = now, members, late, updates
    session.add(row)
    session.flush()
