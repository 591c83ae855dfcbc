"""Times as files write them → UTC. Pure."""

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

_ISO = re.compile(
    r"(\d{4})[-/](\d\d?)[-/](\d\d?)(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"(\d\d?)([./])(\d\d?)\2(\d{4})(?:,?[T ]+(\d\d?):(\d\d)(?::(\d\d))?)?\s*([ap]m)?", re.IGNORECASE)
_NUMBER = re.compile(r"\d{9,16}(?:\.\d+)?")
_EARLIEST = 100_000_000  # before 1973: a count or a year, not a moment


def moment(value: Any, zone: tzinfo = UTC) -> datetime | None:
    """The moment a value names, or None if it names none: ISO 8601, e-mail and Twitter dates, Unix seconds or millis.

    A time without a zone is taken to be in `zone`. Week dates, impossible days and offsets beyond a day are none.
    """
    try:
        found = _read(value, zone)
        return found.astimezone(UTC) if found is not None else None
    except (ValueError, OverflowError, OSError):
        return None  # the caller keeps the post and marks its time as estimated


def is_zoned(value: Any) -> bool:
    """True if the value itself says its zone, so that nothing was assumed."""
    if isinstance(value, int | float):
        return True
    text = str(value).strip()
    iso = _ISO.fullmatch(text)
    return bool(iso[8]) if iso else not _LOCAL.fullmatch(text)


def _read(value: Any, zone: tzinfo) -> datetime | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _unix(float(value))
    if not isinstance(value, str):
        return None
    text = value.strip()[:80]
    if _NUMBER.fullmatch(text):
        return _unix(float(text))
    if iso := _ISO.fullmatch(text):
        return _iso(iso, zone)
    if local := _LOCAL.fullmatch(text):
        return _local(local, zone)
    mail = parsedate_to_datetime(text)  # also "Tue Oct 31 22:10:10 +0000 2017", as Twitter wrote it
    return mail if mail.tzinfo else mail.replace(tzinfo=zone)


def _unix(number: float) -> datetime | None:
    """Seconds, milliseconds or microseconds: told apart by their size (the year 5138 is the border of the first)."""
    if not math.isfinite(number):
        return None
    while number > 1e11:
        number /= 1000
    return datetime.fromtimestamp(number, UTC) if number >= _EARLIEST else None


def _iso(found: re.Match[str], zone: tzinfo) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in found.group(1, 2, 3, 4, 5, 6))
    micro = int((found[7] or "0").ljust(6, "0")[:6])
    leap = timedelta(seconds=1) if second == 60 else timedelta(0)
    when = datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=_zone(found[8], zone))
    return when + leap


def _zone(text: str | None, zone: tzinfo) -> tzinfo:
    if not text:
        return zone
    if text[0] not in "+-":
        return UTC
    given = datetime.strptime(text if len(text) > 3 else text + "00", "%z").tzinfo
    return given or UTC


def _local(found: re.Match[str], zone: tzinfo) -> datetime:
    """31.10.2017 is day first; 10/31/2017 is month first unless that cannot be."""
    first, second = int(found[1]), int(found[3])
    day, month = (first, second) if found[2] == "." or first > 12 else (second, first)
    hour = int(found[5] or 0)
    if found[8]:
        hour = hour % 12 + (12 if found[8].lower() == "pm" else 0)
    return datetime(int(found[4]), month, day, hour, int(found[6] or 0), int(found[7] or 0), tzinfo=zone)
