"""One thread for each streaming source: kept alive, restarted after a break, let go when the source is switched off."""

import threading
from datetime import timedelta

from bot import log
from bot.app import App
from bot.steps import listen
from bot.store import brands, sources
from bot.store.tables import SourceRow
from connectors.types import Streams

LOOK_AGAIN = timedelta(seconds=2)


class Followers:
    """Follows every source that can stream. `tend` is called now and then and does the rest."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._threads: dict[str, tuple[threading.Thread, threading.Event]] = {}
        self._known: tuple[str, ...] = ()

    def tend(self, app: App) -> bool:
        """Start a thread for each streaming source that has none; stop those of sources switched off."""
        with app.db.read() as session:
            rows = {row.name: row for row in sources.all_of(session)}
            known = brands.definitions(session)
        renamed, self._known = known != self._known, known  # a stream asks for the words it started with
        for name, (thread, stop) in list(self._threads.items()):
            if renamed or name not in rows or rows[name].state in ("off", "stopped"):
                stop.set()
            if not thread.is_alive():
                del self._threads[name]
        for row in rows.values():
            if row.name not in self._threads and row.state in ("listening", "waiting") and self._streams(app, row):
                self._follow(app, row.name)
        return False

    def finish(self, span: float = 0.0) -> list[str]:
        """Ask every thread to end, wait for them as long as `span` (seconds); returns the names of those that go on."""
        threads = list(self._threads.values())
        for _thread, stop in threads:
            stop.set()
        for thread, _stop in threads:
            thread.join(span)
        return [thread.name for thread, _stop in threads if thread.is_alive()]

    def _streams(self, app: App, row: SourceRow) -> bool:
        try:
            streams = isinstance(app.connector_of(row), Streams) and bool(row.options.get("stream", True))
        except ValueError as error:
            listen.failed(app, row, error)
            return False
        if streams != row.streams:
            with app.db.begin() as session:
                sources.note(session, row.name, streams=streams)
        return streams

    def _follow(self, app: App, name: str) -> None:
        stop = threading.Event()
        thread = threading.Thread(
            target=self._keep_following, args=(app, name, stop), name=f"stream:{name}", daemon=True
        )
        self._threads[name] = (thread, stop)
        thread.start()

    def _keep_following(self, app: App, name: str, stop: threading.Event) -> None:
        while not stop.is_set() and not self._stop.is_set():
            with app.db.read() as session:
                source = sources.get(session, name)
            if source is None or source.state in ("off", "stopped"):
                return
            if source.next_poll_at > app.clock.now() and source.failures:
                stop.wait(min(LOOK_AGAIN.total_seconds(), 2.0))
                continue
            try:
                listen.follow(app, source, app.connector_of(source), stop)
            except Exception as error:  # noqa: BLE001  our bug: logged, and the stream starts again
                log.get(f"stream:{name}").error("failed", error=str(error), exc_info=error)
                stop.wait(5.0)
