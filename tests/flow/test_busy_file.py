"""Two processes on one SQLite file: who wants to write looks often, and says so where the other never lets go."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import text

from bot.clock import HandClock
from bot.store import db as store
from bot.store.db import Database
from tests.conftest import NOW


class Watched(HandClock):
    """A clock on which something happens at each look."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.looks = 0
        self.then: Callable[[int], Any] = lambda _look: None

    def sleep(self, span: timedelta, stop: Any = None) -> bool:
        self.looks += 1
        self.then(self.looks)
        return super().sleep(span, stop)


@pytest.fixture
def other(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[sqlite3.Connection, Watched]]:
    """Another program that has the file for writing."""
    with sqlite.begin() as session:
        session.connection().execute(text("SELECT 1"))  # the file is open, and its log is there
    clock = Watched()
    monkeypatch.setattr(store, "_CLOCK", clock)
    there = sqlite3.connect(str(sqlite.file()), isolation_level=None)
    there.execute("BEGIN IMMEDIATE")
    yield there, clock
    if there.in_transaction:
        there.execute("ROLLBACK")


def test_a_writer_has_the_file_within_moments_of_its_being_free(
    sqlite: Database, other: tuple[sqlite3.Connection, Watched]
) -> None:
    there, clock = other
    clock.then = lambda look: there.execute("COMMIT") if look == 5 else None
    with sqlite.begin() as session:
        assert session.connection().execute(text("PRAGMA busy_timeout")).scalar() == 10_000
    assert clock.looks == 5
    assert clock.now() - NOW < timedelta(milliseconds=100)


def test_a_file_that_another_keeps_for_half_a_minute_is_said_to_be_locked(
    sqlite: Database, other: tuple[sqlite3.Connection, Watched]
) -> None:
    _there, clock = other
    with pytest.raises(OperationalError, match="database is locked") as told, sqlite.begin() as session:
        session.connection()
    assert store.refusal(told.value) == "The database is held by another program."
    assert timedelta(seconds=30) <= clock.now() - NOW < timedelta(seconds=31)
