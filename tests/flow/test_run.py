"""Loops: they work at once when woken, survive their work's failures, and say that they live."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.app import App
from bot.clock import HandClock, SystemClock
from bot.run import LONGEST_REST_S, Loop, Runner, Tick, _Beats, rest_after
from bot.store import heartbeats
from bot.store.db import Database
from config.settings import Settings
from tests.conftest import NOW, app_on
from tests.statements import statements


def runner(sqlite: Database, settings: Settings, *loops: Loop, ticks: tuple[Tick, ...] = ()) -> Runner:
    app = app_on(sqlite, SystemClock(), settings)  # type: ignore[arg-type]
    return Runner(app, loops, ticks)


def test_a_woken_loop_does_not_wait_for_its_interval(sqlite: Database, settings: Settings) -> None:
    twice = threading.Event()
    rounds: list[int] = []

    def work(_app: App) -> int:
        rounds.append(1)
        if len(rounds) >= 2:
            twice.set()
        return 0

    run = runner(sqlite, settings, Loop("slow", work, 600))
    run.start()
    run.app.wake.ring("slow")
    assert twice.wait(5)
    assert run.finish() == []


def test_a_loop_whose_work_fails_goes_on(sqlite: Database, settings: Settings) -> None:
    healed = threading.Event()
    tries: list[int] = []

    def work(_app: App) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("once")
        healed.set()
        return 0

    run = runner(sqlite, settings, Loop("shaky", work, 0.05))
    run.start()
    assert healed.wait(10)
    assert run.finish() == []


def test_a_loop_that_has_failed_for_days_still_tries_every_minute() -> None:
    assert [rest_after(failures) for failures in (1, 2, 5_000)] == [2, 4, LONGEST_REST_S]


def test_a_loop_s_failure_is_logged_by_type_and_place_never_by_its_words(
    sqlite: Database, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    healed = threading.Event()
    posts = ["Acme lost my parcel"]

    def work(_app: App) -> int:
        if posts:
            raise ValueError(posts.pop())
        healed.set()
        return 0

    run = runner(sqlite, settings, Loop("shaky", work, 0.05))
    run.start()
    assert healed.wait(10)
    assert run.finish() == []
    told = "".join(capsys.readouterr())
    assert "ValueError" in told
    assert "test_run.py" in told
    assert "parcel" not in told


def test_a_loop_and_a_tick_leave_a_heartbeat(sqlite: Database, settings: Settings) -> None:
    ticked = threading.Event()
    run = runner(
        sqlite, settings, Loop("busy", lambda _app: 0, 0.05), ticks=(Tick("tock", lambda _app: ticked.set(), 0.2),)
    )
    run.start()
    assert ticked.wait(10)
    assert run.finish() == []
    with sqlite.read() as session:
        assert {row.loop for row in heartbeats.all_of(session)} == {"busy", "tock"}
        assert heartbeats.silent(session, run.app.clock.now()) == []
        assert heartbeats.silent(session, run.app.clock.now() + timedelta(minutes=5)) != []


def test_what_fails_from_its_first_round_on_is_told_as_silent(sqlite: Database, settings: Settings) -> None:
    tried = threading.Event()

    def work(_app: App) -> int:
        tried.set()
        raise ValueError("always")

    run = runner(sqlite, settings, Loop("forget", work, 0.05), ticks=(Tick("retain", work, 3600.0),))
    run.start()
    assert tried.wait(10)
    run.app.clock.sleep(timedelta(seconds=0.5))
    assert run.finish() == []
    now = run.app.clock.now()
    with sqlite.read() as session:
        assert {row.loop for row in heartbeats.silent(session, now + timedelta(hours=3, minutes=1))} == {
            "forget",
            "retain",
        }


def test_heartbeats_are_written_together_and_only_of_rounds_that_ended(db: Database, settings: Settings) -> None:
    app, beats, at = app_on(db, HandClock(NOW), settings), _Beats(), NOW
    with statements(db) as said:
        for number in range(20):
            beats.note(f"loop-{number}", at, 2.0)
        beats.write(app)
        beats.write(app)  # nobody finished a round since
    assert sum("heartbeat" in statement for statement in said) == 1
    beats.note("loop-3", at + timedelta(minutes=1), 60.0)
    beats.write(app)
    with db.read() as session:
        rows = {row.loop: (row.at, row.every_s) for row in heartbeats.all_of(session)}
    assert len(rows) == 20
    assert rows["loop-3"] == (at + timedelta(minutes=1), 60.0)
    assert rows["loop-4"] == (at, 10.0)


def test_a_beat_that_could_not_be_written_is_written_the_next_time(
    sqlite: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, beats = app_on(sqlite, HandClock(NOW), settings), _Beats()
    beats.note("shaky", NOW, 2.0)
    with monkeypatch.context() as away:
        away.setattr("bot.run.heartbeats.beat_all", lambda *_given: (_ for _ in ()).throw(RuntimeError("away")))
        with pytest.raises(RuntimeError):
            beats.write(app)
    beats.write(app)
    with sqlite.read() as session:
        assert [row.loop for row in heartbeats.all_of(session)] == ["shaky"]


def test_a_tick_does_not_wait_for_its_first_interval(sqlite: Database, settings: Settings) -> None:
    ticked = threading.Event()
    run = runner(sqlite, settings, ticks=(Tick("nightly", lambda _app: ticked.set(), 3600.0),))
    run.start()
    assert ticked.wait(10)
    assert run.finish() == []


def test_what_runs_beside_the_loops_is_asked_to_end(sqlite: Database, settings: Settings) -> None:
    ended = threading.Event()
    run = Runner(app_on(sqlite, SystemClock(), settings), (), (), ends=(ended.set,))  # type: ignore[arg-type]
    run.start()
    assert run.finish() == []
    assert ended.is_set()


def test_work_that_is_stuck_leaves_its_seat_and_ends_when_it_is_done(
    sqlite: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.run.STUCK_S", 0.05)
    monkeypatch.setattr("bot.run.LOOK_S", 0.01)
    free, began = threading.Event(), threading.Semaphore(0)

    def work(_app: App) -> int:
        began.release()
        free.wait(30)
        return 0

    run = runner(sqlite, settings, Loop("hung", work, 600, threads=2, spare=3))
    run.start()
    for _thread in range(5):
        assert began.acquire(timeout=10)
    assert not began.acquire(timeout=0.3)  # the two and three more are on their way; nobody else sets out
    free.set()
    assert _until(lambda: sum(thread.name.startswith("hung") for thread in threading.enumerate()) == 2)
    assert run.finish() == []


@pytest.mark.parametrize("waits", [True, False])
def test_the_thread_that_looks_most_often_is_replaced_although_others_are_idle(
    sqlite: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, waits: bool
) -> None:
    monkeypatch.setattr("bot.run.STUCK_S", 600 if waits else 0.05)
    monkeypatch.setattr("bot.run.LOOK_S", 0.01)
    free, looks = threading.Event(), list[str]()

    def work(_app: App) -> int:
        looks.append(threading.current_thread().name)
        if looks.count("two-1") == 1 and looks[-1] == "two-1":
            free.wait(30)
        return 0

    loop = Loop("two", work, 600, threads=2, spare=1, waited_s=lambda _thread: 9.0 if waits else 0.0)
    run = runner(sqlite, settings, loop)
    run.start()
    assert _until(lambda: looks.count("two-1") == 2)
    free.set()
    assert run.finish() == []


def test_a_stuck_thread_does_not_make_its_loop_silent(
    sqlite: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.run.BEAT_S", 0.1)
    monkeypatch.setattr("bot.run.LOOK_S", 0.01)
    free, first = threading.Event(), threading.Lock()

    def work(_app: App) -> int:
        if first.acquire(blocking=False):
            free.wait(30)
        return 0

    run = runner(sqlite, settings, Loop("half", work, 0.05, threads=2, spare=1))
    run.start()
    names = {"half-1", "half-2"}

    def beats() -> set[str]:
        with sqlite.read() as session:
            return {row.loop for row in heartbeats.all_of(session)}

    assert _until(lambda: beats() == names)
    free.set()
    assert run.finish() == []


def _until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within ten seconds."""
    return any(holds() or threading.Event().wait(0.02) for _look in range(500))
