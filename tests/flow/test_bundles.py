"""A flood of complaints is decided on a few at a time: a press waits for those and not for all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.clock import HandClock
from bot.steps import listen, match, read, triage
from bot.store import bundling, numbers, precedence, sources
from bot.store.db import Database, Session
from bot.store.tables import CaseRow, CustomerRow
from config.settings import Settings
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post

WORDS = "Acme Parcels lost my parcel number {} and nobody answers."


def _read(path: Path, many: int) -> None:
    """So many complaints stand read, and nobody has decided on them."""
    path.hear()
    path.platform.add(page(*(post(str(n), WORDS.format(n), who=f"who{n}") for n in range(many))))
    listen.poll(path.app, _source(path))
    while match.match_some(path.app) or read.read_some(path.app):
        pass


def _source(path: Path) -> Any:
    with path.app.db.read() as session:
        return sources.get(session, "memory")


def _transactions(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Decide on all; how many cases each transaction opened."""
    begin, opened = Database.begin, list[int]()

    @contextmanager
    def watched(self: Database) -> Iterator[Session]:
        with begin(self) as session:
            yield session
            opened.append(sum(isinstance(row, CaseRow) for row in session.identity_map.values()))

    with monkeypatch.context() as patched:
        patched.setattr(Database, "begin", watched)
        assert triage.triage_some(path.app) == 18
    return opened


def test_while_somebody_waits_for_an_answer_few_cases_are_opened_in_one_transaction(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = laid(db, HandClock(NOW), settings)
    _read(path, 18)
    monkeypatch.setattr(precedence, "PATIENCE_S", 600.0)
    with db.serving():
        assert _transactions(path, monkeypatch) == [10, 8]
    assert len({case.id for case in path.cases()}) == 18


def test_where_nobody_waits_all_are_opened_at_once(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = laid(db, HandClock(NOW), settings)
    _read(path, 18)
    assert _transactions(path, monkeypatch) == [18]
    with path.app.db.read() as session:
        names = {session.get(CustomerRow, case.customer_id).name for case in path.cases()}  # type: ignore[union-attr]
    assert names == {f"Who{n}" for n in range(18)}  # each case is its own customer's


def test_who_comes_meanwhile_waits_for_no_more_than_has_begun(
    sqlite: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, asked = laid(sqlite, HandClock(NOW), settings), list[int]()
    _read(path, 18)

    def comes(_db: Database) -> bool:
        asked.append(1)
        return len(asked) == 4  # somebody comes while the thirteenth is looked at, and has gone when the rest begins

    with monkeypatch.context() as patched:
        patched.setattr(Database, "is_wanted", comes)
        assert _transactions(path, monkeypatch) == [12, 6]
    assert len(path.cases()) == 18


def test_numbers_go_on_after_the_highest_and_postgresql_gives_them_itself(db: Database, settings: Settings) -> None:
    path = laid(db, HandClock(NOW), settings)
    path.hear(page(post("1", WORDS.format(1))))
    here = path.case().id or 0
    with db.begin() as session:
        given = numbers.next_ids(session, CaseRow, 2)
        assert list(given) == ([here + 1, here + 2] if db.is_sqlite else [])
        assert not numbers.next_ids(session, CaseRow, 0)
    path.hear(page(post("2", WORDS.format(2), who="bob")))
    assert len({case.id for case in path.cases()}) == 2


def test_what_was_complained_lately_is_read_for_brands_that_somebody_complains_to(
    db: Database, settings: Settings
) -> None:
    path = laid(db, HandClock(NOW), settings)
    _read(path, 2)
    with db.read() as session:
        said = bundling.lately(session, [1, 2], NOW)["Acme"]
        assert bundling.lately(session, [], NOW) == {}
    assert "acme" in {word for name in said.names for word in name.split()}
    shared = [authors for authors in said.late.values() if len(authors) == 2]
    assert shared  # both say that a parcel was lost
    assert not said.usual
