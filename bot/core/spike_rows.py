"""Counts from a CSV and their scores, as `earshot spikes` reads and writes them."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from math import isfinite

from bot.core.spikes import Judged, Point, Rule, Series, scan

COLUMNS = ("timestamp", "value")
YES = frozenset({"1", "true", "yes", "lost", "backfilled"})
Answer = dict[str, object]


def score_rows(lines: Iterable[str], rule: Rule | None = None) -> Iterator[Answer]:
    """One answer a row, in the order given: `{"timestamp","score","alert",…}`, or `{"line","error"}` for a bad one.

    Columns: timestamp (ISO 8601; UTC where no zone is given), value (a count), and perhaps lost. ValueError when the
    first line does not name them.
    """
    reader = csv.DictReader(lines)
    names = [(name or "").strip().lstrip("\ufeff").lower() for name in reader.fieldnames or ()]
    if not set(COLUMNS) <= set(names):
        raise ValueError(
            "The first line must name the columns timestamp and value (and lost, if hours were not heard)."
        )
    reader.fieldnames = names
    read = [_row(number, row) for number, row in enumerate(reader, 2)]
    points = {number: point for number, point in enumerate(read) if isinstance(point, tuple)}
    found = _judged([point for _text, point in points.values()], rule)
    for row in read:
        yield _answer(row[0], found[row[1].at]) if isinstance(row, tuple) else row


def _row(number: int, row: Mapping[str | None, object]) -> tuple[str, Point] | Answer:
    text = str(row.get("timestamp") or "").strip()
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        lost = str(row.get("lost") or "").strip().lower() in YES
        value = float(str(row.get("value") or "").strip() or ("0" if lost else "nan"))
    except (ValueError, OverflowError) as error:
        return {"line": number, "timestamp": text, "error": str(error)}
    if not isfinite(value) or value < 0:
        return {"line": number, "timestamp": text, "error": f"{row.get('value')!r} is not a count"}
    return text, Point(at, value, lost)


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


def _answer(text: str, one: Judged) -> Answer:
    seen = one.deviation
    said: Answer = {"timestamp": text, "score": round(one.score, 4), "alert": one.alert}
    if not seen.known:
        return said | {"known": False}
    said |= {"seen": round(seen.seen, 2), "expected": round(seen.expected, 2)}
    said |= {"over_s": round(seen.over.total_seconds())}
    return said | {"severity": one.severity} if one.alert else said
