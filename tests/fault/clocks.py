"""Clocks that run faster than the wall's, and go on from one process to the next."""

import mmap
import struct
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path


@dataclass(frozen=True)
class QuickClock:
    """`rate` seconds pass in one. Two of them with equal fields tell the same time, in whatever process."""

    start: float
    origin: float
    rate: float = 1.0

    @classmethod
    def of(cls, rate: float) -> "QuickClock":
        """A clock that agrees with the wall's now and runs ahead from here."""
        return cls(time.time(), time.time(), rate)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.start + (time.time() - self.origin) * self.rate, UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def worked(self) -> float:
        return time.thread_time()

    def sleep(self, span: timedelta, stop: threading.Event | None = None) -> bool:
        return (stop or threading.Event()).wait(max(0.0, span.total_seconds() / self.rate))


class SteeredClock:
    """A clock whose speed one process changes while others live by it: its three numbers stand in a file they share.

    Both of its faces run as fast, so that nobody takes the hurry for a leap of the wall clock.
    """

    def __init__(self, file: Path, rate: float = 0.0) -> None:
        if rate:
            file.write_bytes(struct.pack("ddd", time.time(), time.monotonic(), rate))
        with file.open("r+b") as shared:
            self._shared = mmap.mmap(shared.fileno(), 24)

    def steer(self, rate: float) -> None:
        """From here on so many seconds pass in one."""
        self._shared[:] = struct.pack("ddd", self.now().timestamp(), time.monotonic(), rate)

    @property
    def rate(self) -> float:
        return float(struct.unpack("ddd", self._shared[:])[2])

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._at(), UTC)

    def monotonic(self) -> float:
        return self._at()

    def worked(self) -> float:
        return time.thread_time()

    def sleep(self, span: timedelta, stop: threading.Event | None = None) -> bool:
        return (stop or threading.Event()).wait(max(0.0, span.total_seconds() / self.rate))

    def _at(self) -> float:
        start, origin, rate = struct.unpack("ddd", self._shared[:])
        return float(start + (time.monotonic() - origin) * rate)
