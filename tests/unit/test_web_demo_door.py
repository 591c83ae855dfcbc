"""The demo as a process beside this one."""

import sys
from datetime import timedelta

import pytest

from bot.web import demo_door
from bot.web.demo_door import Door

SAYS = """
import sys, time
print("Sign in as  demo  with the password  north-wind-x", flush=True)
print("Earshot is at http://127.0.0.1:4711", flush=True)
for _ in range(5000):
    print("line " * 20)
time.sleep(60)
"""


def door(monkeypatch: pytest.MonkeyPatch, script: str) -> Door:
    monkeypatch.setattr(Door, "command", (sys.executable, "-c", script))
    return Door()


def test_it_says_where_it_plays_and_is_started_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = door(monkeypatch, SAYS)
    try:
        playing = ours.open("127.0.0.1")
        assert playing is not None
        assert (playing.address, playing.login, playing.password) == ("http://127.0.0.1:4711", "demo", "north-wind-x")
        assert ours.open("127.0.0.1") is playing
        assert "north-wind" not in repr(playing)
    finally:
        ours.close()


def test_a_demo_that_dies_or_says_nothing_is_no_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    assert door(monkeypatch, "raise SystemExit(1)").open("127.0.0.1") is None
    monkeypatch.setattr(demo_door, "PATIENCE", timedelta(milliseconds=50))
    silent = door(monkeypatch, "import time; time.sleep(60)")
    assert silent.open("127.0.0.1") is None
    silent.close()


def test_closing_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = door(monkeypatch, SAYS)
    ours.open("127.0.0.1")
    process = ours._process
    assert process is not None
    ours.close()
    assert process.poll() is not None
    ours.close()
