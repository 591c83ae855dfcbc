"""Who reads which source: those that are read from time to time are taken a few at once, and each stream has a thread,
kept alive, restarted after a break, let go when the source is switched off.

Of several processes on one database one follows a stream: it holds a lease, renewed while it lives. Another takes over
at most LEASE + LOOK_AGAIN after the holder died, and within seconds of a holder that ends as it should.
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot import ids, log
from bot.app import App
from bot.steps import listen
from bot.store import brands, leases, sources
from bot.store.db import DatabaseAway, Session
from bot.store.tables import SourceRow
from connectors.types import Connector, Streams

AT_ONCE = 8  # sources taken in one transaction: six threads read them within a moment
PAUSE = timedelta(seconds=0.5)  # after a look that found less than that
LOOK_AGAIN = timedelta(seconds=2)
LEASE = timedelta(seconds=30)


@dataclass(slots=True)
class _Follower:
    """A thread that follows one stream, how to end it, and until when it alone may."""

    fence: int
    until: datetime
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def lives(self) -> bool:
        return self.thread is not None and self.thread.is_alive()


class Taken:
    """The sources that are read from time to time: one thread takes some whose time has come, all of them read those.

    Taking is one transaction for all. What is taken and not yet begun has its lease, renewed like a long read's; of a
    process that dies it is due again when that ends.
    """

    def __init__(self, most: int = AT_ONCE, pause: timedelta = PAUSE) -> None:
        self._most, self._pause = most, pause.total_seconds()
        self._looked_at: float | None = None
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._waiting: deque[SourceRow] = deque()

    def poll_one(self, app: App) -> bool:
        """Read the next source. True if there was one."""
        source = self._next() or self._look(app)
        if source is None:
            return False
        listen.poll_taken(app, source)
        return True

    def _next(self) -> SourceRow | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _look(self, app: App) -> SourceRow | None:
        if not self._looking.acquire(blocking=False):
            return None  # somebody looks, and rings
        try:
            now = app.clock.monotonic()
            if self._looked_at is not None and now - self._looked_at < self._pause:
                return None
            found = listen.take_some(app, self._most)
            self._looked_at = now if len(found) < self._most else None
            with self._lock:
                self._waiting.extend(found[1:])
        finally:
            self._looking.release()
        if len(found) > 1:
            app.wake.ring("listen")
        return found[0] if found else None


class Followers:
    """Follows every source that can stream. `tend` is called now and then and does the rest."""

    def __init__(self, stop: threading.Event, lease: timedelta = LEASE) -> None:
        self._stop, self._lease = stop, lease
        self._holder = ids.token(9)
        self._threads: dict[str, _Follower] = {}
        self._known: tuple[str, ...] = ()
        self._app: App | None = None

    def tend(self, app: App) -> bool:
        """Start a thread for each streaming source that nobody follows; stop those of sources switched off."""
        self._app = app
        with app.db.read() as session:
            rows = {row.name: row for row in sources.all_of(session)}
            known = brands.definitions(session)
        renamed, self._known = known != self._known, known  # a stream asks for the words it started with
        for name, follower in list(self._threads.items()):
            if renamed or name not in rows or rows[name].state in ("off", "stopped"):
                follower.stop.set()
            if not follower.lives():
                self._let_go(app, name)
        self._renew(app)
        for row in rows.values():
            if row.name not in self._threads and row.state in ("listening", "waiting") and self._streams(app, row):
                self._follow(app, row.name)
        return False

    def finish(self, span: float = 0.0) -> list[str]:
        """Ask every thread to end, wait for them as long as `span` (seconds); returns the names of those that go on.

        The streams of those that ended are free for another process at once.
        """
        for follower in self._threads.values():
            follower.stop.set()
        for name, follower in list(self._threads.items()):
            if follower.thread is not None:
                follower.thread.join(span)
            if self._app is not None and not follower.lives():
                self._released(self._app, name, follower)
        return [each.thread.name for each in self._threads.values() if each.thread is not None and each.lives()]

    def _streams(self, app: App, row: SourceRow) -> bool:
        try:
            connector = app.connector_of(row)
            streams = isinstance(connector, Streams) and bool(row.options.get("stream", _by_default(connector)))
            streams = streams and listen.may_follow(app, row)
        except ValueError as error:
            listen.failed(app, row, error)
            return False
        if streams != row.streams:
            with app.db.begin() as session:
                sources.note(session, row.name, streams=streams)
        return streams

    def _follow(self, app: App, name: str) -> None:
        now = app.clock.now()
        with app.db.read() as session:
            if not leases.free(session, _lease(name), self._holder, now):
                return
        with app.db.begin() as session:
            fence = leases.take(session, _lease(name), self._holder, now, self._lease)
        if fence is None:
            return
        follower = _Follower(fence, now + self._lease)
        follower.thread = threading.Thread(
            target=self._keep_following, args=(app, name, follower), name=f"stream:{name}", daemon=True
        )
        self._threads[name] = follower
        follower.thread.start()

    def _renew(self, app: App) -> None:
        """Keep what we follow. A stream that somebody else has by now is let go: its pages were refused already."""
        now = app.clock.now()
        ending = [(name, each) for name, each in self._threads.items() if each.until - now < self._lease * 2 / 3]
        if not ending:
            return
        with app.db.begin() as session:
            for name, follower in ending:
                if leases.renew(session, _lease(name), follower.fence, now + self._lease):
                    follower.until = now + self._lease
                else:
                    follower.stop.set()

    def _let_go(self, app: App, name: str) -> None:
        self._released(app, name, self._threads.pop(name))

    def _released(self, app: App, name: str, follower: _Follower) -> None:
        try:
            with app.db.begin() as session:
                leases.release(session, _lease(name), follower.fence, app.clock.now())
        except DatabaseAway as error:  # at the end of a process the database may be gone first: the lease runs out
            log.get(f"stream:{name}").warning("lease not given back", error=type(error).__name__)

    def _keep_following(self, app: App, name: str, follower: _Follower) -> None:
        stop = follower.stop
        app.db.behind()

        def mine(session: Session) -> bool:
            return leases.holds(session, _lease(name), follower.fence)

        while not stop.is_set() and not self._stop.is_set():
            with app.db.read() as session:
                source, ours = sources.get(session, name), mine(session)
            if source is None or source.state in ("off", "stopped") or not ours or not listen.may_follow(app, source):
                return
            if source.next_poll_at > app.clock.now() and source.failures:
                stop.wait(min(LOOK_AGAIN.total_seconds(), 2.0))
                continue
            try:
                listen.follow(app, source, app.connector_of(source), stop, mine)
            except Exception as error:  # noqa: BLE001  our bug: logged, and the stream starts again
                log.get(f"stream:{name}").error("failed", **log.broke(error))
                stop.wait(5.0)


def _by_default(connector: Connector) -> bool:
    """A connector with a setting `stream` says itself whether it streams unless told to."""
    field = connector.Settings.model_fields.get("stream")
    return True if field is None else bool(field.default)


def _lease(name: str) -> str:
    return f"stream:{name}"
