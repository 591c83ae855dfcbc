"""After any outage: what is stored is what the platform ever offered, but for exactly what the ledger calls lost.

Whole days pass on a clock moved by hand; the platforms are our own small Mastodon and X, asked through the real
connectors, the real runner and the real store.
"""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import select

from bot.app import App
from bot.clock import HandClock
from bot.core.brand import Brand
from bot.steps import heal, listen, watch
from bot.store import brands, gaps, heard, sources
from bot.store.db import Database
from bot.store.tables import PostRow, SourceRow
from bot.store.tables_house import GapRow
from config.settings import Settings
from connectors.http import Http
from connectors.mastodon.connector import Mastodon
from connectors.mastodon.settings import Settings as MastodonSettings
from connectors.types import Connector, Span
from connectors.x.connector import X
from connectors.x.settings import Settings as XSettings
from tests.conftest import NOW, app_on
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.server import FakeServer
from tests.fakes.wire import Wire
from tests.fakes.x import FakeX

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KINDS = ("refused", "503", "cut", "html", "429", "reset", "every second")


class Flaky(Wire):
    """A line to a platform that fails in the way it is told, as long as it is told."""

    def __init__(self, fake: FakeServer) -> None:
        super().__init__(fake)
        self.kind = ""
        self.asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        kind = self.kind
        if kind == "every second":
            kind = "503" if self.asked % 2 else ""
        if kind == "refused":
            raise httpx.ConnectError("refused", request=request)
        if kind == "503":
            return httpx.Response(503)
        if kind == "429":
            return httpx.Response(429, headers={"retry-after": "90"})
        if kind == "html":
            return httpx.Response(200, content=b"<h1>Please wait</h1>")
        answer = super().handle_request(request)
        if kind == "reset":
            raise httpx.ReadError("reset", request=request)  # it was served, and lost on its way
        if kind == "cut":
            return httpx.Response(200, content=answer.content[: len(answer.content) // 2])
        return answer


class World:
    """A platform people write on, a line to it, and an Earshot that listens every ten minutes of its clock."""

    def __init__(self, db: Database, clock: HandClock, settings: Settings, seed: int) -> None:
        self.clock, self.chance = clock, random.Random(seed)
        self.offered: dict[str, datetime] = {}
        self.app: App = app_on(db, clock, settings, connector_of=lambda _row: self.connector)
        self.line, self.connector = self.platform()
        with db.begin() as session:
            brands.save(session, Brand(name="Acme", names=("Acme",), hashtags=("acme",)), "test", clock.now(), "test")
            row = SourceRow(name="s", connector="s", every_s=600, started_at=clock.now(), next_poll_at=clock.now())
            sources.save(session, row)

    def platform(self) -> tuple[Flaky, Connector]:
        raise NotImplementedError

    def write(self, at: datetime) -> None:
        raise NotImplementedError

    def people_write(self, span: timedelta) -> None:
        """A post every few minutes; some reach the server late, with an id older than ones already there."""
        for _post in range(self.chance.randrange(0, max(2, int(span / MINUTE) // 4))):
            self.write(self.clock.now() - timedelta(seconds=self.chance.randrange(0, int(span.total_seconds()))))

    def live(self, span: timedelta, step: timedelta = 10 * MINUTE) -> None:
        """Time passes and Earshot does its work."""
        until = self.clock.now() + span
        while self.clock.now() < until:
            self.clock.move(step)
            self.people_write(step)
            self.work()

    def away(self, span: timedelta) -> None:
        """Time passes, people write, and nobody listens: our own downtime."""
        for _step in range(int(span / HOUR)):
            self.clock.move(HOUR)
            self.people_write(HOUR)

    def work(self) -> None:
        while listen.poll_one(self.app):
            pass
        watch.look(self.app)
        for _turn in range(20):
            if not heal.heal_one(self.app):
                return

    def settle(self) -> None:
        """The platform is well again: long enough for every back-off and every heal."""
        self.line.kind = ""
        for _turn in range(14):
            self.clock.move(20 * MINUTE)
            self.work()

    def check(self) -> tuple[set[str], list[GapRow]]:
        """What was missed, all of it in lost stretches; and the lost stretches."""
        with self.app.db.read() as session:
            stored = {row.native_id for row in session.exec(select(PostRow))}
            lost = list(session.exec(select(GapRow).where(GapRow.state == "lost")))
            assert gaps.open_gaps(session) == []
            (part,) = heard.between(session, Span(NOW, self.clock.now()), self.clock.now())
        assert stored <= set(self.offered)
        missed = set(self.offered) - stored
        inside = {id_ for id_ in missed if any(gap.from_at <= self.offered[id_] < gap.to_at for gap in lost)}
        assert missed == inside, f"{len(missed - inside)} posts were missed and nobody says so"
        assert part.unexplained < 2 * MINUTE * max(1, len(part.gaps)), "time without a cause"
        assert (part.coverage.share < 1) == bool(lost)
        return missed, lost


class OnMastodon(World):
    def platform(self) -> tuple[Flaky, Connector]:
        self.fake = FakeMastodon(now=self.clock.now)
        line = Flaky(self.fake)
        settings = MastodonSettings(servers=(self.fake.url,), public=False, stream=False, most_pages=5)
        return line, Mastodon(settings, http=Http(transport=line, now=self.clock.now), now=self.clock.now)

    def write(self, at: datetime) -> None:
        id_ = self.fake.post("#acme lost it", at=max(at, NOW))
        self.offered[self.fake.uri(id_)] = max(at, NOW)


class OnX(World):
    def platform(self) -> tuple[Flaky, Connector]:
        self.fake = FakeX(now=self.clock.now)
        line = Flaky(self.fake)
        settings = XSettings(bearer_token=self.fake.bearer, base_url=self.fake.url, authors=False, most_pages=3)  # type: ignore[arg-type]
        return line, X(settings, http=Http(transport=line, now=self.clock.now), now=self.clock.now)

    def write(self, at: datetime) -> None:
        id_ = self.fake.post("acme lost it", at=max(at, NOW))
        self.offered[id_] = self.fake.tweets[id_].at

    def forget(self) -> None:
        """Search reaches back seven days."""
        for id_, at in self.offered.items():
            if at < self.clock.now() - 7 * DAY:
                self.fake.tweets.pop(id_, None)


@pytest.fixture
def world(sqlite: Database, clock: HandClock, settings: Settings) -> Iterator[Callable[..., Any]]:
    made: list[World] = []

    def make(kind: type[World], seed: int) -> World:
        made.append(kind(sqlite, clock, settings, seed))
        return made[-1]

    yield make
    for each in made:
        each.connector.close()


OUTAGES = [
    *((OnMastodon, 5 * MINUTE, kind) for kind in ("refused", "cut")), *((OnMastodon, HOUR, kind) for kind in KINDS),
    (OnX, 5 * MINUTE, "reset"), *((OnX, HOUR, kind) for kind in ("refused", "cut", "429")),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "outage", "kind"), OUTAGES)
def test_after_an_outage_nothing_is_missing(
    world: Callable[..., World], platform: type[World], outage: timedelta, kind: str
) -> None:
    there = world(platform, seed=KINDS.index(kind))
    there.live(20 * MINUTE)
    there.line.kind = kind
    there.live(outage, step=min(outage, 10 * MINUTE))
    there.settle()
    assert there.check() == (set(), [])


@pytest.mark.parametrize("platform", [OnMastodon, OnX])
def test_after_a_whole_day_nothing_is_missing_however_it_failed(
    world: Callable[..., World], platform: type[World]
) -> None:
    there = world(platform, seed=24)
    there.live(HOUR)
    for kind in KINDS[:6]:
        there.line.kind = kind
        there.live(4 * HOUR, step=HOUR)
    there.settle()
    assert there.check() == (set(), [])


def test_after_seven_days_of_our_own_downtime_mastodon_gives_everything(world: Callable[..., World]) -> None:
    there = world(OnMastodon, seed=7)
    there.live(HOUR)
    there.away(7 * DAY)
    there.settle()
    assert there.check() == (set(), [])


def test_what_lies_behind_seven_days_of_search_is_lost_and_exactly_that(world: Callable[..., World]) -> None:
    there = world(OnX, seed=8)
    assert isinstance(there, OnX)
    there.live(HOUR)
    there.away(9 * DAY)
    there.forget()
    there.settle()
    missed, lost = there.check()
    assert missed
    assert sum((gap.to_at - gap.from_at for gap in lost), timedelta()) < 2 * DAY + HOUR


def test_a_day_of_random_faults_leaves_no_unexplained_miss(world: Callable[..., World]) -> None:
    there = world(OnMastodon, seed=2026)
    there.live(HOUR)
    for _turn in range(24):
        there.line.kind = there.chance.choice([*KINDS, "", "", ""])
        there.live(there.chance.randrange(1, 60) * MINUTE, step=15 * MINUTE)
    there.settle()
    assert there.check() == (set(), [])
