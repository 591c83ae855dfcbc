"""A clock that was ahead of the time: said to the operator once, and for a day on the pages."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.store import events, switches

KEY = "clock_ahead"
SHOWN = timedelta(days=1)
SAME = timedelta(minutes=10)  # sources that find out together tell of one leap


def was_ahead(session: Session, source: str, until: datetime, now: datetime) -> None:
    """What was claimed as heard beyond now was taken back: our clock stood at `until` or later and is back."""
    known = switches.get(session, KEY)
    if known and abs(now - datetime.fromisoformat(known["noticed_at"])) < SAME:
        return
    told = {"noticed_at": now.isoformat(), "ahead_until": until.isoformat()}
    switches.put(session, KEY, told, now)
    seconds = int((until - now).total_seconds())
    events.add(session, now, "earshot", "clock.was_ahead", f"source:{source}", seconds=seconds)


def warning(session: Session, now: datetime) -> str:
    """A sentence for the operator, "" if the clock was steady for a day."""
    known = switches.get(session, KEY)
    if not known:
        return ""
    noticed, until = (datetime.fromisoformat(known[name]) for name in ("noticed_at", "ahead_until"))
    if not noticed - SHOWN < now < noticed + SHOWN:
        return ""
    return (
        f"This machine's clock was ahead, up to {until:%Y-%m-%d %H:%M} UTC, and was set back. What was claimed "
        f"as heard beyond the true time was taken back and is read again. Let the clock be set by NTP."
    )
