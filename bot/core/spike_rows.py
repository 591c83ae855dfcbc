"""Counts from a CSV and their scores, as `earshot spikes` reads and writes them."""

import csv
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import chain
from math import isfinite

from bot.core.display import one_line
from bot.core.spikes import Judged, Point, Rule, Series, scan
from connectors.file.times import moment

COLUMNS = ("timestamp", "value")
YES = frozenset({"1", "true", "yes", "lost", "backfilled"})
LIKE = "2026-11-24T14:00+01:00"
MOST_NAMED = 12
Answer = dict[str, object]
_SLASHED = re.compile(r"\d\d?/\d\d?/")


def score_rows(
    lines: Iterable[str], rule: Rule | None = None, *, columns: Mapping[str, str] | None = None, zone: tzinfo = UTC
) -> Iterator[Answer]:
    """One answer a row, in the order given: `{"timestamp","score","alert",…}`, or `{"line","error"}` for a bad one.

    Columns: timestamp (a time; in `zone` where it names none), value (a count), and perhaps lost; `columns` says what
    yours are called. Between them a comma, semicolon, tab or bar. A row that stands there twice, every cell alike,
    counts once; other rows of one moment add up. ValueError, with the remedy, when the first line does not name them.
    """
    reader = _reader(lines, columns or {})
    seen: set[tuple[object, ...]] = set()
    read: list[tuple[str, Point] | Answer] = []
    counts: list[Point] = []
    for number, row in enumerate(reader, 2):
        read.append(found := _row(number, row, zone))
        cells = tuple(map(str, row.values()))
        if isinstance(found, tuple) and cells not in seen:
            seen.add(cells)
            counts.append(found[1])
    yield from _answers(read, _judged(counts, rule))


def _reader(lines: Iterable[str], columns: Mapping[str, str]) -> "csv.DictReader[str]":
    """The rows by our names of their columns."""
    rest = iter(lines)
    first = next(rest, "").lstrip("\ufeff")
    reader = csv.DictReader(chain([first], rest), delimiter=max(",;\t|", key=first.count))
    given = [(name or "").strip() for name in reader.fieldnames or ()]
    ours = {column.strip().lower(): name for name, column in columns.items()}
    names = [ours.get(name.lower(), name.lower()) for name in given]
    if missing := [name for name in COLUMNS if name not in names]:
        raise ValueError(_unnamed(given, missing))
    reader.fieldnames = names
    return reader


def _unnamed(given: Sequence[str], missing: Sequence[str]) -> str:
    """What to do about a first line that does not name what is needed."""
    said = "The first line must name the columns timestamp and value (and lost, if hours were not heard)."
    if not any(given) or any(_moment(cell, UTC) for cell in given):
        return f"{said} {'It is a row itself' if any(given) else 'There is none'}."
    free = iter([name for name in given if name.lower() not in COLUMNS])
    pairs = " ".join(f"--map {name}={shlex.quote(one_line(next(free, 'COLUMN'), 60))}" for name in missing)
    told = ", ".join(f"“{one_line(name, 60)}”" for name in given[:MOST_NAMED])
    more = f" and {len(given) - MOST_NAMED} more" if len(given) > MOST_NAMED else ""
    return f"{said} It has {told}{more}. Say which are which, for example: {pairs}"


def _row(number: int, row: Mapping[str | None, object], zone: tzinfo) -> tuple[str, Point] | Answer:
    text = str(row.get("timestamp") or "").strip()
    at = _moment(text, zone)
    if at is None:
        return {"line": number, "timestamp": text, "error": f"{text[:60]!r} is no time; write it as {LIKE}"}
    lost = str(row.get("lost") or "").strip().lower() in YES
    told = str(row.get("value") or "").strip()
    value = _count(told or ("0" if lost else ""))
    if value is None:
        why = f"{told[:60]!r} is not a count; write digits alone, as 2500"
        return {"line": number, "timestamp": text, "error": why}
    return text, Point(at, value, lost)


def _moment(text: str, zone: tzinfo) -> datetime | None:
    """ISO 8601, Unix seconds or 24.11.2026 14:00; 10/11/2026 is none: whether October is meant is not said."""
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=at.tzinfo or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None if _SLASHED.match(text) else moment(text, zone)


def _count(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) and value >= 0 else None


def _judged(points: list[Point], rule: Rule | None) -> dict[datetime, Judged]:
    """What is said of each row's moment; of several rows in one step the first one rings."""
    if not points:
        return {}
    series = Series(points)
    scanned = list(scan(series, rule))
    found: dict[datetime, Judged] = {}
    rung: set[int] = set()
    for point in sorted(points, key=lambda point: point.at):
        spot = series.at(point.at)
        one = scanned[spot]
        if point.at not in found:
            found[point.at] = one if spot not in rung else _silent(one)
        rung.add(spot)
    return found


def _silent(one: Judged) -> Judged:
    return Judged(one.deviation, False, min(one.score, 0.49), "")


def _answers(read: Iterable[tuple[str, Point] | Answer], found: Mapping[datetime, Judged]) -> Iterator[Answer]:
    """What is said of each row; of several of one moment the first one rings."""
    told: set[datetime] = set()
    for row in read:
        if not isinstance(row, tuple):
            yield row
            continue
        text, point = row
        one = found[point.at]
        yield _answer(text, _silent(one) if one.alert and point.at in told else one)
        told.add(point.at)


def _answer(text: str, one: Judged) -> Answer:
    seen = one.deviation
    said: Answer = {"timestamp": text, "score": round(one.score, 4), "alert": one.alert}
    if not seen.known:
        return said | {"known": False}
    said |= {"seen": round(seen.seen, 2), "expected": round(seen.expected, 2)}
    said |= {"over_s": round(seen.over.total_seconds())}
    return said | {"severity": one.severity} if one.alert else said
