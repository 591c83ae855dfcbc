"""Opening hours: when the team's clock runs.

One rule (P-10): a second counts iff the zone's wall clock shows opening hours at that second. So a night shift on the
day the clocks go forward is an hour shorter, an hour that comes twice counts twice, and a holiday closes its whole
local date (the part of a night shift before midnight still counts). All arithmetic is on UTC stretches of one offset.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from bot.core.zones import steady, utc, zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = 86_400
HORIZON = timedelta(days=20 * 366)

Opening = tuple[int, int]
Stretch = tuple[datetime, datetime]


class NeverOpen(ValueError):
    """These hours cannot fill the time asked for: the setting is wrong, not the moment."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A week of openings in one zone. `week[0]` is Monday; an opening is (from, to) in seconds of the local day.

    Build with `Hours.parse`, which checks; openings of a day are sorted and do not touch.
    """

    tz: str
    week: tuple[tuple[Opening, ...], ...]
    holidays: frozenset[date] = frozenset()

    @classmethod
    def parse(cls, tz: str, hours: Mapping[str, object], holidays: object = (), place: str = "policy") -> "Hours":
        """Hours from settings: {"mon": [["09:00", "12:30"], ["13:15", "17:30"]], "fri": [["22:00", "06:00"]]}.

        An opening that ends at or before its start runs over midnight. "24:00" is the end of a day. Holidays are ISO
        dates. ValueError names the place and the remedy.
        """
        zone(tz)
        raw: list[list[Opening]] = [[] for _ in DAYS]
        for name, spans in hours.items():
            day = _weekday(name, f"{place}.hours")
            for start, end in _spans(spans, f"{place}.hours.{name}"):
                raw[day].append((start, min(end, _DAY)))
                if end > _DAY:
                    raw[(day + 1) % 7].append((0, end - _DAY))
        return cls(tz, tuple(_joined(day) for day in raw), _holidays(holidays, f"{place}.holidays"))

    @property
    def seconds_a_week(self) -> int:
        """Opening seconds in a plain week, without holidays and clock changes."""
        return sum(end - start for day in self.week for start, end in day)

    def is_open(self, at: datetime) -> bool:
        """True if the wall clock shows opening hours at this moment."""
        at = utc(at, "at")
        return self.counted(at, at + datetime.resolution) > 0

    def stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """The open stretches inside [start, end), UTC, in order; neighbours may touch."""
        for piece_start, piece_end, offset in steady(zone(self.tz), utc(start, "start"), utc(end, "end")):
            yield from self._open_within(piece_start, piece_end, offset)

    def counted(self, start: datetime, end: datetime) -> float:
        """Opening seconds from `start` up to `end`; 0 if `end` is not later."""
        return sum((close - opens for opens, close in self.stretches(start, end)), timedelta()).total_seconds()

    def add(self, start: datetime, seconds: float) -> datetime:
        """The earliest moment (UTC) at which `seconds` opening seconds have passed since `start`.

        NeverOpen if that takes more than 20 years, or leaves the calendar.
        """
        start, left = utc(start, "start"), timedelta(seconds=seconds)
        if left <= timedelta():
            return start
        if not self.seconds_a_week:
            raise NeverOpen("These hours never open; add at least one opening, for example mon = [['09:00', '17:00']].")
        try:
            for opens, close in self.stretches(start, start + HORIZON):
                if close - opens >= left:
                    return opens + left
                left -= close - opens
        except OverflowError as error:
            raise NeverOpen(f"No calendar reaches from {start.isoformat()} to the end of this window.") from error
        raise NeverOpen("These hours open too seldom: the window would last over 20 years. Open more, or shorten it.")

    def closed(self, start: datetime, end: datetime) -> list[Stretch]:
        """The stretches of [start, end) that did not count, UTC, joined."""
        start, end = utc(start, "start"), utc(end, "end")
        edges = [start, *(edge for opening in self.stretches(start, end) for edge in opening), end]
        pairs = zip(edges[::2], edges[1::2], strict=True)
        return [(shut, opens) for shut, opens in pairs if shut < opens]

    def describe(self) -> str:
        """The week in words: "Mon–Fri 09:00–12:30 and 13:15–17:30, Sat 10:00–13:00"."""
        words, day = [], 0
        for openings, group in groupby(self.week):
            last = day + len(list(group)) - 1
            if openings:
                days = DAYS[day].title() if last == day else f"{DAYS[day].title()}–{DAYS[last].title()}"
                words.append(f"{days} " + " and ".join(f"{_shown(start)}–{_shown(end)}" for start, end in openings))
            day = last + 1
        return ", ".join(words) or "never open"

    def _open_within(self, start: datetime, end: datetime, offset: timedelta) -> Iterator[Stretch]:
        """Openings in a stretch of one offset: there the wall clock is UTC plus that offset."""
        day = datetime.combine((start + offset).date(), time(), tzinfo=start.tzinfo) - offset
        while day < end:
            local = (day + offset).date()
            if local not in self.holidays:
                for opens, closes in self.week[local.weekday()]:
                    opening = max(start, day + timedelta(seconds=opens))
                    closing = min(end, day + timedelta(seconds=closes))
                    if opening < closing:
                        yield opening, closing
            day += timedelta(days=1)


def _weekday(name: object, place: str) -> int:
    short = str(name).strip().lower()
    for number, full in enumerate(DAY_NAMES):
        if short in (DAYS[number], full.lower()):
            return number
    raise ValueError(f"{place}: {name!r} is not a day; write one of {', '.join(DAYS)}.")


def _spans(spans: object, place: str) -> Iterator[Opening]:
    if not isinstance(spans, list | tuple):
        raise ValueError(f'{place}: write a list of openings, for example [["09:00", "17:00"]].')
    for number, span in enumerate(spans):
        here = f"{place}[{number}]"
        if not isinstance(span, list | tuple) or len(span) != 2:
            raise ValueError(f'{here}: an opening is a pair such as ["09:00", "17:00"]; this is {span!r}.')
        start, end = (_seconds(edge, here) for edge in span)
        if start in (end, _DAY):
            raise ValueError(f'{here}: {span[0]}–{span[1]} is empty; a whole day is ["00:00", "24:00"].')
        yield start, end if end > start else end + _DAY


def _seconds(edge: object, place: str) -> int:
    if edge == "24:00":
        return _DAY
    try:
        at = time.fromisoformat(edge if isinstance(edge, str) and len(edge) in (5, 8) else "")
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None or at.microsecond:
        raise ValueError(f"{place}: {edge!r} is not a time of day; write HH:MM from 00:00 to 24:00.")
    return at.hour * 3600 + at.minute * 60 + at.second


def _joined(openings: list[Opening]) -> tuple[Opening, ...]:
    """Sorted, overlaps and neighbours made one: a second counts once however often it is listed."""
    joined: list[Opening] = []
    for start, end in sorted(openings):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _holidays(holidays: object, place: str) -> frozenset[date]:
    if not isinstance(holidays, list | tuple | set | frozenset):
        raise ValueError(f'{place}: write a list of dates, for example ["2026-12-25"].')
    return frozenset(_holiday(day, f"{place}[{number}]") for number, day in enumerate(holidays))


def _holiday(day: object, place: str) -> date:
    if isinstance(day, date) and not isinstance(day, datetime):
        return day
    try:
        return date.fromisoformat(day if isinstance(day, str) else "")
    except ValueError as error:
        raise ValueError(f"{place}: {day!r} is not a date; write YYYY-MM-DD.") from error


def _shown(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}" + (f":{left:02}" if left else "")
