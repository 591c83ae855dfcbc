"""As many posts as a day at five a second brings, as fast as the machine can: `python -m tests.bench soakday`.

P-70 asks for 24 hours. Here the clock runs BENCH_RATE (24) times faster, so a day passes in an hour with all that
belongs to it (digest, retention, audit, deadlines), and a Bluesky streams 432,000 posts that name the brand, each tenth
a complaint; a team closes what is an hour old, somebody has the queue open, a Slack is told. Resident memory, file
handles, threads and the size of the write-ahead log are looked at every BENCH_LOOK_S (20) s. BENCH_POSTS (432,000),
BENCH_MINUTES (75) at most. Where the machine is too slow for the rate the platform waits, not the clock.
Nothing here asserts.
"""

import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import col, func, select

from bot.store.db import Database
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_house import EventRow
from tests.bench.agents import _logged_in
from tests.bench.crowd_words import BEFORE, CALM, OTHERS, filled
from tests.bench.hurried import prepared, process
from tests.bench.queue import _free_port
from tests.fakes.bluesky import FakeBluesky
from tests.fakes.slack import slack
from tests.fault.clocks import QuickClock

AHEAD = 1_500  # posts the platform may be ahead of what is stored: more would be a backlog no day at 5/s has
WARM = 0.1  # of the run: caches and pools fill
PAGE_EVERY_S = 10.0
SETTLE_S = 60.0
KEPT = 40_000  # events of its stream
QUIET = tuple(words for words in CALM if "Thanks" not in words and "?" not in words)  # nobody answers these


@dataclass(frozen=True, slots=True)
class Look:
    """The process at one moment: seconds since the start, posts stored, MB resident, MB of log, handles, threads."""

    at_s: float
    posts: int
    resident: float
    wal: float
    handles: int
    threads: int


@dataclass
class Day:
    """The platform and the process."""

    folder: Path
    clock: QuickClock
    sky: FakeBluesky
    pid: int
    db: Database
    written: int = 0
    looks: list[Look] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)

    def stored(self) -> int:
        """How many posts the database holds; the highest number, for a count grows with the table."""
        with self.db.read() as session:
            return session.exec(select(func.max(PostRow.id))).one() or 0

    def write(self, until: Callable[[], bool], per_s: float, most: int) -> None:
        """People write evenly, and wait while Earshot is behind."""
        chance, due = random.Random(24), time.monotonic()
        while not until() and self.written < most:
            room = AHEAD - (self.written - self.stored())
            for _post in range(min(room, int((time.monotonic() - due) * per_s), most - self.written)):
                words = chance.choice(OTHERS + BEFORE if self.written % 10 == 0 else QUIET)
                text = f"{filled(words, chance)} ({chance.randrange(10**6)})"
                self.sky.post(text, f"n{chance.randrange(40_000)}.test")
                self.written += 1
                due += 1 / per_s
            due = max(due, time.monotonic() - 5)  # what could not be written in time is not written all at once
            if len(self.sky.events) > KEPT:
                self.sky.forget_before(self.clock.now() - timedelta(hours=1))
            time.sleep(0.1)

    def look(self, since: float) -> None:
        """Note how the process is."""
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        found = dict(line.split(":", 1) for line in status.splitlines())
        log = self.folder / "earshot.sqlite-wal"
        self.looks.append(Look(
            time.monotonic() - since, self.stored(), int(found["VmRSS"].split()[0]) / 1024,
            log.stat().st_size / 1_048_576 if log.exists() else 0.0,
            len(os.listdir(f"/proc/{self.pid}/fd")), int(found["Threads"]),
        ))  # fmt: skip


@contextmanager
def running(rate: float) -> Iterator[tuple[Day, httpx.Client]]:
    """A whole Earshot with a stream, a room, a team and an open queue."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP"))))
        clock, port = QuickClock.of(rate), _free_port()
        sky, room = stack.enter_context(FakeBluesky(now=clock.now)), stack.enter_context(slack())
        room.clock = lambda: clock.now().timestamp()
        with closing(prepared(f"sqlite:///{folder / 'earshot.sqlite'}")) as db:
            token = _logged_in(db, 1)[0]
        told = {"settings": _settings(folder, port, sky, room.url), "clock": vars(clock), "tends": 1}
        run = stack.enter_context(process(folder, told, port))
        db = stack.enter_context(closing(Database(f"sqlite:///{folder / 'earshot.sqlite'}", readers=1)))
        address = f"http://127.0.0.1:{port}"
        page = stack.enter_context(httpx.Client(base_url=address, cookies={f"earshot{port}": token}, timeout=120))
        yield Day(folder, clock, sky, run.pid, db), page


def _settings(folder: Path, port: int, sky: FakeBluesky, room: str) -> dict[str, Any]:
    places = {"stream_url": sky.stream_url, "base_url": sky.url, "public_url": sky.url}
    return {
        "home": str(folder), "port": port, "private_addresses": True,
        "slack": {"bot_token": "xoxb-secret", "room": "#care", "base_url": room},
        "sources": {"bluesky": {"connector": "bluesky", "every": 60, **places}},
        "brands": {"Acme": {"names": ["Acme Parcels"]}},
    }  # fmt: skip


def report() -> None:
    """Play the day and print what grew."""
    rate, most = float(os.environ.get("BENCH_RATE", "24")), int(os.environ.get("BENCH_POSTS", "432000"))
    longest = 60 * float(os.environ.get("BENCH_MINUTES", "75"))
    with running(rate) as (day, page):
        began, stop = time.monotonic(), threading.Event()
        writing = threading.Thread(target=day.write, args=(stop.is_set, 5 * rate, most), daemon=True)
        writing.start()
        looked = 0.0
        while writing.is_alive() and time.monotonic() - began < longest:
            time.sleep(PAGE_EVERY_S)
            asked = time.monotonic()
            if page.get(
                "/"
            ).is_success:  # a log-in lasts so long, also on a quick clock; then there is nobody at the page
                day.pages.append(time.monotonic() - asked)
            if time.monotonic() - looked >= float(os.environ.get("BENCH_LOOK_S", "20")):
                looked = time.monotonic()
                day.look(began)
                if len(day.looks) % 15 == 0:
                    print(f"   … {day.looks[-1]}", flush=True)
        stop.set()
        writing.join()
        time.sleep(SETTLE_S)
        day.look(began)
        _told(day, rate)


def _told(day: Day, rate: float) -> None:
    """Print the figures beside what is promised."""
    last = day.looks[-1]
    with day.db.read() as session:
        posts = session.exec(select(func.count()).select_from(PostRow)).one()
        unread = session.exec(select(func.count()).where(col(MentionRow.triaged_at).is_(None))).one()
        cases = session.exec(select(func.count()).select_from(CaseRow)).one()
        closed = session.exec(select(func.count()).where(CaseRow.state == "resolved")).one()
        kinds = sorted(session.exec(select(EventRow.what).distinct()).all())
    hours, warm = last.at_s * rate / 3600, [one for one in day.looks if one.at_s >= WARM * last.at_s]
    size = (day.folder / "earshot.sqlite").stat().st_size / 1_048_576
    print(
        f"   {posts:,} posts of {day.written:,} written, {hours:.1f} h of its clock in {last.at_s / 60:.0f} min "
        f"({posts / last.at_s:.0f}/s); {cases:,} cases, {closed:,} closed, {unread} not decided; {size:,.0f} MB of disk"
    )
    first, end = (statistics.mean(one.resident for one in part) for part in (warm[:5], warm[-5:]))
    print(
        f"   resident {day.looks[0].resident:.0f} MB at first, {first:.0f} after a tenth, {end:.0f} at the end: "
        f"{100 * (end / first - 1):+.1f} % (promised < 5), peak {max(one.resident for one in day.looks):.0f}"
    )
    quarters = [warm[len(warm) * part // 4 : len(warm) * (part + 1) // 4] for part in range(4)]
    told = ", ".join(f"{statistics.mean(one.resident for one in part):.0f}" for part in quarters)
    print(f"   by quarters {told} MB; handles {warm[0].handles} → {last.handles}, threads {warm[0].threads} → "
          f"{last.threads}; log {max(one.wal for one in warm):.1f} MB at most (promised < 64)")  # fmt: skip
    cuts = statistics.quantiles(day.pages, n=20, method="inclusive")
    print(f"   queue page p50 {cuts[9] * 1000:.0f}, p95 {cuts[18] * 1000:.0f} ms; what happened: {', '.join(kinds)}")
