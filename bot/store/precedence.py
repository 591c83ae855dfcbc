"""Who goes first at the database: people before the loops, and among each in the order they came.

A plain lock is taken again at once by the thread that has just let go of it: a connector that floods would write for
ever while somebody's press waits. And a page is dozens of short questions; after each of them Python gives its thread
the interpreter back only when the loops that compute let go of it. So while somebody is served the loops ask nothing at
first, and then one after another, with rests: together they have a third of the time. Who is a loop says so itself
(`behind`); every other thread is a person's.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from bot.clock import SystemClock

LONGEST_S = 0.1  # a loop waits so long for people before it goes on: many of them slow the loops and never stop them
AT_FIRST_S = 0.08  # what a usual page takes
REST = 2  # times as long as a loop was at the database do all of them rest while somebody is served
LONGEST_REST_S = 0.05
PATIENCE_S = 1.0  # the loops make room for nobody longer: who waits for a stranger's server needs none
_CLOCK = SystemClock()


class _Line:
    """A turn that goes from hand to hand: nobody who comes now can be quicker than one who waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self.people: deque[threading.Event] = deque()
        self.loops: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, behind: bool) -> Iterator[None]:
        """Be the only one, after all people and, for who is `behind`, after the loops that came earlier."""
        self._take(self.loops if behind else self.people)
        try:
            yield
        finally:
            self._pass_on()

    def _take(self, queue: deque[threading.Event]) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            called = threading.Event()
            queue.append(called)
        try:
            called.wait()
        except BaseException:  # Ctrl-C while it waits: the turn must not be given to nobody
            self._leave(called, queue)
            raise

    def _leave(self, called: threading.Event, queue: deque[threading.Event]) -> None:
        with self._lock:
            if called in queue:
                queue.remove(called)
                return
        self._pass_on()

    def _pass_on(self) -> None:
        with self._lock:
            waiting = self.people or self.loops
            if waiting:
                waiting.popleft().set()
            else:
                self._taken = False


class Precedence:
    """The one turn to write, and the people who are served now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writers = _Line()
        self._lane = _Line()  # of the loops that want to write: of them only the first stands in line with people
        self._served = 0
        self._came_at = 0.0  # when the last of those came
        self._begun_until = 0.0  # until then no loop asks anything while anybody is served
        self._rested_at = 0.0  # nor before the loops have rested from what one of them asked
        self._nobody = threading.Event()
        self._nobody.set()
        self._mine = _Mine()

    def behind(self) -> None:
        """The calling thread is a loop's: from now on it lets people go first."""
        self._mine.behind = True

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Be the only one who writes."""
        behind = self._mine.behind
        with self._lane.turn(behind) if behind else nullcontext(), self._asking(), self._writers.turn(behind):
            self._mine.writes = True
            try:
                yield
            finally:
                self._mine.writes = False

    @contextmanager
    def look(self) -> Iterator[None]:
        """Look at the database: a person at once, a loop when it may."""
        with self._asking() if self._mine.behind else self.serving():
            yield

    @contextmanager
    def serving(self) -> Iterator[None]:
        """A person waits for this: the loops make room."""
        with self._lock:
            now = _CLOCK.monotonic()
            if not self._served:
                self._begun_until = now + AT_FIRST_S
            self._served, self._came_at = self._served + 1, now
            self._nobody.clear()
        try:
            yield
        finally:
            with self._lock:
                self._served -= 1
                if not self._served:
                    self._nobody.set()

    def served(self) -> bool:
        """Whether somebody waits for an answer of ours, and not for a stranger's."""
        return not self._nobody.is_set() and _CLOCK.monotonic() - self._came_at <= PATIENCE_S

    @contextmanager
    def _asking(self) -> Iterator[None]:
        if not self._mine.behind or self._mine.writes:  # with the turn in its hands nobody waits for anybody
            yield
            return
        self._give_way()
        began = _CLOCK.monotonic()
        try:
            yield
        finally:
            now = _CLOCK.monotonic()
            self._rested_at = now + min(REST * (now - began), LONGEST_REST_S)

    def _give_way(self) -> None:
        """A loop's thread waits while somebody is served, until the loops may ask something again."""
        patience = None
        while not self._nobody.is_set():
            now = _CLOCK.monotonic()
            patience = patience or now + LONGEST_S
            with self._lock:
                until = min(max(self._begun_until, self._rested_at), patience)
                if now >= until or now - self._came_at > PATIENCE_S:
                    self._rested_at = now + LONGEST_REST_S  # until it is done, and says how long that took
                    return
            self._nobody.wait(until - now)


class _Mine(threading.local):
    """What the current thread is."""

    behind = False
    writes = False
