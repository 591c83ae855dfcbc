"""Times and places as the queue says them. app.js and queue.js say the same words for a running clock."""

from datetime import datetime, timedelta
from math import ceil

from bot.core.zones import zone

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PLATFORMS = {
    "x": "X",
    "hackernews": "Hacker News",
    "rss": "RSS",
    "youtube": "YouTube",
    "appstore": "App Store",
    "googleplay": "Google Play",
    "stackexchange": "Stack Exchange",
    "github": "GitHub",
    "imap": "e-mail",
    "webhook": "a webhook",
    "file": "a file",
    "demo": "the demo",
}


def platform(name: str) -> str:
    """A platform's name as people write it."""
    return PLATFORMS.get(name, name[:1].upper() + name[1:])


def span(length: timedelta) -> str:
    """A span, rounded up to minutes: "41 min", "1 h 8 min", "3 days", "11 years". Seconds are never shown."""
    minutes = max(1, ceil(abs(length).total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        days = hours // 24
        return f"{days // 365} years" if days >= 730 else f"{days} days"
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def left(due_at: datetime, now: datetime) -> str:
    """A running clock: "33 min left", "under 1 min", "12 min late"."""
    if now >= due_at:
        return f"{span(now - due_at)} late"
    return "under 1 min" if due_at - now <= timedelta(minutes=1) else f"{span(due_at - now)} left"


def ago(at: datetime, now: datetime) -> str:
    """How long ago: "12 s ago", "4 min ago"."""
    seconds = max(0, int((now - at).total_seconds()))
    return f"{seconds} s ago" if seconds < 60 else f"{span(timedelta(seconds=seconds - seconds % 60))} ago"


def wall(at: datetime, tz: str, now: datetime) -> str:
    """A moment on the team's wall: "14:38" today, "Tue 14:38" within the week, "2 Sep 14:38", "2 Sep 2024"."""
    local, today = at.astimezone(zone(tz)), now.astimezone(zone(tz))
    days = abs((today.date() - local.date()).days)
    if days == 0:
        return f"{local:%H:%M}"
    if days < 7:
        return f"{DAYS[local.weekday()]} {local:%H:%M}"
    day = f"{local.day} {MONTHS[local.month - 1]}"
    return f"{day} {local:%H:%M}" if local.year == today.year else f"{day} {local.year}"


def month(at: datetime, tz: str) -> str:
    """A month: "June 2024" is "Jun 2024"."""
    local = at.astimezone(zone(tz))
    return f"{MONTHS[local.month - 1]} {local.year}"


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 case", "2 cases"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
