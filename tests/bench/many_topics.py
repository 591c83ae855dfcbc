"""How often a brand with twenty topics of its own rings falsely: `python -m tests.bench manytopics`.

SPIKE_DATA names a folder of `BRAND.csv` (timestamp,value) and windows.json: real counts of five brands. Of each post
chance says whether it complains and of what (topics of unequal size, whose shares drift from day to day as they do),
so nothing but what is in the counts themselves happens. What rings outside the labelled windows is false. Told by
looks that ring (each would be a message, were the incident of the last one dismissed at once), and by episodes a day
apart, which is what a room hears while an incident goes on. BENCH_TOPICS (20), BENCH_THIN: what part of the posts (1).
"""

import json
import os
import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from unittest.mock import patch

from bot.core import spikes
from bot.core.spikes import DAY, HOUR, Deviation, Memory, Point, Rule, Series, deviation, ring
from bot.store.spikes import LEAST, QUIET_BRAND, kept_as
from tests.bench.spikes import _brand

COMPLAINS, NEGATIVE = 0.15, 0.3
WEEK = timedelta(days=7)


def split(points: Sequence[Point], topics: int, part: float, seed: int) -> dict[str, list[int]]:
    """Counts by series: every post is a complaint or not, about one topic, by chance."""
    draw = random.Random(seed)
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(points))
    day, shares = None, [0.0]
    for spot, point in enumerate(points):
        if point.at.date() != day:
            day = point.at.date()
            shares = list(accumulate(draw.gammavariate(4, 1 / 4) / (at + 1) for at in range(topics)))
        for _ in range(sum(draw.random() < part for _ in range(round(point.value)))):
            found["mentions"][spot] += 1
            complains = draw.random() < COMPLAINS
            found["negative"][spot] += complains or draw.random() < NEGATIVE
            if complains:
                found["complaints"][spot] += 1
                found[f"own:{bisect_left(shares, draw.random() * shares[-1])}"][spot] += 1
    return found


def high(times: Sequence[datetime], counts: Sequence[int], over: timedelta) -> list[Deviation]:
    """Where a series is above the bar, of what has enough in its last stretch to be looked at."""
    series = Series([Point(at, value) for at, value in zip(times, counts, strict=True)])
    sums, many, bar = [0, *accumulate(counts)], series.steps(over), Rule().bar
    busy = (spot for spot in range(len(times)) if sums[spot + 1] - sums[max(0, spot + 1 - many)] >= LEAST)
    return [found for spot in busy if (found := deviation(series, spot)).known and found.size >= bar]


def rung(every: Mapping[str, Sequence[Deviation]], shared: bool) -> list[datetime]:
    """When a brand rings. `shared`: its topics have one memory, as they do; else each its own."""
    found = sorted(
        ((one, name) for name, mine in every.items() for one in mine),
        key=lambda pair: (pair[0].at, ":" not in pair[1], -pair[0].size),
    )
    memories: dict[str, Memory] = defaultdict(tuple)
    told = []
    for one, name in found:
        key = kept_as(name) if shared else name
        rings, memories[key] = ring(one, memories[key], Rule())
        told += [one.at] if rings else []
    return told


def report() -> None:
    """Print a row a brand, with its three series alone and with its topics."""
    folder = Path(os.environ.get("SPIKE_DATA", "../shared/data/spike"))
    topics, part = int(os.environ.get("BENCH_TOPICS", "20")), float(os.environ.get("BENCH_THIN", "1"))
    labels = json.loads((folder / "windows.json").read_text("utf-8"))
    whole: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for number, (name, windows) in enumerate(sorted(labels.items())):
        with patch("tests.bench.spikes.deviation"):  # its own are computed here, for each series
            brand = _brand(folder / f"{name}.csv", windows, 0)
        times = [point.at for point in brand.points]
        quiet = sum(point.value for point in brand.points) * part / ((times[-1] - times[0]) / (28 * DAY)) <= QUIET_BRAND
        with patch.object(spikes, "LONG", spikes.LONG if quiet else ()):
            every = {
                name: high(times, counts, max(spikes.LONG) if quiet else HOUR)
                for name, counts in split(brand.points, topics, part, number).items()
            }
        weeks = (times[-1] - times[0] - sum((end - start for start, end in brand.windows), timedelta())) / WEEK
        three = {series: found for series, found in every.items() if ":" not in series}
        for kind, told in (
            ("three series", rung(three, shared=True)),
            (f"{topics} topics, each its own memory", rung(every, shared=False)),
            (f"{topics} topics, one memory", rung(every, shared=True)),
        ):
            looks = sorted({at for at in told if not any(start <= at <= end for start, end in brand.windows)})
            pairs = zip(looks, [None, *looks], strict=False)
            episodes = [at for at, before in pairs if before is None or at - before > DAY]
            for place, many in enumerate((len(looks), len(episodes), weeks)):
                whole[kind][place] += many
            said = f"{len(looks) / weeks:.2f} looks that ring a week, {len(episodes) / weeks:.2f} episodes"
            print(f"   {name}, {kind}: {said}", flush=True)
    for kind, (rings, alone, weeks) in whole.items():
        print(f"   all, {kind}: {rings / weeks:.2f} looks that ring a brand and week, {alone / weeks:.2f} episodes")
