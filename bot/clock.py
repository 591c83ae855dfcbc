"""The only module that may ask for time."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time in UTC and waits. Tests move it by hand."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    def sleep(self, span: timedelta, stop: threading.Event | None = None) -> bool: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """This moment, UTC, aware."""
        return datetime.now(UTC)  # noqa: TID251

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean something."""
        return time.monotonic()

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
