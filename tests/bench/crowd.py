"""Five hundred complaints of one cause in ten real minutes: `python -m tests.bench crowd`; Slack gone: `… away`.

A whole `earshot run` in a process of its own, on the real clock, with the reader that is shipped, beside a streaming
Mastodon, a streaming Bluesky, a feed and a Slack over real sockets. Thirty complaints about anything else and one
emergency stand between the five hundred; a week of ordinary posts before. Somebody has the queue open. `away`: Slack
is gone (or refuses for an hour) from the start; when does the mail come, and the first message once it is back?
BENCH_MINUTES (10), BENCH_POSTS (500), BENCH_SHOTS: a folder for pictures of queue and incident. Nothing here asserts.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import col, select

from bot.store import incidents, migrate
from bot.store.db import Database
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_incidents import IncidentRow
from tests.bench.agents import Agent, _logged_in
from tests.bench.crowd_words import BEFORE, CALM, URGENT_IS, Line, crowd, week
from tests.bench.queue import _free_port
from tests.fakes.bluesky import FakeBluesky
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.server import Asked, Told
from tests.fakes.slack import Call, FakeSlack, Posted, slack
from tests.fault.platforms import Feed
from tests.unit.test_email import Post as Letters
from tests.unit.test_email import post_office

SETTLE_S = 150.0
PAGE_EVERY_S = 5.0
GONE_S, BACK_S = 150.0, 120.0
TOML = """
port = {port}
private_addresses = true
[slack]
bot_token = "xoxb-secret"
room = "#care"
base_url = "{slack}"
[mail]
host = "127.0.0.1"
port = {mail}
security = "none"
sender = "earshot@acme.test"
to = "team@acme.test"
[brands.Acme]
names = ["Acme Parcels"]
handles = {{ mastodon = ["acme@social.test"] }}
[sources.mastodon]
connector = "mastodon"
every = 5
servers = ["{mastodon}"]
[sources.bluesky]
connector = "bluesky"
every = 5
stream_url = "{stream}"
base_url = "{bluesky}"
public_url = "{bluesky}"
[sources.blog]
connector = "rss"
every = 20
url = "{feed}/feed.xml"
"""


class Untitled(Feed):
    """Items without a title: "Post 7" in five hundred posts would be what all of them say."""

    def answer(self, asked: Asked) -> Told:
        told = super().answer(asked)
        assert isinstance(told.body, bytes)
        return Told(re.sub(rb"<title>Post \d+</title>", b"", told.body), headers=told.headers)


@dataclass
class Scene:
    """The platforms, the room, the mail, the process's folder and address, and when each text was written."""

    folder: Path
    address: str
    token: str
    mastodon: FakeMastodon
    bluesky: FakeBluesky
    feed: Feed
    slack: FakeSlack
    mail: Letters
    written: dict[str, float] = field(default_factory=dict)

    def write(self, line: Line) -> None:
        """Somebody posts."""
        who = f"n{len(self.written)}"
        self.written[line.text] = time.time()
        if line.where == "mastodon":
            self.mastodon.post(line.text, f"{who}@else.test")
        elif line.where == "bluesky":
            self.bluesky.post(line.text, f"{who}.test")
        else:
            self.feed.post(line.text, datetime.now(UTC))

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The database, beside the process."""
        with closing(Database(f"sqlite:///{self.folder / 'earshot.sqlite'}", readers=1)) as db:
            yield db


@contextmanager
def running(mood: Callable[[Call], str] = lambda _call: "ok") -> Iterator[Scene]:
    """A whole Earshot that listens to all of it; the room behaves as `mood` says from the start."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_TMP"))))
        mastodon, bluesky = stack.enter_context(FakeMastodon()), stack.enter_context(FakeBluesky())
        feed, room = stack.enter_context(Untitled()), stack.enter_context(slack())
        letters, mail_port = stack.enter_context(post_office())
        room.clock, room.mood, port = time.time, mood, _free_port()
        places = {"slack": room.url, "mastodon": mastodon.url, "bluesky": bluesky.url, "feed": feed.url}
        told = TOML.format(port=port, mail=mail_port, stream=bluesky.stream_url, **places)
        (folder / "earshot.toml").write_text(told, "utf-8")
        token = _week_before(folder)
        address = f"http://127.0.0.1:{port}"
        stack.enter_context(_process(folder, address))
        yield Scene(folder, address, token, mastodon, bluesky, feed, room, letters)


@contextmanager
def _process(folder: Path, address: str) -> Iterator[int]:
    command = [str(Path(sys.executable).with_name("earshot")), "run"]
    with (folder / "run.log").open("wb") as log:
        run = subprocess.Popen(command, env=os.environ | {"EARSHOT_HOME": str(folder)}, stdout=log, stderr=log)
        try:
            _until(lambda: _answers(address), 180)
            time.sleep(10)  # its streams are open
            yield run.pid
        finally:
            run.terminate()
            run.wait(30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def _until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (done := true()) and time.monotonic() < end:
        time.sleep(0.1)
    return done


def _week_before(folder: Path) -> str:
    """Forty posts a day of an ordinary week, read and closed; and somebody's log-in."""
    now = datetime.now(UTC)
    kinds = [(text, 0.9) for text in week(BEFORE, 140, 1)] + [(text, 0.05) for text in week(CALM, 140, 2)]
    with closing(Database(f"sqlite:///{folder / 'earshot.sqlite'}")) as db:
        migrate.upgrade(db)
        with db.begin() as session:
            for number, (text, complaint) in enumerate(kinds):
                at = now - timedelta(days=7) * ((number % 140 + 1) / 142)
                tone = "negative" if complaint > 0.5 else "neutral"
                heard: dict[str, Any] = {"created_at": at, "heard_at": at, "next_try_at": at}
                key = f"old{number}"
                post = PostRow(platform="rss", native_id=key, source="blog", author_id=key, text=text, matched_at=at,
                               **heard)  # fmt: skip
                session.add(post)
                session.flush()
                session.add(MentionRow(
                    post_id=post.id or 0, brand="Acme", platform="rss", tagged=False, relevance=1.0, verdict="calm",
                    read_at=at, triaged_at=at, complaint=complaint, sentiment=tone,
                    **heard,
                ))  # fmt: skip
        return _logged_in(db, 1)[0]


def report() -> None:
    """Play it and print what was heard, told and shown."""
    over_s, many = 60 * float(os.environ.get("BENCH_MINUTES", "10")), int(os.environ.get("BENCH_POSTS", "500"))
    lines = crowd(many, over_s)
    with running() as scene:
        stop = threading.Event()
        agent = Agent(scene.address, scene.token, 0)
        looking = threading.Thread(target=_look, args=(agent, stop), daemon=True)
        looking.start()
        start = time.time()
        for line in lines:
            time.sleep(max(0.0, start + line.at_s - time.time()))
            scene.write(line)
        time.sleep(SETTLE_S)
        stop.set()
        looking.join(30)
        _queue(scene, lines)
        _incidents(scene, lines)
        _room(scene, lines, start)
        print(f"   queue page: {_spread(agent.pages)} ms of {len(agent.pages)}; refused {agent.refused or 'none'}")
        if os.environ.get("BENCH_SHOTS"):
            _shots(scene, Path(os.environ["BENCH_SHOTS"]))


def _look(agent: Agent, stop: threading.Event) -> None:
    while not stop.wait(PAGE_EVERY_S):
        agent._timed(agent.pages, lambda: agent.client.get("/"))


def _spread(spent: Sequence[float], unit: float = 1.0) -> str:
    if len(spent) < 2:
        return str([round(one * unit, 2) for one in spent])
    cuts = statistics.quantiles(spent, n=20, method="inclusive")
    return f"p50 {cuts[9] * unit:.1f}, p95 {cuts[18] * unit:.1f}, worst {max(spent) * unit:.1f}"


def _cases(scene: Scene) -> dict[str, tuple[CaseRow | None, MentionRow]]:
    """By the words of a post: its case, if it has one, and its mention."""
    with scene.database() as db, db.read() as session:
        found = session.exec(
            select(PostRow, MentionRow, CaseRow)
            .join(MentionRow, col(MentionRow.post_id) == col(PostRow.id))
            .outerjoin(CaseRow, col(CaseRow.id) == col(MentionRow.case_id))
        )
        return {post.text: (case, mention) for post, mention, case in found}


def _queue(scene: Scene, lines: Sequence[Line]) -> None:
    found = _cases(scene)
    for kind in ("cause", "other", "urgent"):
        mine = [line for line in lines if line.kind == kind]
        rows = [found[line.text] for line in mine if line.text in found]
        cases = [case for case, _mention in rows if case is not None]
        own = sum(case.due_at - case.spoke_at == timedelta(hours=1) for case in cases)
        late = [(case.opened_at.timestamp() - scene.written[text]) for text, (case, _m) in found.items()
                if case is not None and text in {line.text for line in mine}]  # fmt: skip
        print(
            f"   {kind}: {len(mine)} written, {len(rows)} heard, {len(cases)} cases ({len({c.id for c in cases})} "
            f"different), {own} due an hour after their post at {len({case.due_at for case in cases})} different "
            f"moments; from post to case {_spread(late)} s"
        )


def _incidents(scene: Scene, lines: Sequence[Line]) -> None:
    found, kinds = _cases(scene), {line.text: line.kind for line in lines}
    kind_of = {case.id: kinds.get(text, "before") for text, (case, _m) in found.items() if case is not None}
    words = {case.id: text for text, (case, _m) in found.items() if case is not None}
    with scene.database() as db, db.read() as session:
        rows = session.exec(select(IncidentRow).order_by(col(IncidentRow.id))).all()
        members = {row.id: incidents.member_ids(session, row.id or 0) for row in rows}
    first = min(scene.written.values())
    for row in rows:
        held = Counter(kind_of.get(case, "?") for case in members[row.id])
        after = row.proposed_at.timestamp() - first
        print(
            f"   incident {row.id} “{row.title}” {row.state} by {row.origin}, {after:.0f} s in, runs {row.runs}: {held}"
        )
        print(*(f"      stranger: {words[case]}" for case in members[row.id] if kind_of.get(case) != "cause"), sep="\n")
    inside = {case for held in members.values() for case in held}
    outside = [case for case, kind in kind_of.items() if kind == "cause" and case not in inside]
    print(f"   of the cause in no incident: {len(outside)}")
    print(*(f"      outside: {words[case]}" for case in outside[:40]), sep="\n")


def _room(scene: Scene, lines: Sequence[Line], start: float) -> None:
    posts = list(scene.slack.posts)
    rings = sum("<!here>" in one.all_text or "<!channel>" in one.all_text for one in posts)
    threads = sum(bool(one.thread) for one in posts)
    edits = sum(call.method == "chat.update" for call in scene.slack.calls)
    print(f"   room: {len(posts)} messages ({threads} in a thread, {rings} that call), {edits} edits, "
          f"{len(scene.mail.letters)} mails")  # fmt: skip
    for one in posts:
        print(f"      {one.at - start:6.1f} s {'  ' if one.thread else ''}{one.text[:400]!r}")
    for one in posts:
        if one.ts in scene.slack.messages and not one.thread and scene.slack.messages[one.ts].text != one.text:
            print(f"      now: {scene.slack.messages[one.ts].text[:300]!r}")
    told = [(line, _told_at(posts, line)) for line in lines if line.kind != "cause"]
    waits = [at - scene.written[line.text] for line, at in told if at]
    print(f"   of the others told {len(waits)} of {len(told)}, after {_spread(waits)} s")
    print(*(f"      never told: {line.text}" for line, at in told if not at), sep="\n")
    urgent = [round(at - scene.written[line.text], 1) for line, at in told if at and URGENT_IS in line.text]
    print(f"   the emergency was told after {urgent} s")


def _told_at(posts: Sequence[Posted], line: Line) -> float:
    """When the room first showed these words; 0.0 if never."""
    words = json.dumps(line.text[:60], ensure_ascii=False).strip('"')
    return next((one.at for one in posts if line.text[:60] in one.all_text or words in one.all_text), 0.0)


def away() -> None:
    """Slack is gone from the start, then there; or refuses for an hour."""
    for name, mood in (("gone", "down"), ("refuses for an hour", "429:3600")):
        moods = [mood]
        with running(lambda _call, moods=moods: moods[-1]) as scene:  # type: ignore[misc]
            _away(name, moods, scene)


def _away(name: str, moods: list[str], scene: Scene) -> None:
    start, lines = time.time(), crowd(60, GONE_S)
    feeder = threading.Thread(target=_written, args=(scene, lines, start), daemon=True)
    feeder.start()
    _until(lambda: bool(scene.mail.letters), GONE_S)
    mailed = time.time() - start
    first = min(scene.written.values(), default=start) - start
    feeder.join(GONE_S + 10)
    back = time.time()
    moods.append("ok")
    _until(lambda: bool(scene.slack.posts), BACK_S)
    after = [round(one.at - back, 1) for one in scene.slack.posts]
    mails = len(scene.mail.letters)
    print(
        f"   Slack {name}: first post at {first:.1f} s, mail at {mailed:.1f} s ({mails} mails); back, "
        f"the first message after {after[:1] or f'more than {BACK_S:.0f}'} s"
    )
    time.sleep(30)
    _room(scene, lines, back)


def _written(scene: Scene, lines: Sequence[Line], start: float) -> None:
    for line in lines:
        time.sleep(max(0.0, start + line.at_s - time.time()))
        scene.write(line)


def _shots(scene: Scene, folder: Path) -> None:
    """What an agent sees: the queue and the incident's page, on a desk and on a phone."""
    from playwright.sync_api import sync_playwright

    from tests.browser.house import CHROMIUM, FLAGS

    folder.mkdir(parents=True, exist_ok=True)
    name = f"earshot{scene.address.rsplit(':')[-1]}"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for kind, size in (("desk", (1440, 900)), ("phone", (390, 844))):
            context = browser.new_context(viewport={"width": size[0], "height": size[1]})
            context.add_cookies([{"name": name, "value": scene.token, "url": scene.address}])
            page = context.new_page()
            for path, shot in (("/", "queue"), ("/incidents", "incidents"), ("/incidents/1", "incident")):
                page.goto(scene.address + path)
                page.wait_for_timeout(1500)
                page.screenshot(path=str(folder / f"{shot}-{kind}.png"), full_page=shot == "incident")
        browser.close()
