"""What Earshot takes for one incident by when it began: `python -m tests.bench bursts`.

Two causes that have nothing to do with each other (tests/bench/grouping.py), the second one beginning by chance within
half an hour of the first: how often are they taken for one? Of a sudden (twenty people within six minutes each) and
slowly (within twenty). And one cause in 28 phrasings, 500 posts in ten minutes: how many incidents are left? On a clock
moved by hand, with the word reader. BENCH_SEEDS (12).
"""

import os
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations, product
from pathlib import Path

from sqlmodel import col, select

from bot.clock import HandClock
from bot.core.incidents import JOINED
from bot.store import incident_joins, migrate
from bot.store.db import Database
from bot.store.tables_incidents import IncidentRow
from tests.bench.crowd_words import crowd
from tests.bench.grouping import BRAND, CAUSES, EACH, NOISE, OTHERS, START, TAILS
from tests.flow.crisis import crisis
from tests.flow.path import post

MINUTE = timedelta(minutes=1)
APART = 30.0  # minutes between the beginnings of two causes, at most
SUDDEN, SLOW = 6.0, 20.0


def two(causes: Sequence[str], over: float, seed: int) -> tuple[list[tuple[float, str]], float]:
    """Two causes and other complaints: when in minutes, and in what words; and how far apart they begin."""
    chance = random.Random(seed)
    apart = chance.uniform(0, APART)
    made = []
    for cause, start in zip(causes, (0.0, apart), strict=True):
        ways = list(product(*CAUSES[cause], TAILS))
        chance.shuffle(ways)
        made += [(start + chance.uniform(0, over), f"{BRAND}: {a} {b}, {tail}") for a, b, tail in ways[:EACH]]
    made += [(chance.uniform(0, APART + over), f"{BRAND} {text}, {chance.choice(TAILS)}") for text in
             chance.sample(OTHERS, NOISE)]  # fmt: skip
    return sorted(made), apart


def played(stream: Sequence[tuple[float, str]], step: float) -> tuple[list[IncidentRow], int, int]:
    """The incidents the product makes of it, how many of them it took for the same, and the messages in the room."""
    with tempfile.TemporaryDirectory() as home:
        db, clock = Database(f"sqlite:///{home}/earshot.sqlite"), HandClock(START)
        migrate.upgrade(db)
        with crisis(db, clock, Path(home)) as made:
            minute, told = 0.0, 0
            while minute <= stream[-1][0] + 3:
                due = [(at, text) for at, (when, text) in enumerate(stream) if minute - step <= when < minute]
                made.say(*(post(f"s{at}", text, clock.now(), who=f"s{at}") for at, text in due))
                clock.move(step * MINUTE)
                minute += step
            made.run(5 * MINUTE)
            with db.read() as session:
                rows = list(session.exec(select(IncidentRow).order_by(col(IncidentRow.id))).all())
                taken = sum(row.state == JOINED and incident_joins.of(session, row.id or 0) is not None for row in rows)
            told = sum(not one.thread for one in made.slack.posts)
    return rows, taken, told


def report() -> None:
    """Print both."""
    names, seeds = list(CAUSES), int(os.environ.get("BENCH_SEEDS", "12"))
    pairs = list(combinations(names, 2))
    for kind, over in (("of a sudden", SUDDEN), ("slowly", SLOW)):
        found: Counter[str] = Counter()
        for seed in range(seeds):
            stream, apart = two(pairs[seed % len(pairs)], over, seed)
            rows, taken, _told = played(stream, 1.0)
            found["incidents"] += len(rows)
            found["taken for one"] += taken
            found[f"taken, begun {'within' if apart <= 5 else 'more than'} five minutes"] += taken
        print(f"   two causes {kind}, {seeds} times, up to {APART:.0f} minutes apart: {dict(found)}")
    lines = [(line.at_s / 60, line.text) for line in crowd(500, 600)]
    rows, taken, told = played(lines, 0.25)
    print(
        f"   one cause in 28 phrasings: {len(rows)} proposals, {taken} taken for the same, {told} messages in the room"
    )
    print(*(f"      “{row.title}” {row.state}" for row in rows), sep="\n")
