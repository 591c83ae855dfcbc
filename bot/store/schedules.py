"""When each brand's digest and brief leave and to whom: rows, so that a missed minute costs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

from bot.core.zones import zone
from bot.store import events
from bot.store.notices import mails as everybody
from bot.store.routing import Way
from bot.store.tables_incidents import ScheduleRow
from config.settings import Settings

WEEKLY, DAILY = "weekly", "daily"
SIX = 360
NOWHERE = "-"


@dataclass(frozen=True, slots=True)
class When:
    """A schedule as it holds: on which wall clock, which weekday (weekly only), which minute of the day; whether.

    `mails` and `room` as in its row: None and "" are as usual.
    """

    tz: str
    weekday: int = 0
    minute: int = SIX
    is_on: bool = True
    last: str = ""
    locale: str = "en"
    mails: tuple[str, ...] | None = None
    room: str = ""

    def newest(self, now: datetime) -> date:
        """The last local day whose moment has come."""
        local = now.astimezone(zone(self.tz))
        moment = datetime.combine(local.date(), _clock(self.minute), tzinfo=zone(self.tz)).astimezone(UTC)
        return local.date() if now >= moment else local.date() - timedelta(days=1)


def ways(when: When, settings: Settings, usual: Sequence[Way]) -> tuple[Way, ...]:
    """Where what leaves goes: the room, or the usual ones, and each mail address once."""
    rooms = [way for way in usual if way.responder != "email"]
    if when.room:
        responder, _, address = when.room.partition("|")
        rooms = [Way(responder, address)] if when.room != NOWHERE else []
    named = everybody(settings)
    if when.mails is not None:
        named = tuple(Way("email", address) for address in when.mails) if settings.mail.host else ()
    return tuple(dict.fromkeys((*rooms, *named)))


def _clock(minute: int) -> time:
    return time(minute // 60, minute % 60)


def of(session: Session, brand: str, kind: str, tz: str) -> When:
    """A brand's schedule; without a row the digest leaves on Mondays at six of the brand's clock, and no brief does."""
    row = session.get(ScheduleRow, (brand, kind))
    if row is None:
        return When(tz, is_on=kind == WEEKLY)
    return When(row.zone or tz, row.weekday, row.minute, row.is_on, row.last, row.locale,
                None if row.mails is None else tuple(row.mails), row.room)  # fmt: skip


def put(session: Session, brand: str, kind: str, when: When, now: datetime, actor: str) -> None:
    """A person sets it."""
    known = session.get(ScheduleRow, (brand, kind))
    session.merge(ScheduleRow(
        brand=brand, kind=kind, zone=when.tz, weekday=when.weekday, minute=when.minute, is_on=when.is_on,
        locale=when.locale, mails=None if when.mails is None else list(when.mails), room=when.room,
        last=known.last if known is not None else when.last, changed_at=now,
    ))  # fmt: skip
    session.flush()
    facts = {"kind": kind, "zone": when.tz, "weekday": when.weekday, "minute": when.minute, "on": when.is_on}
    facts |= {"locale": when.locale, "room": when.room, "mails": None if when.mails is None else len(when.mails)}
    events.add(session, now, actor, "digest.scheduled", f"brand:{brand}", brand, **facts)


def dealt_with(session: Session, brand: str, kind: str, before: str, what: str) -> bool:
    """Remember the newest one sent. False if another process was quicker, or nobody set a schedule."""
    row = session.get(ScheduleRow, (brand, kind))
    if row is None or row.last != before:
        return False
    row.last = what
    session.add(row)
    session.flush()
    return True
