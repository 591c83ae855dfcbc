"""The only module that may ask for time."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time in UTC and waits. Tests move it by hand."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    def worked(self) -> float: ...
    def sleep(self, span: timedelta, stop: threading.Event | None = None) -> bool: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """This moment, UTC, aware."""
        return datetime.now(UTC)  # noqa: TID251

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean something."""
        return time.monotonic()

    def worked(self) -> float:
        """Seconds of a processor that the calling thread has used; only differences mean something."""
        return time.thread_time()

    def sleep(self, span: timedelta, stop: threading.Event | None = None) -> bool:
        """Wait; True if `stop` was set meanwhile."""
        return (stop or threading.Event()).wait(max(0.0, span.total_seconds()))


class HandClock:
    """A clock that moves only when told to: for tests, drills and the demo."""

    def __init__(self, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("HandClock needs an aware time: add tzinfo=UTC.")
        self._now = now.astimezone(UTC)
        self._lock = threading.Lock()
        self._ticks = 0.0

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        with self._lock:
            return self._ticks

    def worked(self) -> float:
        """Work takes no time on this clock."""
        return 0.0

    def sleep(self, span: timedelta, stop: threading.Event | None = None) -> bool:
        """Move on by `span` at once."""
        self.move(span)
        return stop.is_set() if stop is not None else False

    def move(self, span: timedelta) -> None:
        """Let `span` pass."""
        with self._lock:
            self._now += span
            self._ticks += max(0.0, span.total_seconds())

    def set(self, now: datetime) -> None:
        """Jump to `now`, forward or back, as a wall clock may."""
        with self._lock:
            self._now = now.astimezone(UTC)


LEAP = timedelta(minutes=5)
BELIEVED_AFTER = timedelta(minutes=5)


class Pulse:
    """Notices when the wall clock leaps forward: it may not run ahead of the clock that never leaps (P-57).

    After a leap the wall clock is doubted until it has run on evenly for five minutes: NTP may set it right meanwhile.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: tuple[datetime, float] | None = None
        self._even_since = 0.0
        self._doubted_until = 0.0
        self._leap: timedelta | None = None

    def beat(self, clock: Clock) -> None:
        """Look at both clocks."""
        now, ticks = clock.now(), clock.monotonic()
        with self._lock:
            seen, self._seen = self._seen, (now, ticks)
            if seen is None:
                self._even_since = ticks
                return
            ahead = (now - seen[0]) - timedelta(seconds=ticks - seen[1])
            if ahead > LEAP:
                self._leap, self._doubted_until = ahead, ticks + BELIEVED_AFTER.total_seconds()
                self._even_since = self._doubted_until
            elif ahead < -LEAP:  # set back: it was the time before that was wrong
                self._doubted_until, self._even_since = 0.0, ticks

    def leap(self) -> timedelta | None:
        """How far the wall clock leapt forward, told once; None if nothing is to be told."""
        with self._lock:
            leap, self._leap = self._leap, None
            return leap

    def doubted(self, clock: Clock) -> bool:
        """Whether the wall clock leapt too lately for anybody to be called because of it."""
        with self._lock:
            return clock.monotonic() < self._doubted_until

    def even_for(self, clock: Clock) -> timedelta:
        """How long this process has seen both clocks run alike."""
        with self._lock:
            return timedelta(seconds=max(0.0, clock.monotonic() - self._even_since)) if self._seen else timedelta()
