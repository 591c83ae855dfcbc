"""A tag can be a person's name: the log names it by a number, and where it once held the word, the word goes."""

import json

import pytest
from sqlmodel import select

from bot.clock import HandClock
from bot.steps import answer as desk
from bot.steps import forget
from bot.store import events, labels
from bot.store.db import Database
from bot.store.tables_desk import LabelRow, MergeRow
from bot.store.tables_house import EventRow
from config.settings import Settings
from connectors.types import PostRef
from tests.conftest import NOW
from tests.flow.path import Path, laid, page
from tests.flow.test_erasing import SECRET, staffed, written
from tests.flow.test_forgetting import rows_with


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    return staffed(laid(db, clock, settings))


def old_event(path: Path, what: str, tag: str) -> None:
    """As an earlier version wrote it: the word itself is in the chain."""
    with path.app.db.begin() as session:
        events.add(session, NOW, "account:1", what, "case:1", "Acme", tag=tag)


def newest(path: Path, what: str) -> EventRow:
    with path.app.db.read() as session:
        return session.exec(select(EventRow).where(EventRow.what == what).order_by(EventRow.id.desc())).first()  # type: ignore[union-attr, return-value]


def test_a_tags_word_stands_in_no_event(path: Path) -> None:
    written(path)
    desk.tag(path.app, 1, 1, "Ask Otis")
    desk.untag(path.app, 1, 1, "ask otis")
    on, off = newest(path, "tag.added"), newest(path, "tag.removed")
    assert json.loads(on.facts) == json.loads(off.facts) == {"label": 1}
    with path.app.db.read() as session:
        assert labels.of(session, [on, off]) == {on.id: "ask otis", off.id: "ask otis"}


def test_a_name_in_a_tag_leaves_the_log_with_its_person_and_the_chain_holds(path: Path) -> None:
    customer = written(path)
    desk.tag(path.app, 1, 1, f"call {SECRET}")
    desk.untag(path.app, 1, 1, f"call {SECRET}")
    old_event(path, "tag.added", f"for {SECRET}")
    old_event(path, "tag.removed", f"for {SECRET}")
    forget.erase_person(path.app, customer, 1)
    assert rows_with(path.app.db, SECRET) == []
    with path.app.db.read() as session:
        assert events.verify(session) is None
        assert events.verify(session, 2) is None
        assert labels.of(session, events.of(session, "case:1")) == {}
        assert len([row for row in events.newest(session) if row.what == "event.emptied"]) == 2


def test_an_event_that_nobody_vouches_for_cannot_be_emptied(path: Path) -> None:
    customer = written(path)
    old_event(path, "tag.added", SECRET)
    other = newest(path, "tag.added").id or 0
    forget.erase_person(path.app, customer, 1)
    with path.app.db.begin() as session:
        emptied = session.get(EventRow, other)
        assert emptied is not None
        emptied.actor = "account:2"
    with path.app.db.read() as session:
        assert events.verify(session) == other
    with path.app.db.begin() as session:
        emptied = session.get(EventRow, other)
        plain = session.get(EventRow, 1)
        assert emptied is not None
        assert plain is not None
        emptied.actor, plain.facts = "account:1", events.EMPTY if plain.facts != events.EMPTY else '{"x": 1}'
    with path.app.db.read() as session:
        assert events.verify(session) == 1


def test_a_tag_that_quotes_a_deleted_post_goes_and_others_stay(path: Path) -> None:
    written(path)
    desk.tag(path.app, 1, 1, f"lost my {SECRET} violin")
    desk.tag(path.app, 1, 1, "luggage")
    old_event(path, "tag.added", f"acme lost my {SECRET}")
    path.hear(page(gone=(PostRef("memory", "1"),)))
    with path.app.db.read() as session:
        assert [row.words for row in session.exec(select(LabelRow))] == ["luggage"]
        assert not [row for row in events.newest(session) if SECRET in row.facts]
        assert events.verify(session) is None


def test_what_undoing_a_merge_would_put_back_holds_no_erased_tag(path: Path) -> None:
    customer = written(path)
    with path.app.db.begin() as session:
        row = MergeRow(from_case=1, into_case=1, before={"went": {"tag": [SECRET], "note": [1]}}, by=1, at=NOW)
        session.add(row)
    forget.erase_person(path.app, customer, 1)
    with path.app.db.read() as session:
        assert session.exec(select(MergeRow)).one().before == {"went": {"tag": [], "note": [1]}}
