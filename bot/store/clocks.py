"""A clock that was ahead of the time: said to the operator once, and for a day on the pages."""

from datetime import datetime, timedelta

from sqlmodel import Session

from bot.store import events, switches

KEY = "clock_ahead"
SLOW = "clock_slow"
DIFFERS = timedelta(seconds=120)
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


def told_ahead(session: Session, source: str, ahead: timedelta, now: datetime) -> None:
    """The clock of a source's server is so far ahead of ours: either it is wrong, or this machine is slow."""
    known = switches.get(session, SLOW)
    wrong = ahead > DIFFERS
    if not wrong and known.get("source") != source:
        return
    fresh = not known or now - datetime.fromisoformat(known["noticed_at"]) >= SAME
    if wrong and fresh:
        told = {"noticed_at": now.isoformat(), "source": source, "seconds": int(ahead.total_seconds())}
        switches.put(session, SLOW, told, now)
    elif not wrong:
        switches.put(session, SLOW, {}, now)


def slow(session: Session, now: datetime) -> str:
    """A sentence for the operator while a platform's clock is ahead of ours, "" while none is."""
    known = switches.get(session, SLOW)
    if not known or now - datetime.fromisoformat(known["noticed_at"]) > SHOWN:
        return ""
    minutes = max(2, known["seconds"] // 60)
    return (
        f"By the clock of {known['source']}'s server it is {minutes:,} minutes later than here. If this machine's "
        "clock is slow, deadlines are counted wrongly: let it be set by NTP. If it is right, that server's is wrong."
    )


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
