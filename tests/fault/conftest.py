"""Fixtures of the fault tests: the room of the flow tests under worse conditions, and each platform on a stage."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.fakes.server import FakeServer
from tests.fakes.stages import NOON, STAGES, Stage
from tests.flow.conftest import room

__all__ = ["room"]


@pytest.fixture(params=sorted(STAGES))
def stage(request: pytest.FixtureRequest) -> Stage:
    return STAGES[request.param]


@pytest.fixture
def fake(stage: Stage) -> Iterator[FakeServer]:
    with stage.fake() as fake:
        for number in range(3):
            stage.write(fake, f"acme {number}", NOON - timedelta(minutes=50 - number))
        yield fake
