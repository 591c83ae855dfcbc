"""While the first way to the team is away or refuses, the cases go another way within two minutes (P-17)."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.app import App
from bot.core import summaries
from bot.core.blocks import opens
from bot.core.standing import SEVERITY
from bot.steps.deliver.wording import NAMES, many
from bot.store import calling, channels, lost, notices, outbox, rooms, routing
from bot.store.channels import Channel
from bot.store.db import Session
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow

EVERY = timedelta(minutes=2)


def tell(app: App, way: Way, seen: Channel) -> bool:
    """Queue one mail with all cases that wait for a room that takes nothing. True if one was queued."""
    now = app.clock.now()
    if not _is_time(seen, now):
        return False
    with app.db.read() as session:
        if way in calling.in_use(session, app.settings):
            return False  # the room was told as well
        others = routing.fallbacks(session, way, notices.second_ways(app.settings))
        since = seen.mailed_until
        if not others or not (rooms.unsent(session, way, since) or rooms.unsent_plain(session, way, since)):
            return False
    with app.db.begin() as session:
        channel = channels.get(session, way.responder, way.address)
        ids = rooms.unsent(session, way, channel.mailed_until)
        plain = rooms.unsent_plain(session, way, channel.mailed_until)
        for other in others:
            if ids:
                _queue(app, session, channel, other, ids, now)
            for row in plain:
                if not rooms.knows(session, other, row):
                    _copy(session, row, other, now, row.created_at)
        channels.put(session, replace(channel, mailed_until=now), now)
    return bool(ids or plain)


def copy(app: App, session: Session, row: DeliveryRow, now: datetime) -> None:
    """One message that a room refused goes the other way at once."""
    if row.kind not in SEVERITY or row.key.startswith(calling.PREFIX):
        return
    for way in routing.fallbacks(session, Way(row.responder, row.address), notices.second_ways(app.settings)):
        _copy(session, row, way, now, now)


def _copy(session: Session, row: DeliveryRow, way: Way, now: datetime, queued: datetime) -> None:
    """The same message, another way; a case's and an incident's are worded as they leave, so it is said when it was
    `queued`. What became of it here is of no use there."""
    body = {name: said for name, said in row.body.items() if name not in ("to", "repeat", "deaths", lost.UNCOUNTED)}
    outbox.add(session, DeliveryRow(
        key=f"{row.key}:{way.responder}:{way.address}", kind=row.kind, audience="team", responder=way.responder,
        address=way.address, text=row.text, body=body, brand=row.brand, case_id=row.case_id,
        urgent_by=row.urgent_by, created_at=queued, next_try_at=now,
    ))  # fmt: skip


def tell_of(app: App, session: Session, way: Way, ids: list[int], now: datetime) -> None:
    """Cases of which nobody knows whether the room heard, and that are said there no more, go the other way at once."""
    if not ids or way in calling.in_use(session, app.settings):
        return
    channel = channels.get(session, way.responder, way.address)
    for other in routing.fallbacks(session, way, notices.second_ways(app.settings)):
        _queue(app, session, channel, other, ids, now)


def _is_time(channel: Channel, now: datetime) -> bool:
    if not channel.needs_second_way(now):
        return False
    return channel.mailed_until is None or now - channel.mailed_until >= EVERY


def _queue(app: App, session: Session, channel: Channel, way: Way, ids: list[int], now: datetime) -> None:
    name = NAMES.get(channel.responder, channel.responder)
    lead = summaries.away(name, channel.down_since or now, channel.why, len(ids), app.settings.zone, now)
    notice = many(app, session, lead, ids, now)
    row = DeliveryRow(
        key=f"away:{channel.responder}:{channel.address}:{now.isoformat()}:{way.address}", kind="away",
        audience="team", responder=way.responder, address=way.address, text=notice.body, created_at=now,
        body={"subject": notice.subject, "html": notice.html, "link": opens(notice.blocks)}, next_try_at=now,
    )  # fmt: skip
    outbox.add(session, row)
