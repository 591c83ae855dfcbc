"""A stream that gives what nobody can read fills no cupboard: it is begun anew, and claims nothing as heard."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest

from bot.clock import HandClock
from bot.steps import listen
from bot.store import gaps, quarantine, sources
from bot.store.db import Database
from bot.store.tables import SourceRow
from config.settings import Settings
from connectors.checked import MOST_ODD, legible
from connectors.errors import Unavailable
from connectors.http import Http
from connectors.types import Connector, Page, Poison
from connectors.x.connector import X
from connectors.x.settings import Settings as XSettings
from connectors.x.stream import tag_of
from tests.fakes.x import FakeX
from tests.flow.path import Path, laid, post

QUERY = "acme -is:retweet"


class Garbled(list[str]):
    """Lines that come a second after each other."""

    def __init__(self, clock: HandClock, first: int = 0) -> None:
        super().__init__(f"<p>busy, try again ({number})</p>" for number in range(first, first + 200))
        self.clock = clock

    def __iter__(self) -> Iterator[str]:
        for line in super().__iter__():
            self.clock.move(timedelta(seconds=1))
            yield line


@pytest.fixture
def platform(clock: HandClock) -> Iterator[FakeX]:
    with FakeX(now=clock.now) as made:
        yield made


@pytest.fixture
def way(sqlite: Database, clock: HandClock, settings: Settings, platform: FakeX) -> Iterator[Path]:
    chosen = XSettings(bearer_token=platform.bearer, base_url=platform.url, stream=True)
    ear: Connector = X(chosen, http=Http(private_ok=True, now=clock.now), now=clock.now)  # type: ignore[assignment]
    made = laid(sqlite, clock, settings)
    yield replace(made, app=replace(made.app, connector_of=lambda _row: ear))
    ear.close()


def followed(way: Path) -> SourceRow:
    with way.app.db.read() as session:
        row = sources.get(session, "memory")
    assert row is not None
    listen.follow(way.app, row, way.app.connector_of(row), Event())
    return row


def test_garbled_lines_without_end_are_set_aside_up_to_a_bound_and_the_rests_grow(
    way: Path, platform: FakeX, clock: HandClock
) -> None:
    platform.streamed = Garbled(clock)
    row = followed(way)
    with way.app.db.read() as session:
        assert quarantine.count(session, "memory") == MOST_ODD
        assert gaps.heard_until(session, "memory") is None
    assert row.failures == 1
    platform.streamed = Garbled(clock, 200)
    clock.move(timedelta(minutes=10))
    again = followed(way)
    with way.app.db.read() as session:
        assert quarantine.count(session, "memory") == 2 * MOST_ODD
        kept = sources.get(session, "memory")
    assert kept is not None
    assert (again.failures, kept.state) == (2, "waiting")
    assert "no post" in kept.error
    assert kept.next_poll_at - clock.now() >= timedelta(seconds=8)


def test_what_was_said_while_the_stream_was_garbled_is_found_by_search(
    way: Path, platform: FakeX, clock: HandClock
) -> None:
    platform.line(platform.post("Acme lost it"), tag_of(QUERY))
    platform.streamed += list(Garbled(clock))
    followed(way)
    clock.move(timedelta(minutes=2))
    platform.post("Acme, hello?")
    clock.move(timedelta(minutes=2))
    platform.streamed = []
    followed(way)
    with way.app.db.read() as session:
        row = sources.get(session, "memory")
        assert row is not None
        assert row.kept == 2
        assert [gap for gap in gaps.open_gaps(session, "memory") if gap.state != "closed"] == []


def test_a_stream_in_which_one_thing_of_twenty_is_no_post_goes_on() -> None:
    odd, said = Page(poison=(Poison(b"<", "no post"),)), Page(posts=tuple(post(f"p{n}", "Acme") for n in range(19)))
    assert len(list(legible([odd, said] * 100))) == 200
    with pytest.raises(Unavailable):
        list(legible([odd, Page(posts=said.posts[:5])] * 100))
