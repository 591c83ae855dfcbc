"""A message to the team whose answer was lost is looked up in its room before anything of it is said again."""

from collections.abc import Mapping
from datetime import datetime

from bot.app import App
from bot.steps.deliver import second_way
from bot.steps.deliver.saying import unreachable
from bot.store import lost
from bot.store.db import Session
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow
from connectors.errors import PlatformError, Rejected
from responders.types import Recalls, Receipt, Responder


def looked_up(app: App, way: Way, responder: Responder) -> bool:
    """Settle what was lost in this room. False if it could not be reached: then nothing is said there either."""
    with app.db.read() as session:
        rows = lost.of_room(session, way)
        room = lost.known_as(session, way) if rows else ""
    if not rows:
        return True
    try:
        said = _said(responder, room, min(row.tried_at or row.created_at for row in rows))
    except PlatformError as error:
        unreachable(app, way, error)
        return False
    now, asked = app.clock.now(), {row.key for row in rows}
    with app.db.begin() as session:
        for row in lost.of_room(session, way):
            if row.key in asked:  # of what was lost while we looked the room was not asked: it comes next
                _settle(app, session, row, said, way, now)
    app.wake.ring("live")
    return True


def _said(responder: Responder, room: str, after: datetime) -> Mapping[str, Receipt] | None:
    """None where nobody can look."""
    if not isinstance(responder, Recalls):
        return None
    try:
        return responder.said(room, after)
    except Rejected:
        return None


def _settle(
    app: App, session: Session, row: DeliveryRow, said: Mapping[str, Receipt] | None, way: Way, now: datetime
) -> None:
    if said is None:
        counted = not row.body.get(lost.UNCOUNTED)
        second_way.tell_of(app, session, way, lost.unseen(session, row, lost.LOST, now, counted), now)
    elif row.key in said:
        lost.found(session, row, said[row.key], way, now)
    else:
        lost.not_found(session, row, now)
