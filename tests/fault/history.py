"""The history checker: what the platforms say they did against what the database believes, after any kills."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from bot.store import events, migrate
from bot.store.db import Database
from bot.store.tables import CaseRow, MentionRow, PostRow, ReplyRow, SourceRow
from bot.store.tables_house import AccountRow, DeliveryRow
from bot.store.tables_incidents import IncidentCaseRow
from tests.counts import times
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.slack import FakeSlack, slack
from tests.fault.child import ANSWERED
from tests.fault.clocks import QuickClock
from tests.fault.platforms import Feed, wait

RATE = float(times("rate", 30))  # seconds that pass for Earshot in one of ours: on a starved machine fewer
COMPLAINT = "Acme Parcels lost {name} and nobody answers. Worst service ever."


class Lives:
    """Starts lives of the child process, one at a time, and ends them."""

    def __init__(self, folder: Path) -> None:
        self._errors = (folder / "lives.log").open("ab")
        self._door = subprocess.Popen(
            [sys.executable, "-m", "tests.fault.child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True, bufsize=1,
            env=os.environ | {"PYTHONWARNINGS": "default"},
        )  # fmt: skip
        self.pid = 0

    def start(self, told: dict[str, Any]) -> None:
        assert self._door.stdin is not None
        assert self._door.stdout is not None
        self._door.stdin.write(json.dumps(told) + "\n")
        self.pid = int(self._door.stdout.readline())

    def end(self, within: float) -> int:
        """Wait for it to die by itself, else kill it. Returns minus the signal that ended it."""
        assert self._door.stdout is not None
        timer = threading.Timer(within, self._kill)
        timer.start()
        try:
            return int(self._door.stdout.readline())
        finally:
            timer.cancel()
            self.pid = 0

    def _kill(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        assert self._door.stdin is not None
        assert self._door.stdout is not None
        self._kill()
        self._door.stdin.close()
        self._door.wait(10)
        self._door.stdout.close()
        self._errors.close()


@dataclass
class World:
    """Platforms that stay up, and an Earshot that does not."""

    folder: Path
    clock: QuickClock
    mastodon: FakeMastodon
    feed: Feed
    slack: FakeSlack
    lives: Lives
    agent: int = 0
    offered: dict[str, str] = field(default_factory=dict)  # the platform's id of each complaint, and its words
    kills: Counter[str] = field(default_factory=Counter)
    number: int = 0

    def settings(self) -> dict[str, Any]:
        mastodon = {"connector": "mastodon", "every": 1, "servers": [self.mastodon.url], "home": self.mastodon.url,
                    "token": self.mastodon.token, "sweep_s": 1.0,
                    # A busy machine can need half a minute, a quarter of an hour here, before the first read lives.
                    "first_public_minutes": 1440}  # fmt: skip
        return {
            "home": str(self.folder),
            "private_addresses": True,
            "undo_s": 0,
            "slack": {"bot_token": "xoxb-secret", "room": "#care", "base_url": self.slack.url},
            "sources": {
                "mastodon": mastodon,
                "blog": {"connector": "rss", "every": 5, "url": f"{self.feed.url}/feed.xml"},
            },
            "brands": {"Acme": {"names": ["Acme Parcels"], "handles": {"mastodon": ["acme@social.test"]}}},
        }

    def post(self, *, answered: bool = False, feed: bool = False) -> str:
        """Somebody complains; some ask for help and get an answer."""
        self.number += 1
        name = f"parcel-{self.number}"
        words = COMPLAINT.format(name=name) + (f" {ANSWERED}" if answered else "")
        if feed:
            key = self.feed.post(words, self.clock.now())
        else:
            status = self.mastodon.post(words, author=f"ada{self.number}@elsewhere.test", at=self.clock.now())
            key = self.mastodon.uri(status)
        self.offered[key] = words
        return name

    def life(self, point: str = "", nth: int = 1, within: float = 8.0) -> bool:
        """One life of the process. True if it died at its point, False if it was killed from outside."""
        told = {"settings": self.settings(), "clock": vars(self.clock), "point": point, "nth": nth, "agent": self.agent}
        began = time.monotonic()
        self.lives.start(told)
        ended = self.lives.end(within)
        assert ended == -signal.SIGKILL, f"the process ended by itself ({ended}): {self.log()}"
        there = bool(point) and time.monotonic() - began < within - 0.02
        self.kills[point if there else "at random"] += 1
        return there

    def log(self) -> str:
        path = self.folder / "child.log"
        return path.read_text("utf-8", "replace")[-3000:] if path.exists() else "no log"

    def settle(self, within: float = 60.0) -> None:
        """Let one life work until nothing is left to do, then end it."""
        told = {"settings": self.settings(), "clock": vars(self.clock), "agent": self.agent}
        self.lives.start(told)
        end = time.monotonic() + within
        left = ["not looked yet"]
        while left and time.monotonic() < end:
            wait(0.5)
            left = self.unsettled()
        self.lives.end(0.0)
        self.kills["at random"] += 1
        assert not left, (left[:5], self.log())

    def unsettled(self) -> list[str]:
        with self.looking() as seen:
            if not seen.sources:
                return ["not started"]
            missing = [f"not stored: {key}" for key in self.offered if key not in seen.posts]
            owed = [f"not opened: {post.native_id}" for post in seen.posts.values() if post.id not in seen.case_of]
            told = {row.case_id for row in seen.deliveries if row.state in ("sent", "unsure", "withdrawn")}
            told |= {case for case, key in seen.spoken_for.items() if seen.said(key)}
            silent = [f"case {case.id} not told" for case in seen.cases if case.id not in told]
            under_way = [f"{row.key} {row.state}" for row in seen.deliveries if row.state in ("waiting", "sending")]
            asked = [f"reply {row.id}: {row.why}" for row in seen.replies if not _at_rest(row)]
            silent_ones = self._unanswered(seen)
            return [*missing, *owed, *silent, *under_way, *asked, *silent_ones]

    def _unanswered(self, seen: "Seen") -> list[str]:
        replied = {row.case_id for row in seen.replies}
        asked = [post for post in seen.posts.values() if ANSWERED in post.text and post.id in seen.case_of]
        return [f"no reply to post {post.id}" for post in asked if seen.case_of[post.id] not in replied]

    @contextmanager
    def looking(self) -> Iterator["Seen"]:
        db = Database(f"sqlite:///{self.folder / 'earshot.sqlite'}")
        try:
            with db.read() as session:
                yield Seen.of(session)
        finally:
            db.close()


@dataclass
class Seen:
    """The database as it stands."""

    posts: dict[str, PostRow]
    rows: int
    case_of: dict[int | None, int]
    cases: list[CaseRow]
    deliveries: list[DeliveryRow]
    replies: list[ReplyRow]
    sources: dict[str, SourceRow]
    spoken_for: dict[int, str]
    broken_event: int | None

    def said(self, key: str) -> list[str]:
        """The messages that left under keys that begin so: one message speaks for all cases of an incident."""
        return [row.key for row in self.deliveries if row.key.startswith(key) and row.state in ("sent", "unsure")]

    @classmethod
    def of(cls, session: Any) -> "Seen":
        posts = session.exec(select(PostRow).where(col(PostRow.flags) != "own")).all()
        named = session.exec(select(MentionRow).where(col(MentionRow.case_id).is_not(None))).all()
        return cls(
            posts={row.native_id: row for row in posts},
            rows=len(posts),
            case_of={row.post_id: row.case_id for row in named},
            cases=list(session.exec(select(CaseRow)).all()),
            deliveries=list(session.exec(select(DeliveryRow)).all()),
            replies=list(session.exec(select(ReplyRow)).all()),
            sources={row.name: row for row in session.exec(select(SourceRow)).all()},
            spoken_for={
                row.case_id: f"incident:{row.incident_id}:" for row in session.exec(select(IncidentCaseRow)).all()
            },
            broken_event=events.verify(session),
        )


def _at_rest(row: ReplyRow) -> bool:
    """Sent, refused, or in a person's face with the question."""
    return row.state in ("sent", "held", "refused", "withdrawn") or (row.state == "unsure" and row.why.endswith("?"))


def check_now(world: World) -> None:
    """What must hold at any moment, straight after a kill: once each, and no cursor ahead of what is stored."""
    with world.looking() as seen:
        assert seen.rows == len(seen.posts), "a post is stored twice"
        assert seen.broken_event is None, "the chain of events is broken"
        _cursor_is_behind(world, seen)
    replies = Counter(_words(reply["text"]) for reply in world.mastodon.replies)
    assert all(number == 1 for number in replies.values()), f"a customer was answered twice: {replies}"


def _cursor_is_behind(world: World, seen: Seen) -> None:
    cursor = seen.sources["mastodon"].cursor if "mastodon" in seen.sources else None
    lanes = json.loads(cursor)["lanes"] if cursor else {}
    passed = max((int(last) for name, (last, *_) in lanes.items() if "public" in name and last), default=0)
    for status in list(world.mastodon.statuses.values()):
        if status.uri in world.offered and int(status.id) <= passed:
            assert status.uri in seen.posts, f"the cursor has passed {status.id}, which is not stored"


def check_at_rest(world: World, few_copies: bool = True) -> dict[str, int]:
    """What must hold when all is done: nothing lost, nothing double, every copy marked. Returns the figures.

    `few_copies` False: how many copies there are, and what it says it does not know to have arrived, is not held
    against it. On a clock hundreds of times too fast an answer of Slack's that took half a second counts as lost.
    """
    check_now(world)
    with world.looking() as seen:
        assert set(seen.posts) == set(world.offered), "posts lost or invented"
        assert len(seen.cases) == len(world.offered), "one case for each complaint"
        repeats = _alerts(world, seen, few_copies)
        unsure = _replies(world, seen)
    kills = sum(world.kills.values())
    assert repeats <= kills or not few_copies, f"{repeats} repeats after {kills} kills"
    return {"kills": kills, "posts": len(world.offered), "lost": 0, "double": 0, "messages": len(world.slack.posts),
            "marked repeats": repeats, "replies": len(world.mastodon.replies), "asked of a person": unsure}  # fmt: skip


def _alerts(world: World, seen: Seen, few_copies: bool) -> int:
    """Every case reached the room at least once; a death over a message costs one marked copy at most."""
    copies: dict[str, list[str]] = defaultdict(list)
    for call in list(world.slack.calls):
        if call.method == "chat.postMessage":
            copies[_key(call.said["metadata"])].append(str(call.said["text"]))
    for case in seen.cases:
        rows = [row for row in seen.deliveries if row.case_id == case.id and row.audience == "team"]
        reached = [row for row in rows if row.key in copies or row.receipt_id in copies]
        answered_first = case.answered_at is not None and all(row.state == "withdrawn" for row in rows)
        of_incident = case.id in seen.spoken_for and any(key in copies for key in seen.said(seen.spoken_for[case.id]))
        unknown = not few_copies and any(row.state == "unsure" for row in rows)
        told = reached or answered_first or of_incident or unknown
        assert told, f"nobody was told of case {case.id}: {[(r.key, r.state) for r in rows]}"
    deaths = {row.key: int(row.body.get("deaths", 0)) for row in seen.deliveries}
    for key, texts in copies.items():
        assert len(texts) <= 1 + deaths.get(key, 0) or not few_copies, f"{key} was posted {len(texts)} times"
        assert all(text.startswith("Repeat:") for text in texts[1:]), f"an unmarked copy of {key}"
    return sum(len(texts) - 1 for texts in copies.values())


def _key(metadata: object) -> str:
    thing = json.loads(metadata) if isinstance(metadata, str) else metadata
    assert isinstance(thing, dict)
    return str(thing["event_payload"]["key"])


def _replies(world: World, seen: Seen) -> int:
    """What is on the platform is known as sent, and what is known as sent is on the platform."""
    there = {_words(reply["text"]) for reply in world.mastodon.replies}
    believed: dict[str, list[tuple[int | None, str, str]]] = defaultdict(list)
    for row in seen.replies:
        believed[_words(row.text)].append((row.id, row.state, row.why))
        if row.state == "sent":
            assert _words(row.text) in there, f"reply {row.id} is believed sent and is not there"
    for words in there:  # one that was held may have been approved again, word for word
        assert {"sent", "unsure"} & {state for _id, state, _why in believed[words]}, (
            f"on the platform: {believed[words]}"
        )
    return sum(row.state == "unsure" for row in seen.replies)


def _words(text: str) -> str:
    """Without the customer's name that Mastodon wants in front."""
    return text[text.index("Sorry") :]


@contextmanager
def world(folder: Path, rate: float = RATE) -> Iterator[World]:
    """A fresh world with one agent."""
    clock = QuickClock.of(rate)
    with ExitStack() as stack:
        mastodon = stack.enter_context(FakeMastodon(now=clock.now))
        feed = stack.enter_context(Feed())
        fake = stack.enter_context(slack())
        fake.clock = lambda: clock.now().timestamp()
        lives = Lives(folder)
        stack.callback(lives.close)
        made = World(folder, clock, mastodon, feed, fake, lives)
        made.agent = _hire(folder, clock)
        made.settle()  # from here on it listens: what is said is no history
        yield made


def _hire(folder: Path, clock: QuickClock) -> int:
    db = Database(f"sqlite:///{folder / 'earshot.sqlite'}")
    migrate.upgrade(db)
    number = hired(db, clock.now())
    db.close()
    return number


def hired(db: Database, now: datetime) -> int:
    """An agent, in a database at this version."""
    with db.begin() as session:
        row = AccountRow(login="lena", name="Lena", role="agent", password_hash="x", created_at=now)
        session.add(row)
        session.flush()
        return row.id or 0


__all__ = ["World", "check_at_rest", "check_now", "world"]
