"""From visible on the platform to the queue at five posts a second (P-05): `python -m tests.bench fresh`.

A whole `earshot run` with the reader that is shipped, on the real clock, beside a feed and a search that are polled
every ten seconds and a Mastodon and a Bluesky that stream, over real sockets. The platforms write down when each post
could be had; the queue is looked at every tenth of a second. The promise: p95 within the interval + 5 s, p99 + 15 s.
Where the time went is told step by step, with what the process had of a core. BENCH_MINUTES (3), BENCH_RATE (5).
Nothing here asserts.
"""

import os
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from sqlmodel import col, select

from bot.store import migrate
from bot.store.db import Database
from bot.store.tables import MentionRow, PostRow
from tests.bench.crowd import Untitled, _process
from tests.bench.latency import STORIES
from tests.bench.queue import _free_port
from tests.fakes.bluesky import FakeBluesky
from tests.fakes.mastodon import FakeMastodon
from tests.fault.platforms import Search

EVERY_S = 10
SETTLE_S = 40.0
LOOK_S = 0.1
STEPS = "heard", "matched", "read", "decided on"
TOML = """
port = {port}
private_addresses = true
[brands.Acme]
names = ["Acme Parcels"]
[sources.mastodon]
connector = "mastodon"
every = 10
servers = ["{mastodon}"]
[sources.bluesky]
connector = "bluesky"
every = 10
stream_url = "{stream}"
base_url = "{bluesky}"
public_url = "{bluesky}"
[sources.blog]
connector = "rss"
every = 10
url = "{feed}/feed.xml"
[sources.search]
connector = "hackernews"
every = 10
base_url = "{search}"
items_url = "{search}"
"""
ALLOWED = {"rss": EVERY_S, "hackernews": EVERY_S, "mastodon": 0, "bluesky": 0}


@dataclass
class Scene:
    """The platforms' ways to write, and when each text could be had and stood in the queue (seconds, Unix)."""

    folder: Path
    pid: int
    ways: dict[str, Callable[[str, str], object]]
    visible: dict[str, tuple[str, float]] = field(default_factory=dict)
    queued: dict[str, float] = field(default_factory=dict)

    def write(self, way: str, number: int) -> None:
        """Somebody complains there."""
        story = list(STORIES.values())[number % len(STORIES)]
        text = story.format(name=f"parcel {number}")
        self.ways[way](text, f"writer{number}")
        self.visible[text] = way, time.time()

    def look(self, stop: threading.Event) -> None:
        """Note what is new in the queue until told to stop."""
        with closing(Database(f"sqlite:///{self.folder / 'earshot.sqlite'}", readers=1)) as db:
            while not stop.wait(LOOK_S):
                with db.read() as session:
                    asked = select(PostRow.text).join(MentionRow, col(PostRow.id) == col(MentionRow.post_id))
                    there = session.exec(asked.where(col(MentionRow.triaged_at).is_not(None))).all()
                now = time.time()
                for text in there:
                    self.queued.setdefault(text, now)

    def worked(self) -> float:
        """Seconds of a processor that the process had so far."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def steps(self) -> dict[str, dict[str, list[float]]]:
        """Seconds from visible to heard, to matched, to read, to decided on, by way."""
        found: dict[str, dict[str, list[float]]] = {way: {name: [] for name in STEPS} for way in self.ways}
        with closing(Database(f"sqlite:///{self.folder / 'earshot.sqlite'}", readers=1)) as db, db.read() as session:
            asked = select(PostRow, MentionRow).join(MentionRow, col(PostRow.id) == col(MentionRow.post_id))
            for post, mention in session.exec(asked):
                if post.text not in self.visible or mention.triaged_at is None:
                    continue
                way, at = self.visible[post.text]
                moments = (post.heard_at, post.matched_at, mention.read_at, mention.triaged_at)
                stamps = [at, *(moment.timestamp() for moment in moments if moment is not None)]
                for name, before, after in zip(STEPS, stamps, stamps[1:], strict=False):
                    found[way][name].append(after - before)
        return found


@contextmanager
def running() -> Iterator[Scene]:
    """A whole Earshot that listens to all four."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP"))))
        mastodon, bluesky = stack.enter_context(FakeMastodon()), stack.enter_context(FakeBluesky())
        feed, search, port = stack.enter_context(Untitled()), stack.enter_context(Search()), _free_port()
        places = {"mastodon": mastodon.url, "bluesky": bluesky.url, "feed": feed.url, "search": search.url}
        told = TOML.format(port=port, stream=bluesky.stream_url, **places)
        (folder / "earshot.toml").write_text(told, "utf-8")
        with closing(Database(f"sqlite:///{folder / 'earshot.sqlite'}")) as db:
            migrate.upgrade(db)
        pid = stack.enter_context(_process(folder, f"http://127.0.0.1:{port}"))
        yield Scene(folder, pid, {
            "rss": lambda text, _who: feed.post(text, datetime.now(UTC)),
            "hackernews": lambda text, who: search.post(text, datetime.now(UTC), who),
            "mastodon": lambda text, who: mastodon.post(text, f"{who}@else.test"),
            "bluesky": lambda text, who: bluesky.post(text, f"{who}.test"),
        })  # fmt: skip


def report() -> None:
    """Print how late the posts of each way were, beside what is promised."""
    minutes, rate = float(os.environ.get("BENCH_MINUTES", "3")), float(os.environ.get("BENCH_RATE", "5"))
    with running() as scene:
        stop = threading.Event()
        looking = threading.Thread(target=scene.look, args=(stop,), daemon=True)
        looking.start()
        start, ways, worked = time.monotonic(), cycle(scene.ways), scene.worked()
        for number in range(int(60 * minutes * rate)):
            time.sleep(max(0.0, start + number / rate - time.monotonic()))
            scene.write(next(ways), number)
        time.sleep(SETTLE_S)
        stop.set()
        looking.join(30)
        worked, took, steps = scene.worked() - worked, time.monotonic() - start, scene.steps()
    print(f"   the process had {worked / took:.2f} of a core, {1000 * worked / len(scene.visible):.0f} ms a post")
    late: dict[str, list[float]] = defaultdict(list)
    for text, (way, at) in scene.visible.items():
        late[way].append(scene.queued.get(text, float("inf")) - at)
    for way, spans in late.items():
        cuts = statistics.quantiles(sorted(spans), n=100, method="inclusive")
        allowed = f"promised {ALLOWED[way] + 5} and {ALLOWED[way] + 15} s"
        missing = sum(one == float("inf") for one in spans)
        told = f"p50 {cuts[49]:.2f}, p95 {cuts[94]:.2f}, p99 {cuts[98]:.2f}, worst {max(spans):.2f} s"
        print(f"   {way}: {told} ({allowed}); {len(spans)} posts, {missing} not there", flush=True)
        parts = (f"{name} {_middle(each, 0.5):.2f} / {_middle(each, 0.95):.2f}" for name, each in steps[way].items())
        print(f"      p50 / p95 s: {', '.join(parts)}")


def _middle(spans: list[float], share: float) -> float:
    return sorted(spans)[int(len(spans) * share)]
