"""Time zones from the rules pinned with Earshot, never from the machine's own.

Rules change several times a year. A deadline must be the same on every machine (P-09), so the zone files come from the
`tzdata` package of the lock file; a system's older or newer copy is not asked. Upgrading `tzdata` upgrades the rules.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)
_CHUNK = timedelta(days=1)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every IANA name we know."""
    return frozenset((resources.files("tzdata") / "zones").read_text(encoding="utf-8").split())


@lru_cache(maxsize=128)
def zone(name: str) -> ZoneInfo:
    """The zone of this IANA name. ValueError names the nearest known names."""
    if name not in zone_names():
        near = get_close_matches(name, zone_names(), n=3, cutoff=0.6)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ValueError(f"{name!r} is not a time zone; write an IANA name such as Europe/Berlin.{hint}")
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


def utc(at: datetime, what: str) -> datetime:
    """The same moment in UTC. ValueError if it has no zone: two clocks would then disagree about it."""
    if at.tzinfo is None:
        raise ValueError(f"{what} has no time zone; give an aware time, for example 2026-05-04T10:00:00Z.")
    return at.astimezone(UTC)


def day_start(day: date, where: ZoneInfo) -> datetime:
    """The first moment (UTC) of a local day, also where midnight is skipped or comes twice."""
    return datetime.combine(day, time(), tzinfo=where).astimezone(UTC)


def steady(where: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Cut UTC [start, end) where the zone changes its offset: (start, end, offset) with one offset each, in order.

    Pieces are at most a day long. No zone has ever changed twice within a day (nearest since 1970: 7 days apart), so
    equal offsets at both ends of a piece mean none in between.
    """
    while start < end:
        stop = min(start + _CHUNK, end)
        first, last = _offset(where, start), _offset(where, stop - datetime.resolution)
        if first == last:
            yield start, stop, first
        else:
            change = _change(where, start, stop)
            yield start, change, first
            yield change, stop, last
        start = stop


def _change(where: ZoneInfo, start: datetime, end: datetime) -> datetime:
    """The one moment inside (start, end) at which the offset changes; zones change on whole seconds."""
    first = _offset(where, start)
    while end - start > _SECOND:
        middle = start + (end - start) / 2
        start, end = (middle, end) if _offset(where, middle) == first else (start, middle)
    return end.replace(microsecond=0)


def _offset(where: ZoneInfo, at: datetime) -> timedelta:
    offset = at.astimezone(where).utcoffset()
    assert offset is not None  # a ZoneInfo always answers for an aware time
    return offset
