"""A whole `earshot run` in a process of its own on a clock that runs faster: `python -m tests.bench.hurried JSON`.

Loops and ticks rest as much shorter as the clock runs faster, so what a day brings comes: nightly jobs, digests,
retention, deadlines. Whoever `tends` closes cases as a team would. It is the real program with its page and its
shipped reader; only the clock is another.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from bot import log, wire
from bot.app import App
from bot.cli import serve
from bot.readers.types import Reader, Verdict
from bot.run import Runner
from bot.steps import answer
from bot.store import migrate
from bot.store.db import Database, DatabaseAway
from bot.store.tables import CaseRow
from config.settings import Settings
from tests.bench.crowd import _answers, _until
from tests.fault.child import agent, quick
from tests.fault.clocks import QuickClock, SteeredClock

OPEN_FOR = timedelta(hours=1)
AT_ONCE = 50


def hurried(runner: Runner, rate: float) -> Runner:
    """Loops and ticks `rate` times as often."""
    runner = quick(runner, rate)
    runner.ticks = tuple(replace(tick, every_s=max(0.5, tick.every_s / rate)) for tick in runner.ticks)
    return runner


def tend(app: App, by: int) -> None:
    """A team that closes what is older than an hour, for ever."""
    app.db.behind()
    while True:
        with app.db.read() as session:
            old = col(CaseRow.opened_at) < app.clock.now() - OPEN_FOR
            asked = select(CaseRow.id).where(old, CaseRow.state == "new").order_by(col(CaseRow.id)).limit(AT_ONCE)
            found = list(session.exec(asked))
        for case_id in found:
            answer.resolve(app, case_id or 0, by, "seen to")
        time.sleep(1.0 if found else 3.0)


class Fragile:
    """A reader that breaks at every text while a file is there, as one does whose model is gone."""

    name, version = "fragile", "1"

    def __init__(self, whole: Reader, gone: Path) -> None:
        self._whole, self._gone = whole, gone

    def read(self, texts: Sequence[str], languages: Sequence[str | None] = ()) -> list[Verdict]:
        if self._gone.exists():
            raise OSError("the model's file is gone")
        return list(self._whole.read(texts, languages))


def answers(app: App, by: int) -> None:
    """Somebody who answers every customer that asks for help; what cannot be saved they try again."""
    app.db.behind()
    work = agent(app, by)
    while True:
        try:
            done = work()
        except DatabaseAway:
            done = False
        time.sleep(0.1 if done else 0.5)


def main(told: dict[str, Any]) -> None:
    """One life, until it is told to end. `rate`: how much shorter loops rest; else the clock's own."""
    settings, runner_of = Settings.model_validate(told["settings"]), serve.runner_of
    clock = SteeredClock(Path(told["steered"])) if "steered" in told else QuickClock(**told["clock"])
    rate = float(told.get("rate", clock.rate))
    log.configure(settings.log, settings.log_level)
    app = wire.build(settings, clock=clock)
    if told.get("gone"):
        app = replace(app, reader=Fragile(app.reader, Path(told["gone"])))
    serve.runner_of = lambda app, listen=True: hurried(runner_of(app, listen), rate)
    for whose, work in (("tends", tend), ("answers", answers)):
        if told.get(whose):
            threading.Thread(target=work, args=(app, told[whose]), daemon=True).start()
    serve.serve(app)


@contextmanager
def process(folder: Path, told: dict[str, Any], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The program at work: from its page's first answer on."""
    with (folder / "run.log").open("wb") as lines:
        command = [sys.executable, "-m", "tests.bench.hurried", json.dumps(told)]
        run = subprocess.Popen(command, stdout=lines, stderr=lines)
        try:
            assert _until(lambda: _answers(f"http://127.0.0.1:{port}"), 180), (folder / "run.log").read_text("utf-8")
            yield run
        finally:
            run.terminate()
            run.wait(60)


def prepared(url: str) -> Database:
    """The database at this version; whoever opens it closes it before the process starts."""
    db = Database(url)
    migrate.upgrade(db)
    return db


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
