"""Cases of which nothing is left to answer wait for nobody."""

import pytest

from bot.clock import HandClock
from bot.steps import answer as desk
from bot.steps import forget
from bot.store import events
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
