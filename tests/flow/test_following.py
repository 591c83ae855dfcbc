"""Of two processes on one database one follows a stream; a long read keeps its source; a gap is counted once."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.app import App
from bot.clock import HandClock
from bot.listening import LEASE, Followers
from bot.steps import heal, listen, watch
from bot.store import clocks, gaps, leases, outbox, retold, sources, steady
from bot.store.db import Database, Session
from bot.store.tables import PostRow, SourceRow
from bot.store.tables_hearing import LeaseRow
from bot.store.tables_house import DeliveryRow
from config.settings import Settings
from connectors.errors import Unavailable
from connectors.memory import Memory
from connectors.types import Page, Span, Want
from tests.conftest import NOW, app_on
from tests.flow.path import HOUR, laid, page, post
from tests.flow.path import Path as Way

ROOT = Path(__file__).parents[2]
MINUTE = timedelta(minutes=1)


class Running(Memory):
    """A stream that goes on until it is stopped, and gives what the test hands it."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.ended = threading.Event(), threading.Event()
        self.next: list[Page] = []

    def stream(self, want: Want, stop: threading.Event) -> Iterator[Page]:
        self.began.set()
        while not stop.wait(0.01):
            while self.next:
                yield self.next.pop(0)
        self.ended.set()


def two(db: Database, clock: HandClock, settings: Settings) -> tuple[tuple[App, Followers, Running], ...]:
    """Two processes on one database, as far as the database can tell."""
    first, second = Running(), Running()
    laid(db, clock, settings, platform=first)
    one = app_on(db, clock, settings, connector_of=lambda _row: first)
    other = app_on(db, clock, settings, connector_of=lambda _row: second)
    return (one, Followers(threading.Event()), first), (other, Followers(threading.Event()), second)


def stored(db: Database) -> list[str]:
    with db.read() as session:
        return sorted(row.native_id for row in session.exec(select(PostRow)))


def wait_for(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.01)
    return true()


def test_one_of_two_follows_and_the_other_takes_over_when_its_lease_ran_out(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    (one, first, stream), (other, second, spare) = two(db, clock, settings)
    first.tend(one)
    second.tend(other)
    assert stream.began.wait(5)
    assert not spare.began.is_set()
    clock.move(LEASE / 2)
    first.tend(one)  # alive, so it renews
    clock.move(LEASE - timedelta(seconds=1))
    second.tend(other)
    assert not spare.began.is_set()
    clock.move(timedelta(seconds=2))  # it has not renewed since: it hangs or is dead
    second.tend(other)
    assert spare.began.wait(5)
    first.tend(one)
    assert stream.ended.wait(5)
    first.finish(5.0)
    second.finish(5.0)


def test_a_process_that_ends_as_it_should_leaves_its_streams_at_once(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    (one, first, stream), (other, second, spare) = two(db, clock, settings)
    first.tend(one)
    assert stream.began.wait(5)
    assert first.finish(5.0) == []
    second.tend(other)
    assert spare.began.wait(5)
    second.finish(5.0)


def test_pages_of_one_that_lost_its_lease_unawares_are_refused(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    (one, first, stream), (other, second, spare) = two(db, clock, settings)
    first.tend(one)
    assert stream.began.wait(5)
    clock.move(LEASE + timedelta(seconds=1))
    second.tend(other)
    assert spare.began.wait(5)
    stream.next.append(page(post("stale", "acme")))
    spare.next.append(page(post("fresh", "acme")))
    assert wait_for(lambda: stored(db) == ["fresh"])
    assert wait_for(lambda: not any(each.lives() for each in first._threads.values()))
    assert stored(db) == ["fresh"]
    first.finish(5.0)
    second.finish(5.0)


def test_of_eight_that_ask_at_once_one_gets_the_lease(db: Database) -> None:
    gate, fences = threading.Barrier(8), []

    def ask(holder: str) -> None:
        gate.wait()
        with db.begin() as session:
            fences.append(leases.take(session, "stream:x", holder, NOW, LEASE))

    threads = [threading.Thread(target=ask, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fence for fence in fences if fence is not None) == [1]


def test_a_lease_from_a_clock_that_was_ahead_binds_nobody(db: Database) -> None:
    with db.begin() as session:
        session.add(LeaseRow(name="stream:x", holder="old", fence=7, until=NOW + timedelta(days=3650)))
    with db.begin() as session:
        assert leases.take(session, "stream:x", "new", NOW, LEASE) == 8
        assert not leases.holds(session, "stream:x", 7)
        assert not leases.renew(session, "stream:x", 7, NOW + LEASE)


def test_of_two_real_processes_one_follows_and_the_other_takes_over_a_killed_one(
    db: Database, tmp_path: Path, clock: HandClock, settings: Settings
) -> None:
    laid(db, clock, settings)
    started = {name: _start(db.url, tmp_path, name) for name in ("a", "b")}
    try:
        assert wait_for(lambda: len(stored(db)) > 5, 20)
        assert len({name.split("-")[0] for name in stored(db)}) == 1
        holder = stored(db)[0].split("-")[0]
        started[holder].kill()
        started.pop(holder).wait()
        other = next(iter(started))
        assert wait_for(lambda: any(name.startswith(f"{other}-") for name in stored(db)), 20)
    finally:
        for child in started.values():
            child.kill()
            child.wait()


def _start(url: str, home: Path, name: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "tests.fakes.follower", url, str(home), name], cwd=ROOT)


@pytest.fixture
def way(sqlite: Database, clock: HandClock, settings: Settings) -> Way:
    return laid(sqlite, clock, settings)


def row_of(app: App) -> SourceRow:
    with app.db.read() as session:
        found = sources.get(session, "memory")
    assert found is not None
    return found


class Slow(Memory):
    """Takes minutes before its first page."""

    def __init__(self, during: Callable[[], None]) -> None:
        super().__init__()
        self.during = during

    def fetch(self, want: Want) -> Iterator[Page]:
        self.during()
        yield page(post("1", "rain"))


def test_a_read_of_many_minutes_keeps_its_source_to_itself(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    others: list[bool] = []

    def minutes() -> None:
        for _turn in range(20):
            clock.move(timedelta(seconds=30))
            listen.renew_some(made.app)
            others.append(listen.poll_one(replace(made.app, connector_of=lambda _row: Memory())))

    made = laid(sqlite, clock, settings, platform=Slow(minutes))
    assert listen.poll_one(made.app)
    assert others == [False] * 20
    assert made.app.held.all() == {}
    assert row_of(made.app).next_poll_at > clock.now()


def test_a_read_whose_process_died_is_due_again_after_two_minutes(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    def dies() -> None:
        raise KeyboardInterrupt

    made = laid(sqlite, clock, settings, platform=Slow(dies))
    with pytest.raises(KeyboardInterrupt):
        listen.poll_one(made.app)
    clock.move(2 * MINUTE)
    assert listen.poll_one(replace(made.app, connector_of=lambda _row: Memory()))


def test_settings_changed_while_a_source_is_read_are_no_failure_of_it(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    def changed() -> None:
        with sqlite.begin() as session:
            sources.note(session, "memory", options={"server": "https://new.test"})
        raise RuntimeError("the client has been closed")

    made = laid(sqlite, clock, settings, platform=Slow(changed))
    assert listen.poll_one(made.app)
    row = row_of(made.app)
    assert (row.failures, row.error, row.state, row.next_poll_at) == (0, "", "listening", clock.now())


def test_settings_changed_while_a_stream_is_followed_are_no_failure_of_it(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    class Closed(Memory):
        def stream(self, want: Want, stop: threading.Event) -> Iterator[Page]:
            with sqlite.begin() as session:
                sources.note(session, "memory", options={"server": "https://new.test"})
            raise Unavailable("the connection broke")

    made = laid(sqlite, clock, settings, platform=Closed())
    listen.follow(made.app, row_of(made.app), made.platform, threading.Event())
    assert row_of(made.app).failures == 0


def test_a_stream_without_end_rests_as_long_as_it_kept_a_processor_busy(
    sqlite: Database, settings: Settings, clock: HandClock
) -> None:
    class Working(HandClock):
        work = 0.0

        def worked(self) -> float:
            return self.work

    class Flood(Memory):
        def stream(self, want: Want, stop: threading.Event) -> Iterator[Page]:
            for number, seconds in enumerate((0.2, 0.0, 30.0)):
                busy.work += seconds
                yield page(post(f"flood{number}", "Acme is late"))
                rests.append(busy.monotonic())
            stop.set()

    busy, rests = Working(clock.now()), list[float]()
    made = laid(sqlite, busy, settings, platform=Flood())
    listen.follow(made.app, row_of(made.app), made.platform, threading.Event())
    assert rests == pytest.approx([0.2, 0.2, 0.7])  # half a second is the longest rest


def test_a_read_that_brings_nothing_writes_twice_that_it_began_and_what_it_came_to(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Database] = []
    begin = Database.begin

    def counted(db: Database) -> AbstractContextManager[Session]:
        written.append(db)
        return begin(db)

    monkeypatch.setattr(Database, "begin", counted)
    way.platform.add(page(covered=Span(NOW - HOUR, NOW)))
    assert listen.poll_one(way.app)
    assert len(written) == 2
    row = row_of(way.app)
    assert (row.cursor, row.polled_at, row.state) == ('{"page": 1}', NOW, "listening")
    with way.app.db.read() as session:
        assert gaps.heard_until(session, "memory") == NOW


def test_what_a_read_heard_before_it_broke_is_kept_although_it_brought_nothing(way: Way) -> None:
    way.platform.add(page(covered=Span(NOW - HOUR, NOW)))
    way.platform.fail(Unavailable("away"))
    assert listen.poll_one(way.app)
    row = row_of(way.app)
    assert (row.cursor, row.failures, row.error) == ('{"page": 1}', 1, "away")


def spans(app: App) -> list[tuple[str, str, float, float]]:
    """Gaps as (state, cause, from, to) in minutes from NOW."""
    with app.db.read() as session:
        rows = gaps.since(session, NOW - 99 * HOUR)
    return [(row.state, row.cause, (row.from_at - NOW) / MINUTE, (row.to_at - NOW) / MINUTE) for row in rows]


def test_a_gap_that_the_watch_found_is_not_counted_again_when_the_stream_comes_back(way: Way, clock: HandClock) -> None:
    way.hear(page(covered=Span(NOW - HOUR, NOW)))
    with way.app.db.begin() as session:
        sources.note(session, "memory", failures=3, error="away", error_since=NOW)
    clock.move(20 * MINUTE)
    watch.look(way.app)
    assert spans(way.app) == [("open", "the source does not answer", 0, 20)]
    clock.move(10 * MINUTE)
    way.hear(page(covered=Span(clock.now() - MINUTE, clock.now())))
    assert spans(way.app) == [("open", "the source does not answer", 0, 20), ("open", "not listening", 20, 29)]


def test_a_read_that_resumed_from_before_the_gap_heals_it(way: Way, clock: HandClock) -> None:
    way.hear(page(covered=Span(NOW - HOUR, NOW)))
    with way.app.db.begin() as session:
        sources.note(session, "memory", failures=3, error="away", error_since=NOW)
    clock.move(20 * MINUTE)
    watch.look(way.app)
    way.hear(page(covered=Span(NOW, clock.now())))
    assert spans(way.app) == [("healed", "the source does not answer", 0, 20)]
    assert not heal.heal_one(way.app)


def test_a_second_outage_of_one_stream_is_counted_from_its_own_beginning(way: Way, clock: HandClock) -> None:
    source = row_of(way.app)
    listen.failed(way.app, source, Unavailable("away"))
    clock.move(10 * MINUTE)
    listen.went_well(way.app, source)
    clock.move(HOUR)
    listen.failed(way.app, source, Unavailable("away again"))
    assert row_of(way.app).error_since == clock.now()


def test_a_source_that_a_person_mended_takes_its_warning_back_too(way: Way, clock: HandClock) -> None:
    way.platform.fail(Unavailable("away"))
    assert listen.poll_one(way.app)
    with way.app.db.begin() as session:
        said = DeliveryRow(
            key=f"{retold.outage_key('memory', clock.now())}:slack:#care", kind="source", audience="team", state="sent",
            responder="slack", address="#care", receipt_id="C1:1.1", created_at=NOW, next_try_at=NOW,
        )  # fmt: skip
        outbox.add(session, said)
        sources.note(session, "memory", failures=0, error="", next_poll_at=clock.now())  # as "Read again now" does
    assert listen.poll_one(way.app)
    with way.app.db.read() as session:
        assert outbox.counts(session) == {("team", retold.EMPTYING): 1}


def test_what_a_connector_confessed_is_healed_by_the_heal_step_alone(way: Way, clock: HandClock) -> None:
    way.hear(page(covered=Span(NOW - HOUR, NOW)))
    clock.move(30 * MINUTE)
    way.hear(page(post("1", "rain", NOW + 20 * MINUTE), covered=Span(NOW + 20 * MINUTE, clock.now()), truncated=True))
    way.hear(page(covered=Span(NOW, clock.now())))
    assert [gap[:2] for gap in spans(way.app)] == [("open", "more than one read could fetch")]


def test_what_is_lost_for_good_is_no_longer_open(way: Way, clock: HandClock) -> None:
    with way.app.db.begin() as session:
        gaps.open_gap(session, "memory", NOW - 6 * HOUR, NOW, "the source does not answer", NOW)
        gaps.open_gap(session, "memory", NOW - 4 * HOUR, NOW - 2 * HOUR, "beyond", NOW, "lost")
    assert spans(way.app) == [
        ("open", "the source does not answer", -360, -240), ("lost", "beyond", -240, -120),
        ("open", "the source does not answer", -120, 0),
    ]  # fmt: skip


def test_a_gap_that_grows_into_its_neighbour_becomes_one(way: Way) -> None:
    with way.app.db.begin() as session:
        for start, end in ((50, 40), (20, 10), (45, 15)):
            gaps.open_gap(session, "memory", NOW - start * MINUTE, NOW - end * MINUTE, "not listening", NOW)
    assert spans(way.app) == [("open", "not listening", -50, -10)]


def test_a_clock_that_was_ahead_is_told_to_the_operator_for_a_day(way: Way, clock: HandClock) -> None:
    clock.set(NOW + HOUR)
    way.hear(page(covered=Span(NOW, NOW + HOUR)))
    clock.set(NOW)
    way.hear(page(covered=Span(NOW - HOUR, NOW)))
    with way.app.db.read() as session:
        assert "clock was ahead, up to 2026-11-04 15:00 UTC" in clocks.warning(session, clock.now())
        assert clocks.warning(session, NOW + timedelta(days=2)) == ""


def test_a_steady_clock_warns_nobody(sqlite: Database) -> None:
    with sqlite.begin() as session:
        steady.is_steady(session, NOW)
        assert clocks.warning(session, NOW) == ""
        clocks.was_ahead(session, "memory", NOW + HOUR, NOW)
        steady.is_steady(session, NOW)
        assert "clock was ahead" in clocks.warning(session, NOW)


def test_a_flood_in_one_page_is_stored_in_several_breaths_and_claimed_with_the_last(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    made = laid(sqlite, clock, settings)
    commits: list[int] = []
    app = replace(
        made.app, hold=lambda point: commits.append(len(stored(sqlite))) if point.endswith("after commit") else None
    )
    flood = [post(str(number), "rain") for number in range(1201)]
    made.platform.add(page(*flood, covered=Span(NOW - HOUR, NOW)))
    assert listen.poll_one(app)
    assert commits == [*range(100, 1201, 100), 1201]
    row = row_of(app)
    assert (row.seen, row.kept) == (1201, 1201)
    assert row.cursor is not None
