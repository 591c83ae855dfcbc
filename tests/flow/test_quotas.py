"""A platform's limit lasts until its reset: the source reads more seldom, is never refused, and says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.steps import heal, listen
from bot.store import brands, gaps, quotas, sources
from bot.store.db import Database
from bot.store.tables import PostRow, SourceRow
from config.settings import Settings
from connectors.github.connector import GitHub
from connectors.http import Http
from connectors.types import Rate
from tests.conftest import NOW, app_on
from tests.fakes.github import OURS, FakeGitHub
from tests.fakes.server import Asked, Told
from tests.flow.path import asked_again

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Rationed(FakeGitHub):
    """Sixty calls in each hour of its own clock; what comes beyond them is refused, and remembered."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__(clock.now)
        self.asked: dict[datetime, int] = {}
        self.refused = 0

    def answer(self, asked: Asked) -> Told:
        with self.lock:
            hour = self.now().replace(minute=0, second=0, microsecond=0)
            self.asked[hour] = self.asked.get(hour, 0) + 1
            left = 60 - self.asked[hour]
            limit = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": str(max(0, left))}
            limit |= {"x-ratelimit-reset": str(int((hour + HOUR).timestamp()))}
            if left < 0:
                self.refused += 1
                return Told({"message": "API rate limit exceeded"}, 403, limit)
            told = self._api(asked)
            return Told(told.body, told.status, {**told.headers, **limit})


@dataclass
class Heard:
    """An app whose one source is a rationed GitHub, read each minute if it may be."""

    fake: Rationed
    app: App
    clock: HandClock


@pytest.fixture
def heard(sqlite: Database, clock: HandClock, settings: Settings) -> Iterator[Heard]:
    with Rationed(clock) as fake:
        with sqlite.begin() as session:
            brands.save(session, Brand(name="Acme"), "test", NOW, "test")
            row = SourceRow(name="gh", connector="github", every_s=60, started_at=NOW, next_poll_at=NOW)
            sources.save(session, row)
        ears = GitHub(
            GitHub.Settings(base_url=fake.url, repositories=(OURS,), search=False),
            http=Http(private_ok=True, now=clock.now), now=clock.now,
        )  # fmt: skip
        yield Heard(fake, app_on(sqlite, clock, settings, connector_of=lambda _row: ears), clock)
        ears.close()


def test_sixty_calls_an_hour_last_the_hour_and_nothing_is_missed(heard: Heard) -> None:
    slowed = set()
    for minute in range(180):
        if minute % 10 == 0:
            heard.fake.issue(f"acme lost {minute}")
        listen.poll_one(heard.app)
        with heard.app.db.read() as looking:
            told = sources.get(looking, "gh")
            limit = quotas.of_source(looking, "gh")
            assert told is not None
            assert told.failures == 0, told.error
            slowed |= {limit.words("then")} if told.state == "waiting" and limit is not None else set()
        heard.clock.move(MINUTE)
    with heard.app.db.read() as looking:
        assert len(looking.exec(select(PostRow)).all()) == 18
        assert gaps.open_gaps(looking) == []
    assert heard.fake.refused == 0
    assert max(heard.fake.asked.values()) <= 60
    assert min(list(heard.fake.asked.values())[1:-1]) >= 40, "the limit is used, not feared"
    assert slowed
    assert all(" of 60 calls left until then" in words for words in slowed)


def test_with_the_last_calls_nothing_old_is_looked_at_again(heard: Heard) -> None:
    heard.fake.issue("acme lost it")
    listen.poll_one(heard.app)
    later = heard.clock.now() + timedelta(hours=25)
    with heard.app.db.begin() as session:
        gaps.open_gap(session, "gh", NOW - HOUR, NOW - MINUTE, "a test", NOW)
        quotas.note(session, "gh", Rate(3, later + HOUR, 60), NOW, one_read=False)
    heard.clock.set(later)
    asked = len(heard.fake.log)
    assert heal.heal_one(heard.app)
    assert asked_again(heard.app) == 0
    assert len(heard.fake.log) == asked
    heard.clock.move(HOUR)
    assert asked_again(heard.app) == 1
    assert heal.heal_one(heard.app)
    assert len(heard.fake.log) > asked
