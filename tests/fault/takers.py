"""Processes that take the next case until nobody waits: `python -m tests.fault.takers`, a JSON line for each crowd.

One process has everything imported and no database open, and is forked: eight takers cost little more than one.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from bot.app import App
from bot.clock import HandClock
from bot.steps import answer
from bot.steps.answer.shift import take_next
from bot.store.db import Database
from config.settings import Settings
from tests.conftest import NOW, app_on


def take_all(app: App, person: int) -> dict[str, Any]:
    """Which cases this person got, how long each press took, and what broke."""
    got: list[int] = []
    spans: list[float] = []
    while True:
        began = time.perf_counter()
        try:
            found = take_next(app, person)
        except Exception as error:
            return {"person": person, "got": got, "ms": spans, "broke": f"{type(error).__name__}: {error}"[:300]}
        spans.append(1000 * (time.perf_counter() - began))
        if not isinstance(found, answer.Claimed):
            return {"person": person, "got": got, "ms": spans, "broke": ""}
        got.append(found.case.id or 0)


def _taker(told: dict[str, Any], person: int, gate: int, out: int) -> None:
    database = Database(told["url"], readers=2)
    app = app_on(database, HandClock(NOW), Settings(home=Path(told["home"])))
    os.read(gate, 1)  # until all are there
    os.write(out, (json.dumps(take_all(app, person)) + "\n").encode())


def crowd(told: dict[str, Any]) -> list[dict[str, Any]]:
    """One process for each of these people, all let go at once; what each of them says."""
    gate, go = os.pipe()
    ways: list[int] = []
    for person in told["people"]:
        way, out = os.pipe()
        if os.fork() == 0:
            try:
                os.close(go)
                _taker(told, person, gate, out)
            finally:
                os._exit(0)
        os.close(out)
        ways.append(way)
    os.close(gate)
    time.sleep(0.3)
    os.write(go, b"x" * len(ways))
    os.close(go)
    said = []
    for way in ways:
        with os.fdopen(way, "rb") as lines:
            said.append(json.loads(lines.readline() or b'{"got": [], "ms": [], "broke": "died"}'))
        os.wait()
    return said


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(crowd(json.loads(line))) + "\n")
        sys.stdout.flush()
