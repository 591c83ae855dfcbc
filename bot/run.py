"""Loops and threads: start, stop, heartbeat. No word of what the work is about."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot import log
from bot.app import App
from bot.store import events, heartbeats

Work = Callable[[App], object]
BEAT_S = 10.0
LONGEST_REST_S = 60.0


@dataclass(frozen=True, slots=True)
class Loop:
    """Work done again and again: at once while there is some, else when woken, at the latest every `every_s`."""

    name: str
    work: Work
    every_s: float
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Tick:
    """Coarse work on an alarm clock: what is due lives in rows, so a missed tick costs nothing."""

    name: str
    work: Work
    every_s: float


@dataclass(slots=True)
class Runner:
    """Drives loops and ticks until stopped."""

    app: App
    loops: tuple[Loop, ...]
    ticks: tuple[Tick, ...] = ()
    stop: threading.Event = field(default_factory=threading.Event)
    ends: tuple[Callable[[], object], ...] = ()  # asks what runs beside the loops to end
    _threads: list[threading.Thread] = field(default_factory=list)
    _alarm: BackgroundScheduler | None = None

    def start(self) -> None:
        """Start everything; returns at once."""
        for loop in self.loops:
            for number in range(loop.threads):
                name = loop.name if loop.threads == 1 else f"{loop.name}-{number + 1}"
                self._spawn(name, loop)
        self._alarm = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
        for tick in self.ticks:
            trigger = IntervalTrigger(seconds=tick.every_s, timezone="UTC")
            first = (
                self.app.clock.now()
            )  # at once: a process restarted more often than its ticks would never get to them
            self._alarm.add_job(
                self._tick, trigger, args=[tick], misfire_grace_time=None, id=tick.name, next_run_time=first
            )
        self._alarm.start()

    def finish(self, span: timedelta = timedelta(seconds=20)) -> list[str]:
        """Stop everything and wait; returns the names of threads that did not end in time."""
        self.stop.set()
        for end in self.ends:
            end()
        self.app.wake.ring(*(loop.name for loop in self.loops))
        if self._alarm is not None:
            self._alarm.shutdown(wait=False)
        until = self.app.clock.monotonic() + span.total_seconds()
        for thread in self._threads:
            thread.join(max(0.1, until - self.app.clock.monotonic()))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _spawn(self, name: str, loop: Loop) -> None:
        thread = threading.Thread(target=self._turn, args=(name, loop), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _turn(self, name: str, loop: Loop) -> None:
        self.app.db.behind()
        beaten, failures = 0.0, 0
        while not self.stop.is_set():
            worked, failures = self._once(loop.name, loop.work, failures)
            now = self.app.clock.monotonic()
            if not failures and (now - beaten >= BEAT_S or beaten == 0.0):
                beaten = now
                self._beat(name, loop.every_s)
            if failures:
                self.stop.wait(min(2.0**failures, LONGEST_REST_S))
            elif not worked:
                self.app.wake.wait(loop.name, timedelta(seconds=loop.every_s))

    def _once(self, name: str, work: Work, failures: int) -> tuple[bool, int]:
        try:
            return bool(work(self.app)), 0
        except Exception as error:  # noqa: BLE001  a loop never dies: its failure is logged once and shows in /healthz
            if failures == 0:
                log.get(name).error("failed", error=f"{type(error).__name__}: {error}", exc_info=error)
            return False, failures + 1

    def _beat(self, name: str, every_s: float) -> None:
        self._once(name, lambda app: _beat(app, name, max(every_s, BEAT_S)), 1)

    def _tick(self, tick: Tick) -> None:
        self.app.db.behind()
        _worked, failures = self._once(tick.name, tick.work, 0)
        if not failures:
            self._beat(tick.name, tick.every_s)


def _beat(app: App, name: str, every_s: float) -> None:
    with app.db.begin() as session:
        heartbeats.beat(session, name, app.clock.now(), every_s)


def began(app: App, version: str) -> None:
    """Write down that the process started: what was under way when the last one ended is looked at first."""
    with app.db.begin() as session:
        heartbeats.clear(session)  # those of the last process say nothing of this one
        events.add(session, app.clock.now(), "earshot", "process.started", "", "", version=version)
