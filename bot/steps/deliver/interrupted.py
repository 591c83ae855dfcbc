"""Attempts that were under way when a process died: nobody knows whether their bytes arrived."""

from datetime import datetime, timedelta

from bot.app import App
from bot.steps.deliver import second_way, unknown
from bot.steps.deliver.choosing import QUIET
from bot.store import cases, lost, outbox, rooms
from bot.store.db import Session
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow
from responders.types import Recalls

DEAD_AFTER = timedelta(seconds=120)  # P-22: an attempt this old belongs to a worker that is gone
MOST_DEATHS = 5


def resume(app: App) -> int:
    """Deal with every interrupted attempt: for the start of a process that is alone on its database."""
    return sweep(app, app.clock.now() + timedelta(seconds=1))


def sweep(app: App, before: datetime) -> int:
    """Deal with attempts begun before then. Returns how many."""
    with app.db.read() as session:
        if not outbox.interrupted(session, before):
            return 0
    now = app.clock.now()
    with app.db.begin() as session:
        left = outbox.interrupted(session, before)
        for row in left:
            (_team if row.audience == "team" else _customer)(app, session, row, now)
    app.wake.ring("tell", "deliver", "live")
    return len(left)


def _team(app: App, session: Session, row: DeliveryRow, now: datetime) -> None:
    """The process died over it, perhaps before the first byte left: it is looked up, or said once more, marked (P-14).
    Only what killed so many processes in a row is left alone."""
    deaths = int(row.body.get("deaths", 0)) + 1
    row.body = row.body | {"deaths": deaths}
    if deaths > MOST_DEATHS:
        outbox.move(session, row.key, "sending", "unsure", body=row.body, error=f"{deaths} processes died over it")
        rooms.release(session, row.key, "unsure", now)
    else:
        doubt(app, session, row, now, gone=True)


def doubt(app: App, session: Session, row: DeliveryRow, now: datetime, gone: bool) -> None:
    """The answer to a message to the team was lost. `gone`: most likely nothing was posted."""
    way = Way(row.responder, row.address)
    if row.kind not in QUIET and isinstance(app.responders.get(row.responder), Recalls):
        lost.begin(session, row, gone)
    else:
        second_way.tell_of(app, session, way, lost.unseen(session, row, "sending", now, not gone), now)


def _customer(_app: App, session: Session, row: DeliveryRow, now: datetime) -> None:
    """Never sent again: the platform is asked, and if that is not clear, a person decides."""
    reply = cases.reply(session, row.reply_id) if row.reply_id is not None else None
    if reply is not None and reply.state == "queued":
        unknown.begin(session, row, reply, now)
    else:
        outbox.move(session, row.key, "sending", "unsure", next_try_at=now, error="interrupted")
