"""What may be said in a room now, committed as an attempt before anybody opens a connection."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.app import App
from bot.core.storm import PACE, Pace, Traffic, Turn, turn
from bot.steps.deliver.wording import Worded, of_case, of_many, ready, replayed
from bot.store import (
    ask_notices,
    cases,
    channels,
    digests,
    incident_calls,
    incident_lines,
    incident_notices,
    lost,
    outbox,
    quarantine,
    quiet,
    rooms,
    routing,
)
from bot.store.channels import Channel
from bot.store.db import Session
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow
from responders.types import Message

QUIET = ("whisper",)  # kinds that are no message to a room


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


def take(app: App, way: Way) -> Attempt | None:
    """Choose what may be said now and commit that we are about to say it."""
    now = app.clock.now()
    with app.db.begin() as session:
        rooms.withdraw_settled(session, way, now)
        quiet.hold(session, way, now)
        pace = routing.pace(session, way)
        channel = channels.get(session, way.responder, way.address)
        plain = rooms.next_plain(session, way, now)
        if plain is not None and paced(channel, now):
            return _plain(app, session, plain, way, channel, now)
        waiting, _others = rooms.waiting(session, way, now)
        since = lost.untold_since(session, app.settings, way, channel, now)
        untold = rooms.lost(session, way, since)
        how = _turn(channel, waiting + untold, pace, now).how
        if how == "wait":
            return None
        joint = how == "together" or rooms.gathered(session, way, now)
        if untold or (joint and waiting > 1):
            return _together(app, session, way, channel, now)
        channel = replace(channel, together_at=now) if how == "together" else channel
        return _single(app, session, way, channel, now)


def may_speak(channel: Channel, waiting: int, others: int, pace: Pace, now: datetime) -> bool:
    """Whether it is worth a writing transaction: in a flood most rounds only wait."""
    return (others > 0 and paced(channel, now)) or _turn(channel, waiting, pace, now).how != "wait"


def paced(channel: Channel, now: datetime) -> bool:
    """Whether a second has passed since the room's last call."""
    return channel.last_at is None or not timedelta() <= now - channel.last_at < PACE


def _turn(channel: Channel, waiting: int, pace: Pace, now: datetime) -> Turn:
    return turn(Traffic(waiting, channel.posted, channel.last_at, channel.together_at, channel.back_at, pace), now)


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
    rooms.gather(session, way, key, now, lost.untold_since(session, app.settings, way, channel, now))
    worded = of_many(app, session, row, way, channel, now)
    if worded is None:
        _settled(session, key, now)
        return None
    return _attempt(session, row, worded, way, channel, now)


def _settled(session: Session, key: str, now: datetime) -> None:
    """Everything a joint message was to tell was answered or closed meanwhile."""
    rooms.release(session, key, "withdrawn", now)
    outbox.move(session, key, "waiting", "withdrawn", error="settled before it was said")


def _plain(app: App, session: Session, row: DeliveryRow, way: Way, channel: Channel, now: datetime) -> Attempt | None:
    try:
        worded = _worded(app, session, row, way, channel, now)
    except Exception as error:  # noqa: BLE001  as above
        _put_off(session, row, error, now)
        return None
    if worded is None:
        _settled(session, row.key, now)
        return None
    return _attempt(session, row, worded, way, channel, now)


def _worded(app: App, session: Session, row: DeliveryRow, way: Way, channel: Channel, now: datetime) -> Worded | None:
    if row.kind == "summary":
        return of_many(app, session, row, way, channel, now)
    if row.kind == "replay":
        return replayed(app, session, row, way, now)
    if row.kind == digests.KIND and not digests.still_wanted(session, row):
        return None
    if not ask_notices.still_asks(session, row):
        return None
    if row.kind == incident_notices.KIND:
        return _of_incident(app, session, row, way, now)
    return ready(app, row, way, now, digests.of_the_living(session, row.body))


def _of_incident(app: App, session: Session, row: DeliveryRow, way: Way, now: datetime) -> Worded | None:
    """A call only while nobody has it; a first message with what its customers say now."""
    if not incident_calls.stands(session, row):
        return None
    body = incident_lines.living(session, app.settings, row, now, frozenset(app.responders))
    return ready(app, row, way, now, body) if body is not None else None


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
