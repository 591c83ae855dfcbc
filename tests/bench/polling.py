"""What one read of a small feed costs: `python -m tests.bench polling`.

It is CPU of the reading thread, so the machine's load matters little. 500 feeds of ten items are there; twenty are
read, three times each: unchanged by ETag (304), unchanged byte for byte (a server without ETags), and with one new
item. Nothing here asserts.
"""

import itertools
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event

from bot import wire
from bot.app import App
from bot.core.brand import Brand
from bot.steps import listen
from bot.store import brands, sources
from bot.store.tables import SourceRow
from config.settings import Settings
from tests.bench.sources import _items
from tests.fakes.server import Asked, FakeServer, Told

NEVER = timedelta(hours=9)


class Small(FakeServer):
    """Feeds of ten items in one of three moods."""

    mood = "304"

    def __init__(self) -> None:
        super().__init__()
        self._number = itertools.count(1000)

    def answer(self, asked: Asked) -> Told:
        if self.mood == "304" and asked.headers.get("if-none-match"):
            return Told(b"", status=304, headers={"etag": '"x"'})
        body = _items(1, 10)
        if self.mood == "one new item":
            body = body.replace(b"/9<", b"/%d<" % next(self._number))
        return Told(body, headers={"etag": '"x"'} if self.mood == "304" else {})


def report() -> None:
    """Print each mood's milliseconds and statements."""
    with tempfile.TemporaryDirectory() as folder, Small() as server:
        app = wire.build(Settings(home=Path(folder), reader="words", private_addresses=True))
        now, statements = app.clock.now(), list[str]()
        with app.db.begin() as session:
            brands.save(session, Brand(name="Acme", names=("Acme",)), "bench", now, "bench")
            for n in range(500):
                row = SourceRow(name=f"feed-{n}", connector="rss", started_at=now, next_poll_at=now + NEVER)
                row.options = {"url": f"{server.url}/{n}"}
                sources.save(session, row)
        for engine in {one.pool: one for one in (app.db._reader, app.db._writer)}.values():
            event.listen(engine, "before_cursor_execute", lambda _c, _u, said, *_: statements.append(said))
        for mood in ("304", "the same bytes", "one new item"):
            server.mood = mood
            told = [_read(app, n, statements) for _round in range(4) for n in range(20)][20:]
            print(f"   {mood}: {statistics.median(ms for ms, _ in told):.1f} ms, {told[-1][1]} statements (p50 of 60)")
        app.db.close()


def _read(app: App, number: int, statements: list[str]) -> tuple[float, int]:
    with app.db.begin() as session:
        sources.note(session, f"feed-{number}", next_poll_at=app.clock.now())
    statements.clear()
    start = time.thread_time()
    listen.poll_one(app)
    return 1000 * (time.thread_time() - start), len(statements)
