"""How well spikes are found: every brand in a folder scored with the others' best settings.

`python -m tests.bench spikes` with SPIKE_DATA naming a folder of `BRAND.csv` (timestamp,value) and windows.json.
"""

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from statistics import fmean

from bot.core.spikes import Deviation, Memory, Point, Rule, Series, deviation, ring
from tests.bench.nab import Scored, false_a_week, scored, standard

BARS = (3.0, 3.25, 3.5, 3.75, 4.0, 4.25, 4.5)
AGAIN = (0.8, 0.9, 1.0, 1.1)
FADES = (7, 14, 21, 28)
RESTS = (24,)  # a day, given and not searched; BENCH_RESTS=12,24,36,48 searches it too
MOST_FALSE = 0.5  # a week and brand
Place = tuple[int, int, int, int]


@dataclass(frozen=True)
class Brand:
    """One file with its labels and the deviation at every row."""

    name: str
    times: list[datetime]
    windows: list[tuple[datetime, datetime]]
    found: list[Deviation]

    def under(self, rule: Rule) -> Scored:
        """Its score with this rule."""
        return scored(self.times, list(alerts(self.found, rule)), self.windows)


def alerts(found: Sequence[Deviation], rule: Rule) -> Iterator[int]:
    """The rows that ring."""
    memory = Memory()
    for spot, one in enumerate(found):
        if one.size >= rule.bar:
            rings, memory = ring(one, memory, rule)
            if rings:
                yield spot


def load(folder: Path) -> list[Brand]:
    """Every brand there is labelled, its deviations computed once."""
    labels = json.loads((folder / "windows.json").read_text("utf-8"))
    return [_brand(folder / f"{name}.csv", windows) for name, windows in sorted(labels.items())]


def _brand(file: Path, windows: Sequence[Sequence[str]]) -> Brand:
    with file.open(encoding="utf-8") as lines:
        points = [Point(_time(row["timestamp"]), float(row["value"])) for row in csv.DictReader(lines)]
    series = Series(points)
    found = [deviation(series, series.at(point.at)) for point in points]
    return Brand(file.stem, [p.at for p in points], [(_time(a), _time(z)) for a, z in windows], found)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rules() -> dict[Place, Rule]:
    """Every setting tried, by its place in the grid."""
    rests = [int(hours) for hours in os.environ["BENCH_RESTS"].split(",")] if "BENCH_RESTS" in os.environ else RESTS
    axes = [list(enumerate(axis)) for axis in (BARS, AGAIN, FADES, rests)]
    made: dict[Place, Rule] = {}
    for (a, bar), (b, again), (c, fades), (d, rest) in product(*axes):
        made[a, b, c, d] = Rule(float(bar), float(again), timedelta(days=fades), timedelta(hours=rest))
    return made


def leave_one_out(table: Mapping[Place, Sequence[Scored]], brands: int) -> list[tuple[Place, Scored]]:
    """Each brand under the setting that is best for the others, together with its neighbours in the grid."""
    return [(place := _best(table, left_out), table[place][left_out]) for left_out in range(brands)]


def _best(table: Mapping[Place, Sequence[Scored]], left_out: int) -> Place:
    others = {p: [part for n, part in enumerate(parts) if n != left_out] for p, parts in table.items()}
    quiet = {place: parts for place, parts in others.items() if false_a_week(parts) <= MOST_FALSE}
    scores = {place: standard(parts) for place, parts in others.items()}
    return max(quiet, key=lambda place: (fmean(scores[near] for near in _near(place) if near in scores), place))


def _near(place: Place) -> Iterator[Place]:
    yield place
    for axis in range(4):
        for step in (-1, 1):
            moved = list(place)
            moved[axis] += step
            yield moved[0], moved[1], moved[2], moved[3]


def report() -> None:
    """Print both tables: leaving one brand out, and what the shipped setting does on each."""
    folder = Path(os.environ.get("SPIKE_DATA", "../shared/data/spike"))
    if not (folder / "windows.json").exists():
        print(f"No labelled series at {folder}: name the folder in SPIKE_DATA.")
        return
    brands, grid = load(folder), rules()
    table = {place: [brand.under(rule) for brand in brands] for place, rule in grid.items()}
    chosen = leave_one_out(table, len(brands))
    for brand, (place, part) in zip(brands, chosen, strict=True):
        print(f"{brand.name:5} {part.hits}/{part.windows} hit, {len(part.false)} false, with {grid[place]}")
    _line("leaving one brand out", [part for _place, part in chosen])
    _line("shipped", [brand.under(Rule()) for brand in brands])
    _line("every alert, no record, 24 h rest", [brand.under(Rule(again=0.0)) for brand in brands])
    _line("every alert, no record, no rest", [brand.under(Rule(again=0.0, rest=timedelta())) for brand in brands])


def _line(name: str, parts: Sequence[Scored]) -> None:
    hits, windows = sum(part.hits for part in parts), sum(part.windows for part in parts)
    print(f"{name}: {standard(parts):.1f}, {hits}/{windows} windows, {false_a_week(parts):.2f} false a brand and week")
