"""How well spikes are found: every brand in a folder scored with the others' best settings.

`python -m tests.bench spikes` with SPIKE_DATA naming a folder of `BRAND.csv` (timestamp,value) and windows.json.
BENCH_COPIES=8 chooses on so many copies of each of the others too, in which posts are left out by chance: a setting
that is good for all of them is good by less of an accident.
"""

import csv
import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from statistics import fmean
from time import process_time

from bot.core.spikes import Deviation, Memory, Point, Rule, Series, deviation, ring
from tests.bench.nab import Scored, false_a_week, scored, standard

BARS = (3.0, 3.5, 4.0, 4.5)
RANKS = (1, 2)  # a rank of 3 in 28 days is 0.72 a week on days that are alike: more than may ring falsely
RESTS = (12, 18, 24, 36, 48)
KEPT = (0.9, 0.7, 0.5, 0.4)  # of the posts, in the copies
NAIVE = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0)
MOST_FALSE = 0.5  # a week and brand
Place = tuple[int, ...]


@dataclass(frozen=True)
class Brand:
    """One file with its labels and the deviation at every row, how long one took in seconds, and its copies."""

    name: str
    points: list[Point]
    windows: list[tuple[datetime, datetime]]
    found: list[Deviation]
    each_s: float = 0.0
    copies: tuple["Brand", ...] = ()

    def under(self, rule: Rule) -> Scored:
        """Its score with this rule."""
        return self.scored(list(alerts(self.found, rule)))

    def scored(self, rows: Sequence[int]) -> Scored:
        """Its score when these rows ring."""
        return scored([point.at for point in self.points], rows, self.windows)


def alerts(found: Sequence[Deviation], rule: Rule) -> Iterator[int]:
    """The rows that ring."""
    memory: Memory = ()
    for spot, one in enumerate(found):
        if one.size >= rule.bar:
            rings, memory = ring(one, memory, rule)
            if rings:
                yield spot


def load(folder: Path, copies: int) -> list[Brand]:
    """Every brand there is labelled, its deviations computed once."""
    labels = json.loads((folder / "windows.json").read_text("utf-8"))
    return [_brand(folder / f"{name}.csv", windows, copies) for name, windows in sorted(labels.items())]


def _brand(file: Path, windows: Sequence[Sequence[str]], copies: int) -> Brand:
    with file.open(encoding="utf-8") as lines:
        points = [Point(_time(row["timestamp"]), float(row["value"])) for row in csv.DictReader(lines)]
    spans = [(_time(a), _time(z)) for a, z in windows]
    others = tuple(_made(file.stem, _thinned(points, number), spans) for number in range(copies))
    return _made(file.stem, points, spans, others)


def _made(
    name: str, points: list[Point], windows: list[tuple[datetime, datetime]], copies: tuple[Brand, ...] = ()
) -> Brand:
    began = process_time()
    series = Series(points)
    found = [deviation(series, series.at(point.at)) for point in points]
    return Brand(name, points, windows, found, (process_time() - began) / len(points), copies)


def _thinned(points: list[Point], number: int) -> list[Point]:
    """The same counts with a part of the posts left out, each by chance."""
    draw, kept = random.Random(number), KEPT[number % len(KEPT)]
    return [Point(p.at, float(sum(draw.random() < kept for _ in range(round(p.value))))) for p in points]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rules() -> dict[Place, Rule]:
    """Every setting tried, by its place in the grid."""
    axes = [list(enumerate(axis)) for axis in (BARS, RANKS, RESTS)]
    return {
        (a, b, c): Rule(float(bar), int(rank), timedelta(hours=rest))
        for (a, bar), (b, rank), (c, rest) in product(*axes)
    }


def leave_one_out(tables: Sequence[Mapping[Place, Sequence[Scored]]], brands: int) -> list[tuple[Place, Scored]]:
    """Each brand under the setting that is best for the others, together with its neighbours in the grid.

    The first table scores the brands themselves; further ones their copies.
    """
    return [(place := _best(tables, left_out), tables[0][place][left_out]) for left_out in range(brands)]


def _best(tables: Sequence[Mapping[Place, Sequence[Scored]]], left_out: int) -> Place:
    def others(table: Mapping[Place, Sequence[Scored]], place: Place) -> list[Scored]:
        return [part for n, part in enumerate(table[place]) if n != left_out]

    scores = {place: fmean(standard(others(table, place)) for table in tables) for place in tables[0]}
    false = {place: fmean(false_a_week(others(table, place)) for table in tables) for place in tables[0]}
    quiet = [place for place in scores if false[place] <= MOST_FALSE] or [min(false, key=false.__getitem__)]
    return max(quiet, key=lambda place: (fmean(scores[near] for near in _near(place) if near in scores), place))


def _near(place: Place) -> Iterator[Place]:
    yield place
    for axis in range(len(place)):
        for step in (-1, 1):
            yield (*place[:axis], place[axis] + step, *place[axis + 1 :])


def report() -> None:
    """Print it all: leaving one brand out, what is shipped, and the naive z-score on the same series."""
    folder = Path(os.environ.get("SPIKE_DATA", "../shared/data/spike"))
    if not (folder / "windows.json").exists():
        print(f"No labelled series at {folder}: name the folder in SPIKE_DATA.")
        return
    brands, grid = load(folder, int(os.environ.get("BENCH_COPIES", "0"))), rules()
    heard = [brands, *zip(*(brand.copies for brand in brands), strict=True)]
    tables = [{place: [brand.under(rule) for brand in each] for place, rule in grid.items()} for each in heard]
    chosen = leave_one_out(tables, len(brands))
    for brand, (place, part) in zip(brands, chosen, strict=True):
        rule = grid[place]
        with_ = f"bar {rule.bar}, rank {rule.rank}, rest {rule.rest // timedelta(hours=1)} h"
        print(f"{brand.name:5} {part.hits}/{part.windows} hit, {len(part.false)} false, with {with_}; "
              f"{len(brand.points) * brand.each_s:.2f} s a series, {brand.each_s * 1e6:.0f} µs a row")  # fmt: skip
    _line("leaving one brand out, everything chosen on the others", [part for _place, part in chosen])
    _line("shipped", [brand.under(Rule()) for brand in brands])
    every = [standard(parts) for parts in tables[0].values()]
    print(f"every setting of the {len(every)} alike on all: {fmean(every):.1f}, worst {min(every):.1f}")
    _line("shipped bar, every row above it rings", [brand.scored(_above(brand, 0)) for brand in brands])
    _line("shipped bar, 24 h rest alone", [brand.scored(_above(brand, 24)) for brand in brands])
    for rest in (0, 24):
        naive: dict[Place, list[Scored]] = {
            (n,): [b.scored(_rested(b, _naive(b, bar), rest)) for b in brands] for n, bar in enumerate(NAIVE)
        }
        _line(f"naive seasonal z-score, {rest} h rest, leaving one brand out",
              [part for _place, part in leave_one_out([naive], len(brands))])  # fmt: skip


def _above(brand: Brand, rest: int) -> list[int]:
    return _rested(brand, [spot for spot, one in enumerate(brand.found) if one.size >= Rule().bar], rest)


def _rested(brand: Brand, rows: Sequence[int], rest: int) -> list[int]:
    """Rows with at least so many hours between two."""
    kept: list[int] = []
    for spot in rows:
        if not kept or brand.points[spot].at - brand.points[kept[-1]].at >= timedelta(hours=rest):
            kept.append(spot)
    return kept


def _naive(brand: Brand, bar: float) -> list[int]:
    """Rows so many standard deviations above the mean of all rows before in the same hour of the day."""
    rows: list[int] = []
    sums: dict[int, tuple[int, float, float]] = defaultdict(lambda: (0, 0.0, 0.0))
    for spot, point in enumerate(brand.points):
        n, total, squares = sums[point.at.hour]
        spread = max(squares / n - (total / n) ** 2, 1e-9) ** 0.5 if n else 0.0
        if n >= 12 and point.value > total / n + bar * spread:
            rows.append(spot)
        sums[point.at.hour] = n + 1, total + point.value, squares + point.value**2
    return rows


def _line(name: str, parts: Sequence[Scored]) -> None:
    hits, windows = sum(part.hits for part in parts), sum(part.windows for part in parts)
    print(f"{name}: {standard(parts):.1f}, {hits}/{windows} windows, {false_a_week(parts):.2f} false a brand and week")
