"""Whether the wall clock can be trusted with deleting things: it must have run on, without a leap, for a while."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.store import switches

LEAP = timedelta(hours=3)  # looks are an hour apart; more between two of them is a leap, or a long sleep
STEADY_FOR = timedelta(minutes=10)


def is_steady(session: Session, now: datetime) -> bool:
    """Note the time, and say whether it has gone on evenly since at least ten minutes before now (P-57).

    The first look ever, one after a leap in either direction, and one after a long sleep are not steady.
    """
    known = switches.get(session, "clock")
    seen = datetime.fromisoformat(known["seen"]) if known else None
    since = datetime.fromisoformat(known["since"]) if known else now
    if seen is None or not timedelta() <= now - seen <= LEAP:
        since = now
    switches.put(session, "clock", {"seen": now.isoformat(), "since": since.isoformat()}, now)
    return now - since >= STEADY_FOR
