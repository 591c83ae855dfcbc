"""Saying it: one attempt, and what its outcome means for the message and for the room."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from bot.app import App
from bot.steps.deliver import second_way
from bot.steps.deliver.choosing import QUIET, Attempt
from bot.steps.deliver.interrupted import doubt
from bot.steps.deliver.outcome import outcome
from bot.store import channels, events, lost, outbox, presses, retold, rooms
from bot.store.channels import Channel
from bot.store.db import Session
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow, NoticeRow
from connectors.errors import AuthFailed, PlatformError, Rejected, Unavailable, Unsure
from connectors.types import Probes
from responders.types import PlaceGone, Receipt, Responder

BY_ID = "by_id"  # in the body: it goes to the room's id, for its name led nowhere
SOON_AGAIN = timedelta(seconds=30)  # so that the team hears within a minute of a room's return (P-14)


@runtime_checkable
class InWorkspace(Protocol):
    """Can say which workspace it speaks in."""

    def workspace(self) -> str: ...


def send(app: App, responder: Responder, attempt: Attempt) -> None:
    """One attempt, its row committed as `sending`; its outcome is written down, never raised."""
    app.hold("alert:attempt committed")
    with app.db.read() as session:
        if not outbox.is_mine(session, attempt.key, attempt.tries, app.clock.now()):
            return  # it was, or will be, taken up as of a process that is gone, and marked where it may stand there
    try:
        receipt = responder.send(attempt.message)
    except PlatformError as error:
        _not_said(app, attempt, error, gone=isinstance(error, Unsure) and _is_gone(responder))
    except Exception as error:  # noqa: BLE001  a responder's bug: it may have sent before it broke
        _not_said(app, attempt, Unsure(f"{type(error).__name__} in the {attempt.way.responder} responder"))
    else:
        app.hold("alert:sent")
        _said(app, attempt, receipt)
        app.hold("alert:remembered")
        _learn(app, responder)


def _said(app: App, attempt: Attempt, receipt: Receipt) -> None:
    now = app.clock.now()
    way = attempt.way
    with app.db.begin() as session:
        row = outbox.get(session, attempt.key)
        state = retold.after(row) if row is not None and receipt.id else "sent"
        outbox.move(
            session, attempt.key, "sending", state, receipt_id=receipt.id, receipt_url=receipt.url,
            sent_at=receipt.sent_at or now, error="",
        )  # fmt: skip
        if attempt.kind == "summary":
            rooms.release(session, attempt.key, "sent", now)
        if attempt.mark and attempt.case_id is not None and receipt.id:
            rooms.placed(session, NoticeRow(
                case_id=attempt.case_id, responder=way.responder, address=way.address, receipt_id=receipt.id,
                shown=attempt.mark, posted_at=now,
            ))  # fmt: skip
        answered(session, way, now)


def answered(session: Session, way: Way, now: datetime) -> None:
    """A room takes messages. The end of an outage goes into the log."""
    channel = channels.get(session, way.responder, way.address)
    if channel.down_since is not None:
        minutes = int((now - channel.down_since).total_seconds() // 60)
        events.add(session, now, "earshot", "channel.back", f"channel:{way.responder}", "", minutes=minutes)
    channels.put(session, channel.answered(now), now)


def _learn(app: App, responder: Responder) -> None:
    """Which workspace is ours, asked once a token: buttons pressed in another are not for us."""
    token = app.settings.slack.bot_token
    if not isinstance(responder, InWorkspace) or token is None:
        return
    with app.db.read() as session:
        if presses.learnt_by(session, token.get_secret_value()):
            return
    try:
        workspace = responder.workspace()
    except PlatformError:
        return  # asked again after the next message; until then only linked people may act anyway
    if workspace:
        now = app.clock.now()
        with app.db.begin() as session:
            presses.set_workspace(session, workspace, now, token.get_secret_value())


def _is_gone(responder: Responder) -> bool:
    """Whether a room is away altogether: then a lost answer most likely means that nothing was posted."""
    if not isinstance(responder, Probes):
        return False
    try:
        responder.probe()
    except PlatformError:
        return True
    return False


def _not_said(app: App, attempt: Attempt, error: PlatformError, gone: bool = False) -> None:
    """Sort the failure: the row's fate, and the room's."""
    now, way = app.clock.now(), attempt.way
    state, _wait = outcome(error, attempt.tries)
    with app.db.begin() as session:
        row = outbox.get(session, attempt.key)
        if row is None or row.state != "sending":
            return  # somebody took us for dead and dealt with it
        if isinstance(error, PlaceGone) and _elsewhere(session, row, attempt, error, now):
            return
        channel = channels.get(session, way.responder, way.address)
        if state == "unsure":
            doubt(app, session, row, now, gone)
        else:
            channel = replace(channel, posted=channel.posted[:-1]) if attempt.kind not in QUIET else channel
            _back_in_line(app, session, row, attempt, state, error, now)
        if not isinstance(error, Rejected) or attempt.kind == "summary":
            channel = _failed(session, channel, error, now)
        channels.put(session, channel, now)
    app.wake.ring("live")


def _elsewhere(session: Session, row: DeliveryRow, attempt: Attempt, error: PlaceGone, now: datetime) -> bool:
    """A thread that is gone, or stands in a room that was archived and made anew, says nothing of the room its way has
    now: what was for it is said there by itself; and a room that was renamed is found by its id. A word for one
    person's eyes is dropped. False: the room is away."""
    if attempt.kind in QUIET:
        return outbox.move(session, row.key, "sending", "refused", error=str(error)[:300])
    body = {name: said for name, said in row.body.items() if name != BY_ID}
    if row.body.get(BY_ID):
        outbox.move(session, row.key, "sending", "sending", body=body | {"to": attempt.way.address})
        return False
    if attempt.message.address != attempt.way.address:
        body["to"] = attempt.way.address
        if attempt.case_id is not None:
            rooms.forget_place(session, attempt.case_id, attempt.way)
    elif (known := lost.known_as(session, attempt.way)) != attempt.way.address:
        body |= {"to": known, BY_ID: True}
    else:
        return False
    return outbox.move(session, row.key, "sending", "waiting", next_try_at=now, body=body, error=str(error)[:300])


def _back_in_line(
    app: App, session: Session, row: DeliveryRow, attempt: Attempt, state: str, error: PlatformError, now: datetime
) -> None:
    """Nothing was said. A joint message is given up, so that the next one counts anew who still waits."""
    if attempt.kind == "summary":
        rooms.release(session, attempt.key, "waiting", now)
        outbox.move(session, attempt.key, "sending", "withdrawn", error=str(error)[:300])
        return
    # It is the room that rests, not the row: when the room is back, the most overdue goes first.
    outbox.move(session, attempt.key, "sending", state, next_try_at=now, error=str(error)[:300])
    if state == "refused":
        events.add(session, now, "earshot", "delivery.refused", "", row.brand, delivery=attempt.key)
        second_way.copy(app, session, row, now)


def _failed(session: Session, channel: Channel, error: PlatformError, now: datetime) -> Channel:
    """The room rests. The beginning of an outage goes into the log."""
    if channel.down_since is None:
        name = type(error).__name__
        events.add(session, now, "earshot", "channel.away", f"channel:{channel.responder}", "", error=name)
    _state, wait = outcome(error, channel.failures)
    if isinstance(error, Unavailable | Unsure):
        wait = min(wait, SOON_AGAIN) if channel.failures else timedelta(seconds=5)
    return channel.failed(now, str(error), isinstance(error, AuthFailed | Rejected), wait)


def unreachable(app: App, way: Way, error: PlatformError) -> None:
    """A room could not be reached at all."""
    now = app.clock.now()
    with app.db.begin() as session:
        channel = channels.get(session, way.responder, way.address)
        channels.put(session, _failed(session, channel, error, now), now)
