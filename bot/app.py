"""The app: everything a step needs, chosen once by wire.py and never changed."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock, Pulse
from bot.core.drafts import Sounding
from bot.readers.types import Reader
from bot.store.db import Database
from bot.store.examples import Shown
from bot.store.tables import SourceRow
from config.settings import Settings
from connectors.types import Connector
from responders.types import Responder


class Wake:
    """Wakes the next step at once. Only a hint: a lost one costs a sweep interval, a doubled one nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bells: dict[str, threading.Event] = {}

    def ring(self, *loops: str) -> None:
        """There is work for these loops."""
        for loop in loops:
            self._bell(loop).set()

    def wait(self, loop: str, span: timedelta) -> None:
        """Wait until there is work for this loop, or the span has passed."""
        bell = self._bell(loop)
        bell.wait(span.total_seconds())
        bell.clear()

    def _bell(self, loop: str) -> threading.Event:
        with self._lock:
            return self._bells.setdefault(loop, threading.Event())


class Held:
    """Reads under way in this process: until when each has its source to itself. What is forgotten here runs out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[str, datetime] = {}

    def begin(self, source: str, until: datetime) -> None:
        """A read of this source began, or its time was made longer."""
        with self._lock:
            self._until[source] = until

    def end(self, source: str) -> None:
        """The read is over, or somebody else has the source now."""
        with self._lock:
            self._until.pop(source, None)

    def all(self) -> dict[str, datetime]:
        """Every read under way, by source."""
        with self._lock:
            return dict(self._until)


class Turns:
    """One conversation at a time with each platform: a platform that hangs keeps only its own answers waiting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[str, str] = {}

    def take(self, name: str, kind: str = "", most: int = 0) -> bool:
        """True for the one who may speak there now; `end` gives the turn back. `most`: so many of one kind at once."""
        with self._lock:
            if name in self._taken or (most and list(self._taken.values()).count(kind) >= most):
                return False
            self._taken[name] = kind
            return True

    def end(self, name: str) -> None:
        """Whoever took the turn is done."""
        with self._lock:
            self._taken.pop(name, None)


class Batches:
    """How much a loop takes at once: what it gets done in WITHIN_S. On a machine that is starved a batch that usually
    takes a tenth of a second took half a minute, and what cannot wait came after it (P-35)."""

    WITHIN_S = 2.0

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._each_s: dict[str, float] = {}

    def of(self, loop: str, most: int, fewest: int) -> int:
        """So many next."""
        with self._lock:
            each_s = self._each_s.get(loop, 0.0)
        return most if each_s * most <= self.WITHIN_S else max(fewest, int(self.WITHIN_S / each_s))

    def took(self, loop: str, many: int, span_s: float) -> None:
        """So many took so long."""
        with self._lock:
            self._each_s[loop] = span_s / many


@dataclass(frozen=True, slots=True)
class App:
    """Database, clock, reader, plug-ins. `connector_of` opens a source's connector (cached by wire.py).

    `responders` are the configured ones by name. `hold` is called with the name of each numbered point in a flow;
    tests stop the process there, everywhere else it does nothing. `shown` are examples of us and not us by brand in the
    place of the store's: a rehearsal's. `ahead_of`: how far the clock of a source's server was ahead of ours.
    `sounds_of`: what the reader hears in a reply beside its words.
    """

    settings: Settings
    db: Database
    clock: Clock
    reader: Reader
    connector_of: Callable[[SourceRow], Connector]
    responders: Mapping[str, Responder]
    ahead_of: Callable[[str], timedelta] = lambda _source: timedelta(0)
    language_of: Callable[[str], str | None] = lambda _text: None
    sounds_of: Callable[[str], tuple[Sounding, ...]] = lambda _text: ()
    wake: Wake = field(default_factory=Wake)
    pulse: Pulse = field(default_factory=Pulse)
    held: Held = field(default_factory=Held)
    healing: Held = field(default_factory=Held)
    turns: Turns = field(default_factory=Turns)
    batches: Batches = field(default_factory=Batches)
    hold: Callable[[str], None] = lambda _point: None
    shown: Mapping[str, Shown] | None = None
