"""What a bad connector does to the page: `python -m tests.bench isolation`.

One process as `earshot run` starts it, with feeds that behave; its queue page and its presses are timed over HTTP,
first with nothing else, then beside connectors that hang, drip and flood, then with nothing else again. What counts is
the difference inside one run. `BENCH_MENTIONS` (20,000), `BENCH_FEEDS` (100), `BENCH_SECONDS` of a phase (12). Nothing
here asserts.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.store import sources
from bot.store.db import Database
from bot.store.tables import SourceRow
from connectors.memory import Memory
from connectors.types import Author, Page, Post, PostRef, Span, Want
from tests.bench.agents import Agent, _cpu_ms, _logged_in, _served
from tests.bench.holds import told, watch
from tests.bench.seeding import seeded
from tests.bench.sources import Feeds
from tests.fakes.server import Asked, Told

SERVE = """
import sys
from tests.bench.isolation import serve
serve(sys.argv[1], int(sys.argv[2]), sys.argv[3])
"""
_FEEDS = """
import sys
from tests.bench.isolation import NewFeeds
with NewFeeds() as feeds:
    print(feeds.url, flush=True)
    sys.stdin.read()
"""
PHASES: dict[str, tuple[str, ...]] = {
    "nothing else": (),
    "hung and dripping": ("feed-0", "feed-2"),
    "a feed of 60,000 items, new each time": ("feed-1",),
    "a stream without end": ("hose",),
    "all of them": ("feed-0", "feed-1", "feed-2", "hose"),
    "nothing else again": (),
}
HOLDS = "holds.txt"
BAD = ("feed-0", "feed-1", "feed-2", "hose")


class NewFeeds(Feeds):
    """As in the bench of many sources, but the flood is another one at every read."""

    def answer(self, asked: Asked) -> Told:
        if asked.path != "/1":
            return super().answer(asked)
        first = random.randrange(1 << 40)
        items = "".join(
            f"<item><guid>https://f.test/1/{n}</guid><title>acme number {n} is late again</title></item>"
            for n in range(first, first + 60_000)
        )
        return Told(f"<rss version='2.0'><channel><title>f</title>{items}</channel></rss>".encode())


class Endless(Memory):
    """A stream as fast as it is read: pages of 100 posts; every tenth names the brand."""

    def fetch(self, want: Want) -> Iterator[Page]:
        return iter(())

    def stream(self, want: Want, stop: threading.Event) -> Iterator[Page]:
        first = random.randrange(1 << 40)
        while not stop.wait(0):
            now, posts, first = datetime.now(UTC), [], first + 100
            for number in range(first, first + 100):
                words = "Acme lost my parcel again" if number % 10 == 0 else "a quiet day at the sea"
                posts.append(Post(PostRef("memory", str(number)), "", Author(f"a{number % 5000}", "a"), words, now))
            yield Page(tuple(posts), cursor=str(first), covered=Span(now - timedelta(seconds=1), now))


def serve(folder: str, port: int, url: str) -> None:
    """Everything `earshot run` does, in this process; one source is a stream without end."""
    from dataclasses import replace

    from bot import wire
    from bot.cli.serve import serve as run
    from config.settings import Settings

    watch(Path(folder) / HOLDS)
    settings = Settings(home=Path(folder), port=port, database_url=url, reader="words", private_addresses=True)
    app = wire.build(settings)
    endless, real = Endless(), app.connector_of
    run(replace(app, connector_of=lambda row: endless if row.name == "hose" else real(row)))


@contextmanager
def _feeds() -> Iterator[str]:
    """The feeds' server, in a process of its own: making a flood must not hold up the one that measures."""
    server = subprocess.Popen([sys.executable, "-c", _FEEDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert server.stdin is not None
    try:
        yield server.stdout.readline().strip()
    finally:
        server.stdin.close()
        server.wait(30)


def _add_sources(db: Database, url: str, many: int) -> None:
    now = datetime.now(UTC)
    with db.begin() as session:
        for n in range(many):
            at = now + timedelta(seconds=60 * n / many)
            row = SourceRow(name=f"feed-{n}", connector="rss", every_s=60, started_at=now, next_poll_at=at)
            row.options = {"url": f"{url}/{n}"}
            row.state = "off" if row.name in BAD else "listening"
            sources.save(session, row)
        hose = SourceRow(name="hose", connector="memory", started_at=now, next_poll_at=now, state="off")
        sources.save(session, hose)


def _switch(db: Database, on: tuple[str, ...]) -> None:
    now = datetime.now(UTC)
    with db.begin() as session:
        for name in BAD:
            state = "listening" if name in on else "off"
            sources.note(session, name, state=state, next_poll_at=now, every_s=5)


def _phase(agent: Agent, cases: Iterator[int], seconds: float, pid: int) -> dict[str, Any]:
    agent.pages, agent.claims = [], []
    before, waited, begun = _cpu_ms(pid), _waited_ms(pid), time.perf_counter()
    while time.perf_counter() - begun < seconds:
        agent._timed(agent.pages, lambda: agent.client.get("/"))
        time.sleep(0.05)
        agent._timed(agent.claims, lambda: agent.post(f"/cases/{next(cases)}/claim"))
        time.sleep(0.05)
    took = time.perf_counter() - begun
    return {
        "pages": agent.pages,
        "claims": agent.claims,
        "cores": (_cpu_ms(pid) - before) / 1000 / took,
        "starved": (_waited_ms(pid) - waited) / 1000 / took,
    }


def _waited_ms(pid: int) -> float:
    """Milliseconds that threads of this process could have run and the machine was busy with others."""
    told = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            told += int((task / "schedstat").read_text().split()[1])
        except OSError:  # the thread has ended meanwhile
            continue
    return told / 1e6


def _cuts(spent: list[float]) -> str:
    cuts = statistics.quantiles(spent, n=100, method="inclusive")
    return f"{cuts[49]:.0f} / {cuts[94]:.0f} / {cuts[98]:.0f} ms"


def report() -> None:
    """Print each phase, and by how much the page of the worst differs from that of the calm ones."""
    mentions, many = int(os.environ.get("BENCH_MENTIONS", "20000")), int(os.environ.get("BENCH_FEEDS", "100"))
    seconds = float(os.environ.get("BENCH_SECONDS", "12"))
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP")) as place, _feeds() as feeds:
        folder = Path(place)
        url = f"sqlite:///{folder / 'earshot.sqlite'}"
        with closing(seeded(folder, mentions, url=url)) as db:
            token = _logged_in(db, 1)[0]
            _add_sources(db, feeds, many)
            with _served(folder, url, SERVE) as (address, pid):
                _measured(db, Agent(address, token, 0), pid, mentions, seconds, folder / HOLDS)


def _measured(db: Database, agent: Agent, pid: int, mentions: int, seconds: float, holds: Path) -> None:
    cases = iter([20 * n + part for n in range(mentions // 5 // 20) for part in (5, 9, 11, 13, 15, 17, 19)])
    _phase(agent, cases, 3.0, pid)  # warm
    found: dict[str, dict[str, Any]] = {}
    for name, on in PHASES.items():
        _switch(db, on)
        start = holds.stat().st_size
        found[name] = got = _phase(agent, cases, seconds, pid)
        print(
            f"   {name}: page {_cuts(got['pages'])} of {len(got['pages'])}, claim {_cuts(got['claims'])} of "
            f"{len(got['claims'])} (p50 / p95 / p99); {got['cores']:.2f} cores, {got['starved']:.2f} cores waited for, "
            f"load {os.getloadavg()[0]:.1f}; refused {agent.refused or 'none'}",
            flush=True,
        )
        print("\n".join(f"      {line}" for line in told(holds, start)), flush=True)
    calm = found["nothing else"]["pages"] + found["nothing else again"]["pages"]
    for name in list(PHASES)[1:-1]:
        more = _p95(found[name]["pages"]) - _p95(calm)
        print(f"   {name}: page p95 {more:+.0f} ms against nothing else")


def _p95(spent: list[float]) -> float:
    return statistics.quantiles(spent, n=100, method="inclusive")[94]
