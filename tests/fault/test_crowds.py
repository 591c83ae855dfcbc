"""More sources hang than there are readers, over real sockets: those that answer are read all the same."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot import run
from bot.app import App
from bot.cli.serve import SPARE, runner_of
from bot.clock import HandClock, SystemClock
from bot.listening import Taken
from bot.readers.words import Words
from bot.run import Loop, Runner
from bot.steps import heal, listen, recheck
from bot.store import gaps, sources
from bot.store.db import Database
from bot.store.tables import PostRow, SourceRow
from config.settings import Settings
from connectors.http import Http
from connectors.rss.connector import Rss
from connectors.rss.settings import Settings as RssSettings
from connectors.transport import waited_s
from connectors.types import Connector, Page, PostRef, Want
from tests.fakes.server import Asked, FakeServer, Told

FEED = b"<rss version='2.0'><channel><title>f</title><item><guid>1</guid><title>acme</title></item></channel></rss>"


class Crowd(FakeServer):
    """Feeds that answer, and feeds that take the question and say nothing until the server stops."""

    def __init__(self) -> None:
        super().__init__()
        self.hanging = 0

    def answer(self, asked: Asked) -> Told:
        if asked.path.startswith("/hang"):
            with self.changed:
                self.hanging += 1
                self.changed.notify_all()
            self.stopped.wait(60)
        with self.changed:
            self.changed.notify_all()
        return Told(FEED)


def app_with(database: Database, home: Path, url: str, names: list[str]) -> App:
    clock, made = SystemClock(), dict[str, Connector]()

    def connector_of(row: SourceRow) -> Connector:
        if row.name not in made:
            settings = RssSettings(url=f"{url}/{row.name}")
            made[row.name] = Rss(settings, http=Http(private_ok=True))  # type: ignore[assignment]
        return made[row.name]

    now = clock.now()
    with database.begin() as session:
        for number, name in enumerate(names):
            at = now - timedelta(seconds=600 - number)
            sources.save(session, SourceRow(name=name, connector="rss", every_s=1, started_at=at, next_poll_at=at))
    settings = Settings(home=home)
    return App(settings=settings, db=database, clock=clock, reader=Words(), responders={}, connector_of=connector_of)


def test_twenty_sources_that_hang_keep_no_other_waiting(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "STUCK_S", 600)  # that they wait for a stranger is enough
    monkeypatch.setattr(run, "LOOK_S", 0.02)
    names = [*(f"hang-{n}" for n in range(20)), *(f"well-{n}" for n in range(4))]
    with Crowd() as crowd:
        app = app_with(sqlite, tmp_path, crowd.url, names)
        runner = Runner(app, (Loop("listen", Taken().poll_one, 0.2, threads=6, spare=SPARE, waited_s=waited_s),))
        runner.start()

        def heard() -> bool:
            return all(len(crowd.asked_for(f"/well-{n}")) >= 2 for n in range(4))

        with crowd.changed:
            assert crowd.changed.wait_for(lambda: crowd.hanging == 20 and heard(), 30)
        assert len(app.held.all()) >= 20  # all of them hang still
        crowd.stop()
        assert runner.finish() == []
        assert app.held.all() == {}


def test_sources_that_hung_before_wait_for_those_that_are_well(sqlite: Database) -> None:
    now = SystemClock().now()
    with sqlite.begin() as session:
        for name, failures, ago in (("hung", 1, 3), ("well", 0, 1), ("patient", 2, 9)):
            at = now - timedelta(seconds=ago)
            row = SourceRow(name=name, connector="rss", started_at=at, next_poll_at=at, failures=failures)
            sources.save(session, row)
    turns = []
    for _turn in range(3):
        with sqlite.begin() as session:
            due = next(iter(sources.due(session, now, 1)), None)
            assert due is not None
            turns.append(due.name)
            assert sources.take(session, due, now, listen.LEASE)
    assert turns == ["patient", "well", "hung"]


def test_in_a_crowd_only_those_that_are_well_get_a_reader(sqlite: Database, tmp_path: Path) -> None:
    with Crowd() as crowd:
        app = app_with(sqlite, tmp_path, crowd.url, ["hung", "well"])
        with sqlite.begin() as session:
            sources.note(session, "hung", failures=1)
        for number in range(listen.CROWD):
            app.held.begin(f"other-{number}", app.clock.now())
        assert listen.poll_one(app)
        assert not [asked for asked in crowd.log if "hung" in asked.path]
        app.held.end("other-0")
        with sqlite.begin() as session:
            sources.note(session, "well", state="off")
        assert listen.poll_one(app)
        assert [asked for asked in crowd.log if "hung" in asked.path]


def test_a_source_whose_healing_hangs_holds_up_no_other_gap(sqlite: Database, tmp_path: Path) -> None:
    with Crowd() as crowd:
        app = app_with(sqlite, tmp_path, crowd.url, ["hang-1", "well"])
        now = app.clock.now()
        with sqlite.begin() as session:
            for minutes, name in ((50, "hang-1"), (30, "hang-1"), (20, "well")):
                start = now - timedelta(minutes=minutes)
                gaps.open_gap(session, name, start, start + timedelta(minutes=5), "test", start)
        hung = threading.Thread(target=heal.heal_one, args=(app,))
        hung.start()
        with crowd.changed:
            assert crowd.changed.wait_for(lambda: crowd.hanging == 1, 10)
        assert heal.heal_one(app)
        assert not heal.heal_one(app)  # the other gap of the source that hangs waits for its first
        with sqlite.read() as session:
            assert {gap.source for gap in gaps.open_gaps(session)} == {"hang-1"}
        crowd.stop()
        hung.join(10)
        assert heal.heal_one(app)


class Asks(Rss):
    """A feed that is read once more when it is asked about its posts, and calls all of them gone."""

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        list(self.fetch(Want(())))
        return Page(gone=tuple(refs))


def with_posts(database: Database, home: Path, url: str, names: list[str], each: int = 1) -> App:
    """An app whose sources heard posts a day ago, each on a platform of its own."""

    def connector_of(row: SourceRow) -> Connector:
        made = Asks(RssSettings(url=f"{url}/{row.name}"), http=Http(private_ok=True))
        made.platform = row.name  # type: ignore[misc]
        return made  # type: ignore[return-value]

    app = replace(app_with(database, home, url, names), connector_of=connector_of)
    ago = app.clock.now() - timedelta(days=1)
    with database.begin() as session:
        for name in names:
            for number in range(each):
                about: dict[str, Any] = {"platform": name, "native_id": f"{number}", "source": name, "created_at": ago}
                row = PostRow(
                    text="acme is late", author_id="7", author_handle="ada", heard_at=ago, next_try_at=ago, **about
                )
                session.add(row)
    return app


def hidden(database: Database) -> set[str]:
    """The sources whose posts were found gone."""
    with database.read() as session:
        return {row.source for row in session.exec(select(PostRow)) if row.gone_at is not None}


def test_platforms_that_hang_when_asked_about_posts_keep_no_other_platforms_deletions_waiting(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "STUCK_S", 600)
    monkeypatch.setattr(run, "LOOK_S", 0.02)
    names = [*(f"hang-{n}" for n in range(5)), *(f"well-{n}" for n in range(3))]
    with Crowd() as crowd:
        app = with_posts(sqlite, tmp_path, crowd.url, names)
        (loop,) = [loop for loop in runner_of(app).loops if loop.name == "recheck"]
        runner = Runner(app, (loop,))
        runner.start()

        def well() -> bool:
            return hidden(sqlite) == {"well-0", "well-1", "well-2"}

        with crowd.changed:
            assert crowd.changed.wait_for(lambda: crowd.hanging == 5, 30)
        for _look in range(200):
            if well():
                break
            app.clock.sleep(timedelta(seconds=0.05))
        assert well()
        crowd.stop()
        assert runner.finish() == []


def test_a_source_is_asked_about_its_posts_once_a_minute_and_by_one_at_a_time(
    sqlite: Database, clock: HandClock, tmp_path: Path
) -> None:
    rounds = recheck.Rounds()
    with Crowd() as crowd:
        app = replace(with_posts(sqlite, tmp_path, crowd.url, ["hang", "well"], each=90), clock=clock)
        clock.set(SystemClock().now())
        with sqlite.begin() as session:
            sources.note(session, "hang", failures=1)
        assert rounds.ask_one(app)  # who is well goes first
        assert len(crowd.asked_for("/well")) == 1
        hung = threading.Thread(target=rounds.ask_one, args=(app,))
        hung.start()
        with crowd.changed:
            assert crowd.changed.wait_for(lambda: crowd.hanging == 1, 10)
        assert not rounds.ask_one(app)
        clock.move(timedelta(minutes=1))
        assert rounds.ask_one(app)
        assert not rounds.ask_one(app)  # the other is still being asked
        assert len(crowd.asked_for("/well")) == 2
        crowd.stop()
        hung.join(10)
        clock.move(timedelta(minutes=1))
        assert rounds.ask_one(app)
        assert rounds.ask_one(app)


def test_a_connector_that_breaks_when_it_is_asked_waits_its_minute_like_any_other(
    sqlite: Database, clock: HandClock, tmp_path: Path
) -> None:
    asked = []

    def connector_of(row: SourceRow) -> Connector:
        asked.append(row.name)
        if row.name == "a":
            raise KeyError("a bug in a stranger's connector")
        settings = RssSettings(url="http://127.0.0.1:1/feed")
        return Asks(settings, http=Http(private_ok=True))  # type: ignore[return-value]

    app = replace(app_with(sqlite, tmp_path, "", ["a", "b"]), clock=clock, connector_of=connector_of)
    rounds = recheck.Rounds()
    with pytest.raises(KeyError):
        rounds.ask_one(app)
    assert rounds.ask_one(app)
    assert not rounds.ask_one(app)
    assert asked == ["a", "b"]
