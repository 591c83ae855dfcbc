"""Promises in a reply of ours: what commits us, and by when. Pure; English, German, French, Spanish, Italian,
Portuguese and Dutch.

A promise is a sentence that is no question, in which somebody of us will do something, with a time in it. Times are
read on the brand's wall; a day without an hour ends at its last minute. Where a word can mean two days, the earlier
one is taken: the customer may have read it so. A time that cannot be read (“soon”) is no promise here; the boundary
"promise" still reminds of it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from bot.core import promise_words as said
from bot.core.zones import zone

LONGEST = timedelta(days=366)
LAST_MINUTE = time(23, 59)
_SENTENCE = re.compile(
    r"[^.!?…\n]+(?:\.(?=\d|\s?m\b)[^.!?…\n]*"
    r"|(?<=\d)\.(?=\s?(?:jan|jän|feb|mär|apr|mai|jun|jul|aug|sep|okt|nov|dez))[^.!?…\n]*)*[.!?…]*",
    re.IGNORECASE,
)
_PIECES = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}


@dataclass(frozen=True, slots=True)
class Promise:
    """Words at [start, end) of a reply that commit us to `due_at` (UTC)."""

    words: str
    start: int
    end: int
    due_at: datetime

    @property
    def key(self) -> str:
        """How a form names it: its place in the text."""
        return f"{self.start}-{self.end}"


def promises(text: str, now: datetime, tz: str) -> tuple[Promise, ...]:
    """Every promise in `text`, left to right, at most one for each time named; of several in a sentence the first."""
    return tuple(one for one in _named(text, now, tz) if one.due_at > now)


def over(text: str, now: datetime, tz: str) -> tuple[Promise, ...]:
    """What would be promises, were their time not gone: "by 16:00 today", written at 17:00."""
    return tuple(one for one in _named(text, now, tz) if one.due_at <= now)


def _named(text: str, now: datetime, tz: str) -> Iterator[Promise]:
    for sentence in _SENTENCE.finditer(text):
        plain = _folded(sentence.group())
        if plain.rstrip().endswith("?") or not _any(said.COMMITS, plain) or _any(said.DENIES, plain):
            continue
        first = _first(plain, now, tz)
        if first is not None:
            start, end, due = first
            start, end = sentence.start() + start, sentence.start() + end
            yield Promise(text[start:end], start, end, due)


def _first(text: str, now: datetime, tz: str) -> tuple[int, int, datetime] | None:
    """The first time ahead that is named; else the first by which something was to be done and that is gone.

    The hour of a day that is gone is no hour of another day.
    """
    gone: list[tuple[int, int, datetime]] = []
    for start, end, due in _times(text, now, tz):
        if due <= now:
            gone.append((start, end, due))
        elif not any(a < end and start < b for a, b, _ in gone):
            return start, end, due
    return next((one for one in gone if _BY_HOUR.search(text[max(0, one[0] - REACH // 2) : one[1]])), None)


def _folded(text: str) -> str:
    """Small letters without accents, place by place: the same length as the text."""
    return "".join((unicodedata.normalize("NFD", one)[:1].lower()[:1] or one) for one in text).replace("’", "'")


def _any(patterns: Sequence[str], text: str) -> bool:
    return any(pattern.search(text) for pattern in _compiled(tuple(patterns)))


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


def _times(text: str, now: datetime, tz: str) -> Iterator[tuple[int, int, datetime]]:
    """The times named, also gone ones, the surest kind first: spans, dates, weekdays, days near now, hours."""
    local = now.astimezone(zone(tz))
    for find in (_spans, _dates, _weekdays, _near, _hours):
        for start, end, when in find(text, local):
            due = when.astimezone(UTC)
            if due <= now + LONGEST:
                yield start, end, due


Found = Iterator[tuple[int, int, datetime]]


def _alternatives(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))


@cache
def _span_pattern() -> re.Pattern[str]:
    number = rf"(?P<number>\d{{1,3}}|{_alternatives(list(said.NUMBERS))})?"
    return re.compile(
        rf"\b(?P<within>{_alternatives(said.WITHIN)})\s?{number}(?:\s?(?:-|–|to|bis|a|o|or)\s?(?P<more>\d{{1,3}}))?"
        rf"\s?(?P<unit>{_alternatives(list(said.UNITS))})\b"
    )


def _spans(text: str, local: datetime) -> Found:
    for found in _span_pattern().finditer(text):
        raw = found["more"] or found["number"] or "1"
        number = float(raw) if raw.isdigit() else float(said.NUMBERS[raw])
        unit = said.UNITS[found["unit"]]
        if unit == "working":
            yield *found.span(), _after_working(local, int(number) or 1)
        else:
            yield *found.span(), local.astimezone(UTC) + _PIECES[unit] * number


def _after_working(local: datetime, days: int) -> datetime:
    at = local.date()
    while days:
        at += timedelta(days=1)
        days -= at.weekday() < 5
    return _end_of(at, local)


def _end_of(day: date, local: datetime, at: time = LAST_MINUTE) -> datetime:
    return datetime.combine(day, at, local.tzinfo)


@cache
def _weekday_pattern() -> re.Pattern[str]:
    names = [name for names in said.WEEKDAYS for name in names]
    return re.compile(
        rf"\b(?P<until>{_alternatives(said.UNTIL)})\s(?:the\s|den\s|il\s|o\s|a\s|al\s)?"
        rf"(?P<day>{_alternatives(names)})\b"
    )


def _weekdays(text: str, local: datetime) -> Found:
    for found in _weekday_pattern().finditer(text):
        wanted = next(number for number, names in enumerate(said.WEEKDAYS) if found["day"] in names)
        ahead = (wanted - local.weekday()) % 7
        if ahead == 0 and found["until"] in ("next", "nachsten", "kommenden", "coming"):
            ahead = 7
        day = local.date() + timedelta(days=ahead)
        at, start, end = _hour_beside(text, *found.span())
        when = _end_of(day, local, at)
        yield start, end, when if when > local else _end_of(day + timedelta(days=7), local, at)


def _near(text: str, local: datetime) -> Found:
    friday = (4 - local.weekday()) % 7
    kinds: tuple[tuple[tuple[str, ...], int], ...] = (
        (said.AFTER_TOMORROW, 2), (said.TOMORROW, 1), (said.NEXT_WEEK, (4 - local.weekday()) + 7),
        (said.THIS_WEEK, friday), (said.TODAY, 0),
    )  # fmt: skip
    taken: list[tuple[int, int]] = []
    for names, days in kinds:
        for found in re.finditer(rf"\b(?:{_alternatives(names)})\b", text):
            if any(start <= found.start() < end for start, end in taken):
                continue
            taken.append(found.span())
            at, start, end = _hour_beside(text, *found.span())
            yield start, end, _end_of(local.date() + timedelta(days=days), local, at)


_TOWARDS = "at|by|before|um|bis|gegen|a las|alle|as|a|om|voor|avant|vers"
_THEN = (
    r"(?:(?P<h12>1[0-2]|0?[1-9])(?:[:.](?P<m12>[0-5]\d))?\s?(?P<half>[ap](?:m\b|\.m\b\.?))"
    r"|(?P<h24>[01]?\d|2[0-3])(?::(?P<m24>[0-5]\d)|\s?(?:uhr|h|uur|horas|heures)\b(?P<m3>[0-5]\d)?)"
    r"|(?P<noon>noon|midday|mittag|midi|mediodia|mezzogiorno|meio-dia))"
)
_HOUR = re.compile(rf"\s?(?:,\s?)?(?:{_TOWARDS})?\s?{_THEN}")
_HOUR_BEFORE = re.compile(rf"\b(?:{_TOWARDS})\s{_THEN}\s?(?:on\s)?$")
_BARE = re.compile(r"\s?(?:,\s?)?(?:at|um|a las|alle|om)\s(?P<bare>1\d|2[0-3]|[1-9])(?=\s?(?:[.,;!?)](?!\d)|$))")
_MORNING = 8  # "at 3" from a care team is the afternoon, "at 9" the morning
REACH = 24  # letters before a day in which its hour can stand


def _hour_after(text: str, at: int) -> tuple[time, int]:
    """The hour said right after a day, and where it ends; the day's last minute if none is said."""
    found = _HOUR.match(text, at) or _BARE.match(text, at)
    return (LAST_MINUTE, at) if found is None else (_time(found), found.end())


def _hour_beside(text: str, start: int, end: int) -> tuple[time, int, int]:
    """The hour said with the day at [start, end), after it or before it ("by 19:00 today"), and where both stand."""
    at, after = _hour_after(text, end)
    before = _HOUR_BEFORE.search(text[:start], max(0, start - REACH)) if after == end else None
    return (at, start, after) if before is None else (_time(before), before.start(), end)


def _time(found: re.Match[str]) -> time:
    if "bare" in found.groupdict():
        return time(int(found["bare"]) + 12 * (int(found["bare"]) < _MORNING))
    if found["noon"]:
        return time(12)
    if found["h12"]:
        late = found["half"].startswith("p")
        return time(int(found["h12"]) % 12 + 12 * late, int(found["m12"] or 0))
    return time(int(found["h24"]), int(found["m24"] or found["m3"] or 0))


_BY_HOUR = re.compile(
    r"\b(?:by|before|until|no later than|bis|vor|avant|d'ici|antes de las|antes das|entro le|ate as|voor)(?=\s)"
)


def _hours(text: str, local: datetime) -> Found:
    """ "by 5 pm": today, or tomorrow where that hour is gone."""
    for found in _BY_HOUR.finditer(text):
        at, end = _hour_after(text, found.end())
        if end > found.end():
            when = _end_of(local.date(), local, at)
            yield found.start(), end, when if when > local else _end_of(local.date() + timedelta(days=1), local, at)


@cache
def _date_patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    names = _alternatives([name for names in said.MONTHS for name in names])
    until = rf"\b(?:{_alternatives(said.UNTIL)})\s(?:the\s|den\s|il\s|zum\s|dia\s)?"
    return (
        re.compile(rf"{until}(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.|º|er)?\s(?:of\s|de\s)?(?P<month>{names})\b"),
        re.compile(rf"{until}(?P<month>{names})\s(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b"),
        re.compile(
            rf"{until}(?:(?P<year>20\d\d)-(?P<iso>[01]\d)-(?P<isod>[0-3]\d)"
            rf"|(?P<day>[0-3]?\d)[./](?P<month>[0-3]?\d)(?![\d:]))"
        ),
    )


def _dates(text: str, local: datetime) -> Found:
    by_name, name_first, figures = _date_patterns()
    for pattern in (by_name, name_first):
        for found in pattern.finditer(text):
            month = next(number for number, names in enumerate(said.MONTHS, 1) if found["month"] in names)
            yield from _on(text, found, local, month, int(found["day"]))
    for found in figures.finditer(text):
        if found["iso"]:
            yield from _on(text, found, local, int(found["iso"]), int(found["isod"]), int(found["year"]))
        else:
            yield from _on_figures(text, found, local)


def _on_figures(text: str, found: re.Match[str], local: datetime) -> Found:
    """12.3. and 12/3: the day first, unless only the other way is a date."""
    day, month = int(found["day"]), int(found["month"])
    if month > 12:
        day, month = month, day
    yield from _on(text, found, local, month, day)


def _on(text: str, found: re.Match[str], local: datetime, month: int, day: int, year: int | None = None) -> Found:
    try:
        there = date(year or local.year, month, day)
        if year is None and there < local.date():
            there = date(local.year + 1, month, day)
    except ValueError:
        return
    at, end = _hour_after(text, found.end())
    yield found.start(), end, _end_of(there, local, at)
