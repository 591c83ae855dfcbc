"""posts.jsonl: each post in a file between two good ones, heard and taken the whole path, told to a room in Slack.

Judged is what every post owes (the process lives, the good ones are there, each ends in one accounted place, no step
takes two seconds of work, what Slack is sent pings nobody) and each row's own outcome and counts.
"""

import base64
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.steps import listen, match, read, triage
from bot.steps.deliver import deliver_team
from bot.store import brands, quarantine, sources
from bot.store.tables import CaseRow, MentionRow, PostRow, SourceRow
from bot.store.tables_house import DeliveryRow
from connectors.file.connector import File
from connectors.file.settings import Settings as FileSettings
from connectors.types import Post, Want
from tests.bench.faults.databases import fresh
from tests.bench.faults.rows import Fate, lines, unrolled
from tests.fakes.slack import slack
from tests.flow.room import Letters, app_of

NOW = datetime(2026, 5, 4, 10, 5, tzinfo=UTC)
STEP_S = 2.0
GOOD = {
    "source": "probe", "created_at": "2026-05-04T10:01:00Z", "url": "https://social.example/good",
    "author": {"id": "g", "handle": "good", "name": "Good", "url": "https://social.example/@good"},
}  # fmt: skip
_LATER = re.compile(rb'"\$now([+-]\d+)"')
_PINGS = re.compile(r"<[!@#]")
_OURS = re.compile(r"<(?:https?://[^<>|\s]*|mailto:[^<>|\s]*)(?:\|[^<>]*)?>|<!date\^[^<>]*>")


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one row's items."""

    row: dict[str, Any]
    items: list[PostRow]
    good: int
    aside: int
    cases: int
    told: int
    answered: int
    slowest_s: float
    said: list[str] = field(default_factory=list)


def play(folder: Path) -> Iterator[Fate]:
    """Every row by itself."""
    for row in lines(folder, "posts"):
        try:
            yield Fate(row["id"], judged(hear(row)))
        except Exception as error:
            yield Fate(row["id"], (f"the path broke: {type(error).__name__}: {str(error)[:90]}",))


def items_of(row: dict[str, Any]) -> list[bytes]:
    """The lines of the file that hold this row's items."""
    if "raw_b64" in row:
        return [base64.b64decode(row["raw_b64"])]
    written = [json.dumps(unrolled(item)).encode() for item in row.get("batch") or [row["post"]]]
    at = lambda found: json.dumps((NOW + timedelta(seconds=int(found[1]))).isoformat()).encode()
    return [_LATER.sub(at, item) for item in written]


def read_by_file(row: dict[str, Any], file: Path, clock: Callable[[], datetime]) -> list[Post]:
    """What the file connector makes of the row's items between two good ones, by itself."""
    file.write_bytes(between(row))
    pages = File(FileSettings(path=file), now=clock).fetch(Want(first_look=timedelta(days=9999)))
    return [post for page in pages for post in page.posts if not post.ref.id.startswith("good-")]


def between(row: dict[str, Any]) -> bytes:
    """A file of this row's items, a good post before and after them."""
    good = [json.dumps(GOOD | {"external_id": f"good-{n}", "text": f"Acme is good {n}"}).encode() for n in (1, 2)]
    return b"\n".join([good[0], *(item.replace(b"\n", b"\\n") for item in items_of(row)), good[1], b""])


def hear(row: dict[str, Any]) -> Heard:
    """The row's items between two good posts, through every step."""
    with tempfile.TemporaryDirectory() as place, slack() as room:
        home, clock, db = Path(place), HandClock(NOW), fresh(Path(place))
        file = home / "posts.jsonl"
        file.write_bytes(between(row))
        connector = File(FileSettings(path=file), now=clock.now)
        app = replace(app_of(db, clock, room, Letters(), home), connector_of=lambda _source: connector)
        with db.begin() as session:
            brands.save(
                session, Brand(name="Acme", names=("Acme",), handles=("acme",), queue_at=0.01), "bench", NOW, "bench"
            )
            started = NOW - timedelta(hours=1)
            sources.save(session, SourceRow(name="file", connector="file", started_at=started, next_poll_at=NOW))
        slowest = _walk(app, clock)
        with db.read() as session:
            posts = list(session.exec(select(PostRow)).all())
            cases, sent = len(session.exec(select(CaseRow)).all()), session.exec(select(DeliveryRow)).all()
            keys = [post.id for post in posts if not post.native_id.startswith("good-")]
            named = session.exec(select(MentionRow).where(col(MentionRow.post_id).in_(keys))).all()
            aside = quarantine.count(session, "file")
        said = [one for post in room.posts for one in _texts(post.blocks, post.text)]
        db.close()
    theirs = {mention.case_id for mention in named}
    items = [post for post in posts if not post.native_id.startswith("good-")]
    to_team = len({one.case_id for one in sent if one.kind == "new"} & theirs)
    answers = sum(one.audience == "customer" for one in sent)
    return Heard(row, items, len(posts) - len(items), aside, cases, to_team, answers, slowest, said)


def _walk(app: App, clock: HandClock) -> float:
    """Every step until none has anything to do. The slowest one's seconds of work."""
    slowest = 0.0
    steps: tuple[Callable[[App], Any], ...] = (
        listen.poll_one, match.match_some, read.read_some, triage.triage_some, deliver_team,
    )  # fmt: skip
    for step in steps:
        for _ in range(60):
            begun = time.process_time()
            more = step(app)
            slowest = max(slowest, time.process_time() - begun)
            if not more:
                break
        clock.move(timedelta(seconds=3))
    return slowest


def _texts(blocks: Any, text: str) -> list[str]:
    """Every text object of a message that Slack reads as markup."""
    if isinstance(blocks, dict):
        own = [blocks["text"]] if blocks.get("type") == "mrkdwn" and isinstance(blocks.get("text"), str) else []
        return own + [one for part in blocks.values() for one in _texts(part, "")]
    found = [one for part in blocks for one in _texts(part, "")] if isinstance(blocks, list) else []
    return found + ([text] if text else [])


def judged(heard: Heard) -> tuple[str, ...]:
    """What differs from what every post owes, and from the row's own words."""
    expect, found = heard.row["expect"], []
    if heard.good != 2:
        found.append(f"{heard.good} of the two good posts stored")
    if heard.slowest_s > STEP_S:
        found.append(f"a step worked {heard.slowest_s:.1f} s")
    wanted = len(items_of(heard.row))
    single = wanted == 1
    if single and not heard.items and not heard.aside and expect.get("rows") != 0:
        found.append("it is nowhere")
    if single and expect.get("outcome") == "store" and not heard.items:
        found.append("not stored")
    if single and expect.get("outcome") == "quarantine" and not heard.aside:
        found.append("not set aside")
    if heard.answered:
        found.append("an answer was queued")
    return tuple(found + _counts(heard) + _in_slack(heard.said))


def _counts(heard: Heard) -> list[str]:
    expect, found = heard.row["expect"], []
    rows = [post for post in heard.items if "own" not in post.flags.split()]
    if expect.get("rows", len(rows)) != len(rows):
        found.append(f"{len(rows)} rows, not {expect['rows']}")
    if "alerts" in expect and heard.told != expect["alerts"]:
        found.append(f"{heard.told} alerts, not {expect['alerts']}")
    if "poison_quarantined" in expect and heard.aside != int(expect["poison_quarantined"]):
        found.append(f"{heard.aside} set aside")
    if "id_exact" in expect and [post.native_id for post in heard.items] != [expect["id_exact"]]:
        found.append("its id changed")
    words = [post for post in heard.items if post.text or post.title]
    if expect.get("content_rows", len(words)) != len(words):
        found.append(f"{len(words)} rows with words")
    if expect.get("links_http_only") and any(post.url and not post.url.startswith("http") for post in heard.items):
        found.append("a link that is none")
    return found


def _in_slack(said: list[str]) -> list[str]:
    bare = [_OURS.sub("", text).replace("\n> ", "\n").removeprefix("> ") for text in said]  # a quotation's mark is ours
    found = [f"Slack is sent {_PINGS.search(text)[0]}" for text in bare if _PINGS.search(text)]  # type: ignore[index]
    found += ["Slack is sent a bare bracket" for text in bare if "<" in text or ">" in text]
    return (found + [f"Slack is sent {len(text)} letters" for text in said if len(text) > 3000])[:1]
