"""Who has the turn to write, and for how long: a line for each writing transaction of a watched process.

`watch(file)` in the process, before it begins; `told(file, start)` sums up what was written since that many bytes.
"""

import os
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.store.db import Database, Session


def watch(file: Path) -> None:
    """From now on each writing transaction of this process leaves a line: thread, ms waited for, ms held, ms of CPU."""
    written, begin = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), Database.begin

    @contextmanager
    def timed(self: Database) -> Iterator[Session]:
        asked = time.perf_counter()
        with begin(self) as session:
            had, worked = time.perf_counter(), time.thread_time()
            try:
                yield session
            finally:
                worked = time.thread_time() - worked
        spent = 1000 * (had - asked), 1000 * (time.perf_counter() - had), 1000 * worked
        name = threading.current_thread().name.replace(" ", "_")
        os.write(written, (" ".join((name, *(f"{ms:.2f}" for ms in spent))) + "\n").encode())

    Database.begin = timed  # type: ignore[method-assign]


def told(file: Path, start: int) -> list[str]:
    """Per kind of thread: how many transactions, and p50 / p99 / longest of what they waited and held."""
    waited, held, worked = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list), defaultdict(float)
    with file.open("rb") as lines:
        lines.seek(start)
        for line in lines.read().decode().splitlines():
            thread, wait, hold, cpu = line.split()
            for name in (_kind(thread), "all"):
                waited[name].append(float(wait))
                held[name].append(float(hold))
                worked[name] += float(cpu)
    return [
        f"{name}: {len(held[name])} transactions, held {_cuts(held[name])}, waited {_cuts(waited[name])}, "
        f"{worked[name]:.0f} ms of CPU"
        for name in sorted(held, key=lambda each: -sum(held[each]))
    ]


def _kind(thread: str) -> str:
    """The loop's name without its number; a page's thread is a person's."""
    if thread.startswith("AnyIO") or thread == "MainThread":
        return "people"
    if thread.startswith(("ThreadPoolExecutor", "APScheduler")):
        return "ticks"
    return thread.partition(":")[0].rstrip("0123456789").rstrip("-")


def _cuts(spent: list[float]) -> str:
    if len(spent) < 2:
        return f"{spent[0]:.0f} ms"
    cuts = statistics.quantiles(spent, n=100, method="inclusive")
    return f"{cuts[49]:.0f} / {cuts[98]:.0f} / {max(spent):.0f} ms"
