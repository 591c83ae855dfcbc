"""From visible on the platform to the queue and to Slack, in seconds: `python -m tests.bench latency`.

A real Earshot process on the real clock beside fake platforms over real sockets: Mastodon and Bluesky stream, a feed is
polled every five seconds. The queue is looked at every 20 ms; Slack's time is when the fake took the message.
"""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlmodel import select

from bot.store.db import Database
from bot.store.tables import CaseRow, MentionRow, PostRow
from tests.fakes.bluesky import FakeBluesky
from tests.fault.history import World, world
from tests.fault.platforms import wait

EVERY_S = 5
APART_S = 4.0  # a room gets at most one message a second
STORIES = {
    "the red kettle": "Acme Parcels lost {name} and nobody answers. Worst service ever.",
    "the blue lamp": "Charged twice for {name}, Acme Parcels. Still no refund!",
    "the green chair": "Your driver threw {name} over our fence and broke it, Acme Parcels. Awful.",
    "the copper pan": "Acme Parcels never delivered {name} and ignores every mail. Unacceptable.",
    "the little piano": "Three weeks on hold because of {name}, Acme Parcels. Terrible.",
    "the broken app": "{name} of Acme Parcels crashes at every login. Useless.",
    "the antique clock": "Customs forms for {name} filled in wrongly again, Acme Parcels. Disgrace.",
    "the whistling depot": "Rude staff at {name}, Acme Parcels. Terrible, they laughed at my mother.",
    "the golden ring": "Insurance for {name} refused, Acme Parcels? That is a scam.",
}  # nine causes: complaints that are alike are told together, up to two minutes later
EACH = len(STORIES)  # above ten in five minutes a room is told of several cases at once, each minute
FIRST = "Acme Parcels, {name} never came and your phone line is dead."


@contextmanager
def running() -> Iterator[tuple[World, FakeBluesky]]:
    """A fresh process that listens to all three."""
    with tempfile.TemporaryDirectory() as folder, FakeBluesky() as sky, world(Path(folder), rate=1.0) as there:
        settings = there.settings()
        settings["sources"]["bluesky"] = {"connector": "bluesky", "every": EVERY_S, "stream_url": sky.stream_url,
                                          "base_url": sky.url, "public_url": sky.url}  # fmt: skip
        settings["sources"]["mastodon"]["sweep_s"] = 60.0
        there.lives.start({"settings": settings, "clock": vars(there.clock), "agent": 0})
        wait(6.0)
        yield there, sky
        there.lives.end(0.0)


def measure(post: Callable[[World, FakeBluesky, str], Any], apart_s: float = APART_S) -> dict[str, list[float]]:
    """Seconds to the queue and to Slack for each of a few posts."""
    found: dict[str, list[float]] = {"queue": [], "Slack": []}
    with running() as (there, sky):
        _warm(there, sky, post)
        for name, story in STORIES.items():
            start = time.time()
            post(there, sky, story.format(name=name))
            found["queue"].append(_in_queue(there.folder, name, start) - start)
            found["Slack"].append(_at_slack(there, name, start) - start)
            wait(max(0.0, apart_s - (time.time() - start)))
    return found


def _warm(there: World, sky: FakeBluesky, post: Callable[[World, FakeBluesky, str], Any]) -> None:
    """The first post after a start costs about a second more: code is loaded, statements are prepared."""
    start = time.time()
    post(there, sky, FIRST.format(name="the very first kettle"))
    _at_slack(there, "the very first kettle", start)
    wait(APART_S)


def _in_queue(folder: Path, name: str, start: float) -> float:
    db = Database(f"sqlite:///{folder / 'earshot.sqlite'}", readers=1)
    asked = select(CaseRow.id).join(MentionRow, MentionRow.case_id == CaseRow.id).join(PostRow)  # type: ignore[arg-type]
    try:
        while time.time() - start < 30:
            with db.read() as session:
                if session.exec(asked.where(PostRow.text.contains(name))).first():  # type: ignore[attr-defined]
                    return time.time()
            threading.Event().wait(0.02)
    finally:
        db.close()
    raise AssertionError(f"{name} never reached the queue")


def _at_slack(there: World, name: str, start: float) -> float:
    while time.time() - start < 90:
        for posted in list(there.slack.posts):
            if name in posted.all_text:
                return posted.at
        threading.Event().wait(0.01)
    raise AssertionError(f"{name} never reached Slack")


def _who(text: str) -> str:
    """Each post has a writer of its own: two of one writer would be one case."""
    return next((name.split()[-1] for name in STORIES if name in text), "first")


KINDS: dict[str, Callable[[World, FakeBluesky, str], Any]] = {
    "Mastodon, streamed": lambda there, _sky, text: there.mastodon.post(text, f"{_who(text)}@else.test"),
    "Bluesky, streamed": lambda _there, sky, text: sky.post(text, f"{_who(text)}.test"),
    f"feed, polled every {EVERY_S} s": lambda there, _sky, text: there.feed.post(text, there.clock.now()),
}


def _told(place: str, spans: list[float]) -> str:
    p95 = statistics.quantiles(spans, n=20, method="inclusive")[18]
    return f"{place}: p50 {statistics.median(spans):.2f} s, p95 {p95:.2f} s, longest {max(spans):.2f} s"


def report(rounds: int = int(os.environ.get("BENCH_ROUNDS", "1"))) -> None:
    """Print p50, p95 and the longest of each way."""
    for kind, post in KINDS.items():
        found: dict[str, list[float]] = {"queue": [], "Slack": []}
        for _round in range(rounds):
            for place, spans in measure(post).items():
                found[place] += spans
        told = "; ".join(_told(place, spans) for place, spans in found.items())
        print(f"{kind:24} {told} ({len(found['queue'])} posts)", flush=True)
