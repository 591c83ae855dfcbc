"""Loops: they work at once when woken, survive their work's failures, and say that they live."""

import threading
from datetime import timedelta

from bot.app import App
from bot.clock import SystemClock
from bot.run import Loop, Runner, Tick
from bot.store import heartbeats
from bot.store.db import Database
from config.settings import Settings
from tests.conftest import app_on


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


def test_a_loop_and_a_tick_leave_a_heartbeat(sqlite: Database, settings: Settings) -> None:
    ticked = threading.Event()
    run = runner(
        sqlite, settings, Loop("busy", lambda _app: 0, 0.05), ticks=(Tick("tock", lambda _app: ticked.set(), 0.2),)
    )
    run.start()
    assert ticked.wait(10)
    threading.Event().wait(0.5)
    assert run.finish() == []
    with sqlite.read() as session:
        assert {row.loop for row in heartbeats.all_of(session)} == {"busy", "tock"}
        assert heartbeats.silent(session, run.app.clock.now()) == []
        assert heartbeats.silent(session, run.app.clock.now() + timedelta(minutes=5)) != []


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
