"""What everybody on the queue must know: that something is not heard, not moving, not told, or has no room left."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.app import App
from bot.store import channels, clocks, heard, heartbeats, sources
from bot.store.db import Session
from bot.store.tables import SourceRow
from bot.store.tables_house import HeartbeatRow
from bot.web import words
from connectors.types import Span

DAY = timedelta(hours=24)
LONG = timedelta(minutes=5)
"""A shorter stretch that was not heard stands on the sources page only."""

TIGHT = 500 * 1024 * 1024
"""Bytes free below which the page says so: a busy week of posts with room for a backup."""

PAGES = {"Approvals": "/approvals", "Incidents": "/incidents", "Sources": "/sources", "Channels": "/channels"}
MEND = "Somebody must mend it; see Sources."
NO_NETWORK = "Perhaps this machine has no network. Earshot tries again by itself; see Sources."
STANDS_STILL = {
    "match": "New posts are not sorted into the queue",
    "read": "New posts are not read",
    "triage": "New cases are not opened",
    "alert": "Nobody is warned of what is due",
    "deliver": "Answers do not leave",
    "tell": "The team is not told",
    "listen": "Nothing is heard",
}
"""What a loop that stands still means for the people who look at the queue. The order of a post's way, last first."""


@dataclass(frozen=True, slots=True)
class Band:
    """Something that is true of the whole page."""

    kind: str
    icon: str
    lead: str
    words: str

    @property
    def pieces(self) -> tuple[str, str, str]:
        """The words before the page they send one to, its name, and its address; one piece where they name none."""
        before, see, rest = self.words.rpartition("ee ")
        where = PAGES.get(rest.removesuffix("."), "") if see else ""
        return (f"{before}{see}", rest.removesuffix("."), where) if where else (self.words, "", "")


def all_of(app: App, session: Session, now: datetime, tz: str) -> list[Band]:
    """Every band that is due, the gravest first."""
    return [
        *_still(session, now, tz),
        *_room(app),
        *_unheard(session, now, tz),
        *_missed(session, now),
        *_untold(session, now, tz),
    ]


def _silent(session: Session, now: datetime) -> dict[str, HeartbeatRow]:
    """Loops that finished no round in three of their intervals (P-73), as far as people feel it; last first."""
    silent = {row.loop.rstrip("-0123456789"): row for row in heartbeats.silent(session, now)}
    return {name: silent[name] for name in STANDS_STILL if name in silent}


def still_since(session: Session, now: datetime) -> datetime | None:
    """Since when something stands still, for the pages on which no bands are; None while all moves."""
    return min((row.at for row in _silent(session, now).values()), default=None)


def _still(session: Session, now: datetime, tz: str) -> Iterator[Band]:
    """What of that people see here."""
    silent = _silent(session, now)
    known = list(silent)
    if not known:
        return
    since = words.wall(min(silent[name].at for name in known), tz, now)
    if len(known) == len(STANDS_STILL):
        yield Band(
            "late", "i-gap", f"Nothing has moved since {since}.", "This page is as it was then. Is Earshot running?"
        )
        return
    for name in known:
        why = f"since {words.wall(silent[name].at, tz, now)}. The operator finds why in the log."
        yield Band("late", "i-gap", f"{STANDS_STILL[name]}", why)


def _room(app: App) -> Iterator[Band]:
    """A disk about to be full, where the database is a file of ours."""
    if not app.db.is_sqlite:
        return
    free = shutil.disk_usage(app.settings.home).free
    if free < TIGHT:
        left = f"{free // 1_048_576:,} MB are left on the disk."
        yield Band("soon", "i-gap", left, "When it is full nothing new is stored and nothing is sent. Make room.")


def _unheard(session: Session, now: datetime, tz: str) -> Iterator[Band]:
    """Sources that stopped hearing, or that no platform answers at all."""
    known = [row for row in sources.known(session) if row.state != "off"]
    stopped = [row for row in known if row.state == "stopped"]
    for row in stopped[:3]:
        yield Band("soon", "i-gap", f"{row.name} is not heard{_since(row, now, tz)}.", MEND)
    trying = [row for row in known if row.state == "waiting" and row.error]
    if trying and len(trying) + len(stopped) == len(known):
        first = min(trying, key=lambda row: row.error_since or now)
        yield Band("soon", "i-gap", f"No platform answers{_since(first, now, tz)}.", NO_NETWORK)


def _missed(session: Session, now: datetime) -> Iterator[Band]:
    """What part of the last day was heard, where it was not all; and a clock that was ahead."""
    if heard.anything_missed(session, now - DAY):
        parts = heard.between(session, Span(now - DAY, now), now)
        states = {"lost": "lost for good", "open": "being read again"}
        told = [
            f"{words.span(length)} of {part.source.name} {states[state]}"
            for state in states
            for part in parts
            if (length := part.length(state)) >= LONG
        ]
        if told:
            more = f"; {len(told) - 2} more" if len(told) > 2 else ""
            lead = f"Heard {heard.whole(parts).words()} of the last 24 hours."
            yield Band("soon", "i-gap", lead, f"{'; '.join(told[:2])}{more}. See Sources.")
    if clocks.warning(session, now):
        yield Band("soon", "i-gap", "The clock was ahead and was set back.", "What it cost is on the Sources page.")


def _untold(session: Session, now: datetime, tz: str) -> Iterator[Band]:
    """Rooms of the team that have taken nothing for a while (P-17)."""
    for channel in channels.troubled(session):
        if not channel.needs_second_way(now) or channel.down_since is None:
            continue
        since = words.wall(channel.down_since, tz, now)
        lead = f"{words.platform(channel.responder)} takes no messages since {since}."
        yield Band("soon", "i-gap", lead, f"Look here until it does. {channel.why}".strip())


def _since(row: SourceRow, now: datetime, tz: str) -> str:
    return f" since {words.wall(row.error_since, tz, now)}" if row.error_since else ""
