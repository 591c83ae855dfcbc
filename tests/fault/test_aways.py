"""What was away for as long as P-72 says, and came back: nothing that was said meanwhile is lost, nothing said twice.

A whole `earshot run`, its page and its loops, beside a streaming Mastodon, a feed, a Slack and somebody who answers,
over real sockets; the platforms' and the room's own logs are compared with the database afterwards. Hours pass on a
clock that is steered: fast while something is away, slower around it. A database is away in real minutes
(AWAY_MINUTES, 15): PostgreSQL is stopped as by a power cut, and SQLite's file refuses what is written (a disk that is
read-only, full, or gone), which strace does to the running process. `make aways`, half an hour and more.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import col, func, select

from bot.store.db import Database
from bot.store.tables import CaseRow, MentionRow, SourceRow
from tests.bench.hurried import prepared, process
from tests.bench.latency import STORIES
from tests.bench.queue import _free_port
from tests.counts import times
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.slack import slack
from tests.fault.cables import Cable
from tests.fault.child import ANSWERED
from tests.fault.clocks import SteeredClock
from tests.fault.history import Seen, World, check_at_rest, hired
from tests.fault.platforms import Feed, wait

MINUTE, HOUR = 60.0, 3600.0
NEAR = 20.0  # seconds in one of ours around an outage, and how much shorter the loops rest
EVERY = 6 * MINUTE  # of the clock: somebody posts
SETTLE_S = 600.0


@dataclass
class Scene(World):
    """A world whose lines can be cut, under a whole `earshot run`."""

    url: str = ""
    port: int = 0
    cables: dict[str, Cable] = field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        told = super().settings() | {"port": self.port, "reader": "words"}
        told["sources"]["mastodon"] |= {"servers": [self.cables["mastodon"].url], "home": self.cables["mastodon"].url,
                                        "every": 60, "sweep_s": 60.0}  # fmt: skip
        told["sources"]["blog"] |= {"url": f"{self.cables['feed'].url}/feed.xml", "every": 60}
        told["slack"]["base_url"] = self.cables["slack"].url
        return told | ({} if self.url.startswith("sqlite") else {"database_url": self.url})

    def post(self, *, answered: bool = False, feed: bool = False) -> str:
        """Somebody complains, each of something else: the room is told of each by itself where it can be."""
        self.number += 1
        name = f"parcel-{self.number}"
        words = list(STORIES.values())[self.number % len(STORIES)].format(name=name)
        words += f" {ANSWERED}" if answered else ""
        if feed:
            key = self.feed.post(words, self.clock.now())
        else:
            author = f"ada{self.number}@elsewhere.test"
            key = self.mastodon.uri(self.mastodon.post(words, author=author, at=self.clock.now()))
        self.offered[key] = words
        return name

    @contextmanager
    def looking(self) -> Iterator[Seen]:
        with closing(Database(self.url, readers=1)) as db, db.read() as session:
            yield Seen.of(session)

    def pass_time(self, span: float, every: float = EVERY) -> None:
        """So many seconds of the clock pass, and people go on posting."""
        until = self.clock.now().timestamp() + span
        due = self.clock.now().timestamp()
        while self.clock.now().timestamp() < until:
            while due <= self.clock.now().timestamp():
                self.post(answered=self.number % 8 == 0, feed=self.number % 2 == 1)
                due += every
            wait(0.05)

    def settled(self) -> None:
        """Wait until nothing is left to do."""
        end, left = time.monotonic() + SETTLE_S, ["not looked yet"]
        while left and time.monotonic() < end:
            wait(1.0)
            left = self.unsettled()
        assert not left, (len(left), left[:5], self.log())

    def log(self) -> str:
        """The end of what the program wrote."""
        return (self.folder / "run.log").read_text("utf-8", "replace")[-4000:]


@contextmanager
def scene(folder: Path, url: str = "", rate: float = NEAR, **more: Any) -> Iterator[tuple[Scene, int]]:
    """A world at work, and the number of the process."""
    clock = SteeredClock(folder / "clock", rate)
    with ExitStack() as stack:
        mastodon = stack.enter_context(FakeMastodon(now=clock.now))
        feed, room = stack.enter_context(Feed()), stack.enter_context(slack())
        room.clock = lambda: clock.now().timestamp()
        url = url or f"sqlite:///{folder / 'earshot.sqlite'}"
        made = Scene(folder, clock, mastodon, feed, room, None, url=url, port=_free_port())  # type: ignore[arg-type]
        for name, there in (("mastodon", mastodon.url), ("feed", feed.url), ("slack", room.url)):
            made.cables[name] = stack.enter_context(Cable(there))
        with closing(prepared(url)) as db:
            made.agent = hired(db, clock.now())
        told = {"settings": made.settings(), "steered": str(folder / "clock"), "rate": rate, "answers": made.agent}
        run = stack.enter_context(process(folder, told | more, made.port))
        _until_all_is_heard(made)
        yield made, run.pid
        assert run.poll() is None, f"the process ended by itself: {made.log()}"


def _until_all_is_heard(made: Scene) -> None:
    """From here on it listens: what is said is no history."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with closing(Database(made.url, readers=1)) as db, db.read() as session:
            rows = session.exec(select(SourceRow)).all()
        if len(rows) == 2 and all(row.primed_at is not None for row in rows) and made.mastodon.listeners():
            return
        wait(0.5)
    raise AssertionError(f"it does not listen: {made.log()}")


def told(there: Scene, what: str) -> None:
    """Wait until all is done, compare the logs, and print the figures."""
    there.settled()
    figures = check_at_rest(there, few_copies=False)
    sys.stderr.write(f"{what}: {json.dumps(figures)}\n")


AWAY: dict[str, tuple[Sequence[str], float, float]] = {
    "Slack": (("slack",), 6.0, 240.0),
    "network": (("mastodon", "feed", "slack"), 12.0, 480.0),
    "one platform": (("mastodon",), 24.0, 160.0),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", AWAY)
def test_after_hours_without_a_line_nothing_is_missing(tmp_path: Path, what: str) -> None:
    lines, hours, rate = AWAY[what]
    with scene(tmp_path) as (there, _pid):
        there.pass_time(30 * MINUTE)
        for name in lines:
            there.cables[name].cut()
        there.clock.steer(rate)  # type: ignore[attr-defined]
        there.pass_time(hours * HOUR)
        with there.looking() as seen:
            behind = len(there.offered) - len(seen.posts)
        there.clock.steer(NEAR)  # type: ignore[attr-defined]
        before = len(there.slack.posts)
        for name in lines:
            there.cables[name].mend()
        there.pass_time(30 * MINUTE)
        told(there, f"{what} away {hours:.0f} h, {behind} posts behind at its end, {before} messages by then")


@pytest.mark.slow
def test_after_a_day_without_a_model_every_post_was_queued_and_nothing_is_missing(tmp_path: Path) -> None:
    gone = tmp_path / "model-gone"
    with scene(tmp_path, gone=str(gone)) as (there, _pid):
        there.pass_time(30 * MINUTE)
        gone.touch()
        there.clock.steer(240.0)  # type: ignore[attr-defined]
        there.pass_time(24 * HOUR)
        with there.looking() as seen:
            queued = len(seen.case_of)
        assert queued >= 0.9 * len(there.offered), "posts wait for the model instead of a person"
        there.clock.steer(NEAR)  # type: ignore[attr-defined]
        gone.unlink()
        told(there, f"model away 24 h, {queued} of {len(there.offered)} queued meanwhile")
        with closing(Database(there.url, readers=1)) as db, db.read() as session:
            unread = session.exec(select(func.count()).where(col(MentionRow.triaged_at).is_(None))).one()
            cases = session.exec(select(func.count()).select_from(CaseRow)).one()
        assert (unread, cases) == (0, len(there.offered))


@dataclass
class Cluster:
    """A PostgreSQL of its own that can be stopped as by a power cut, and started again."""

    folder: Path
    port: int = field(default_factory=_free_port)

    def _run(self, *words: str) -> None:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*owner, str(binaries / words[0]), "-D", str(self.folder / "data"), *words[1:]]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def make(self) -> str:
        """Its address; fsync is on, as where it matters."""
        self.folder.mkdir(mode=0o755)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-U", "earshot", "-A", "trust", "-E", "UTF8")
        self.start()
        return f"postgresql+psycopg://earshot@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-k {self.folder} -p {self.port} -c max_connections=60"
        self._run("pg_ctl", "-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-m", "immediate", "stop")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    folder = Path("/tmp") / f"earshot-away-{os.getpid()}"
    made = Cluster(folder)
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _away(there: Scene, aways: Sequence[AbstractContextManager[None]], what: str) -> None:
    """Each of these in turn, with people posting all the time."""
    minutes = float(times("away_minutes", 15))
    there.pass_time(MINUTE, every=5.0)
    for away in aways:
        with away:
            there.pass_time(minutes * MINUTE / len(aways), every=5.0)
            health = _health(there)
    began = time.monotonic()
    there.pass_time(MINUTE, every=5.0)
    there.settled()
    sys.stderr.write(f"{what}: /healthz said {health}, all done {time.monotonic() - began:.0f} s after its end\n")
    told(there, f"{what}, {minutes:.0f} min")


def _health(there: Scene) -> int:
    try:
        return httpx.get(f"http://127.0.0.1:{there.port}/healthz", timeout=30).status_code
    except httpx.HTTPError:
        return 0


@contextmanager
def stopped(cluster: Cluster) -> Iterator[None]:
    """The server is killed, and started again at the end."""
    cluster.stop()
    yield
    cluster.start()


@pytest.mark.slow
def test_after_a_quarter_of_an_hour_without_postgresql_nothing_is_missing(tmp_path: Path, cluster: Cluster) -> None:
    with scene(tmp_path, cluster.make(), rate=1.0) as (there, _pid):
        _away(there, [stopped(cluster)], "PostgreSQL stopped")


@contextmanager
def refusing(pid: int, file: Path, error: str) -> Iterator[None]:
    """Until the end, what the process writes to these files fails so; a disk that is gone cannot be read either."""
    calls = "pwrite64,fsync,fdatasync,ftruncate" + (",pread64" if error == "EIO" else "")
    paths = [word for end in ("", "-wal") for word in ("-P", f"{file}{end}")]
    command = ["strace", "-f", "-p", str(pid), "-qq", "-o", "/dev/null", *paths]
    trace = subprocess.Popen([*command, "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}"])
    try:
        yield
    finally:
        trace.send_signal(signal.SIGINT)
        trace.wait(30)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_after_a_quarter_of_an_hour_of_a_disk_that_refuses_nothing_is_missing(tmp_path: Path) -> None:
    with scene(tmp_path, rate=1.0) as (there, pid):
        file = tmp_path / "earshot.sqlite"
        _away(there, [refusing(pid, file, error) for error in ("EROFS", "ENOSPC", "EIO")], "SQLite’s disk refuses")
