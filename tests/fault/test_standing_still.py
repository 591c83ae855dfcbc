"""A process that stands still (SIGSTOP, a paused machine) for minutes while another works, and then goes on."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.fault.history import Lives, World, check_at_rest, check_now, world
from tests.fault.platforms import wait

POINTS = (
    "claim:after commit", "alert:attempt committed", "alert:sent", "alert:remembered",
    "reply:approved, attempt not committed", "reply:attempt committed", "reply:answer read",
)  # fmt: skip
PATIENCE_S = 45.0  # a start takes ten seconds where others are at work; a case like another is told four later
STILL_S = 6.0  # of ours: three minutes of Earshot's, longer than any attempt is waited for


@pytest.mark.slow
def test_who_stood_still_in_the_middle_of_a_message_says_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    with world(tmp_path) as there:
        stopped = Lives(tmp_path)
        try:
            reached = [point for point in POINTS if _stand_still(there, stopped, point)]
        finally:
            stopped.close()
        there.settle(90)
        figures = check_at_rest(there)
        assert len(reached) >= len(POINTS) - 1, f"points never reached: {set(POINTS) - set(reached)}"
        sys.stderr.write(f"{len(reached)} stood still; {json.dumps(figures)}\n")


def _stand_still(there: World, lives: Lives, point: str) -> bool:
    """One process stops at the point, another works on, the first goes on. False if it never came there."""
    there.post(answered=not point.startswith("alert"))  # who is answered at once is not told of: it waits for its like
    told = {"settings": there.settings(), "clock": vars(there.clock), "agent": there.agent}
    lives.start(told | {"point": point, "nth": 1, "by": signal.SIGSTOP})
    end = time.monotonic() + PATIENCE_S
    while not (still := _state(lives.pid) == "T") and time.monotonic() < end:
        wait(0.05)
    there.lives.start(told | {"agent": 0})
    wait(STILL_S)
    there.post(answered=True)
    if still:
        os.kill(lives.pid, signal.SIGCONT)
    wait(3.0)
    for one in (lives, there.lives):
        assert one.end(0.0) == -signal.SIGKILL, f"a process ended by itself: {there.log()}"
        there.kills[point] += 1
    check_now(there)
    return still


def _state(pid: int) -> str:
    """What Linux says of a process: T when it stands still (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
