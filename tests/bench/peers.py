"""Each fault that was done to what people use today, done to Earshot: `python -m tests.bench peers`.

Real connectors and the real Slack responder over real sockets; a clock moved by hand where minutes must pass, a real
process where something is killed. Prints one row a fault; docs/performance.md puts it beside the others' figures.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import select

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.readers.words import Words
from bot.steps import listen, match, read, triage
from bot.store import brands, gaps, migrate, sources
from bot.store.db import Database
from bot.store.tables import CaseRow, PostRow, SourceRow
from bot.wire import connector_from
from config.settings import Settings
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.slack import Call, FakeSlack, slack
from tests.fault.child import ANSWERED
from tests.fault.history import check_at_rest, world
from tests.fault.platforms import Feed, Search
from tests.flow.room import Letters, Room, app_of

NOW = datetime(2026, 11, 4, 14, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
WORDS = "Acme lost my parcel {n} and nobody answers. Worst service ever."


@dataclass
class Ear:
    """One polled source on a clock moved by hand."""

    app: App
    clock: HandClock

    def poll(self) -> None:
        """The source is due and read; what it brings is matched, read and opened."""
        with self.app.db.begin() as session:
            sources.note(session, "source", next_poll_at=self.clock.now())
        while listen.poll_one(self.app):
            pass
        steps: tuple[Callable[[App], int], ...] = (match.match_some, read.read_some, triage.triage_some)
        for step in steps:
            while step(self.app):
                pass

    def stored(self) -> set[str]:
        with self.app.db.read() as session:
            return set(session.exec(select(PostRow.native_id)).all())

    def cases(self) -> list[CaseRow]:
        with self.app.db.read() as session:
            return list(session.exec(select(CaseRow)).all())

    def gaps(self) -> int:
        with self.app.db.read() as session:
            return len(gaps.since(session, NOW - timedelta(days=9)))


@contextmanager
def ear(connector: str, **options: Any) -> Iterator[Ear]:
    """An app that has listened to this source for a minute."""
    with tempfile.TemporaryDirectory() as folder:
        db, clock = Database(f"sqlite:///{folder}/earshot.sqlite"), HandClock(NOW)
        migrate.upgrade(db)
        settings = Settings(home=Path(folder), private_addresses=True)
        made = connector_from(connector, options, settings, clock)
        app = App(settings, db, clock, Words(), lambda _source: made, {})
        with db.begin() as session:
            brands.save(session, Brand(name="Acme", names=("Acme",)), "bench", NOW, "bench")
            row = SourceRow(name="source", connector=connector, started_at=NOW, next_poll_at=NOW)
            sources.save(session, row)
        there = Ear(app, clock)
        there.poll()
        clock.move(MINUTE)
        yield there
        made.close()
        db.close()


def burst(number: int) -> str:
    """So many new posts between two polls, on Hacker News and on Mastodon."""
    told = []
    with Search() as search, ear("hackernews", base_url=search.url, items_url=search.url) as there:
        ids = {search.post(WORDS.format(n=n), there.clock.now() - timedelta(seconds=n % 50 + 1)) for n in range(number)}
        there.poll()
        told.append(f"Hacker News: {len(ids & there.stored())} of {number} stored after one poll")
    with FakeMastodon(now=lambda: NOW) as fake, ear("mastodon", servers=[fake.url]) as there:
        kept = [fake.post(WORDS.format(n=n), f"a{n}@else.test", at=there.clock.now() - timedelta(milliseconds=50 * n))
                for n in reversed(range(number))]  # fmt: skip
        uris = {fake.uri(key) for key in kept}
        polls = 0
        while not uris <= there.stored() and polls < 10:
            there.poll()
            there.clock.move(MINUTE)
            polls += 1
        told.append(f"Mastodon: {len(uris & there.stored())} of {number} after {polls} poll(s)")
    return "; ".join(told)


def future_date() -> str:
    """A post dated tomorrow by its author, then others."""
    with Feed() as feed, ear("rss", url=f"{feed.url}/feed.xml") as there:
        feed.post(WORDS.format(n=0), there.clock.now() + timedelta(days=1))
        there.poll()
        for n in range(1, 6):
            there.clock.move(MINUTE)
            feed.post(WORDS.format(n=n), there.clock.now())
            there.poll()
        late = max(case.due_at for case in there.cases()) - there.clock.now()
        return f"{len(there.stored())} of 6 stored; its window counts from when we heard it ({late} left at most)"


def late_and_same_second() -> tuple[str, str]:
    """A post that the index shows five minutes late; two posts of one second, one of them shown after the poll."""
    with Search() as search, ear("hackernews", base_url=search.url, items_url=search.url) as there:
        search.post(WORDS.format(n=1), there.clock.now() - SECOND)
        there.poll()
        search.post(WORDS.format(n=2), there.clock.now() - SECOND)
        there.clock.move(MINUTE)
        there.poll()
        same = len(there.stored())
        there.clock.move(5 * MINUTE)
        search.post(WORDS.format(n=3), there.clock.now() - 5 * MINUTE)
        there.poll()
        return f"{len(there.stored()) - same} of 1 stored", f"{same} of 2 stored"


@contextmanager
def room() -> Iterator[Room]:
    """A Slack room, mail as its second way, and a clock moved by hand."""
    with tempfile.TemporaryDirectory() as folder, slack() as fake:
        db, clock, letters = Database(f"sqlite:///{folder}/earshot.sqlite"), HandClock(NOW), Letters()
        migrate.upgrade(db)
        app = app_of(db, clock, fake, letters, Path(folder))
        yield Room(app, clock, fake, letters)
        app.responders["slack"].close()
        db.close()


def once(mood: str) -> Callable[[Call], str]:
    """The third message meets this, once."""
    seen = Counter[str]()

    def feel(call: Call) -> str:
        seen[call.method] += call.method == "chat.postMessage"
        if call.method == "chat.postMessage" and seen[call.method] == 3:
            return mood
        return "ok"

    return feel


def alerts(mood: Callable[[Call], str], number: int = 20, apart: timedelta = 40 * SECOND) -> str:
    """So many cases, one after another; what became of their messages."""
    with room() as there:
        there.slack.mood = mood
        ids = []
        for n in range(number):
            ids.append(there.open_case(n))
            there.run(apart)
        there.run(2 * MINUTE)
        return told_of(there, ids)


def told_of(there: Room, ids: list[int]) -> str:
    """Cases that nobody was told of, messages posted twice, how many in all."""
    rows = [row for row in there.rows() if row.kind == "new"]
    keys = Counter(_key(call) for call in there.slack.calls if call.method == "chat.postMessage")
    posted = _posted(there.slack)
    told = {row.case_id for row in rows if row.key in posted or row.receipt_id in posted}
    doubles = sum(number - 1 for number in posted.values())
    marked = sum(post.text.startswith("Repeat:") for post in there.slack.posts)
    lost = len(set(ids) - told)
    return f"{lost} of {len(ids)} lost, {doubles} doubles ({marked} marked), {sum(keys.values())} calls"


def _posted(fake: FakeSlack) -> Counter[str]:
    """What the room really shows, by the key each message carries."""
    shown: Counter[str] = Counter()
    texts = [post.text for post in fake.posts]
    for call in fake.calls:
        if call.method == "chat.postMessage" and str(call.said["text"]) in texts:
            texts.remove(str(call.said["text"]))
            shown[_key(call)] += 1
    return shown


def _key(call: Call) -> str:
    thing = call.said["metadata"]
    thing = json.loads(thing) if isinstance(thing, str) else thing
    return str(thing["event_payload"]["key"])


def one_a_second() -> str:
    """Slack takes one message a second, three at once, and says when to come again."""
    with room() as there:
        tokens, last, refused, early = [3.0], [NOW], [0], [0]
        not_before = [NOW]

        def feel(call: Call) -> str:
            if call.method not in ("chat.postMessage", "chat.update"):
                return "ok"
            now = there.clock.now()
            early[0] += now < not_before[0]
            tokens[0] = min(3.0, tokens[0] + (now - last[0]).total_seconds())
            last[0] = now
            if tokens[0] >= 1:
                tokens[0] -= 1
                return "ok"
            refused[0] += 1
            not_before[0] = now + 2 * SECOND
            return "429:2"

        there.slack.mood = feel
        ids = there.open_many(range(20))
        there.run(3 * MINUTE)
        return f"{told_of(there, ids)}; refused {refused[0]} times, {early[0]} calls inside a Retry-After"


def one_refused() -> str:
    """One message is refused whenever it comes."""
    calls: list[Call] = []

    def feel(call: Call) -> str:
        if call.method == "chat.postMessage" and "parcel 7" in str(call.said["text"]):
            calls.append(call)
            return "error:invalid_blocks"
        return "ok"

    found = alerts(feel)
    return f"{found}; the refused one was tried {len(calls)} time(s) and went by mail, the others passed it"


def killed(point: str, number: int = 40) -> str:
    """So many complaints; the process is killed at this point, started again, and left to finish."""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as there:
        for _n in range(number):
            there.post()
        reached = there.life(point, within=10)
        there.settle(90)
        figures = check_at_rest(there)
        return (f"{'killed at ' + point if reached else 'point not reached'}: {figures['lost']} of {number} lost, "
                f"{figures['marked repeats']} double, marked")  # fmt: skip


def restarts(number: int = 20) -> str:
    """Three lives, each killed, over the same posts that the platform goes on offering."""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as there:
        for _n in range(number):
            there.post()
        there.settle(90)
        for _again in range(3):
            there.life(within=4.0)
        there.settle(90)
        figures = check_at_rest(there)
        messages = len(there.slack.posts)
        repeats = figures["marked repeats"]
        return f"{number} posts, {number} cases, each told once, in {messages} messages, {repeats} repeats"


def in_clear() -> str:
    """Tokens in the database's own files."""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as there:
        there.post(answered=bool(ANSWERED))
        there.settle(90)
        raw = b"".join(path.read_bytes() for path in Path(folder).glob("earshot.sqlite*"))
        found = sum(raw.count(word) for word in (there.mastodon.token.encode(), b"xoxb-secret"))
        return f"{found} hits for two tokens in {len(raw):,} bytes"


def rows() -> Iterator[tuple[str, Callable[[], str]]]:
    """Every fault by its name."""
    yield "350 new posts between polls", lambda: burst(350)
    yield "1,000 new posts between polls", lambda: burst(1000)
    yield "kill -9 between analysis and delivery", lambda: killed("triage:after commit")
    yield "kill -9 in mid-delivery", lambda: killed("alert:sent")
    yield "Slack 429 once", lambda: alerts(once("429:5"))
    yield "Slack 500 once", lambda: alerts(once("500"))
    yield "Slack takes it, answer lost, once", lambda: alerts(once("lost"))
    yield "Slack at 1 message/s, burst 3", one_a_second
    yield "one message always refused", one_refused
    yield "three restarts, same 20 posts", restarts
    yield "a post dated tomorrow by its author", future_date
    yield "a post indexed late", lambda: late_and_same_second()[0]
    yield "two posts in one second", lambda: late_and_same_second()[1]
    yield "secrets", in_clear


def report() -> None:
    """Print a row a fault."""
    with ExitStack():
        for name, found in rows():
            print(f"| {name} | {found()} |", flush=True)
