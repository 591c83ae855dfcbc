"""Looks at the database: as many pages at once as there are connections must not wait for one another for ever."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from bot.store import events
from bot.store.asked import while_nothing_happens
from bot.store.db import Database
from tests.conftest import NOW


@pytest.fixture
def few(tmp_path: Path) -> Iterator[Database]:
    """A database with two connections to look through, and a table of one number."""
    made = Database(f"sqlite:///{tmp_path / 'few.sqlite'}", readers=1)
    with made.begin() as session:
        session.connection().exec_driver_sql("CREATE TABLE numbers (number INTEGER)")
    yield made
    made.close()


def _numbers(db: Database) -> list[int]:
    with db.read() as session:
        return [row[0] for row in session.connection().exec_driver_sql("SELECT number FROM numbers")]


def test_a_look_inside_a_look_is_the_same_look(few: Database) -> None:
    with few.read() as outer:
        with few.read() as inner:
            assert inner is outer
        with few.read() as third:
            assert third is outer, "the end of the inner look does not end the outer one"
    with few.read() as later:
        assert later is not outer


def test_pages_that_each_look_twice_do_not_wait_for_one_another_for_ever(few: Database) -> None:
    all_look, seen = Barrier(2), list[list[int]]()

    def page() -> None:
        with few.read() as session:
            session.connection()
            all_look.wait(10)  # both connections are taken now
            seen.append(_numbers(few))

    pages = [Thread(target=page, daemon=True) for _ in range(2)]
    for one in pages:
        one.start()
    for one in pages:
        one.join(10)
    assert seen == [[], []]


def test_what_is_written_during_a_look_is_seen_by_the_looks_after_it(few: Database) -> None:
    with few.read() as outer:
        assert _numbers(few) == []
        with few.begin() as session:
            session.connection().exec_driver_sql("INSERT INTO numbers VALUES (7)")
        assert _numbers(few) == [7]
        assert outer.connection().exec_driver_sql("SELECT count(*) FROM numbers").scalar() == 0, "one consistent state"
    assert _numbers(few) == [7]


def _asked(db: Database, now: datetime, answers: Iterator[int]) -> int:
    with db.read() as session:
        return while_nothing_happens(session, "how many", now, lambda: next(answers))


def test_what_fifty_pages_ask_in_one_second_is_asked_once_until_something_happens(db: Database) -> None:
    answers = iter(range(10))
    assert [_asked(db, NOW, answers) for _ in range(50)] == [0] * 50
    assert _asked(db, NOW + timedelta(seconds=1), answers) == 1, "time passes: what is late may be another"
    with db.begin() as session:
        events.add(session, NOW, "earshot", "case.claimed", "case:1", "Acme")
    later = NOW + timedelta(seconds=1)
    assert [_asked(db, later, answers), _asked(db, later, answers)] == [2, 2], "somebody pressed something"
    with db.begin() as session:
        assert while_nothing_happens(session, "how many", later, lambda: next(answers)) == 3, "a writer asks anew"
