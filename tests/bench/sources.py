"""Many sources at once, names against a firehose, memory over a stream: `python -m tests.bench sources|firehose|soak`.

sources: 500 feeds on one server, six readers as in `earshot run`; one of them hangs, one floods, one drips. How late
the other 497 are read. firehose: 1,000 brands of 10 names against posts, beside one regular expression of all names.
soak: a stream of 50 posts a second; resident memory and its slope. Nothing here asserts.
"""

import random
import re
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import App
from bot.cli.serve import SPARE
from bot.clock import SystemClock
from bot.core.brand import Brand
from bot.core.matching import Matcher
from bot.listening import Followers, Taken
from bot.readers.words import Words
from bot.run import Loop, Runner
from bot.steps import match
from bot.store import brands, migrate, sources
from bot.store.db import Database
from bot.store.tables import SourceRow
from config.settings import Settings
from connectors.http import Http
from connectors.memory import Memory
from connectors.rss.connector import Rss
from connectors.rss.settings import Settings as RssSettings
from connectors.types import Author, Connector, Page, Post, PostRef, Span, Want
from tests.bench.matching import _brand, _posts
from tests.fakes.server import Asked, FakeServer, Told
from tests.statements import statements

EVERY_S = 60


class Feeds(FakeServer):
    """500 feeds. 0 hangs, 1 floods (5.5 MB, 60,000 items), 2 drips a byte each half second; others have ten items."""

    def answer(self, asked: Asked) -> Told:
        number = int(asked.path.strip("/"))
        if number == 0:
            self.stopped.wait(60)
        if number == 1:
            return Told(_items(1, 60_000), headers={"content-type": "application/rss+xml"})
        if number == 2:
            return Told(_drip(self.stopped))
        return Told(_items(number, 10), headers={"content-type": "application/rss+xml"})


def _items(feed: int, many: int) -> bytes:
    items = "".join(
        f"<item><guid>https://f.test/{feed}/{n}</guid><title>acme number {n} is late again</title></item>"
        for n in range(many)
    )
    return f"<rss version='2.0'><channel><title>f</title>{items}</channel></rss>".encode()


def _drip(stopped: threading.Event) -> Iterator[bytes]:
    while not stopped.wait(0.5):
        yield b"<"


def _app(folder: Path, connector_of: object) -> App:
    database = Database(f"sqlite:///{folder / 'bench.sqlite'}")
    migrate.upgrade(database)
    app = App(
        settings=Settings(home=folder), db=database, clock=SystemClock(), reader=Words(), responders={},
        connector_of=connector_of,  # type: ignore[arg-type]
    )  # fmt: skip
    with database.begin() as session:
        brands.save(session, Brand(name="Acme", names=("Acme",)), "bench", app.clock.now(), "bench")
    return app


def many(number: int = 500, seconds: float = 90.0) -> None:
    """Poll `number` feeds every minute for a while; print how late the healthy ones were read."""
    late: list[float] = []
    lock = threading.Lock()

    class Timed(Rss):
        due: datetime

        def fetch(self, want: Want) -> Iterator[Page]:
            with lock:
                late.append((datetime.now(UTC) - self.due).total_seconds())
            yield from super().fetch(want)

    with tempfile.TemporaryDirectory() as folder, Feeds() as feeds:
        made: dict[str, Rss] = {}

        def connector_of(row: SourceRow) -> Connector:
            if row.name not in made:
                kind = Rss if row.name in ("feed-0", "feed-1", "feed-2") else Timed
                url = f"{feeds.url}/{row.name.removeprefix('feed-')}"
                made[row.name] = kind(RssSettings(url=url), http=Http(private_ok=True))
            found = made[row.name]
            if isinstance(found, Timed):
                found.due = row.next_poll_at
            return found

        app = _app(Path(folder), connector_of)
        now = app.clock.now()
        with app.db.begin() as session:
            for n in range(number):
                at = now + timedelta(seconds=EVERY_S * n / number)
                row = SourceRow(name=f"feed-{n}", connector="rss", every_s=EVERY_S, started_at=now, next_poll_at=at)
                sources.save(session, row)
        runner = Runner(
            app, (Loop("listen", Taken().poll_one, 1.0, threads=6, spare=SPARE), Loop("match", match.match_some, 2.0))
        )
        with statements(app.db) as said:
            cpu, start = time.process_time(), time.monotonic()
            runner.start()
            time.sleep(seconds)
            spent = time.process_time() - cpu
            writes, asked, reads = sum(one == "BEGIN IMMEDIATE" for one in said), len(said), len(late)
        feeds.stop()
        runner.finish(timedelta(seconds=5))
        told = sorted(late)
        print(
            f"{number} feeds every {EVERY_S} s, one hangs, one floods, one drips; {len(told)} healthy reads in "
            f"{time.monotonic() - start:.0f} s: late p50 {statistics.median(told):.2f} s, "
            f"p95 {told[int(len(told) * 0.95)]:.2f} s, p99 {told[int(len(told) * 0.99)]:.2f} s, "
            f"worst {told[-1]:.2f} s; {spent / seconds:.2f} cores; for each read {1000 * spent / reads:.1f} ms of CPU, "
            f"{writes / reads:.2f} transactions that write and {asked / reads:.0f} statements"
        )
        for connector in made.values():
            connector.close()
        app.db.close()


def firehose(named: int = 1000, aliases: int = 10) -> None:
    """Posts a second on one core: our matcher, and one alternation of all names as a regular expression."""
    chance = random.Random(4)
    ours = [_brand(chance, aliases) for _ in range(named)]
    posts = _posts(chance, ours[0])
    names = sorted({name for brand in ours for name in brand.called()}, key=len, reverse=True)
    plain = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b", re.IGNORECASE)
    matcher = Matcher(ours)
    matcher.match(posts[0])
    start = time.process_time()
    hits = sum(bool(matcher.match(post)) for post in posts)
    ours_s = time.process_time() - start
    some = posts[:300]  # the alternation needs seconds for these already
    start = time.process_time()
    found = sum(plain.search(post) is not None for post in some)
    plain_s = (time.process_time() - start) / len(some) * len(posts)
    print(
        f"{named} brands x {aliases} names: {len(posts) / ours_s:,.0f} posts/s ({hits} of {len(posts)} hit), one "
        f"alternation of {len(names):,} names {len(posts) / plain_s:,.0f} posts/s ({found} of {len(some)} hit): "
        f"{plain_s / ours_s:.1f} times as fast"
    )


class _Hose(Memory):
    """A stream of so many posts a second, each new."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate, self.number = rate, 0

    def fetch(self, want: Want) -> Iterator[Page]:
        return iter(())

    def stream(self, want: Want, stop: threading.Event) -> Iterator[Page]:
        while not stop.wait(10 / self.rate):
            now = datetime.now(UTC)
            posts = []
            for _post in range(10):
                self.number += 1
                words = "Acme lost my parcel again" if self.number % 10 == 0 else "a quiet day at the sea"
                posts.append(
                    Post(PostRef("memory", str(self.number)), "", Author(f"a{self.number % 5000}", "a"), words, now)
                )
            yield Page(tuple(posts), cursor=str(self.number), covered=Span(now - timedelta(seconds=1), now))


def soak(seconds: float = 60.0, rate: float = 50.0) -> None:
    """Follow a stream; print resident memory every tenth of the time and the slope of the second half."""
    with tempfile.TemporaryDirectory() as folder:
        platform = _Hose(rate)
        app = _app(Path(folder), lambda _row: platform)
        now = app.clock.now()
        with app.db.begin() as session:
            sources.save(session, SourceRow(name="hose", connector="memory", started_at=now, next_poll_at=now))
        stop = threading.Event()
        followers = Followers(stop)
        loops = (Loop("streams", followers.tend, 2.0), Loop("match", match.match_some, 1.0))
        runner = Runner(app, loops, stop=stop, ends=(followers.finish,))
        runner.start()
        seen: list[tuple[float, float]] = []
        start = time.monotonic()
        for _look in range(20):
            time.sleep(seconds / 20)
            seen.append((time.monotonic() - start, _resident_mb()))
        runner.finish(timedelta(seconds=5))
        half = seen[10:]
        slope = statistics.linear_regression([at for at, _mb in half], [mb for _at, mb in half]).slope * 3600
        print(
            f"{platform.number:,} posts in {seconds:.0f} s ({platform.number / seconds:.0f}/s): "
            f"{seen[0][1]:.0f} MB at first, {seen[-1][1]:.0f} MB at the end; second half {slope:+.1f} MB an hour; "
            f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
        )
        app.db.close()


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1_048_576
