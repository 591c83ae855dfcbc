"""Slows password guessing without locking the owner out.

Three counts of wrong tries in the last hour: this name from this address, this name from everywhere, this address on
every name. A browser that has logged in as this person before has a count of its own, so a stranger who hammers on the
name slows only strangers (OWASP, "device cookies"). A one-time link from an admin always works.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
MOST_KEYS = 20_000
FREE = 4  # wrong tries before it gets slower


@dataclass(frozen=True, slots=True)
class Key:
    """What is counted. `free` tries cost nothing; then the wait doubles from 2 s up to `longest`."""

    name: str
    free: int
    longest: timedelta


class Throttle:
    """Counts in memory: a restart forgets at most one hour of tries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()

    @staticmethod
    def keys(login: str, address: str, device_of: int | None) -> tuple[Key, ...]:
        """What a try counts against. `device_of`: the account this browser has logged in to before."""
        if device_of is not None:
            return (Key(f"device:{device_of}", FREE, timedelta(minutes=5)),)
        return (
            Key(f"pair:{login}:{address}", FREE, timedelta(minutes=5)),
            Key(f"name:{login}", 15, timedelta(seconds=46)),  # 15 + 5 on the way + 3600/46 = 98 an hour
            Key(f"address:{address}", 60, timedelta(seconds=30)),
        )

    @staticmethod
    def code_keys(account_id: int, address: str, device_of: int | None) -> tuple[Key, ...]:
        """What a code after the right password counts against: strangers together get 12 an hour, a browser that has
        logged in as this person a count of its own."""
        if device_of == account_id:
            return (Key(f"device:{account_id}", FREE, timedelta(minutes=5)),)
        slow = timedelta(minutes=5)
        return Key(f"pair:{account_id}:{address}", FREE, slow), Key(f"account:{account_id}", FREE, slow)

    def try_now(self, keys: Sequence[Key], now: datetime) -> timedelta:
        """Count a try against all keys, or say how long to wait. Two at once cannot both slip through."""
        with self._lock:
            wait = max((self._wait(key, now) for key in keys), default=timedelta(0))
            if wait <= timedelta(0):
                for key in keys:
                    self._of(key.name).append(now)
            return max(wait, timedelta(0))

    def forgive(self, keys: Sequence[Key], now: datetime) -> None:
        """The try was right: it does not count, and this browser or address starts afresh."""
        with self._lock:
            for place, key in enumerate(keys):
                tries = self._of(key.name)
                if place == 0:
                    tries.clear()
                elif now in tries:
                    tries.remove(now)

    def _wait(self, key: Key, now: datetime) -> timedelta:
        tries = self._of(key.name)
        while tries and now - tries[0] >= HOUR:
            tries.popleft()
        over = len(tries) - key.free
        if over < 0 or not tries:
            return timedelta(0)
        spacing = min(timedelta(seconds=2 << min(over, 20)), key.longest)
        return tries[-1] + spacing - now

    def _of(self, name: str) -> deque[datetime]:
        tries = self._tries.setdefault(name, deque(maxlen=200))
        self._tries.move_to_end(name)
        while len(self._tries) > MOST_KEYS:
            self._tries.popitem(last=False)
        return tries


class Pace:
    """How fast one visitor may ask for pages: `burst` at once, then `a_second`. Others do not feel it."""

    def __init__(self, burst: int = 300, a_second: float = 30.0) -> None:
        self._burst, self._a_second = float(burst), a_second
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, visitor: str, at: float) -> float:
        """Seconds until the next page (0: now). `at` is monotonic seconds."""
        with self._lock:
            left, since = self._left.pop(visitor, (self._burst, at))
            left = min(self._burst, left + max(0.0, at - since) * self._a_second)
            enough = left >= 1.0
            self._left[visitor] = (left - 1.0 if enough else left, at)
            while len(self._left) > MOST_KEYS:
                self._left.popitem(last=False)
        return 0.0 if enough else (1.0 - left) / self._a_second
