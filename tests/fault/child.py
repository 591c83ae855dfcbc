"""Earshot as a process that dies: everything `earshot run` runs but the web, killed at a numbered point.

`python -m tests.fault.child` reads one life a line from standard input (JSON), forks it, says its pid, and says how it
ended. Forking a process that has everything imported makes two hundred lives affordable; each is a process of its own,
with its own threads and sockets, and dies by SIGKILL.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlmodel import select

from bot import wire
from bot.app import App
from bot.cli.serve import runner_of
from bot.readers.words import Words
from bot.run import Runner
from bot.steps import alert, answer, confirm, deliver, digest, forget, heal, match, read, recover, triage, watch
from bot.store import cases, mentions
from bot.store.tables import CaseRow
from config.settings import Settings
from tests.fault.clocks import QuickClock

ANSWERED = "please help"
WORK = (alert, confirm, deliver, digest, forget, heal, match, read, recover, triage, watch)  # imported before any fork


class Killer:
    """Counts how often a numbered point is passed and ends the process at the n-th, or makes it stand still there."""

    def __init__(self, point: str, nth: int, by: int = signal.SIGKILL) -> None:
        self._point, self._left, self._lock, self._by = point, nth, threading.Lock(), by

    def __call__(self, point: str) -> None:
        if point != self._point:
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), self._by)


def app_of(told: dict[str, Any]) -> App:
    """The app of these settings, on the quick clock, with the killer at its points."""
    settings = Settings.model_validate(told["settings"])
    clock = QuickClock(**told["clock"])
    app = wire.build(settings, clock=clock, reader=Words())
    return (
        replace(app, hold=Killer(told["point"], told["nth"], told.get("by", signal.SIGKILL)))
        if told.get("point")
        else app
    )


def quick(runner: Runner, rate: float) -> Runner:
    """Loops rest `rate` times shorter, as the clock runs that much faster."""
    runner.loops = tuple(replace(loop, every_s=max(0.05, loop.every_s / rate)) for loop in runner.loops)
    return runner


def agent(app: App, by: int) -> Callable[[], bool]:
    """Somebody who answers every customer that asks for help, each with words of its own."""

    def work() -> bool:
        with app.db.still() as session:
            owed = session.exec(select(CaseRow).where(CaseRow.part == "owed")).all()  # the queue's page shows some
            asked = [found for case in owed if case.holder in (None, by) and (found := _asked(session, case))]
        for case_id, name in asked:
            if isinstance(answer.claim(app, case_id, by), answer.Claimed):
                answer.answer(app, case_id, by, f"Sorry, {name}. A colleague looks into {name} for you at this moment.")
        return bool(asked)

    return work


def _asked(session: Any, case: CaseRow) -> tuple[int, str] | None:
    """The case's number and the word its customer's post is known by, if an answer is wanted and none is under way."""
    under_way = [row for row in cases.replies(session, case.id or 0) if row.state in ("queued", "unsure", "looking")]
    words = " ".join(post.text for _mention, post in mentions.of_case(session, case.id or 0))
    if under_way or ANSWERED not in words:
        return None
    return case.id or 0, next(word for word in words.split() if word.startswith("parcel-"))


def live(told: dict[str, Any]) -> None:
    """One life: until it is killed."""
    app = app_of(told)
    runner = quick(runner_of(app), app.clock.rate)  # type: ignore[attr-defined]
    resume(app)
    runner.start()
    work = agent(app, told["agent"])
    while True:
        if not told.get("agent") or not work():
            time.sleep(0.1)


def resume(app: App) -> None:
    """What `earshot run` does first."""
    from bot.cli.serve import take_up

    take_up(app)


def _fork(told: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        log = os.open(Path(told["settings"]["home"]) / "child.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(0)
        live(told)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(70)


def main() -> None:
    """Lives, one after another, as they are asked for."""
    for line in sys.stdin:
        pid = _fork(json.loads(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _pid, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
