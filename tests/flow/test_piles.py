"""A stream is not read while what was heard piles up: what others said would wait behind it."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.steps import heal, listen, match, read, triage
from bot.store import gaps, intake, quarantine, sources, tally
from bot.store.db import Database
from bot.store.tables import SourceRow
from config.settings import Settings
from connectors.memory import Memory
from connectors.types import Page, Poison, Span, Want
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post
from tests.statements import statements


class Hose(Memory):
    """A stream of five pages of ten posts each; who reads it is written down."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def stream(self, want: Want, stop: threading.Event) -> Iterator[Page]:
        for number in range(5):
            self.read += 10
            yield Page(tuple(post(f"{number}-{n}", f"Acme Parcels lost {number} {n}", who=f"w{n}") for n in range(10)))


class Watched(HandClock):
    """A clock that does something while a stream rests, as the other loops do."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.naps: list[int] = []
        self.meanwhile: list[Path] = []
        self.hose = Hose()

    def sleep(self, span: timedelta, stop: threading.Event | None = None) -> bool:
        if span == listen.LOOK_AGAIN:
            self.naps.append(self.hose.read)
            for path in self.meanwhile:
                for step in (match.match_some, read.read_some, triage.triage_some):
                    step(path.app, 15)
        return super().sleep(span, stop)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "PILE", 20)
    monkeypatch.setattr(intake, "BREATH", 10)


def _followed(db: Database, settings: Settings, clock: Watched, works: bool) -> Path:
    path = laid(db, clock, settings, platform=clock.hose)
    clock.meanwhile = [path] if works else []
    listen.follow(path.app, _row(path), clock.hose, threading.Event())
    return path


def _row(path: Path) -> SourceRow:
    with path.app.db.read() as session:
        found = sources.get(session, "memory")
    assert found is not None
    return found


@pytest.mark.usefixtures("small")
def test_a_stream_waits_until_the_steps_after_it_got_on(db: Database, settings: Settings) -> None:
    clock = Watched()
    path = _followed(db, settings, clock, works=True)
    assert clock.naps[0] == 20  # with twenty posts waiting it stopped before the third page
    assert set(clock.naps) > {20}  # and again later
    assert clock.hose.read == 50
    path.work()
    assert len(path.cases()) == 10  # every word of the ten people arrived


@pytest.mark.usefixtures("small")
def test_where_nobody_takes_any_away_a_stream_goes_on(sqlite: Database, settings: Settings) -> None:
    clock = Watched()
    path = _followed(sqlite, settings, clock, works=False)
    assert clock.hose.read == 50
    assert len(clock.naps) == 4  # one look after each page from the second on
    with sqlite.read() as session:
        assert tally.waiting(session, clock.now(), 1_000) == 50
        assert tally.waiting(session, clock.now(), 7) == 7
    assert not path.cases()


def test_what_waits_on_the_path_is_counted_at_each_step(db: Database, settings: Settings) -> None:
    path = laid(db, HandClock(NOW), settings)
    path.platform.add(Page(tuple(post(str(n), f"Acme Parcels lost it {n}", who=f"w{n}") for n in range(6))))
    listen.poll(path.app, _row(path))
    seen = []
    for step, many in ((match.match_some, 2), (read.read_some, 1), (triage.triage_some, 1)):
        step(path.app, many)
        with db.read() as session:
            seen.append(tally.waiting(session, path.app.clock.now(), 100))
    assert seen == [6, 6, 5]  # 4 + 2 unread, 4 + 1 unread + 1 undecided, and one decided on


@pytest.mark.parametrize("healing", [False, True])
def test_a_page_of_things_that_are_no_posts_holds_nobody_up_and_is_asked_about_all_at_once(
    sqlite: Database, clock: HandClock, settings: Settings, healing: bool
) -> None:
    """A platform whose answers changed: 5,000 things asked about one by one held all writers up for minutes."""
    path = laid(sqlite, clock, settings)
    odd = tuple(Poison(b'{"id": %d}' % (number % 230), "no post") for number in range(250))
    path.platform.add(page(poison=odd, covered=Span(NOW - timedelta(hours=1), NOW)))
    if healing:
        with sqlite.begin() as session:
            gaps.open_gap(session, "memory", NOW - timedelta(hours=1), NOW, "an outage", NOW)
    with statements(sqlite) as said:
        assert heal.heal_one(path.app) if healing else listen.poll_one(path.app)
    with sqlite.read() as session:
        assert quarantine.count(session, "memory") == 230
    assert sum("FROM quarantine" in one for one in said) == 3
    assert sum(one == "BEGIN IMMEDIATE" for one in said) >= 4
