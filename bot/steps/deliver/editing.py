"""Bringing posted messages up to their cases. Repeating an edit changes nothing, so it needs no row of its own."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from bot.app import App
from bot.steps.deliver.choosing import paced
from bot.steps.deliver.saying import unreachable
from bot.steps.deliver.wording import Worded, as_it_stands, spoken
from bot.store import (
    ask_notices,
    cases,
    channels,
    incident_calls,
    incident_lines,
    incident_notices,
    lines,
    lost,
    retold,
    rooms,
)
from bot.store.db import Session
from bot.store.incident_notices import Edit
from bot.store.notices import Way
from bot.store.tables_house import NoticeRow
from config.settings import Settings
from connectors.errors import PlatformError, Rejected
from responders.types import PlaceGone, Receipt, Responder, Updates


class Follows(Protocol):
    """Knows of messages in the outbox that read otherwise now."""

    def outdated(
        self, session: Session, settings: Settings, way: Way, now: datetime, here: Collection[str] = ..., /
    ) -> Edit | None: ...
    def edited(self, session: Session, edit: Edit, now: datetime, followed: bool, /) -> None: ...


FOLLOWED: tuple[Follows, ...] = (lines, ask_notices, incident_calls, incident_notices, incident_lines)


def is_outdated(session: Session, settings: Settings, way: Way, now: datetime) -> bool:
    """Whether a message that is no case's own reads otherwise in this room than it should."""
    return any(kind.outdated(session, settings, way, now) is not None for kind in FOLLOWED)


def edit_told(app: App, way: Way, responder: Responder) -> bool:
    """Empty what was deleted, or bring a question or an incident up to how it stands. True if one was edited."""
    return any(_edit_told(app, way, responder, kind) for kind in FOLLOWED)


def _edit_told(app: App, way: Way, responder: Responder, kind: Follows) -> bool:
    if not isinstance(responder, Updates):
        return False
    now = app.clock.now()
    with app.db.begin() as session:
        channel = channels.get(session, way.responder, way.address)
        here = frozenset(app.responders)
        edit = kind.outdated(session, app.settings, way, now, here) if paced(channel, now) else None
        if edit is None:
            return False
        channels.put(session, channel.attempted(now, post=False, together=False), now)
    message = spoken(edit.key, way.address, edit.notice, way, now, dict(edit.facts))
    try:
        responder.update(Receipt(edit.receipt_id), message)
        followed = True
    except Rejected:
        followed = False  # deleted in the room, or too old
    except PlatformError as error:
        if not _left_behind(app, way, edit.receipt_id, error):
            unreachable(app, way, error)
            return False
        followed = False
    with app.db.begin() as session:
        kind.edited(session, edit, now, followed)
    return True


def edit_one(app: App, way: Way, responder: Responder) -> bool:
    """Bring one posted message up to its case. True if one was edited."""
    if not isinstance(responder, Updates):
        return False
    now = app.clock.now()
    with app.db.begin() as session:
        channel = channels.get(session, way.responder, way.address)
        if not paced(channel, now):
            return False
        found = _outdated(app, session, way, now)
        if found is None:
            return False
        place, worded = found
        channels.put(session, channel.attempted(now, post=False, together=False), now)
        session.expunge(place)
    _edit(app, way, responder, place, worded)
    return True


def _outdated(app: App, session: Session, way: Way, now: datetime) -> tuple[NoticeRow, Worded] | None:
    """The first message whose case reads otherwise now; those that would read the same are only marked."""
    for place, case in rooms.outdated(session, way, now):
        worded = as_it_stands(app, session, case, way, now, place.shown)
        if place.shown.partition(" ")[2] != worded.mark.partition(" ")[2]:
            return place, worded
        place.shown = worded.mark
        session.add(place)
    session.flush()
    return None


def _edit(app: App, way: Way, responder: Updates, place: NoticeRow, worded: Worded) -> None:
    try:
        receipt = responder.update(Receipt(place.receipt_id), worded.message)
    except Rejected:
        receipt = None  # deleted in Slack, or too old: it is followed no longer
    except PlatformError as error:
        if not _left_behind(app, way, place.receipt_id, error):
            unreachable(app, way, error)
            return
        receipt = None
    with app.db.begin() as session:
        if receipt is None:
            rooms.forget_place(session, place.case_id, way)
            return
        now_there = rooms.place_of(session, place.case_id, way)
        if now_there is not None:
            now_there.shown = worded.mark
            session.add(now_there)
            if not _calls(session, place.case_id):
                retold.calls_over(session, place.case_id, way.responder, way.address, place.receipt_id)


def _left_behind(app: App, way: Way, receipt_id: str, error: PlatformError) -> bool:
    """Whether a message stands in a room that takes nothing any more while its way has another one: archived and made
    anew under its name, or a workspace that was left. It is followed no longer, and the room it has now is not away."""
    if not isinstance(error, PlaceGone):
        return False
    with app.db.read() as session:
        return lost.known_as(session, way) != receipt_id.rpartition(":")[0]


def _calls(session: Session, case_id: int) -> bool:
    """Whether nobody has it yet, and somebody should."""
    case = cases.get(session, case_id)
    return case is not None and case.state == "new" and case.holder is None and case.answered_at is None
