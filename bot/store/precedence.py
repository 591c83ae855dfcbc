"""Who goes first at the database: people before the loops, and among each in the order they came.

A plain lock is taken again at once by the thread that has just let go of it: a connector that floods would write for
ever while somebody's press waits. And a page is dozens of short questions; after each of them Python gives its thread
the interpreter back only when the loops that compute let go of it. So the loops wait a moment before they ask anything
while a page is being made. Who is a loop says so itself (`behind`); every other thread is a person's.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_S = 0.1  # a loop waits so long for pages before it goes on: many pages slow the loops and never stop them


class Precedence:
    """The one turn to write, and the pages that are being made now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writing = False
        self._people: deque[threading.Event] = deque()
        self._loops: deque[threading.Event] = deque()
        self._looking = 0
        self._nobody_looks = threading.Event()
        self._nobody_looks.set()
        self._mine = _Mine()

    def behind(self) -> None:
        """The calling thread is a loop's: from now on it lets people go first."""
        self._mine.behind = True

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Be the only one who writes."""
        self.give_way()
        self._take()
        self._mine.writes = True
        try:
            yield
        finally:
            self._mine.writes = False
            self._pass_on()

    @contextmanager
    def look(self) -> Iterator[None]:
        """Look at the database: a person at once, and the loops wait a moment for its end."""
        if self._mine.behind:
            self.give_way()
            yield
            return
        with self._lock:
            self._looking += 1
            self._nobody_looks.clear()
        try:
            yield
        finally:
            with self._lock:
                self._looking -= 1
                if not self._looking:
                    self._nobody_looks.set()

    def give_way(self) -> None:
        """A loop's thread waits while pages are being made, but not with the turn to write in its hands."""
        if self._mine.behind and not self._mine.writes and not self._nobody_looks.is_set():
            self._nobody_looks.wait(LONGEST_S)

    def _take(self) -> None:
        with self._lock:
            if not self._writing:
                self._writing = True
                return
            called = threading.Event()
            (self._loops if self._mine.behind else self._people).append(called)
        try:
            called.wait()
        except BaseException:  # Ctrl-C while it waits: the turn must not be given to nobody
            self._leave(called)
            raise

    def _leave(self, called: threading.Event) -> None:
        with self._lock:
            for queue in (self._people, self._loops):
                if called in queue:
                    queue.remove(called)
                    return
        self._pass_on()

    def _pass_on(self) -> None:
        """The turn goes from hand to hand: nobody who comes now can be quicker than one who waits."""
        with self._lock:
            waiting = self._people or self._loops
            if waiting:
                waiting.popleft().set()
            else:
                self._writing = False


class _Mine(threading.local):
    """What the current thread is."""

    behind = False
    writes = False
