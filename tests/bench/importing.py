"""Posts a second through the whole path, and what they are measured against: `python -m tests.bench import`.

A file of invented posts is heard, matched, read and opened as cases in one process, as `earshot import` does. The
baseline of the same run is the store alone: the same posts as SQLModel objects into the same table, 200 a transaction.
"""

import cProfile
import os
import pstats
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.app import App
from bot.clock import SystemClock
from bot.core.brand import Brand
from bot.readers.types import Reader, Verdict
from bot.readers.words import Words
from bot.steps import confirm, listen, match, read, recover, triage
from bot.store import brands, migrate, sources, tally
from bot.store.db import Database
from bot.store.tables import PostRow, SourceRow
from config.settings import Settings
from connectors.file.connector import File
from connectors.file.settings import Settings as FileSettings
from tests.bench.posts import START, made, written

BRAND = Brand(name="Northwind", names=("Northwind",), handles={"any": ("northwind",)}, hashtags=("northwindfail",))
CHUNK = 200


class Nothing:
    """A reader that costs nothing: what is left is the path itself. Every second post is a complaint to it."""

    name, version = "nothing", "1"
    _calm = Verdict(negative=0.1, neutral=0.8, positive=0.1, complaint=0.05, language="en")
    _cross = Verdict(negative=0.8, neutral=0.15, positive=0.05, complaint=0.9, urgency=0.4, language="en")

    def read(self, texts: Any, languages: Any = None) -> list[Verdict]:
        return [self._cross if len(text) % 2 else self._calm for text in texts]


def builtin() -> Reader:
    """The model that is shipped. Raises ReaderUnavailable."""
    from bot.readers.builtin import load

    return load()


READERS: dict[str, Callable[[], Reader]] = {"none": Nothing, "words": Words, "builtin": builtin}


def app_on(home: Path, reader: Reader, file: Path, url: str = "") -> tuple[App, SourceRow]:
    """An app that hears this file as a live source started before its first post."""
    db = Database(url or f"sqlite:///{home / 'earshot.sqlite'}")
    migrate.upgrade(db)
    connector = File(FileSettings(path=file))
    clock = SystemClock()
    app = App(Settings(home=home), db, clock, reader, lambda _source: connector, {})
    with db.begin() as session:
        brands.save(session, BRAND, "bench", clock.now(), "bench")
        row = SourceRow(name="file", connector="file", started_at=START - timedelta(days=1), next_poll_at=clock.now(),
                        history=True)  # fmt: skip
        sources.save(session, row)
    with db.read() as session:
        saved = sources.get(session, "file")
    assert saved is not None
    return app, saved


def steps(app: App, source: SourceRow) -> dict[str, Callable[[], object]]:
    """The path of a post, step by step, each until nothing is due."""

    def until_done(work: Callable[[App], int]) -> Callable[[], object]:
        def run() -> None:
            while work(app):
                pass

        return run

    return {
        "listen": lambda: listen.poll(app, source),
        "match": until_done(match.match_some),
        "read": until_done(lambda app: read.read_some(app, 256)),
        "triage": until_done(triage.triage_some),
        "confirm": until_done(confirm.confirm_some),
        "recover": until_done(recover.recover_some),
    }


def whole_path(number: int, reader: str, url: str = "") -> dict[str, Any]:
    """Everything, timed step by step."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        app, source = app_on(home, READERS[reader](), written(home / "posts.jsonl", number), url)
        spent: dict[str, float] = {}
        worked = time.process_time()
        for name, run in steps(app, source).items():
            start = time.perf_counter()
            run()
            spent[name] = time.perf_counter() - start
        with app.db.read() as session:
            counts = tally.of_source(session, "file")
        worked = time.process_time() - worked
        app.db.close()
    total = sum(spent.values())
    shares = {name: f"{100 * seconds / total:.0f} %" for name, seconds in spent.items() if seconds / total >= 0.005}
    return {"reader": reader, "posts": counts["posts"], "mentions": counts["mentions"], "cases": counts["cases"],
            "seconds": round(total, 2), "posts_per_s": round(number / total),
            "posts_per_cpu_s": round(number / worked), "shares": shares}  # fmt: skip


def store_alone(number: int, url: str = "") -> dict[str, Any]:
    """The same posts as SQLModel objects, nothing else: the named baseline."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(url or f"sqlite:///{Path(folder) / 'earshot.sqlite'}")
        migrate.upgrade(db)
        rows = list(made(number))
        start = time.perf_counter()
        for at in range(0, number, CHUNK):
            with db.begin() as session:
                session.add_all([_row(row) for row in rows[at : at + CHUNK]])
        spent = time.perf_counter() - start
        db.close()
    return {"baseline": f"store alone, SQLModel, {CHUNK} a transaction", "posts_per_s": round(number / spent)}


def _row(post: dict[str, Any]) -> PostRow:
    return PostRow(platform="file", native_id=post["id"], source="file", author_id=post["author_id"],
                   author_handle=post["author"], followers=post["followers"], text=post["text"], created_at=START,
                   heard_at=START, next_try_at=START)  # fmt: skip


def profile(number: int, reader: str, most: int = 12) -> list[str]:
    """The functions that take most of the time, each with its share."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        app, source = app_on(home, READERS[reader](), written(home / "posts.jsonl", number))
        watch = cProfile.Profile()
        watch.enable()
        for run in steps(app, source).values():
            run()
        watch.disable()
        app.db.close()
    stats = pstats.Stats(watch)
    total = stats.total_tt  # type: ignore[attr-defined]
    entries = sorted(stats.stats.items(), key=lambda entry: entry[1][2], reverse=True)  # type: ignore[attr-defined]
    return [
        f"{100 * own / total:4.1f} %  {calls:>8} × {_where(place)}" for place, (_, calls, own, _, _) in entries[:most]
    ]


def _where(place: tuple[str, int, str]) -> str:
    file, line, name = place
    return f"{os.sep.join(Path(file).parts[-2:])}:{line} {name}"


def report(number: int = 10_000, profiled: bool = True) -> None:
    """Print everything."""
    base = store_alone(number)
    print(base)
    for reader in READERS:
        found = whole_path(number if reader != "builtin" else number // 4, reader)
        print(found | {"of_baseline": round(found["posts_per_s"] / base["posts_per_s"], 2)})
    if profiled:
        print("What dominates (cProfile, reader none):")
        print("\n".join(profile(max(1000, number // 4), "none")))
