"""Proposals told in another one's thread: how their lines stand once somebody answered them, edited in place."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot.core import line_words
from bot.core.incidents import JOINED
from bot.core.line_words import Line, Verdict
from bot.store import events, incident_joins, incident_notices, incidents, outbox, rights
from bot.store.incident_joins import EARSHOT
from bot.store.incident_notices import KIND, SHOWN, Edit, edited
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow, EventRow
from bot.store.tables_incidents import IncidentRow
from config.settings import Settings

__all__ = ["edited", "line_of", "living", "outdated"]
VERDICTS: dict[str, Verdict] = {incident_notices.APART: "apart", incident_notices.ALONE: "alone"}


def outdated(session: Session, settings: Settings, way: Way, now: datetime, _here: Collection[str] = ()) -> Edit | None:
    """A line in this room that reads otherwise now: an answer to it at once, numbers once a minute at most."""
    for row in incidents.of_late(session, now):
        line = line_of(session, settings, row, now)
        there = outbox.get(session, incident_notices.line_key(row, line.host, way)) if line is not None else None
        if line is None or there is None or there.state != "sent" or not there.receipt_id or SHOWN not in there.body:
            continue
        mark = line_words.fingerprint(line, now)
        shown = str(there.body[SHOWN])
        same_answer = mark.partition(" ")[2] == shown.partition(" ")[2]
        if mark == shown or (same_answer and incident_notices.is_fresh(there, now)):
            continue
        return Edit(there.key, there.receipt_id, line_words.also(line, now), mark)
    return None


def living(
    session: Session, settings: Settings, there: DeliveryRow, now: datetime, here: Collection[str]
) -> dict[str, Any] | None:
    """The body of a message about an incident that leaves now: a line says how things stand when it is said."""
    number, what, *_ = there.key.removeprefix(f"{KIND}:").split(":")
    body = incident_notices.living(session, settings, there, now, here)
    row = incidents.get(session, int(number)) if what.startswith("beside") and number.isdecimal() else None
    line = line_of(session, settings, row, now) if row is not None else None
    if line is None or body is None:
        return body
    said = line_words.also(line, now)
    fresh = incident_notices.body_of(said) | {SHOWN: line_words.fingerprint(line, now)}
    there.text, there.body = said.text, there.body | fresh
    session.add(there)
    session.flush()
    return body | fresh


def line_of(session: Session, settings: Settings, row: IncidentRow, now: datetime) -> Line | None:
    """How it stands beside the one in whose thread it is, or was, told; None if it never was."""
    last = _answer(session, row) if row.told_in is None else None
    host = row.told_in if last is None else int(str(events.facts_of(last)["incident"]))
    if host is None:
        return None
    went = incident_joins.of(session, row.id or 0) if row.state == JOINED else None
    seen = incident_notices.plain(session, settings, row, now)
    if went is not None:
        who, other = rights.name_of(session, went.by), _title(session, went.into_incident)
        if went.by == EARSHOT:
            return Line(seen, host, other, "taken", at=went.at, cases=len(went.moved))
        return Line(seen, host, other, "same", who, went.at, len(went.moved))
    if last is None:
        return Line(seen, host, _title(session, host))
    kind, _, number = last.actor.partition(":")
    who = rights.name_of(session, int(number)) if kind == "account" else ""
    return Line(seen, host, _title(session, host), VERDICTS[last.what], who, last.at)


def _answer(session: Session, row: IncidentRow) -> EventRow | None:
    """Since when it speaks for itself, and who said so."""
    found = select(EventRow).where(
        EventRow.subject == incidents.subject(row), col(EventRow.what).in_([*VERDICTS])
    )  # fmt: skip
    return session.exec(found.order_by(col(EventRow.id).desc()).limit(1)).first()


def _title(session: Session, incident_id: int) -> str:
    found = incidents.get(session, incident_id)
    return found.title if found is not None else "another"
