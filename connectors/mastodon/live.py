"""Server-sent events of many timelines at once: a quick ear beside the thorough reading, which stays the truth.

Facts (docs.joinmastodon.org, streaming): `event:` and `data:` lines, `:thump` heartbeats; there is no replay, so what
passes while a stream is down is found by the next sweep over `min_id`.
"""

import json
import queue
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Thread

from connectors.errors import PlatformError, Unavailable
from connectors.mastodon.timelines import Timeline

_WORDS = frozenset({"update", "status.update", "delete", "notification"})
_TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class Said:
    """One event of one timeline: its name and its payload, undecoded."""

    timeline: Timeline
    event: str
    payload: str


class Live:
    """One thread for each open stream. `closed` says in words which streams are not to be had."""

    def __init__(self, timelines: list[Timeline], silence_s: float) -> None:
        self._timelines = [timeline for timeline in timelines if timeline.stream]
        self._silence_s = silence_s
        self._stop = Event()
        self._said: queue.SimpleQueue[Said | Exception] = queue.SimpleQueue()
        self._threads: dict[str, Thread] = {}
        self.closed: dict[str, str] = {}

    def open(self) -> None:
        """Start every stream that is not running and was not refused for good."""
        for timeline in self._timelines:
            running = self._threads.get(timeline.key)
            if timeline.key not in self.closed and (running is None or not running.is_alive()):
                thread = Thread(target=self._listen, args=(timeline,), name=f"hear {timeline.key}", daemon=True)
                self._threads[timeline.key] = thread
                thread.start()

    @property
    def running(self) -> int:
        """How many streams are being heard."""
        return sum(thread.is_alive() for thread in self._threads.values())

    def next(self) -> Said | None:
        """The next event, or None if none came in a tick. A fault of our own is raised here, in the caller's thread."""
        try:
            said = self._said.get(timeout=_TICK_S)
        except queue.Empty:
            return None
        if isinstance(said, Exception):
            raise said
        return said

    def close(self) -> None:
        """End all streams and wait for their threads."""
        self._stop.set()
        for thread in self._threads.values():
            thread.join(5)

    def _listen(self, timeline: Timeline) -> None:
        try:
            self._hear(timeline)
        except Unavailable:
            return  # the sweeps go on reading it; the next one opens the stream again
        except PlatformError as error:
            self.closed[timeline.key] = f"{timeline.key} cannot be streamed and is read every sweep instead: {error}"
        except Exception as error:  # noqa: BLE001 raised again by next(), where somebody sees it
            self._said.put(error)

    def _hear(self, timeline: Timeline) -> None:
        server = timeline.server
        base = server.facts().streaming or server.url
        lines = server.http.lines(
            f"{base}{timeline.stream}", server.headers, stop=self._stop, silence_s=self._silence_s
        )
        for event, payload in events(lines):
            if event in _WORDS:
                self._said.put(Said(timeline, event, payload))


def events(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """(name, data) of each server-sent event; comments and unknown fields are passed over."""
    name, data = "", list[str]()
    for line in lines:
        if not line:
            if name and data:
                yield name, "\n".join(data)
            name, data = "", []
        elif line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))


def payload_of(said: Said) -> object:
    """The payload as JSON; a deletion's payload is the bare id. Raises ValueError."""
    if said.event == "delete":
        return said.payload.strip().strip('"')
    try:
        return json.loads(said.payload)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
