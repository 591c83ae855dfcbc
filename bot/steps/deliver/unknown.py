"""Replies whose fate is unknown: looked for on the platform, never sent again, and given to a person if not found."""

from datetime import datetime, timedelta

from bot.app import App
from bot.steps.deliver.remember import record_sent
from bot.store import cases, events, outbox
from bot.store.db import Session
from bot.store.tables import ReplyRow
from bot.store.tables_house import DeliveryRow
from connectors.errors import PlatformError, RateLimited
from responders.types import Finds, Message, Receipt

LOOKS = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 20, 60, 120))  # P-27: settled within five minutes
LATER = timedelta(minutes=10)  # it may still turn up; a person has been asked by then
FOR = timedelta(hours=24)
UNREACHABLE = timedelta(seconds=30)
NEVER = timedelta(days=3650)
LOOKING = "We do not know whether it was posted. Looking for it; it is not sent again."
ASK = "We could not find it, and do not send it again. Look yourself: was it posted?"
CANNOT = "We do not know whether it was posted and cannot look on this platform. Was it posted?"


def begin(session: Session, row: DeliveryRow, reply: ReplyRow, now: datetime) -> None:
    """The answer to an attempt was lost."""
    key, brand = row.key, row.brand
    outbox.move(session, key, "sending", "unsure", next_try_at=now + LOOKS[0], error="the answer was lost")
    reply.state, reply.why = "unsure", LOOKING
    session.add(reply)
    session.flush()
    events.add(session, now, "earshot", "reply.unsure", f"case:{reply.case_id}", brand, reply=reply.id)


def look_for_one(app: App, platform: str) -> bool:
    """Look on this platform for the next reply of unknown fate. True if there was one."""
    now = app.clock.now()
    with app.db.read() as session:
        due = outbox.due(session, now, "customer", states=("unsure",), limit=1, responder=platform)
        reply = cases.reply(session, due[0].reply_id or 0) if due else None
    if not due:
        return False
    row = due[0]
    if reply is None or reply.state != "unsure":
        _settled(app, row, reply)
        return True
    responder = app.responders.get(row.responder)
    if not isinstance(responder, Finds):
        _ask(app, row, CANNOT, NEVER)
        return True
    try:
        found = responder.find(_message(row, reply))
    except PlatformError as error:
        _rest(app, row, error.retry_after if isinstance(error, RateLimited) else UNREACHABLE)
        return True
    _decide(app, row, found)
    return True


def _message(row: DeliveryRow, reply: ReplyRow) -> Message:
    return Message(
        key=row.key,
        address=row.address,
        text=reply.text,
        visibility="private" if reply.visibility == "private" else "public",
        after=row.tried_at,
    )


def _decide(app: App, row: DeliveryRow, found: Receipt | None) -> None:
    if found is not None:
        now = app.clock.now()
        with app.db.begin() as session:
            there = outbox.get(session, row.key)
            if there is not None and there.state == "unsure":
                record_sent(session, there, found, now)
        app.wake.ring("tell", "live", "recover")
        return
    looks = int(row.body.get("looks", 0)) + 1
    if looks < len(LOOKS):
        _rest(app, row, LOOKS[looks], looks)
        return
    tried = row.tried_at or row.created_at
    _ask(app, row, ASK, LATER if app.clock.now() - tried < FOR else NEVER, looks)


def _rest(app: App, row: DeliveryRow, wait: timedelta, looks: int | None = None) -> None:
    now = app.clock.now()
    body = row.body if looks is None else row.body | {"looks": looks}
    with app.db.begin() as session:
        outbox.move(session, row.key, "unsure", "unsure", next_try_at=now + wait, body=body)


def _ask(app: App, row: DeliveryRow, why: str, wait: timedelta, looks: int = 0) -> None:
    """A person decides; we go on looking now and then, for a late arrival."""
    _rest(app, row, wait, looks)
    now = app.clock.now()
    with app.db.begin() as session:
        reply = cases.reply(session, row.reply_id or 0)
        if reply is None or reply.state != "unsure" or reply.why == why:
            return
        reply.why = why
        session.add(reply)
        events.add(session, now, "earshot", "reply.not_found", f"case:{reply.case_id}", row.brand, reply=reply.id)
    app.wake.ring("live")


def _settled(app: App, row: DeliveryRow, reply: ReplyRow | None) -> None:
    """A person or our own timeline has decided meanwhile."""
    state = "sent" if reply is not None and reply.state == "sent" else "refused"
    with app.db.begin() as session:
        outbox.move(session, row.key, "unsure", state, error="" if state == "sent" else "decided by a person")
