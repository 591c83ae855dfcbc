"""Two thousand posts a second for a minute (P-35): `python -m tests.bench overload`.

A whole `earshot run` with the reader that is shipped. The baseline of the same run is half a minute at five posts a
second; then a Bluesky offers BENCH_RATE (2,000) a second for BENCH_SECONDS (60), all of which name the brand. Every
five seconds somebody tells of an emergency, in turn in the flood itself and on a Mastodon. When did each stand in
Slack, how many were stored while the flood went on, when was the last one stored, when the last one decided on? A page
of the queue is asked for all the time. BENCH_WAIT_S (900): how long it may catch up. Nothing here asserts.
"""

import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import col, func, select

from bot.store.db import Database
from bot.store.tables import CaseRow, MentionRow, PostRow
from tests.bench.agents import _logged_in
from tests.bench.crowd_words import BEFORE, CAUSE, OTHERS, filled
from tests.bench.hurried import prepared, process
from tests.bench.queue import _free_port
from tests.bench.whole_day import QUIET
from tests.fakes.bluesky import FakeBluesky
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.slack import FakeSlack, slack
from tests.fault.clocks import QuickClock

CALM_RATE, CALM_S, EACH_S = 5.0, 30.0, 5.0
EMERGENCIES = (
    "Your Acme Parcels van ran over my daughter in {place}, she is injured and in hospital, worst people, emergency",
    "Your Acme Parcels locker in {place} is on fire and people are trapped inside, call somebody, emergency",
    "Acme Parcels driver lies injured on the road in {place}, we need help right now, this is urgent",
    "Acme Parcels left a broken gas bottle at {place}, people are in danger right now, nobody answers, emergency",
    "Battery in a box from Acme Parcels exploded in {place}, my son is hurt, we are at the hospital, emergency",
)
PLACES = "Harbour", "Mill", "Abbey", "Station", "Castle", "Garden", "Market", "Bridge", "Church", "Orchard", "Temple"
STAGES = "heard", "matched", "read", "decided on", "told"
KINDS = "Street", "Lane", "Road", "Hill"


@dataclass
class Scene:
    """The platforms, the room, the process's page; when each emergency was written and where."""

    folder: Path
    sky: FakeBluesky
    mastodon: FakeMastodon
    room: FakeSlack
    page: httpx.Client
    db: Database
    offered: int = 0
    emergencies: dict[str, tuple[str, str, float]] = field(default_factory=dict)  # place → phase, where, when
    pages: dict[str, list[float]] = field(default_factory=dict)

    def counts(self) -> tuple[int, int, int]:
        """Posts stored, of these read, and decided on."""
        with self.db.read() as session:
            posts = session.exec(select(func.max(PostRow.id))).one() or 0
            read = session.exec(select(func.count()).where(col(MentionRow.read_at).is_not(None))).one()
            done = session.exec(select(func.count()).where(col(MentionRow.triaged_at).is_not(None))).one()
        return posts, read, done

    def emergency(self, phase: str) -> None:
        """Somebody needs help, in turn in the flood and beside it."""
        number = len(self.emergencies)
        place = f"{PLACES[number % len(PLACES)]} {KINDS[number // len(PLACES) % 4]}"
        text, where = EMERGENCIES[number % 5].format(place=place), ("Bluesky", "Mastodon")[number % 2]
        if where == "Bluesky":
            self.sky.post(text, f"witness{number}.test")
        else:
            self.mastodon.post(text, f"witness{number}@else.test")
        self.emergencies[place] = phase, where, time.time()
        self.offered += 1

    def offer(self, phase: str, per_s: float, seconds: float) -> None:
        """So many ordinary posts a second, evenly, and an emergency each five seconds."""
        chance, began, written, next_one = random.Random(35), time.monotonic(), 0, 2.0
        while (gone := time.monotonic() - began) < seconds:
            while written < min(per_s * gone, per_s * seconds):
                kind = QUIET if written % 4 else (*CAUSE, *OTHERS, *BEFORE)
                text = f"{filled(chance.choice(kind), chance)} ({chance.randrange(10**7)})"
                self.sky.post(text, f"n{chance.randrange(20_000)}.test")
                written += 1
                self.offered += 1
            if gone >= next_one:
                self.emergency(phase)
                next_one += EACH_S
            time.sleep(0.01)

    def told(self) -> dict[str, float]:
        """When the room first read of each emergency."""
        found: dict[str, float] = {}
        for posted in list(self.room.posts):
            for place in self.emergencies:
                if place in posted.all_text:
                    found.setdefault(place, posted.at)
        return found


@contextmanager
def running() -> Iterator[Scene]:
    """A whole Earshot beside both platforms and a room."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP"))))
        sky, mastodon = stack.enter_context(FakeBluesky()), stack.enter_context(FakeMastodon())
        room, port = stack.enter_context(slack()), _free_port()
        room.clock = time.time
        with closing(prepared(f"sqlite:///{folder / 'earshot.sqlite'}")) as db:
            token = _logged_in(db, 1)[0]
        told = {"settings": _settings(folder, port, sky, mastodon, room), "clock": vars(QuickClock.of(1.0))}
        stack.enter_context(process(folder, told, port))
        db = stack.enter_context(closing(Database(f"sqlite:///{folder / 'earshot.sqlite'}", readers=1)))
        cookies = {f"earshot{port}": token}
        page = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", cookies=cookies, timeout=120))
        time.sleep(15)  # its streams are open
        yield Scene(folder, sky, mastodon, room, page, db)


def _settings(folder: Path, port: int, sky: FakeBluesky, mastodon: FakeMastodon, room: FakeSlack) -> dict[str, Any]:
    places = {"stream_url": sky.stream_url, "base_url": sky.url, "public_url": sky.url}
    return {
        "home": str(folder), "port": port, "private_addresses": True,
        "slack": {"bot_token": "xoxb-secret", "room": "#care", "base_url": room.url},
        "sources": {"bluesky": {"connector": "bluesky", "every": 30, **places},
                    "mastodon": {"connector": "mastodon", "every": 30, "servers": [mastodon.url]}},
        "brands": {"Acme": {"names": ["Acme Parcels"]}},
    }  # fmt: skip


def report() -> None:
    """Play both phases and print what waited for what."""
    rate, seconds = float(os.environ.get("BENCH_RATE", "2000")), float(os.environ.get("BENCH_SECONDS", "60"))
    with running() as scene:
        stop = threading.Event()
        phase = ["alone"]
        looking = threading.Thread(target=_look, args=(scene, phase, stop), daemon=True)
        looking.start()
        scene.offer("alone", CALM_RATE, CALM_S)
        _until(lambda: scene.counts()[2] >= scene.offered, 60)
        calm, phase[0], began = scene.offered, "flood", time.monotonic()
        scene.offer("flood", rate, seconds)
        posts, read, done = scene.counts()
        print(
            f"   {scene.offered - calm:,} offered in {time.monotonic() - began:.0f} s; at its end "
            f"{posts - calm:,} stored, {read - calm:,} read, {done - calm:,} decided on", flush=True,
        )  # fmt: skip
        longest = float(os.environ.get("BENCH_WAIT_S", "900"))
        for what, at in (("stored", 0), ("decided on", 2)):
            there = _until(lambda at=at: scene.counts()[at] >= scene.offered, longest)  # type: ignore[misc]
            left = scene.offered - scene.counts()[at]
            print(f"   all {what} {time.monotonic() - began - seconds:.0f} s after the flood; {left:,} left"
                  f"{'' if there else ' (given up)'}", flush=True)  # fmt: skip
        time.sleep(10)
        stop.set()
        looking.join(130)
        _said(scene)


def _look(scene: Scene, phase: Sequence[str], stop: threading.Event) -> None:
    while not stop.wait(1.0):
        began = time.monotonic()
        scene.page.get("/").raise_for_status()
        scene.pages.setdefault(phase[0], []).append(time.monotonic() - began)


def _until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (done := true()) and time.monotonic() < end:
        time.sleep(0.5)
    return done


def _said(scene: Scene) -> None:
    """Print when the emergencies were told, beside the same run's quiet half minute, and what pages took."""
    told, medians = scene.told(), dict[str, float]()
    for phase in ("alone", "flood"):
        for where in ("Bluesky", "Mastodon"):
            mine = {
                place: at for place, (part, there, at) in scene.emergencies.items() if (part, there) == (phase, where)
            }
            late = sorted(told[place] - at for place, at in mine.items() if place in told)
            medians[phase + where] = statistics.median(late) if late else float("nan")
            print(f"   {phase}, emergencies on {where}: {len(late)} of {len(mine)} told, p50 "
                  f"{medians[phase + where]:.1f}, worst {late[-1] if late else float('nan'):.1f} s "
                  f"({medians[phase + where] / medians['alone' + where]:.1f} of the quiet half minute)")  # fmt: skip
    with scene.db.read() as session:
        found = dict(session.exec(select(CaseRow.severity, func.count()).group_by(col(CaseRow.severity))).all())
    _stages(scene, told)
    for phase, spans in scene.pages.items():
        cuts = statistics.quantiles(spans, n=20, method="inclusive")
        print(f"   {phase}: queue page p50 {1000 * cuts[9]:.0f}, p95 {1000 * cuts[18]:.0f} ms ({len(spans)} pages)")
    print(f"   cases {found}; {len(scene.room.posts)} messages in the room")


def _stages(scene: Scene, told: dict[str, float]) -> None:
    """Where the emergencies of the flood lost their time: at the middle and at worst, step by step."""
    asked = select(PostRow, MentionRow).join(MentionRow, col(PostRow.id) == col(MentionRow.post_id))
    with scene.db.read() as session:
        rows = session.exec(asked.where(PostRow.text.contains("emergency"))).all()  # type: ignore[attr-defined]
    spans: dict[str, list[float]] = {}
    for post, mention in rows:
        place = next((name for name in scene.emergencies if name in post.text), "")
        if not place or scene.emergencies[place][0] != "flood":
            continue
        moments = [post.heard_at, post.matched_at, mention.read_at, mention.triaged_at]
        stamps = [
            scene.emergencies[place][2],
            *(at.timestamp() if at else float("nan") for at in moments),
            told.get(place),
        ]
        for name, before, after in zip(STAGES, stamps, stamps[1:], strict=False):
            if before is not None and after is not None and after == after:
                spans.setdefault(name, []).append(after - before)
    parts = [f"{name} {statistics.median(each):.1f} / {max(each):.1f}" for name, each in spans.items()]
    print(f"   of that in the flood, p50 / worst s: {', '.join(parts)}")
