"""Outbox → team: each message once, in the order of need, at the pace a room can bear."""

from dataclasses import dataclass
from datetime import datetime

from bot.app import App
from bot.core.storm import Pace
from bot.steps.deliver import second_way
from bot.steps.deliver.choosing import may_speak, take
from bot.steps.deliver.editing import edit_one, edit_told, is_outdated
from bot.steps.deliver.interrupted import DEAD_AFTER, sweep
from bot.steps.deliver.lost import looked_up
from bot.steps.deliver.saying import answered, send, unreachable
from bot.store import channels, incident_calls, lines, lost, notices, rooms, routing
from bot.store.channels import Channel
from bot.store.db import Session
from bot.store.notices import Way
from connectors.errors import AuthFailed, PlatformError
from connectors.types import Probes
from responders.types import Responder

ROOMS_AT_ONCE = 8  # of one responder: when Slack hangs, its rooms keep no thread from the mail


@dataclass(frozen=True, slots=True)
class Seen:
    """A room at a glance, read without waiting for a writer: what the transaction that acts looks at again."""

    way: Way
    channel: Channel
    cases: int
    others: int
    lost: int
    edits: bool
    doubts: bool
    pace: Pace


def deliver_team(app: App) -> bool:
    """Say one thing in each room where something waits and may be said. True if anything was done.

    Several threads may call it: each room is served by one at a time.
    """
    now = app.clock.now()
    did = sweep(app, now - DEAD_AFTER) > 0
    with app.db.read() as session:
        places = dict.fromkeys(
            (
                *rooms.waiting_ones(session, now),
                *notices.ways(app.settings),
                *routing.rooms_in_use(session),
                *rooms.behind(session, now),
                *lines.rooms(session),
                *incident_calls.rooms(session, now),
                *lost.ways(session),
            )
        )
        seen = [_look(app, session, way, now) for way in places]
    for room in seen:
        did = _in_turn(app, room, now) or did
    return did


def _in_turn(app: App, seen: Seen, now: datetime) -> bool:
    """Serve a room unless another thread does: a room that takes its time keeps only its own messages waiting."""
    turn = f"room:{seen.way.responder}:{seen.way.address}"
    if not app.turns.take(turn, seen.way.responder, ROOMS_AT_ONCE):
        return False
    try:
        return _serve(app, seen, now)
    finally:
        app.turns.end(turn)


def _look(app: App, session: Session, way: Way, now: datetime) -> Seen:
    channel = channels.get(session, way.responder, way.address)
    if channel.rests(now):
        return Seen(way, channel, 0, 0, 0, edits=False, doubts=False, pace=Pace())
    untold = rooms.lost(session, way, lost.untold_since(session, app.settings, way, channel, now))
    doubts = bool(lost.of_room(session, way))
    edits = bool(rooms.outdated(session, way, now, 1))
    edits = edits or is_outdated(session, app.settings, way, now)
    return Seen(way, channel, *rooms.waiting(session, way, now), untold, edits, doubts, routing.pace(session, way))


def _serve(app: App, seen: Seen, now: datetime) -> bool:
    way, channel = seen.way, seen.channel
    if channel.rests(now) or not (seen.cases or seen.others or seen.lost or seen.edits or seen.doubts):
        return second_way.tell(app, way, channel)
    responder = app.responders.get(way.responder)
    if responder is None:
        unreachable(app, way, AuthFailed(f"{way.responder} is not set up."))
        return False
    if seen.doubts:
        return looked_up(app, way, responder)
    if channel.down_since is not None and not _answers(app, way, responder):
        return second_way.tell(app, way, channel)
    waiting = seen.cases + seen.lost
    worth_it = channel.down_since is not None or may_speak(channel, waiting, seen.others, seen.pace, now)
    attempt = take(app, way) if worth_it else None
    if attempt is not None:
        send(app, responder, attempt)
        return True
    return seen.edits and (edit_one(app, way, responder) or edit_told(app, way, responder))


def _answers(app: App, way: Way, responder: Responder) -> bool:
    """Ask a room that was away something harmless first, where it can be asked."""
    if not isinstance(responder, Probes) or getattr(responder, "only_posts", False):
        return True
    try:
        responder.probe()
    except PlatformError as error:
        unreachable(app, way, error)
        return False
    now = app.clock.now()
    with app.db.begin() as session:
        answered(session, way, now)
    return True
