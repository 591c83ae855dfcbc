"""Kill -9 in the middle of hearing, telling and answering: nothing is lost, nothing is said twice unmarked."""

import json
import random
import sys
from pathlib import Path

import pytest

from tests.counts import times
from tests.fault.history import World, check_at_rest, check_now, world

POINTS = (
    "ingest:page in memory", "ingest:before commit", "ingest:after commit",
    "match:before commit", "match:after commit", "read:before commit", "read:after commit",
    "triage:before commit", "triage:after commit", "deadline:before commit",
    "claim:before", "claim:after commit",
    "alert:attempt committed", "alert:sent", "alert:remembered",
    "reply:approved, attempt not committed", "reply:attempt committed", "reply:answer read", "reply:remembered",
)  # fmt: skip


def test_a_kill_at_each_numbered_point_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with world(tmp_path) as there:
        reached = _lives(there, [(point, 1) for point in POINTS])
        there.settle()
        figures = check_at_rest(there)
        assert len(reached) >= len(POINTS) - 2, f"points never reached: {set(POINTS) - set(reached)}"
        sys.stderr.write(f"{json.dumps(figures)}\n")


@pytest.mark.slow
@pytest.mark.parametrize("world_number", range(times("kills", 200) // 200))
def test_two_hundred_kills_lose_nothing_and_double_nothing(tmp_path: Path, world_number: int) -> None:
    chance = random.Random(20261104 + world_number)
    with world(tmp_path) as there:
        for turn in range(10):
            _lives(there, [(point, chance.randint(1, 2)) for point in chance.sample(POINTS, 12)])
            for _random in range(8):
                _say(there)
                there.life(within=chance.uniform(0.2, 2.0))
                check_now(there)
            there.settle(900)
            figures = check_at_rest(there)
            sys.stderr.write(f"round {turn + 1}: {json.dumps(figures)}\n")
        sys.stderr.write(f"{json.dumps(dict(there.kills))}\n")
        assert sum(there.kills.values()) >= 200


def _lives(there: World, plan: list[tuple[str, int]]) -> list[str]:
    reached = []
    for point, nth in plan:
        _say(there)
        if there.life(point, nth):
            reached.append(point)
        check_now(there)
    return reached


def _say(there: World) -> None:
    there.post(answered=True)
    there.post(feed=True)
