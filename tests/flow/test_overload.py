"""More comes than can be read: it is heard all the same, and who cannot wait does not stand behind the rest (P-35)."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.app import Batches
from bot.clock import HandClock
from bot.steps import listen, match, read, triage
from bot.steps.triage import batch
from bot.store import intake, mentions
from bot.store.db import Database
from bot.store.tables import PostRow
from config.settings import Settings
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post
from tests.flow.test_piles import Watched, _row

FLOOD = [post(f"f{n}", f"Acme Parcels app is slow, {n}", who=f"w{n}") for n in range(7)]
URGENT = post("u", "Acme Parcels locker is on fire and people are hurt, emergency, call an ambulance", who="witness")
BESIDE = post("b", "My order of Acme Parcels came late", who="bo")
PAST = post("p", "Acme Parcels was on fire and people were hurt, emergency, call an ambulance", who="old")


def heard(db: Database, clock: HandClock, settings: Settings) -> Path:
    """A flood of one source that waits to be read; then an emergency in it, a post of another source, one of old."""
    path = laid(db, clock, settings)
    for posts in (FLOOD, (post("f7", "Acme Parcels app is slow, too", who="w7"), URGENT, BESIDE, PAST)):
        match.match_some(path.app)
        path.platform.add(page(*posts))
        listen.poll(path.app, _row(path))
    with db.begin() as session:
        for row in session.exec(select(PostRow)):
            row.source = "other" if row.native_id == "b" else row.source
            row.history = row.native_id == "p"
    return path


def order(path: Path) -> list[str]:
    with path.app.db.read() as session:
        return [said.native_id for _, said in mentions.due_to_read(session, path.app.clock.now(), 20)]


def test_while_more_waits_than_is_looked_at_once_the_urgent_and_what_comes_from_beside_are_read_first(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    path = heard(db, clock, settings)
    assert match.match_some(path.app, limit=7) == 4
    assert order(path) == ["u", "b", *(f"f{n}" for n in range(8)), "p"]
    clock.move(timedelta(minutes=30))
    path.platform.add(page(post("n", "Acme Parcels forgot me too", who="late")))
    listen.poll(path.app, _row(path))
    assert match.match_some(path.app, limit=7) == 1
    assert order(path)[-2:] == ["n", "p"], "who came later stands behind"


def test_who_keeps_up_reads_in_the_order_in_which_it_was_heard(
    db: Database, clock: HandClock, settings: Settings
) -> None:
    path = heard(db, clock, settings)
    match.match_some(path.app, limit=8)
    assert order(path) == [*(f"f{n}" for n in range(8)), "u", "b", "p"]


def test_hearing_does_not_wait_for_reading(
    sqlite: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BREATH", 10)
    clock = Watched()
    path = laid(sqlite, clock, settings, platform=clock.hose)
    listen.follow(path.app, _row(path), clock.hose, threading.Event())
    assert clock.hose.read == 50
    assert clock.naps == []
    assert listen.PILE >= 2_000 * 60


class Slow(HandClock):
    """A clock of a starved machine: each look at it comes half a minute after the last."""

    def monotonic(self) -> float:
        self.move(timedelta(seconds=30))
        return super().monotonic()


def test_on_a_starved_machine_few_are_read_and_decided_on_at_once_so_that_the_urgent_wait_for_few(
    db: Database, settings: Settings
) -> None:
    clock = Slow(NOW)
    path = heard(db, clock, settings)
    match.match_some(path.app)
    assert read.read_some(path.app, limit=6) == 6, "nobody knows yet how slow it is"
    assert read.read_some(path.app) == read.FEWEST
    assert triage.triage_some(path.app, limit=5) == 5
    assert triage.triage_some(path.app) == batch.LEAST


def test_what_a_loop_gets_done_in_two_seconds_is_its_batch() -> None:
    batches = Batches()
    assert batches.of("read", 64, 4) == 64
    batches.took("read", 64, 6.4)
    assert batches.of("read", 64, 4) == 20
    assert batches.of("triage", 50, 3) == 50
    batches.took("read", 20, 0.2)
    assert batches.of("read", 64, 4) == 64
