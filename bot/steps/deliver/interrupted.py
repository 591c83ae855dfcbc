"""Attempts that were under way when a process died: nobody knows whether their bytes arrived."""

from datetime import datetime, timedelta

from bot.app import App
from bot.steps.deliver import unknown
from bot.store import cases, outbox, rooms
from bot.store.db import Session
from bot.store.tables_house import DeliveryRow

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
            (_team if row.audience == "team" else _customer)(session, row, now)
    app.wake.ring("tell", "deliver", "live")
    return len(left)


def _team(session: Session, row: DeliveryRow, now: datetime) -> None:
    """The process died over it, perhaps before the first byte left: each death may cost one marked copy, never the
    message (P-14). Only what killed so many processes in a row is left alone."""
    deaths = int(row.body.get("deaths", 0)) + 1
    if deaths > MOST_DEATHS:
        again(session, row, now)
        return
    body = row.body | {"repeat": True, "deaths": deaths}
    outbox.move(session, row.key, "sending", "waiting", body=body, next_try_at=now)


def again(session: Session, row: DeliveryRow, now: datetime, gone: bool = False) -> str:
    """A message to the team whose answer was lost is sent once more, marked; after that its fate stays unknown.

    An attempt at a room that turned out to be `gone` does not count as that second one.
    """
    key, body = row.key, dict(row.body)
    if body.get("repeat") and not gone:
        outbox.move(session, key, "sending", "unsure", error="both answers were lost")
        rooms.release(session, key, "unsure", now)
        return "unsure"
    outbox.move(session, key, "sending", "waiting", body=body | {"repeat": True}, next_try_at=now)
    return "waiting"


def _customer(session: Session, row: DeliveryRow, now: datetime) -> None:
    """Never sent again: the platform is asked, and if that is not clear, a person decides."""
    reply = cases.reply(session, row.reply_id) if row.reply_id is not None else None
    if reply is not None and reply.state == "queued":
        unknown.begin(session, row, reply, now)
    else:
        outbox.move(session, row.key, "sending", "unsure", next_try_at=now, error="interrupted")
