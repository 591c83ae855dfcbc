"""Listening goes on: whatever a platform, its connector or a person at the switch does meanwhile."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Any

import pytest

from bot import wire
from bot.app import App
from bot.clock import HandClock
from bot.listening import Followers, Taken
from bot.steps import heal, listen
from bot.store import clocks, gaps, heartbeats, sources
from bot.store.db import Database
from bot.store.tables import SourceRow
from config.settings import Settings
from connectors.errors import Unavailable
from connectors.memory import Memory
from connectors.types import Page, Span, Want
from tests.conftest import NOW, app_on
from tests.fakes.server import Asked, Told
from tests.fault import platforms
from tests.flow.path import HOUR, Path, laid, page, post
from tests.statements import statements

LATE = "Acme charged me twice and nobody answers my mails."


@pytest.fixture
def path(sqlite: Database, clock: HandClock, settings: Settings) -> Path:
    return laid(sqlite, clock, settings)


def row_of(app: App, name: str = "memory") -> SourceRow:
    with app.db.read() as session:
        found = sources.get(session, name)
    assert found is not None
    return found


class Meanwhile(Memory):
    """Something happens while the platform is being read."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__()
        self.happens = happens

    def fetch(self, want: Want) -> Iterator[Page]:
        yield from super().fetch(want)
        self.happens()


def test_a_source_switched_off_while_it_is_read_stays_off(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    def off() -> None:
        with sqlite.begin() as session:
            sources.note(session, "memory", state="off")

    path = laid(sqlite, clock, settings, platform=Meanwhile(off))
    path.hear(page(post("1", LATE)))
    assert row_of(path.app).state == "off"


def test_a_source_switched_off_while_it_fails_stays_off(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    def off() -> None:
        with sqlite.begin() as session:
            sources.note(session, "memory", state="off")
        raise ValueError("and then it broke")

    path = laid(sqlite, clock, settings, platform=Meanwhile(off))
    path.hear(page(post("1", LATE)))
    assert row_of(path.app).state == "off"


def test_a_connector_that_breaks_in_its_own_way_rests_and_says_so(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    def breaks() -> None:
        raise KeyError("created_at")

    path = laid(sqlite, clock, settings, platform=Meanwhile(breaks))
    path.hear(page(post("1", LATE)))
    row = row_of(path.app)
    assert (row.state, row.failures) == ("waiting", 1)
    assert "KeyError" in row.error
    assert len(path.cases()) == 1


class Breaks(Memory):
    """Gives what it has and then breaks off, each time; `moves`: it got on and says where."""

    def __init__(self, moves: bool) -> None:
        super().__init__()
        self.moves, self.reads = moves, 0

    def fetch(self, want: Want) -> Iterator[Page]:
        self.reads += 1
        yield page(post(str(self.reads), LATE), cursor=str(self.reads * self.moves))
        raise Unavailable("the second page breaks off")


@pytest.mark.parametrize(("moves", "failures"), [(True, 1), (False, 4)])
def test_a_read_that_breaks_off_at_the_same_place_rests_longer_and_longer(
    sqlite: Database, clock: HandClock, settings: Settings, moves: bool, failures: int
) -> None:
    path = laid(sqlite, clock, settings, platform=Breaks(moves))
    with sqlite.begin() as session:
        sources.note(session, "memory", cursor="0")
    for _read in range(4):
        listen.poll(path.app, row_of(path.app))
    row = row_of(path.app)
    assert (row.failures, row.seen) == (failures, 4)
    rest = (row.next_poll_at - clock.now()).total_seconds()
    assert 2 * 2**failures <= rest <= 3 * 2**failures


def test_a_connector_that_tells_no_coverage_is_heard_until_its_last_read(path: Path, clock: HandClock) -> None:
    for _poll in range(4):
        path.hear(page(post(f"p{_poll}", "rain")))
        clock.move(timedelta(minutes=1))
    with path.app.db.read() as session:
        assert gaps.heard_until(session, "memory") == NOW + timedelta(minutes=3)


def test_an_import_is_never_claimed_as_heard_live(path: Path) -> None:
    path.hear(page(post("1", LATE)))
    with path.app.db.read() as session:
        assert gaps.heard_until(session, "memory") is None


class Feed(Memory):
    """Reaches back only so far, as a feed does, and says so by what it covers."""

    def __init__(self, reach: timedelta) -> None:
        super().__init__()
        self.reach = reach

    def fetch(self, want: Want) -> Iterator[Page]:
        if want.since is not None:
            start = max(want.since, NOW - self.reach)
            yield Page(posts=(post("healed", LATE, start),), covered=Span(start, NOW))


def gap(app: App, start: timedelta, end: timedelta) -> None:
    with app.db.begin() as session:
        gaps.open_gap(session, "memory", NOW - start, NOW - end, "not listening", NOW)


def gaps_of(app: App) -> list[tuple[str, Any, Any]]:
    with app.db.read() as session:
        return [(row.state, row.from_at, row.to_at) for row in gaps.since(session, NOW - HOUR * 99)]


def test_a_gap_that_was_read_again_is_healed(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    path = laid(sqlite, clock, settings, platform=Feed(HOUR * 5))
    gap(path.app, HOUR * 3, HOUR)
    heal.heal_one(path.app)
    path.work()
    assert gaps_of(path.app) == [("healed", NOW - HOUR * 3, NOW - HOUR)]
    assert len(path.cases()) == 1


def test_what_a_feed_no_longer_reaches_is_lost_and_only_that(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    path = laid(sqlite, clock, settings, platform=Feed(HOUR * 2))
    gap(path.app, HOUR * 5, HOUR)
    heal.heal_one(path.app)
    assert gaps_of(path.app) == [("lost", NOW - HOUR * 5, NOW - HOUR * 2)]
    with path.app.db.read() as session:
        heard = [(row.from_at, row.to_at) for row in gaps.coverage_since(session, "memory", NOW - HOUR * 9)]
    assert heard == [(NOW - HOUR * 2, NOW - HOUR)]


def test_a_platform_that_offers_nothing_at_all_has_healed_nothing(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    path = laid(sqlite, clock, settings)
    gap(path.app, HOUR * 3, HOUR)
    heal.heal_one(path.app)
    assert [state for state, _from, _to in gaps_of(path.app)] == ["open"]


class Streamed(Memory):
    """Notes whether its stream ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = threading.Event()
        self.began = threading.Event()

    def stream(self, want: Want, stop: threading.Event) -> Iterator[Page]:
        self.began.set()
        yield from super().stream(want, stop)
        self.ended.set()


def test_streams_end_when_the_process_stops(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    platform = Streamed()
    path = laid(sqlite, clock, settings, platform=platform)
    followers = Followers(threading.Event())
    followers.tend(path.app)
    assert platform.began.wait(5)
    assert followers.finish(5.0) == []
    assert platform.ended.is_set()


def test_a_stream_that_runs_for_long_is_not_silent(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    platform = Streamed()
    path = laid(sqlite, clock, settings, platform=platform)
    followers = Followers(threading.Event())
    followers.tend(path.app)
    assert platform.began.wait(5)
    clock.move(timedelta(minutes=10))
    followers.tend(path.app)
    with sqlite.read() as session:
        assert [row.loop for row in heartbeats.silent(session, clock.now())] == []
    followers.finish(5.0)


def test_a_source_that_was_taken_away_is_not_missed(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    platform = Streamed()
    path = laid(sqlite, clock, settings, platform=platform)
    followers = Followers(threading.Event())
    followers.tend(path.app)
    assert platform.began.wait(5)
    with sqlite.begin() as session:
        sources.note(session, "memory", state="off")
    followers.tend(path.app)
    assert platform.ended.wait(5)
    followers.tend(path.app)
    clock.move(timedelta(minutes=10))
    with sqlite.read() as session:
        assert [row.loop for row in heartbeats.silent(session, clock.now())] == []
    followers.finish(5.0)


def test_following_a_broken_stream_marks_the_source(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    class Broken(Memory):
        def stream(self, want: Want, stop: threading.Event) -> Iterator[Page]:
            raise KeyError("commit")

    path = laid(sqlite, clock, settings, platform=Broken())
    listen.follow(path.app, row_of(path.app), path.platform, threading.Event())
    assert (row_of(path.app).state, row_of(path.app).failures) == ("waiting", 1)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=3650)])
def test_a_clock_that_was_ahead_for_a_while_leaves_no_source_waiting_and_nothing_claimed(
    path: Path, clock: HandClock, jump: timedelta
) -> None:
    clock.set(NOW + jump)
    path.hear(page(post("1", "rain"), covered=Span(NOW, NOW + jump)))
    clock.set(NOW)
    path.platform.add(page(post("2", LATE), covered=Span(NOW - HOUR, NOW)))
    assert listen.poll_one(path.app)
    path.work()
    assert len(path.cases()) == 1
    with path.app.db.read() as session:
        assert gaps.heard_until(session, "memory") == NOW


def test_a_source_that_rests_as_it_was_told_is_not_taken_for_stranded(path: Path, clock: HandClock) -> None:
    path.hear(page(post("1", "rain")))
    assert not listen.poll_one(path.app)
    with path.app.db.begin() as session:
        sources.note(session, "memory", every_s=86_400, next_poll_at=NOW + timedelta(days=1))
    assert not listen.poll_one(path.app)


def test_a_source_that_left_the_settings_file_is_switched_off(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    from bot import wire
    from config.settings import Source

    both = settings.model_copy(update={"sources": {"feed": Source(connector="rss", url="https://a.test/f.rss")}})
    wire.sync(app_on(sqlite, clock, both))
    wire.sync(app_on(sqlite, clock, settings))
    with sqlite.read() as session:
        row = sources.get(session, "feed")
    assert row is not None
    assert row.state == "off"


def test_a_source_that_costs_much_work_rests_longer_but_never_looks_stranded() -> None:
    assert listen.rest_of(60, 0.05) == timedelta(seconds=60)
    assert listen.rest_of(60, 5.0) == timedelta(seconds=100)
    assert listen.rest_of(60, 500.0) < sources.SHORTEST_STRANDED
    assert listen.rest_of(900, 500.0) == timedelta(seconds=900)


class Tomorrow(platforms.Feed):
    """A feed whose server lives in another century."""

    def answer(self, asked: Asked) -> Told:
        told = super().answer(asked)
        return Told(told.body, told.status, {**told.headers, "date": "Fri, 01 Jan 2100 00:00:00 GMT"})


def test_a_server_whose_clock_is_ahead_of_ours_is_told_of(tmp_path: FilePath, clock: HandClock) -> None:
    with Tomorrow() as feed:
        app = wire.build(Settings(home=tmp_path, private_addresses=True), clock=clock)
        with app.db.begin() as session:
            row = SourceRow(name="blog", connector="rss", options={"url": feed.url}, started_at=NOW, next_poll_at=NOW)
            sources.save(session, row)
        assert listen.poll_one(app)
        with app.db.read() as session:
            assert "By the clock of blog's server" in clocks.slow(session, clock.now())
        app.db.close()


def _due(db: Database, clock: HandClock, many: int) -> None:
    with db.begin() as session:
        for number in range(many):
            row = SourceRow(name=f"s{number}", connector="memory", started_at=clock.now(), next_poll_at=clock.now())
            sources.save(session, row)


def test_sources_whose_time_has_come_are_taken_in_one_transaction(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    app = app_on(db, clock, settings, connector_of=lambda _row: Memory())
    _due(db, clock, 5)
    with statements(db) as said:
        taken = listen.take_some(app, 4)
    assert sorted(row.name for row in taken) == ["s0", "s1", "s2", "s3"]
    assert sum("UPDATE" in one for one in said) == 4
    assert sum(one == "BEGIN IMMEDIATE" or "pg_advisory" in one for one in said) == 1
    assert [row.name for row in listen.take_some(app, 4)] == ["s4"]
    assert listen.take_some(app, 4) == []
    assert set(app.held.all()) == {f"s{number}" for number in range(5)}


def test_what_one_thread_took_the_others_read(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    app, read = app_on(sqlite, clock, settings, connector_of=lambda _row: Memory()), list[str]()
    _due(sqlite, clock, 3)
    taken = Taken(most=8)
    bell = threading.Thread(target=lambda: app.wake.wait("listen", timedelta(seconds=60)), daemon=True)
    bell.start()
    with statements(sqlite) as said:
        while taken.poll_one(app):
            read.append("one")
    assert len(read) == 3
    bell.join(30)
    assert not bell.is_alive()  # the others are woken: there is more than one thread can read
    assert sum("next_poll_at=?" in one and "state=" not in one for one in said) == 3
    assert app.held.all() == {}
    with sqlite.read() as session:
        assert all(row.polled_at == clock.now() for row in sources.all_of(session))


def test_who_looked_a_moment_ago_and_took_all_does_not_look_again(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    app = app_on(sqlite, clock, settings, connector_of=lambda _row: Memory())
    taken = Taken(most=8)
    assert not taken.poll_one(app)
    _due(sqlite, clock, 1)
    with statements(sqlite) as said:
        assert not taken.poll_one(app)
    assert said == []
    clock.move(timedelta(seconds=1))
    assert taken.poll_one(app)


def test_a_source_that_was_taken_and_never_read_is_due_again_when_its_lease_ends(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    app = app_on(db, clock, settings, connector_of=lambda _row: Memory())
    _due(db, clock, 2)
    assert len(listen.take_some(app, 8)) == 2  # and the process dies
    other = app_on(db, clock, settings, connector_of=lambda _row: Memory())
    assert listen.take_some(other, 8) == []
    clock.move(listen.LEASE)
    assert len(listen.take_some(other, 8)) == 2
