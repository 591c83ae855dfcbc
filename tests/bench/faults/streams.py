"""The rows of responses.jsonl that spoil X's filtered stream: a real follower's thread, in real time."""

import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import select

from bot.app import App
from bot.core.brand import Brand
from bot.listening import Followers
from bot.readers.words import Words
from bot.store import brands, quarantine, sources
from bot.store.tables import PostRow, SourceRow
from bot.wire import connector_from
from config.settings import Settings
from connectors.walked import Place
from tests.bench.faults.databases import fresh
from tests.bench.faults.front import NOON, Front, Leaping
from tests.bench.faults.rows import Fate, lines
from tests.fakes.x import FakeX

SPAN_S = {"stream-silent": 62.0, "duplicate-connection": 70.0, "stream-operational-disconnect": 24.0}
USUAL_S = 14.0


def play(folder: Path) -> Iterator[Fate]:
    """Each stream row beside the others; the slowest is watched for seventy seconds."""
    rows = [row for row in lines(folder, "responses") if row["platform"] == "x" and _is_stream(row)]
    with tempfile.TemporaryDirectory() as place:
        fresh(Path(place)).close()  # before the threads
    with ThreadPoolExecutor(len(rows) or 1) as pool:
        yield from pool.map(lambda row: _one(folder, row), rows)


def _is_stream(row: dict[str, Any]) -> bool:
    return row["fault"].startswith("stream-") or row["fault"] == "duplicate-connection"


def _one(folder: Path, row: dict[str, Any]) -> Fate:
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        clock = Leaping()
        db = fresh(Path(place))
        stack.callback(db.close)
        fake = stack.enter_context(FakeX(clock.now))
        missed = fake.post("Acme, said while the stream was away", at=NOON - timedelta(minutes=1))
        front = Front(folder, clock, row, r"/2/tweets/search/stream(\?|$)", fake.url, None)
        stack.callback(front.stop)
        options = {"bearer_token": "bearer-SECRET", "base_url": front.url, "stream": True}
        settings = Settings(home=Path(place), private_addresses=True)
        connector = connector_from("x", options, settings, clock)
        app = App(settings, db, clock, Words(), lambda _row: connector, {})
        with db.begin() as session:
            brands.save(session, Brand(name="Acme", names=("Acme",)), "bench", clock.now(), "bench")
            at, cursor = clock.now(), Place(int((NOON - timedelta(minutes=5)).timestamp())).dump()
            it = SourceRow(name="it", connector="x", every_s=60, started_at=at - timedelta(days=1), next_poll_at=at)
            it.options, it.cursor = {"stream": True}, cursor
            sources.save(session, it)
        _follow(app, SPAN_S.get(row["fault"], USUAL_S))
        with db.read() as session:
            heard = {post.native_id for post in session.exec(select(PostRow)).all()}
            aside = quarantine.count(session, "it")
        return Fate(row["id"], _judged(row, [seen.at for seen in front.listings], heard, missed, aside))


def _follow(app: App, span_s: float) -> None:
    stop = threading.Event()
    followers, ends = Followers(stop), time.monotonic() + span_s
    while time.monotonic() < ends:
        followers.tend(app)
        time.sleep(0.5)
    stop.set()
    followers.finish(1)


def _judged(row: dict[str, Any], asked: list[float], heard: set[str], missed: str, aside: int) -> tuple[str, ...]:
    expect, found = row["expect"], []
    told = len(heard - {missed})
    if told != expect.get("stored_after_seq", told):
        found.append(f"stored {told}, not {expect['stored_after_seq']}")
    if row["fault"] == "stream-poison" and not aside:
        found.append("what could not be read was not set aside")
    again = asked[1] - asked[0] if len(asked) > 1 else None
    limit = expect.get("reconnect_within_s")
    if limit is not None and (again is None or again > limit + 1):
        found.append(f"connected again after {again} s")
    low, high = expect.get("next_request_after_s", (0, 1e9))
    if again is not None and not low <= again <= high:
        found.append(f"next request after {again:.0f} s")
    if expect.get("gap_backfilled") and missed not in heard:
        found.append("what was said meanwhile was not read later")
    return tuple(found)
