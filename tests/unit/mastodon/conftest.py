"""Two small servers and the clock they share."""

from collections.abc import Iterator

import pytest

from tests.fakes.clocks import Later
from tests.fakes.mastodon import FakeMastodon


@pytest.fixture
def clock() -> Later:
    return Later()


@pytest.fixture
def fake(clock: Later) -> Iterator[FakeMastodon]:
    with FakeMastodon(now=clock) as fake:
        yield fake


@pytest.fixture
def other(clock: Later) -> Iterator[FakeMastodon]:
    with FakeMastodon("other.test", now=clock) as fake:
        yield fake
