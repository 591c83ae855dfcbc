"""Times and spans in words, the same on every machine (no locale)."""

from datetime import UTC, datetime, timedelta

from bot.core.hours import DAY_NAMES
from bot.core.locales import number as written
from bot.core.zones import zone

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def iso(at: datetime) -> str:
    """RFC 3339 in UTC with Z; fractions only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_words(at: datetime, tz: str) -> str:
    """The local day: "Monday 4 May 2026"."""
    local = at.astimezone(zone(tz))
    return f"{DAY_NAMES[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"


def clock_words(at: datetime, tz: str) -> str:
    """The local wall clock: "09:00", with seconds only where there are any."""
    local = at.astimezone(zone(tz))
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def span_words(span: timedelta) -> str:
    """A span as a person says it, rounded down: "under 1 minute", "9 minutes", "1 hour 20 minutes"."""
    parts = _parts(span)[:3]
    if not any(number for number, _ in parts):
        return "under 1 minute"
    first = next(place for place, (number, _) in enumerate(parts) if number)
    return _said(parts[first : first + 2])


def exact_words(span: timedelta) -> str:
    """A span to the second: "40 hours" is "1 day 16 hours", nothing is "0 seconds"."""
    return _said(_parts(span)) or "0 seconds"


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 hour", "2 hours"."""
    return f"{written(number)} {noun}" if number == 1 else f"{written(number)} {noun}s"


def _parts(span: timedelta) -> list[tuple[int, str]]:
    minutes, seconds = divmod(int(abs(span).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return [(days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second")]


def _said(parts: list[tuple[int, str]]) -> str:
    return " ".join(counted(number, noun) for number, noun in parts if number)
