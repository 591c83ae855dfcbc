"""Two processes on one PostgreSQL, or a command beside a running Earshot: nothing is done twice, nothing is missed."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path as File
from typing import Any

import pytest

from bot.cli import importing
from bot.clock import HandClock
from bot.readers.types import Verdict
from bot.readers.words import Words
from bot.steps import answer as desk
from bot.steps import listen, match, read, triage
from bot.steps.answer import Queued, Refused
from bot.store import cases, mentions, outbox, sources
from bot.store import desk as stock_of
from bot.store.db import Database
from bot.store.tables import SourceRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from connectors.file.connector import File as Posts
from connectors.file.settings import Settings as FileSettings
from connectors.memory import Memory
from responders import memory as spoken
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post

LATE = "Acme charged me twice and nobody answers my mails."


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do these at the same time; returns what each returned or raised."""
    came: list[Any] = [None] * len(works)

    def one(at: int, work: Callable[[], Any]) -> None:
        try:
            came[at] = work()
        except Exception as error:
            came[at] = error

    threads = [threading.Thread(target=one, args=(at, work)) for at, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return came


def meeting(parties: int = 2) -> Callable[..., None]:
    """Both wait here for each other; where one can never come (SQLite has one writer), the other goes on."""
    barrier = threading.Barrier(parties)

    def wait(*_given: object) -> None:
        try:
            barrier.wait(1.0)
        except threading.BrokenBarrierError:
            return

    return wait


def with_agent(path: Path) -> int:
    with path.app.db.begin() as session:
        session.add(AccountRow(id=1, login="lena", name="Lena", password_hash="", created_at=NOW))
    path.hear(page(post("1", LATE, NOW - timedelta(minutes=20))))
    return path.case().id or 0


def test_two_presses_of_send_in_one_instant_queue_one_reply(db: Database, clock: HandClock, settings: Settings) -> None:
    meet = meeting()

    def language(_text: str) -> str | None:
        meet()
        return None

    path = laid(db, clock, settings, responders={"memory": spoken.Memory()}, language_of=language)
    key = with_agent(path)
    words = "Hello Ada, I am looking for the second charge now and will write to you here."
    came = at_once(*[lambda: desk.answer(path.app, key, 1, words)] * 2)
    assert sorted(type(each).__name__ for each in came) == ["Queued", "Refused"]
    with db.read() as session:
        assert len(outbox.of_case(session, key)) == 1
        assert [reply.state for reply in cases.replies(session, key)] == ["queued"]
    assert isinstance(came[0], Queued | Refused)


def test_two_processes_open_one_case_for_one_mention(
    db: Database, clock: HandClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = laid(db, clock, settings)
    path.hear(page(post("0", LATE, NOW - timedelta(days=9))))  # the customer is known already
    path.platform.add(page(post("1", LATE)))
    with db.begin() as session:
        sources.note(session, "memory", next_poll_at=clock.now())
    while listen.poll_one(path.app):
        pass
    match.match_some(path.app)
    read.read_some(path.app)
    meet, laid_out = meeting(), stock_of.laid

    def both_looked(*given: Any) -> Any:
        found = laid_out(*given)
        meet()
        return found

    monkeypatch.setattr(stock_of, "laid", both_looked)
    came = at_once(*[lambda: triage.triage_some(path.app)] * 2)
    assert not [each for each in came if isinstance(each, Exception)]
    assert len(path.cases()) == 2  # the old one and one new one


def test_one_post_heard_by_two_sources_at_once_is_stored_once(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    meet = meeting()
    platforms = {name: Memory() for name in ("memory", "other")}
    path = laid(
        db, clock, settings,
        connector_of=lambda source: platforms[source.name],
        hold=lambda point: meet() if point == "ingest:before commit" else None,
    )  # fmt: skip
    with db.begin() as session:
        row = SourceRow(name="other", connector="memory", started_at=NOW - timedelta(days=1), next_poll_at=NOW)
        sources.save(session, row)
    for platform in platforms.values():
        platform.add(page(post("1", LATE)))
    with db.read() as session:
        here, there = sources.all_of(session)
    came = at_once(lambda: listen.poll(path.app, here), lambda: listen.poll(path.app, there))
    assert came == [None, None]
    with db.read() as session:
        rows = sources.all_of(session)
    assert [row.failures for row in rows] == [0, 0]
    assert sum(row.kept for row in rows) == 1
    assert sum(row.seen for row in rows) == sum(row.kept + row.known + row.filtered for row in rows)


def test_words_edited_while_they_are_matched_are_matched_again(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    path: Path
    edits = [post("1", "rain again. Edit: " + LATE, edited_at=NOW)]

    def hold(point: str) -> None:
        if point == "match:before commit" and edits:
            clock.move(timedelta(seconds=1))
            path.platform.add(page(edits.pop()))
            with db.begin() as session:
                sources.note(session, "memory", next_poll_at=clock.now())
            listen.poll_one(path.app)

    path = laid(db, clock, settings, hold=hold)
    path.hear(page(post("1", "rain again")))
    assert len(path.cases()) == 1


class Slow(Words):
    """Somebody edits the post while it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] = lambda: None

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        found = super().read(texts, languages)
        self.meanwhile()
        return found


def test_words_edited_while_they_are_read_are_read_again(db: Database, clock: HandClock, settings: Settings) -> None:
    reader = Slow()
    path = laid(db, clock, settings, reader=reader)

    def edit() -> None:
        reader.meanwhile = lambda: None
        clock.move(timedelta(seconds=1))
        path.platform.add(page(post("1", LATE, edited_at=NOW)))
        with db.begin() as session:
            sources.note(session, "memory", next_poll_at=clock.now())
        listen.poll_one(path.app)
        match.match_some(path.app)

    reader.meanwhile = edit
    path.hear(page(post("1", "Reading about the history of Acme Parcels in the library today")))
    ((mention, _post),) = [pair for case in path.cases() for pair in _messages(path, case.id or 0)]
    assert (mention.complaint or 0) > 0.5


def _messages(path: Path, case_id: int) -> list[Any]:
    with path.app.db.read() as session:
        return mentions.of_case(session, case_id)


def test_a_mention_edited_before_it_is_decided_on_waits_for_its_reading(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    edits = [post("1", LATE, edited_at=NOW)]

    def hold(point: str) -> None:
        if point == "triage:before commit" and edits:
            clock.move(timedelta(seconds=1))
            path.platform.add(page(edits.pop()))
            with db.begin() as session:
                sources.note(session, "memory", next_poll_at=clock.now())
            listen.poll_one(path.app)
            match.match_some(path.app)

    path = laid(db, clock, settings, hold=hold)
    path.hear(page(post("1", "Reading about the history of Acme Parcels in the library today")))
    assert len(path.cases()) == 1


@pytest.mark.parametrize("step", [match.match_some, read.read_some])
def test_a_step_done_by_two_at_once_is_done_once(
    db: Database, clock: HandClock, settings: Settings, step: Callable[[Any], int]
) -> None:
    meet = meeting()
    points = ("match:before commit", "read:before commit")
    path = laid(db, clock, settings, hold=lambda point: meet() if point in points else None)
    path.platform.add(page(post("1", LATE)))
    listen.poll_one(path.app)
    if step is read.read_some:
        match.match_some(path.app)
    came = at_once(*[lambda: step(path.app)] * 2)
    assert not [each for each in came if isinstance(each, Exception)]
    path.work()
    ((mention, _post),) = _messages(path, path.case().id or 0)
    with db.read() as session:
        assert len(mentions.readings(session, mention.id or 0)) == 1


def test_a_file_imported_twice_at_once_says_so_and_stores_nothing_twice(
    sqlite: Database, clock: HandClock, settings: Settings, tmp_path: File
) -> None:
    file = tmp_path / "posts.jsonl"
    line = '{"id": "p1", "text": "Acme charged me twice", "created_at": "2026-03-02T09:00Z", "author": "ada"}\n'
    file.write_text(line)
    told = FileSettings.model_validate({"path": str(file), "platform": "x"})
    path = laid(sqlite, clock, settings, connector_of=lambda _source: Posts(told, now=clock.now))
    source = importing._source(path.app, file, told.model_dump(mode="json"), again=False)
    with sqlite.begin() as session:
        sources.note(session, source.name, cursor='{"after": 1}')
    with pytest.raises(ValueError, match="being imported already"):
        importing._hear(path.app, source, Posts(told, now=clock.now))
    with sqlite.read() as session:
        row = sources.get(session, source.name)
    assert row is not None
    assert row.kept == 0
