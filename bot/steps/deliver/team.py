"""Outbox → team: each message once, in the order of need, at the pace a room can bear."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from bot.app import App
from bot.core.storm import PACE, Traffic, Turn, turn
from bot.steps.deliver import second_way
from bot.steps.deliver.interrupted import DEAD_AFTER, again, sweep
from bot.steps.deliver.outcome import outcome
from bot.steps.deliver.wording import Worded, as_it_stands, of_case, of_many, ready
from bot.store import cases, channels, events, notices, outbox, presses, quarantine, rooms
from bot.store.channels import Channel
from bot.store.db import Session
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow, NoticeRow
from connectors.errors import AuthFailed, PlatformError, Rejected, Unavailable, Unsure
from connectors.types import Probes
from responders.types import Message, Receipt, Responder, Updates

SOON_AGAIN = timedelta(seconds=30)  # so that the team hears within a minute of a room's return (P-14)
QUIET = ("whisper",)  # kinds that are no message to a room


@runtime_checkable
class InWorkspace(Protocol):
    """Can say which workspace it speaks in."""

    def workspace(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message about to leave; its row says `sending` and is committed."""

    key: str
    way: Way
    kind: str
    message: Message
    mark: str
    case_id: int | None
    tries: int


def deliver_team(app: App) -> bool:
    """Say one thing in each room where something waits and may be said. True if anything was done."""
    now = app.clock.now()
    did = sweep(app, now - DEAD_AFTER) > 0
    with app.db.read() as session:
        places = dict.fromkeys((*rooms.waiting_ones(session, now), *notices.ways(app.settings)))
        seen = [_look(session, way, now) for way in places]
    for room in seen:
        did = _serve(app, room, now) or did
    return did


@dataclass(frozen=True, slots=True)
class Seen:
    """A room at a glance, read without waiting for a writer: what the transaction that acts looks at again."""

    way: Way
    channel: Channel
    cases: int
    others: int
    edits: bool

    def may_speak(self, now: datetime) -> bool:
        """Whether it is worth a writing transaction: in a flood most rounds only wait."""
        return (self.others > 0 and _paced(self.channel, now)) or _turn(self.channel, self.cases, now).how != "wait"


def _look(session: Session, way: Way, now: datetime) -> Seen:
    channel = channels.get(session, way.responder, way.address)
    if channel.rests(now):
        return Seen(way, channel, 0, 0, edits=False)
    return Seen(way, channel, *rooms.waiting(session, way, now), edits=bool(rooms.outdated(session, way, now, 1)))


def _serve(app: App, seen: Seen, now: datetime) -> bool:
    way, channel = seen.way, seen.channel
    if channel.rests(now) or not (seen.cases or seen.others or seen.edits):
        return second_way.tell(app, way, channel)
    responder = app.responders.get(way.responder)
    if responder is None:
        _unreachable(app, way, AuthFailed(f"{way.responder} is not set up."))
        return False
    if channel.down_since is not None and not _answers(app, way, responder):
        return second_way.tell(app, way, channel)
    attempt = _take(app, way) if seen.may_speak(now) or channel.down_since is not None else None
    if attempt is not None:
        _send(app, responder, attempt)
        return True
    return seen.edits and _edit_one(app, way, responder)


def _answers(app: App, way: Way, responder: Responder) -> bool:
    """Ask a room that was away something harmless first, where it can be asked."""
    if not isinstance(responder, Probes):
        return True
    try:
        responder.probe()
    except PlatformError as error:
        _unreachable(app, way, error)
        return False
    now = app.clock.now()
    with app.db.begin() as session:
        channels.put(session, channels.get(session, way.responder, way.address).answered(now), now)
    return True


def _turn(channel: Channel, waiting: int, now: datetime) -> Turn:
    return turn(Traffic(waiting, channel.posted, channel.last_at, channel.together_at, channel.back_at), now)


def _take(app: App, way: Way) -> Attempt | None:
    """Choose what may be said now and commit that we are about to say it."""
    now = app.clock.now()
    with app.db.begin() as session:
        rooms.withdraw_settled(session, way, now)
        channel = channels.get(session, way.responder, way.address)
        plain = rooms.next_plain(session, way, now)
        if plain is not None and _paced(channel, now):
            return _plain(app, session, plain, way, channel, now)
        waiting, _others = rooms.waiting(session, way, now)
        match _turn(channel, waiting, now).how:
            case "single":
                return _single(app, session, way, channel, now)
            case "together":
                return _together(app, session, way, channel, now)
    return None


def _paced(channel: Channel, now: datetime) -> bool:
    return channel.last_at is None or not timedelta() <= now - channel.last_at < PACE


def _single(app: App, session: Session, way: Way, channel: Channel, now: datetime) -> Attempt | None:
    """The most overdue case; of several things to say of it, only the worst."""
    waiting = rooms.next_case(session, way, now)
    if not waiting:
        return None
    row, lesser = waiting[0], [other.key for other in waiting[1:]]
    case = cases.get(session, row.case_id or 0)
    assert case is not None  # withdraw_settled took back what has no case
    try:
        worded = of_case(app, session, row, case, way, now)
    except Exception as error:  # noqa: BLE001  our bug: this message alone is put off and shown, the next one goes
        _put_off(session, row, error, now)
        return None
    for key in lesser:
        outbox.move(session, key, "waiting", "withdrawn", error=f"said with {row.key}")
    return _attempt(session, row, worded, way, channel, now)


def _together(app: App, session: Session, way: Way, channel: Channel, now: datetime) -> Attempt | None:
    key = f"summary:{way.responder}:{way.address}:{now.isoformat()}"
    row = DeliveryRow(key=key, kind="summary", audience="team", responder=way.responder, address=way.address,
                      created_at=now, next_try_at=now)  # fmt: skip
    if not outbox.add(session, row):
        return None
    since = channel.away_from if channel.just_back(now) else None
    rooms.gather(session, way, key, now, since)
    worded = of_many(app, session, row, way, channel, now)
    assert worded is not None  # turn() says "together" only where cases wait
    return _attempt(session, row, worded, way, channel, now)


def _plain(app: App, session: Session, row: DeliveryRow, way: Way, channel: Channel, now: datetime) -> Attempt | None:
    try:
        worded = of_many(app, session, row, way, channel, now) if row.kind == "summary" else ready(row, way, now)
    except Exception as error:  # noqa: BLE001  as above
        _put_off(session, row, error, now)
        return None
    if worded is None:
        rooms.release(session, row.key, "withdrawn", now)
        outbox.move(session, row.key, "waiting", "withdrawn", error="settled before it was said")
        return None
    return _attempt(session, row, worded, way, channel, now)


def _attempt(session: Session, row: DeliveryRow, worded: Worded, way: Way, channel: Channel, now: datetime) -> Attempt:
    post, joint = row.kind not in QUIET, row.kind == "summary"
    made = Attempt(row.key, way, row.kind, worded.message, worded.mark, row.case_id, row.tries + 1)
    outbox.move(session, row.key, "waiting", "sending", tries=made.tries, tried_at=now)
    channels.put(session, channel.attempted(now, post, joint), now)
    return made


def _put_off(session: Session, row: DeliveryRow, error: Exception, now: datetime) -> None:
    """Three tries, then it is refused and shown; nothing waits behind it (P-06)."""
    key, tries, why = row.key, row.tries + 1, f"{type(error).__name__} while its words were made"
    state, after = ("refused", now) if tries >= 3 else ("waiting", now + timedelta(seconds=10))
    outbox.move(session, key, "waiting", state, tries=tries, next_try_at=after, error=why)
    quarantine.add(session, "", "tell", key.encode("utf-8", "replace"), why, now, key)


def _send(app: App, responder: Responder, attempt: Attempt) -> None:
    app.hold("alert:attempt committed")
    try:
        receipt = responder.send(attempt.message)
    except PlatformError as error:
        _not_said(app, attempt, error)
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
        outbox.move(
            session, attempt.key, "sending", "sent", receipt_id=receipt.id, receipt_url=receipt.url,
            sent_at=receipt.sent_at or now, error="",
        )  # fmt: skip
        if attempt.kind == "summary":
            rooms.release(session, attempt.key, "sent", now)
        if attempt.mark and attempt.case_id is not None and receipt.id:
            rooms.placed(session, NoticeRow(
                case_id=attempt.case_id, responder=way.responder, address=way.address, receipt_id=receipt.id,
                shown=attempt.mark, posted_at=now,
            ))  # fmt: skip
        channels.put(session, channels.get(session, way.responder, way.address).answered(now), now)


def _learn(app: App, responder: Responder) -> None:
    """Which workspace is ours, asked once: buttons pressed in another are not for us."""
    if not isinstance(responder, InWorkspace):
        return
    with app.db.read() as session:
        if presses.workspace(session):
            return
    try:
        workspace = responder.workspace()
    except PlatformError:
        return  # asked again after the next message; until then only linked people may act anyway
    if workspace:
        now = app.clock.now()
        with app.db.begin() as session:
            presses.set_workspace(session, workspace, now)


def _not_said(app: App, attempt: Attempt, error: PlatformError) -> None:
    """Sort the failure: the row's fate, and the room's."""
    now, way = app.clock.now(), attempt.way
    state, _wait = outcome(error, attempt.tries)
    with app.db.begin() as session:
        row = outbox.get(session, attempt.key)
        if row is None or row.state != "sending":
            return  # somebody took us for dead and dealt with it
        channel = channels.get(session, way.responder, way.address)
        if state == "unsure":
            if again(session, row, now) == "unsure":
                second_way.copy(app, session, row, now)
        else:
            channel = replace(channel, posted=channel.posted[:-1]) if attempt.kind not in QUIET else channel
            _back_in_line(app, session, row, attempt, state, error, now)
        if not isinstance(error, Rejected) or attempt.kind == "summary":
            channel = _failed(channel, error, now)
        channels.put(session, channel, now)
    app.wake.ring("live")


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


def _failed(channel: Channel, error: PlatformError, now: datetime) -> Channel:
    hard = isinstance(error, AuthFailed | Rejected)
    _state, wait = outcome(error, channel.failures)
    if isinstance(error, Unavailable | Unsure):
        wait = min(wait, SOON_AGAIN) if channel.failures else timedelta(seconds=5)
    return channel.failed(now, str(error), hard, wait)


def _unreachable(app: App, way: Way, error: PlatformError) -> None:
    now = app.clock.now()
    with app.db.begin() as session:
        channel = channels.get(session, way.responder, way.address)
        if channel.down_since is None:
            events.add(session, now, "earshot", "channel.away", f"channel:{way.responder}", error=type(error).__name__)
        channels.put(session, _failed(channel, error, now), now)


def _edit_one(app: App, way: Way, responder: Responder) -> bool:
    """Bring one posted message up to its case. Repeating an edit changes nothing, so it needs no row of its own."""
    if not isinstance(responder, Updates):
        return False
    now = app.clock.now()
    with app.db.begin() as session:
        channel = channels.get(session, way.responder, way.address)
        if not _paced(channel, now):
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
        worded = as_it_stands(app, session, case, way, now)
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
        _unreachable(app, way, error)
        return
    with app.db.begin() as session:
        if receipt is None:
            rooms.forget_place(session, place.case_id, way.responder)
            return
        now_there = rooms.place_of(session, place.case_id, way.responder)
        if now_there is not None:
            now_there.shown = worded.mark
            session.add(now_there)
