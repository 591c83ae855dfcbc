"""Until when a case may be hidden, in the words of the buttons."""

from datetime import datetime, time, timedelta

from bot.core.zones import zone
from bot.web import words

MORNING = time(9)


def choices(now: datetime, tz: str) -> list[dict[str, str]]:
    """The buttons: each with the moment it stands for."""
    told = {"1h": "In 1 hour", "3h": "In 3 hours", "tomorrow": "Tomorrow", "monday": "On Monday"}
    return [{"key": key, "words": f"{name}, {words.wall(until(key, now, tz), tz, now)}"} for key, name in told.items()]


def until(key: str, now: datetime, tz: str) -> datetime:
    """The moment a button stands for, UTC. Raises KeyError for a button that does not exist."""
    if key in ("1h", "3h"):
        return now + timedelta(hours=int(key[0]))
    ahead = {"tomorrow": 1, "monday": (7 - now.astimezone(zone(tz)).weekday()) or 7}[key]
    return morning(now, tz, ahead)


def morning(now: datetime, tz: str, days: int) -> datetime:
    """Nine o'clock on the team's wall, that many days ahead, in UTC."""
    day = now.astimezone(zone(tz)).date() + timedelta(days=days)
    return datetime.combine(day, MORNING, tzinfo=zone(tz)).astimezone(now.tzinfo)


def earlier(clock: str, now: datetime, tz: str) -> datetime:
    """The newest past moment with this wall time ("14:05"), UTC. Raises ValueError for what is no time."""
    hour, _, minute = clock.strip().partition(":")
    local = now.astimezone(zone(tz))
    day = local.date()
    at = datetime.combine(day, time(int(hour), int(minute)), tzinfo=zone(tz)).astimezone(now.tzinfo)
    if at > now:
        at = datetime.combine(day - timedelta(days=1), time(int(hour), int(minute)), tzinfo=zone(tz))
    return at.astimezone(now.tzinfo)
