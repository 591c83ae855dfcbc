"""Loops and threads: start, stop, heartbeat. No word of what the work is about."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot import log
from bot.app import App
from bot.store import events, heartbeats

Work = Callable[[App], object]
BEAT_S = 10.0
LONGEST_REST_S = 60.0
STUCK_S = 1.0
WAITED_S = 0.2
LOOK_S = 0.1
FIRST_BEAT_S = 0.25


@dataclass(frozen=True, slots=True)
class Loop:
    """Work done again and again: at once while there is some, else when woken, at the latest every `every_s`.

    Of several threads the first looks so often, the second half as often and so on: whoever leaves work wakes them all.
    `spare`: while all `threads` are at work, one that has been for STUCK_S, or has waited for a stranger for WAITED_S
    (`waited_s` of its ident), leaves its seat to a new thread, and ends when its work does. So many may be on their way
    like that: work that waits holds up no other.
    """

    name: str
    work: Work
    every_s: float
    threads: int = 1
    spare: int = 0
    waited_s: Callable[[int], float] = lambda _thread: 0.0


@dataclass(frozen=True, slots=True)
class Tick:
    """Coarse work on an alarm clock: what is due lives in rows, so a missed tick costs nothing."""

    name: str
    work: Work
    every_s: float


@dataclass(slots=True)
class _Seat:
    """A place at a loop's work: the thread that sits there, and since when (monotonic seconds) it has been at work."""

    name: str
    loop: Loop
    number: int
    thread: threading.Thread
    since: float | None = None

    def is_stuck(self, now: float, crowded: bool) -> bool:
        """Whether somebody else should sit here; `crowded`: nobody is free, or nobody who looks often enough."""
        if self.since is None:
            return False
        if now - self.since >= (STUCK_S if crowded else BEAT_S):
            return True
        return crowded and self.loop.waited_s(self.thread.ident or 0) >= WAITED_S


class _Beats:
    """The last round of every loop and tick, written down all at once: forty of them are one transaction."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh: dict[str, tuple[datetime, float]] = {}
        self._known: set[str] = set()

    def note(self, name: str, now: datetime, every_s: float) -> None:
        """It finished a round."""
        with self._lock:
            self._known.add(name)
            self._fresh[name] = (now, max(every_s, BEAT_S))

    def failed(self, name: str, now: datetime, every_s: float) -> None:
        """It did not: whoever never finished one is known from its first try on, so that its silence is told."""
        if name not in self._known:
            self.note(name, now, every_s)

    def write(self, app: App) -> None:
        """Write down who finished a round since the last time; again the next time if that fails."""
        with self._lock:
            fresh = dict(self._fresh)
        if fresh:
            with app.db.begin() as session:
                heartbeats.beat_all(session, fresh)
        with self._lock:
            for name in [name for name, told in fresh.items() if self._fresh.get(name) == told]:
                del self._fresh[name]


@dataclass(slots=True)
class Runner:
    """Drives loops and ticks until stopped."""

    app: App
    loops: tuple[Loop, ...]
    ticks: tuple[Tick, ...] = ()
    stop: threading.Event = field(default_factory=threading.Event)
    ends: tuple[Callable[[], object], ...] = ()  # asks what runs beside the loops to end
    _threads: list[threading.Thread] = field(default_factory=list)
    _seats: list[_Seat] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _beats: _Beats = field(default_factory=_Beats)
    _alarm: BackgroundScheduler | None = None

    def start(self) -> None:
        """Start everything; returns at once."""
        for loop in self.loops:
            for number in range(loop.threads):
                name = loop.name if loop.threads == 1 else f"{loop.name}-{number + 1}"
                self._seats.append(_Seat(name, loop, number, threading.current_thread()))
        for seat in self._seats:
            self._sit(seat)
        if any(loop.spare for loop in self.loops):
            self._begin(threading.Thread(target=self._keep_seats, name="seats", daemon=True))
        self._begin(threading.Thread(target=self._keep_beats, name="beats", daemon=True))
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
        self._once("beats", self._beats.write, 1)
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _sit(self, seat: _Seat) -> None:
        seat.since, seat.thread = None, threading.Thread(target=self._turn, args=(seat,), name=seat.name, daemon=True)
        self._begin(seat.thread)

    def _begin(self, thread: threading.Thread) -> None:
        self._threads = [*(each for each in self._threads if each.is_alive()), thread]
        thread.start()

    def _keep_seats(self) -> None:
        while not self.stop.wait(LOOK_S):
            for loop in self.loops:
                if loop.spare:
                    self._relieve([seat for seat in self._seats if seat.loop is loop])

    def _relieve(self, seats: list[_Seat]) -> None:
        """Give the seats of those that are stuck to new threads: at once if nobody is free to look for what comes.

        Else before a heartbeat is late: that a stranger hangs does not mean that the loop does.
        """
        now = self.app.clock.monotonic()
        with self._lock:
            crowded = all(seat.since is not None for seat in seats)
            stuck = [seat for seat in seats if seat.is_stuck(now, crowded or seat.number == 0)]  # the first looks most
            if stuck:
                room = stuck[0].loop.spare - self._away(seats)
                for seat in stuck[: max(room, 0)]:
                    self._sit(seat)

    def _away(self, seats: list[_Seat]) -> int:
        """How many threads are still at the work for which they lost one of these seats."""
        names, seated = {seat.name for seat in seats}, {seat.thread for seat in seats}
        return sum(each.name in names and each not in seated and each.is_alive() for each in self._threads)

    def _mark(self, seat: _Seat, at_work: bool) -> bool:
        """False for a thread whose seat somebody else has by now."""
        with self._lock:
            if seat.thread is not threading.current_thread():
                return False
            seat.since = self.app.clock.monotonic() if at_work else None
            return True

    def _turn(self, seat: _Seat) -> None:
        self.app.db.behind()
        loop, failures = seat.loop, 0
        while not self.stop.is_set() and self._mark(seat, at_work=True):
            worked, failures = self._once(loop.name, loop.work, failures)
            if not self._mark(seat, at_work=False):
                return
            if not failures:
                self._beats.note(seat.name, self.app.clock.now(), loop.every_s)
            if failures:
                self._beats.failed(seat.name, self.app.clock.now(), loop.every_s)
                self.stop.wait(rest_after(failures))
            elif not worked:
                self.app.wake.wait(loop.name, timedelta(seconds=loop.every_s * (seat.number + 1)))

    def _once(self, name: str, work: Work, failures: int) -> tuple[bool, int]:
        try:
            return bool(work(self.app)), 0
        except Exception as error:  # noqa: BLE001  a loop never dies: its failure is logged once and shows in /healthz
            if failures == 0:
                log.get(name).error("failed", **log.broke(error))
            return False, failures + 1

    def _keep_beats(self) -> None:
        """Soon after the start, then less and less often: whoever looks sees early who lives."""
        self.app.db.behind()
        span, failures = FIRST_BEAT_S, 0
        while not self.stop.wait(span):
            span = min(2 * span, BEAT_S)
            _worked, failures = self._once("beats", self._beats.write, failures)

    def _tick(self, tick: Tick) -> None:
        self.app.db.behind()
        _worked, failures = self._once(tick.name, tick.work, 0)
        told = self._beats.failed if failures else self._beats.note
        told(tick.name, self.app.clock.now(), tick.every_s)


def rest_after(failures: int) -> float:
    """Seconds that a loop rests after so many failures in a row: after days of them no number grows beyond bounds."""
    return min(2.0 ** min(failures, 10), LONGEST_REST_S)


def began(app: App, version: str) -> None:
    """Write down that the process started: what was under way when the last one ended is looked at first."""
    with app.db.begin() as session:
        heartbeats.clear(session)  # those of the last process say nothing of this one
        events.add(session, app.clock.now(), "earshot", "process.started", "", "", version=version)
