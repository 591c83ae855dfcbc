"""responses.jsonl: every row through the connector whose platform it is, each kind of fault through all the others.

The listen step, the store and the connector are the real ones, over real sockets; waits are leapt over. Beside each
row's oracle nothing else is judged: that other sources go on meanwhile is what `isolation` and `make crash` measure.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from sqlmodel import select

from bot.app import App
from bot.core.brand import Brand
from bot.readers.words import Words
from bot.steps import listen
from bot.store import brands, gaps, quarantine, sources
from bot.store.tables import PostRow, SourceRow
from config.settings import Settings
from connectors.http import Http
from connectors.mastodon import client as mastodon
from tests.bench.faults.adapting import PLATFORMS_OWN, NotSo, spoiler
from tests.bench.faults.databases import fresh
from tests.bench.faults.ears import EARS, Ear
from tests.bench.faults.front import NOON, Front, Leaping
from tests.bench.faults.judging import Played, Poll, judged
from tests.bench.faults.rows import Fate, lines
from tests.fakes import appstore, googleplay

MOST_POLLS = 30


class _Watch(threading.local):
    """The clock that a connector asks how long a server has kept it waiting: that of the case played in this thread."""

    monotonic: Callable[[], float] = staticmethod(time.monotonic)


_watch = _Watch()
NAME = "it"


def own(folder: Path) -> Iterator[Fate]:
    """Each row through the connector it was written for; X's streams have a run of their own."""
    todo = [
        (ear, row)
        for row in lines(folder, "responses")
        if not _streams(row)
        for ear in EARS
        if ear.own == row["platform"]
    ]
    return _all(folder, todo, True)


def others(folder: Path) -> Iterator[Fate]:
    """One row of each kind of fault, in the shape of every connector that has no row of it."""
    rows, kinds = list(lines(folder, "responses")), dict[str, dict[str, Any]]()
    for row in rows:
        kinds.setdefault(row["fault"], row)
    has = {(row["platform"], row["fault"]) for row in rows}
    general = [row for kind, row in kinds.items() if kind not in PLATFORMS_OWN]
    return _all(folder, [(ear, row) for ear in EARS for row in general if (ear.own, row["fault"]) not in has], False)


def _streams(row: dict[str, Any]) -> bool:
    return row["fault"].startswith("stream-") or row["fault"] == "duplicate-connection"


def _all(folder: Path, todo: list[tuple[Ear, dict[str, Any]]], own_shape: bool) -> Iterator[Fate]:
    googleplay.service_account(), appstore.p8()  # made before the clocks run
    with tempfile.TemporaryDirectory() as place:
        fresh(Path(place)).close()
    only = os.environ.get("BENCH_ROWS", "")
    chosen = [(ear, row) for ear, row in todo if not only or only in f"{row['id']} at {ear.name}"]
    with (
        mock.patch.object(mastodon, "time", _watch),
        ThreadPoolExecutor(int(os.environ.get("BENCH_AT_ONCE", "6"))) as pool,
    ):
        yield from pool.map(lambda one: play(folder, one[0], one[1], own_shape), chosen)


def play(folder: Path, ear: Ear, row: dict[str, Any], own_shape: bool) -> Fate:
    """One row through one connector."""
    name = row["id"] if own_shape else f"{row['fault']} at {ear.name}"
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        try:
            return Fate(name, judged(_played(folder, Path(place), stack, ear, row, own_shape)))
        except NotSo as why:
            return Fate(name, unplayable=str(why))
        except Exception as error:
            return Fate(name, (f"the play broke: {type(error).__name__}: {error}",))


def _played(folder: Path, place: Path, stack: ExitStack, ear: Ear, row: dict[str, Any], own_shape: bool) -> Played:
    clock = Leaping()
    _watch.monotonic = clock.monotonic
    db = fresh(place)
    stack.callback(db.close)
    fake = ear.fake(clock.now)
    fake.start()
    stack.callback(fake.stop)
    for number in range(0 if own_shape else ear.count):
        ear.write(fake, f"acme {number}", NOON - timedelta(minutes=50 - number))
    front = Front(folder, clock, row, ear.listing, fake.url, None if own_shape else spoiler(ear, row))
    stack.callback(front.stop)
    http = Http(private_ok=True, now=clock.now)
    connector = ear.open(front.url, fake, http, clock)
    stack.callback(connector.close)
    settings = Settings(home=place, private_addresses=True)
    app = App(settings, db, clock, Words(), lambda _row: connector, {}, lambda _name: http.ahead)
    tags = () if ear.name == "bluesky" else ("acme",)
    with db.begin() as session:
        brands.save(session, Brand(name="Acme", names=("Acme",), hashtags=tags), "bench", clock.now(), "bench")
        at = clock.now()
        sources.save(session, SourceRow(name=NAME, connector=ear.connector, every_s=60, started_at=at, next_poll_at=at))
    late = partial(ear.write, fake, "acme seen late") if row["fault"] == "out-of-order" and not own_shape else None
    polls = list(_polls(app, clock, front, row, late))
    if front.broke:
        raise front.broke
    with db.read() as session:
        posts = list(session.exec(select(PostRow)).all())
        aside, open_gaps = quarantine.count(session, NAME), len(gaps.open_gaps(session, NAME))
    return Played(ear, row, own_shape, polls, posts, aside, open_gaps, http.ahead)


def _polls(app: App, clock: Leaping, front: Front, row: dict[str, Any], late: Any) -> Iterator[Poll]:
    """Poll after poll as they fall due, until all of the row was told and its effects can be seen."""
    huge, many = row["fault"] == "huge-page", len(row["seq"])
    ends = clock.monotonic() + (660 if "attempts_in_first_600s_max" in row["expect"] else 3 * 3700)
    for number in range(1, MOST_POLLS + 1):
        before = _source(app)
        clock.leap(before.next_poll_at)
        if clock.monotonic() > ends:
            return
        if number == 2 and late:
            late(clock.now() - timedelta(minutes=4))
        start, asked = time.monotonic(), len(front.log)
        if not listen.poll_one(app):
            return
        took, after = time.monotonic() - start, _source(app)
        due = (after.next_poll_at - clock.now()).total_seconds()
        yield Poll(before.cursor, after.cursor, after.failures, after.error, due, took, tuple(front.log[asked:]))
        whole = not after.failures and len(front.listings) >= max(many, 2)
        enough = number >= (9 if huge else 2)
        if after.state == "stopped" or (whole and enough) or (many == 1 and number >= (9 if huge else 3)):
            return


def _source(app: App) -> SourceRow:
    with app.db.read() as session:
        row = sources.get(session, NAME)
    assert row is not None
    return row
