"""Cases of which nothing is left to answer wait for nobody."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.clock import HandClock
from bot.steps import answer as desk
from bot.steps import forget
from bot.store import emptied, events
from bot.store.db import Database
from bot.store.tables import CaseRow
from config.settings import Settings
from connectors.types import PostRef
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post
from tests.flow.test_erasing import staffed

LATE = "Acme charged me twice and nobody answers"


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return staffed(laid(db, clock, settings))


def case_of(path: Path) -> CaseRow:
    with path.app.db.read() as session:
        row = session.get(CaseRow, 1)
    assert row is not None
    return row


def test_a_case_ends_when_its_last_post_was_deleted_and_not_before(path: Path) -> None:
    path.hear(page(post("1", LATE, thread="t"), post("2", f"{LATE} Still.", thread="t")))
    desk.claim(path.app, 1, 2)
    path.hear(page(gone=(PostRef("memory", "1"),)))
    assert (path.case().part, path.case().holder) == ("owed", 2)
    path.hear(page(gone=(PostRef("memory", "2"),)))
    case = case_of(path)
    assert (case.state, case.resolved_how, case.look_at, case.holder) == ("resolved", "deleted", None, None)
    assert case.answered_at is None
    assert path.cases() == []
    with path.app.db.read() as session:
        assert [event.what for event in events.of(session, "case:1")].count("case.resolved") == 1


def test_a_picture_without_words_keeps_its_case_open(path: Path) -> None:
    path.hear(page(post("1", LATE, thread="t"), post("2", "Acme", thread="t")))
    path.hear(page(gone=(PostRef("memory", "1"),)))
    path.hear(page(post("2", "", thread="t", edited_at=NOW)))
    assert path.case().state == "new"


def test_an_erased_persons_case_ends_and_a_case_that_was_over_is_left_as_it_was(path: Path) -> None:
    path.hear(page(post("1", LATE), post("2", LATE, who="kim")))
    desk.resolve(path.app, 2, 2, "Called them")
    path.hear(page(gone=(PostRef("memory", "2"),)))
    forget.erase_person(path.app, case_of(path).customer_id, 1)
    assert case_of(path).resolved_how == "erased"
    with path.app.db.read() as session:
        other = session.get(CaseRow, 2)
    assert other is not None
    assert other.resolved_how == "Called them"


def test_what_an_older_version_left_open_ends_once_and_what_only_grew_old_does_not(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.hear(page(*(post(who, LATE, who=who) for who in ("gone", "erased", "old"))))
    with monkeypatch.context() as before:
        before.setattr(emptied, "end", lambda *_: 0)
        path.hear(page(gone=(PostRef("memory", "gone"),)))
        forget.erase_person(path.app, 2, 1)
        assert forget._retired(path.app, NOW, timedelta()) == 1
    path.hear(page(post("there", LATE, who="there")))
    monkeypatch.setattr(emptied, "WINDOW", 3)
    for _hour in range(2):
        forget.retain(path.app)
    with path.app.db.read() as session:
        rows = session.exec(select(CaseRow).order_by(col(CaseRow.id))).all()
        told = [event.what for row in rows for event in events.of(session, f"case:{row.id}")]
    assert [row.resolved_how for row in rows] == ["deleted", "erased", "", ""]
    assert told.count("case.resolved") == 2
