"""Two cases of one matter become one, one of two becomes two; the longer wait decides, and all is undone by a press."""

from datetime import timedelta

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from bot.app import App
from bot.core import joining
from bot.steps import answer as desk
from bot.steps.answer import merging
from bot.store import cases, events, merges, search
from bot.store.db import Database
from bot.store.tables import CaseRow, DraftRow, MentionRow, NoteRow, ReplyRow, TagRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from tests.conftest import NOW, app_on
from tests.web.seed import Seed


@pytest.fixture
def app(db: Database, clock: object, settings: Settings) -> App:
    made = app_on(db, clock, settings)
    with db.begin() as session:
        for number in (1, 2):
            session.add(AccountRow(id=number, login=f"a{number}", name=f"A{number}", password_hash="", created_at=NOW))
    return made


@pytest.fixture
def seed(app: App) -> Seed:
    made = Seed(app)
    made.brand()
    return made


def pair(app: App, seed: Seed, **more: object) -> tuple[int, int]:
    """Two cases of one person; the second is the one that waits longer."""
    one = seed.case("my bag is lost", "Ada", ago=10)
    two = seed.case("and my violin too", "Ada", ago=40, customer=row(app, one).customer_id, **more)  # type: ignore[arg-type]
    return one, two


def row(app: App, case_id: int) -> CaseRow:
    with app.db.read() as session:
        found = session.get(CaseRow, case_id)
    assert found is not None
    return found


def test_a_merged_case_has_both_threads_and_the_longer_wait(app: App, seed: Seed) -> None:
    one, two = pair(app, seed, tags=("luggage",))
    desk.note(app, two, 1, "call the depot")
    before = row(app, two)
    done = merging.merge(app, two, one, 1)
    assert isinstance(done, merging.Merged)
    after = row(app, one)
    assert (after.spoke_at, after.due_at) == (before.spoke_at, before.due_at)
    assert (after.first_spoke_at, after.first_due_at) == (before.first_spoke_at, before.first_due_at)
    assert (row(app, two).state, row(app, two).merged_into, row(app, two).part) == ("merged", one, "closed")
    with app.db.read() as session:
        assert len(merges.said(session, one)) == 2
        assert [note.text for note in cases.notes(session, one)] == ["call the depot"]
        assert cases.tags(session, one) == ["luggage"]
        assert [hit.case_id for hit in search.find(session, "depot")] == [one]
        assert [event.what for event in events.of(session, f"case:{two}")][-1] == "case.merged"
        assert events.verify(session) is None


def test_splitting_puts_everything_back(app: App, seed: Seed) -> None:
    one, two = pair(app, seed, tags=("luggage",))
    desk.note(app, two, 1, "call the depot")
    with app.db.begin() as session:
        session.add(DraftRow(case_id=two, by=1, text="Dear Ada", changed_at=NOW))
    was = [merges.before(row(app, key)) for key in (one, two)]
    done = merging.merge(app, two, one, 1)
    assert isinstance(done, merging.Merged)
    with app.db.read() as session:
        assert session.get(DraftRow, one) is not None
    back = merging.undo_merge(app, done.merge_id, 2)
    assert isinstance(back, merging.Merged)
    assert [merges.before(row(app, key)) for key in (one, two)] == was
    with app.db.read() as session:
        assert [len(merges.said(session, key)) for key in (one, two)] == [1, 1]
        assert [note.case_id for note in session.exec(select(NoteRow))] == [two]
        assert {tag.case_id for tag in session.exec(select(TagRow))} == {two}
        assert session.get(DraftRow, two) is not None
        assert session.get(DraftRow, one) is None
        assert events.verify(session) is None
    assert isinstance(merging.undo_merge(app, done.merge_id, 1), desk.Refused)


def test_split_off_without_a_post_that_is_still_there_a_case_waits_for_nobody(app: App, seed: Seed) -> None:
    one, two = pair(app, seed)
    done = merging.merge(app, two, one, 1)
    assert isinstance(done, merging.Merged)
    with app.db.begin() as session:
        _, gone = min(merges.said(session, one), key=lambda told: told[0].created_at)
        gone.gone_at = NOW
        session.add(gone)
    assert isinstance(merging.undo_merge(app, done.merge_id, 1), merging.Merged)
    assert [(row(app, key).state, row(app, key).resolved_how) for key in (one, two)] == [
        ("new", ""), ("resolved", "deleted"),
    ]  # fmt: skip


def test_an_answer_given_meanwhile_answers_both_when_they_are_split(app: App, seed: Seed) -> None:
    one, two = pair(app, seed)
    done = merging.merge(app, two, one, 1)
    assert isinstance(done, merging.Merged)
    with app.db.begin() as session:
        case = session.get(CaseRow, one)
        assert case is not None
        cases.answered(session, case, NOW + timedelta(minutes=1), "here", NOW, by=1)
    merging.undo_merge(app, done.merge_id, 1)
    assert row(app, two).answered_at == row(app, one).answered_at == NOW + timedelta(minutes=1)
    assert row(app, two).state == "waiting"


def test_a_case_that_waits_wakes_the_resolved_one_it_goes_into(app: App, seed: Seed) -> None:
    one = seed.case("first", "Ada", ago=600, state="resolved", answered_at=NOW - timedelta(minutes=580))
    two = seed.case("it broke again", "Ada", ago=5, customer=row(app, one).customer_id)
    merging.merge(app, two, one, 1)
    after = row(app, one)
    assert (after.state, after.part, after.answered_at) == ("new", "owed", None)
    assert after.due_at == row(app, two).due_at
    assert after.first_spoke_at == NOW - timedelta(minutes=600)


@pytest.mark.parametrize("what", ["itself", "another person", "merged already", "held by another", "on its way"])
def test_what_does_not_fit_is_refused_and_changes_nothing(app: App, seed: Seed, what: str) -> None:
    one, two = pair(app, seed)
    other = seed.case("not me", "Bo")
    if what == "itself":
        one = two
    elif what == "another person":
        one = other
    elif what == "merged already":
        merging.merge(app, two, one, 1)
    elif what == "held by another":
        desk.claim(app, one, 2)
    else:
        with app.db.begin() as session:
            mention = merges.said(session, two)[0][0]
            reply = ReplyRow(
                case_id=two, mention_id=mention.id, how="here", platform="b", text="x", approved_by=1, approved_at=NOW
            )
            session.add(reply)
    was = [merges.before(row(app, key)) for key in (one, two)]
    assert isinstance(merging.merge(app, two, one, 1), desk.Refused | desk.Taken)
    assert [merges.before(row(app, key)) for key in (one, two)] == was


def test_a_message_is_taken_out_into_a_case_of_its_own(app: App, seed: Seed) -> None:
    case = seed.case("my bag is lost", "Ada", ago=30)
    seed.says(case, "and where is my refund?", ago=5)
    with app.db.read() as session:
        second = merges.said(session, case)[1][0].id or 0
    done = merging.part(app, case, [second], 1)
    assert isinstance(done, merging.Merged)
    fresh = row(app, done.case_id)
    assert fresh.spoke_at == fresh.first_spoke_at == NOW - timedelta(minutes=5)
    assert fresh.due_at == fresh.first_due_at == NOW + timedelta(minutes=55)
    assert row(app, case).spoke_at == NOW - timedelta(minutes=30)
    assert row(app, case).words_at == NOW - timedelta(minutes=30)
    assert isinstance(merging.undo_merge(app, done.merge_id, 1), merging.Merged)
    with app.db.read() as session:
        assert len(merges.said(session, case)) == 2
    assert row(app, done.case_id).state == "merged"


def test_the_clock_goes_on_from_the_message_that_stayed(app: App, seed: Seed) -> None:
    case = seed.case("my bag is lost", "Ada", ago=30)
    seed.says(case, "and where is my refund?", ago=5)
    with app.db.read() as session:
        first = merges.said(session, case)[0][0].id or 0
    done = merging.part(app, case, [first], 1)
    assert isinstance(done, merging.Merged)
    assert row(app, case).spoke_at == row(app, case).first_spoke_at == NOW - timedelta(minutes=5)
    assert row(app, done.case_id).spoke_at == NOW - timedelta(minutes=30)


def test_one_message_stays_and_strangers_messages_are_not_taken(app: App, seed: Seed) -> None:
    one, two = pair(app, seed)
    with app.db.read() as session:
        mine, theirs = (merges.said(session, key)[0][0].id or 0 for key in (one, two))
    for wanted in ([mine], [theirs], [], [mine, theirs]):
        assert isinstance(merging.part(app, one, wanted, 1), desk.Refused)
    with app.db.read() as session:
        assert len(session.exec(select(MentionRow)).all()) == 2


@hypothesis.settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.sampled_from(["new", "claimed", "waiting", "resolved", "snoozed"])),
        min_size=2, max_size=2,
    )
)  # fmt: skip
def test_merging_never_buys_time(facts: list[tuple[int, str]]) -> None:
    def made(ago: int, state: str) -> CaseRow:
        spoke = NOW - timedelta(minutes=ago)
        answered = spoke + timedelta(minutes=1) if state in ("waiting", "resolved") else None
        return CaseRow(
            brand="A", customer_id=1, platform="b", thread="t", state=state, opened_at=spoke, spoke_at=spoke,
            heard_at=spoke, due_at=spoke + timedelta(hours=1), at_risk_at=spoke, first_spoke_at=spoke,
            first_due_at=spoke + timedelta(hours=1), words_at=spoke, answered_at=answered, first_answered_at=answered,
        )  # fmt: skip

    source, target = (made(*each) for each in facts)
    owing = [one.due_at for one in (source, target) if joining.owed(one)]
    changes = joining.together(source, target, NOW)
    after = {**{name: getattr(target, name) for name in ("due_at", "answered_at", "state")}, **changes}
    if owing:
        assert after["answered_at"] is None
        assert after["due_at"] == min(owing)
        assert after["state"] in ("new", "claimed", "snoozed")
    assert changes["first_due_at"] == min(source.first_due_at, target.first_due_at)
