"""A complaint that many react to rises while it waits, and says why; asking about it often is done where it is free."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.core import priority
from bot.store import cases, events, sources
from bot.store.db import Database
from config.settings import Settings
from connectors.types import Post
from tests.conftest import NOW
from tests.flow.path import Path, asked_again, laid, page, post

MINUTE = timedelta(minutes=1)
WORDS = "Acme Parcels charged me twice and nobody answers my mails."


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return laid(db, clock, settings)


def reacted(path: Path, said: Post, how_many: int) -> None:
    path.platform.changed = {said.ref: replace(said, engagement=how_many)}
    asked_again(path.app)
    path.work()


def why(path: Path, key: int) -> str:
    with path.app.db.read() as session:
        case = cases.get(session, key)
        assert case is not None
        return cases.place(case, path.app.clock.now()).why


def told(path: Path) -> list[str]:
    with path.app.db.read() as session:
        return [row.what for row in events.newest(session, 200) if row.what == "case.spreads"]


def test_a_complaint_that_goes_round_comes_first_and_falls_back_when_it_rests(path: Path, clock: HandClock) -> None:
    said = post("p1", WORDS, NOW, engagement=3)
    path.hear(page(said, post("p2", "Acme Parcels lost my parcel, this is a disgrace", NOW, who="bo")))
    one = min(path.cases(), key=lambda case: case.id or 0)
    before = one.weight
    clock.move(30 * MINUTE)
    reacted(path, said, 400)
    one = min(path.cases(), key=lambda case: case.id or 0)
    assert "spreading, 794 reactions an hour" in why(path, one.id or 0)
    assert one.weight > before * 1.5
    assert path.cases()[0].id == one.id
    clock.move(20 * MINUTE)
    reacted(path, said, 404)
    assert len(told(path)) == 1, "a little more is no news"
    clock.move(40 * MINUTE)
    reacted(path, said, 404)
    assert "spreading" not in why(path, one.id or 0)
    assert "reactions" in why(path, one.id or 0)


def test_a_platform_that_bills_is_not_asked_every_quarter_of_an_hour(path: Path, clock: HandClock) -> None:
    said = post("p1", WORDS, NOW, engagement=3)
    path.hear(page(said))
    with path.app.db.begin() as session:
        sources.note(session, "memory", spent=0.05)
    clock.move(30 * MINUTE)
    reacted(path, said, 400)
    assert told(path) == []


def test_a_case_that_was_answered_is_left_where_it_is(path: Path, clock: HandClock) -> None:
    said = post("p1", WORDS, NOW, engagement=3)
    path.hear(page(said))
    with path.app.db.begin() as session:
        case = cases.get(session, path.case().id or 0)
        assert case is not None
        cases.answered(session, case, clock.now(), "here", clock.now())
    clock.move(timedelta(hours=24))
    reacted(path, said, 4_000)
    assert told(path) == []


@pytest.mark.parametrize(
    ("before", "growth", "after", "hours", "rate"),
    [
        (0, 0.0, 30, 1.0, 30.0),
        (100, 0.0, 120, 1.0, None),
        (100, 0.0, 130, 1.0, 30.0),
        (0, 0.0, 30, 0.0, 360.0),
        (4, 0.0, 9, 1.0, None),
        (400, 100.0, 410, 1.0, 10.0),
        (400, 100.0, 410, 0.1, None),
        (400, 12.0, 410, 1.0, None),
        (400, 100.0, 300, 2.0, 0.0),
    ],
)
def test_news_is_a_quarter_more_or_that_it_rests(
    before: int, growth: float, after: int, hours: float, rate: float | None
) -> None:
    assert priority.spread(before, growth, after, hours) == rate
