"""An agent at work: claim, write, send, undo, put in order. On both databases where who wins matters."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.steps import answer as desk
from bot.steps.answer import Claimed, Done, Handed, Queued, Refused, Saved, Stopped, Taken
from bot.store import cases, events, outbox, sources
from bot.store.db import Database
from bot.store.tables import TagRow
from bot.store.tables_house import AccountRow
from config.settings import Settings
from connectors.memory import Memory
from connectors.types import Closed, Here, Native, Post
from responders import memory as spoken
from tests.conftest import NOW
from tests.flow.path import Path, laid, page, post

LATE = "Acme charged me twice and nobody answers my mails."
SORRY = "Hello Ada, I am looking for the second charge now and will write to you here."


@pytest.fixture
def path(db: Database, clock: HandClock, settings: Settings) -> Path:
    made = laid(db, clock, settings, responders={"memory": spoken.Memory()})
    with db.begin() as session:
        for key, login in ((1, "lena"), (2, "otis"), (3, "ruth")):
            role = "lead" if login == "ruth" else "agent"
            session.add(
                AccountRow(id=key, login=login, name=login.title(), role=role, password_hash="", created_at=NOW)
            )
        session.add(AccountRow(id=4, login="far", name="Far", brands=["Other"], password_hash="", created_at=NOW))
    made.hear(page(post("1", LATE, NOW - timedelta(minutes=20))))
    return made


def case_id(path: Path) -> int:
    return path.case().id or 0


def test_the_first_claim_wins_and_the_second_is_told_who(path: Path) -> None:
    key = case_id(path)
    assert isinstance(desk.claim(path.app, key, 1), Claimed)
    lost = desk.claim(path.app, key, 2)
    assert isinstance(lost, Taken)
    assert (lost.name, lost.until) == ("Lena", NOW + timedelta(minutes=10))


def test_of_many_at_once_exactly_one_has_it(path: Path) -> None:
    key = case_id(path)
    results: list[object] = []
    gate = threading.Barrier(3)

    def go(by: int) -> None:
        gate.wait()
        results.append(desk.claim(path.app, key, by))

    for _round in range(10):
        results.clear()
        threads = [threading.Thread(target=go, args=(by,)) for by in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        winners = [result for result in results if isinstance(result, Claimed)]
        assert len(winners) == 1
        assert len([result for result in results if isinstance(result, Taken | Refused)]) == 2
        assert isinstance(desk.give_back(path.app, key, path.case().holder or 0), Done)


def test_taking_over_is_explicit_and_on_record(path: Path) -> None:
    key = case_id(path)
    desk.claim(path.app, key, 1)
    assert isinstance(desk.claim(path.app, key, 2, take_over=True), Claimed)
    with path.app.db.read() as session:
        assert "case.taken_over" in [event.what for event in events.of(session, f"case:{key}")]


def test_writing_renews_a_claim_until_somebody_else_has_it(path: Path, clock: HandClock) -> None:
    key = case_id(path)
    mine = desk.claim(path.app, key, 1)
    assert isinstance(mine, Claimed)
    assert desk.renew(path.app, key, 1, mine.fence)
    desk.claim(path.app, key, 2, take_over=True)
    assert not desk.renew(path.app, key, 1, mine.fence)


def test_an_account_behind_another_wall_cannot_see_the_case_exists(path: Path) -> None:
    assert desk.claim(path.app, case_id(path), 4) == desk.claim(path.app, 999, 1)


def test_a_reply_waits_for_its_undo_and_can_be_taken_back_once(path: Path) -> None:
    key = case_id(path)
    queued = desk.answer(path.app, key, 1, SORRY)
    assert isinstance(queued, Queued)
    assert queued.leaves_at == NOW + timedelta(seconds=20)
    assert desk.undo(path.app, queued.reply_id, 1)
    assert not desk.undo(path.app, queued.reply_id, 1)
    with path.app.db.read() as session:
        draft = cases.draft(session, key)
        assert draft is not None
        assert draft.text == SORRY
        assert outbox.due(session, NOW + timedelta(hours=1), "customer") == []


def test_a_double_click_queues_one_reply(path: Path) -> None:
    key = case_id(path)
    assert isinstance(desk.answer(path.app, key, 1, SORRY), Queued)
    assert isinstance(desk.answer(path.app, key, 1, SORRY), Refused)


def test_words_across_a_boundary_are_stopped_with_the_reason(path: Path) -> None:
    result = desk.answer(path.app, case_id(path), 1, "Send us your card number 4111 1111 1111 1111 here.")
    assert isinstance(result, Stopped)
    assert all(breach.why for breach in result.breaches)


def test_a_draft_that_changed_since_it_was_seen_is_not_sent(path: Path) -> None:
    key = case_id(path)
    saved = desk.save_draft(path.app, key, 1, "Hello")
    assert isinstance(saved, Saved)
    desk.save_draft(path.app, key, 1, "Hello Ada, something else")
    assert isinstance(desk.answer(path.app, key, 1, "Hello", draft_version=saved.version), Refused)


def test_nobody_sends_on_a_case_that_somebody_else_has(path: Path) -> None:
    desk.claim(path.app, case_id(path), 2)
    refused = desk.answer(path.app, case_id(path), 1, SORRY)
    assert isinstance(refused, Refused)
    assert "Otis" in refused.why


@pytest.mark.parametrize(("posted", "state"), [(True, "sent"), (False, "refused")])
def test_a_person_decides_whether_a_handed_over_reply_was_posted(path: Path, posted: bool, state: str) -> None:
    key = case_id(path)
    handed = desk.hand_over(path.app, key, 1, SORRY)
    assert isinstance(handed, Handed)
    assert handed.url.startswith("https://memory.test/")
    assert desk.decide(path.app, handed.reply_id, 1, posted)
    with path.app.db.read() as session:
        assert [reply.state for reply in cases.replies(session, key)] == [state]
    assert (path.case().answered_at is not None) is posted


def test_our_native_reply_is_found_by_its_words_and_stops_the_clock(path: Path, clock: HandClock) -> None:
    key = case_id(path)
    desk.hand_over(path.app, key, 1, SORRY)
    said = NOW + timedelta(minutes=3)
    clock.move(timedelta(minutes=4))
    path.hear(page(post("9", SORRY + " – Lena", said, "acme_care", in_reply_to=post("1", "").ref)))
    assert path.case().answered_at == said
    with path.app.db.read() as session:
        assert [reply.state for reply in cases.replies(session, key)] == ["sent"]


def test_our_reply_below_a_post_we_never_heard_is_found_by_conversation_and_words(path: Path, clock: HandClock) -> None:
    key = case_id(path)
    desk.hand_over(path.app, key, 1, SORRY)
    clock.move(timedelta(minutes=4))
    never = post("never heard", "").ref
    path.hear(page(post("8", "Have a good day, all", NOW, "acme_care", in_reply_to=never, thread="1")))
    assert path.case().answered_at is None, "other words in the same conversation may be meant for anybody"
    path.hear(page(post("9", f"@ada {SORRY} https://t.test/1", NOW, "acme_care", in_reply_to=never, thread="1")))
    assert path.case().answered_at == NOW
    with path.app.db.read() as session:
        assert [(reply.state, reply.receipt_id) for reply in cases.replies(session, key)] == [("sent", "9")]


def test_an_answer_in_other_words_stops_the_clock_and_a_person_says_whose_it_is(path: Path, clock: HandClock) -> None:
    key = case_id(path)
    desk.hand_over(path.app, key, 1, SORRY)
    clock.move(timedelta(minutes=4))
    first = post("1", "").ref
    path.hear(page(post("9", "Your parcel left Graz at noon. Tom", NOW, "acme_care", in_reply_to=first)))
    assert path.case().answered_at == NOW
    with path.app.db.read() as session:
        (reply,) = cases.replies(session, key)
    assert (reply.state, reply.why) == ("looking", "An answer of ours stands there in other words. Is it yours?")


def test_the_way_is_told_before_anybody_types(db: Database, clock: HandClock, settings: Settings) -> None:
    for route, wanted in ((Here("memory"), Here), (Closed("locked"), Closed), (Native("https://x.test", "no"), Native)):
        platform = Memory(route=route)
        path = laid(db, clock, settings, platform=platform, responders={"memory": spoken.Memory()})
        path.hear(page(post(f"r{wanted.__name__}", LATE, who=wanted.__name__)))
        with db.read() as session:
            key = max(case.id or 0 for case in cases.sections(session, None, NOW).window)
        assert isinstance(desk.route_of(path.app, key), wanted)


class Locking(Memory):
    """A platform whose threads can be locked."""

    def route(self, post: Post) -> Here | Closed:
        return Closed("The thread is locked.") if post.answer_to == "locked" else Here("memory")


def test_a_thread_that_was_locked_since_it_was_heard_is_closed_before_anybody_types(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    platform, said = Locking(), post("1", LATE)
    path = laid(sqlite, clock, settings, platform=platform, responders={"memory": spoken.Memory()})
    path.hear(page(said))
    key = case_id(path)
    assert isinstance(desk.route_of(path.app, key), Here)
    platform.changed = {said.ref: replace(said, answer_to="locked")}
    assert isinstance(desk.route_of(path.app, key), Here), "it was heard a moment ago"
    clock.move(timedelta(minutes=5))
    assert desk.route_of(path.app, key) == Closed("The thread is locked.")
    platform.changed = {said.ref: said}
    assert isinstance(desk.route_of(path.app, key), Closed), "it was asked about a moment ago"
    clock.move(timedelta(minutes=5))
    with path.app.db.begin() as session:
        sources.note(session, "memory", spent=0.01)
    assert isinstance(desk.route_of(path.app, key), Closed), "who bills is asked once, before the reply leaves"
    with path.app.db.begin() as session:
        sources.note(session, "memory", spent=0.0)
    assert isinstance(desk.route_of(path.app, key), Here)
    clock.move(timedelta(minutes=5))
    platform.gone = {said.ref}
    assert desk.route_of(path.app, key) == Closed("The platform says that this post is not there any more.")


def test_snooze_resolve_and_reopen_leave_the_customers_clock_alone(path: Path) -> None:
    key, due = case_id(path), path.case().due_at
    assert isinstance(desk.snooze(path.app, key, 1, NOW + timedelta(minutes=15)), Done)
    assert isinstance(desk.reopen(path.app, key, 1), Done)
    assert isinstance(desk.resolve(path.app, key, 1, "phoned her"), Done)
    assert isinstance(desk.reopen(path.app, key, 1), Done)
    assert path.case().due_at == due


def test_a_customer_who_writes_again_wakes_the_case(path: Path, clock: HandClock) -> None:
    key = case_id(path)
    assert desk.snooze(path.app, key, 1, NOW + timedelta(days=2)) == Done("reopen")
    clock.move(timedelta(minutes=5))
    path.hear(page(post("1", LATE + " Edit: really.", NOW - timedelta(minutes=20), edited_at=NOW)))
    assert path.case().state == "snoozed"
    words = "Acme, you still have not paid me back, worst service ever!"
    path.hear(page(post("2", words, clock.now(), in_reply_to=post("1", "").ref)))
    case = path.case()
    assert (case.id, case.state, case.snoozed_until) == (key, "new", None)
    assert case.due_at == NOW + timedelta(minutes=40)


def test_not_us_acts_at_once_and_can_be_undone(path: Path) -> None:
    key = case_id(path)
    assert isinstance(desk.not_us(path.app, key, 1), Done)
    assert path.cases() == []
    assert isinstance(desk.put_back(path.app, key, 1), Done)
    assert path.case().state == "new"


def test_notes_and_tags_are_kept_and_found(path: Path) -> None:
    from bot.store import search

    key = case_id(path)
    desk.note(path.app, key, 1, "She called twice on Monday")
    desk.tag(path.app, key, 1, "  Billing ")
    with path.app.db.read() as session:
        assert cases.tags(session, key) == ["billing"]
        assert [hit.kind for hit in search.find(session, "called monday")] == ["note"]
    desk.untag(path.app, key, 1, "billing")
    with path.app.db.read() as session:
        assert cases.tags(session, key) == []


def test_a_case_has_fifty_tags_at_most(path: Path) -> None:
    key = case_id(path)
    with path.app.db.begin() as session:
        session.add_all(TagRow(case_id=key, tag=f"tag {number}") for number in range(50))
    assert isinstance(desk.tag(path.app, key, 1, "one more"), Refused)
    assert isinstance(desk.tag(path.app, key, 1, "tag 7"), Done)
    desk.untag(path.app, key, 1, "tag 7")
    assert isinstance(desk.tag(path.app, key, 1, "one more"), Done)


def test_any_agent_pauses_sending_and_only_a_lead_resumes(path: Path) -> None:
    assert isinstance(desk.pause_sending(path.app, 1, "wrong macro"), Done)
    assert isinstance(desk.resume_sending(path.app, 1), Refused)
    assert isinstance(desk.resume_sending(path.app, 3), Done)


def test_a_case_goes_only_to_somebody_who_may_have_it(path: Path) -> None:
    assert isinstance(desk.assign(path.app, case_id(path), 3, 4), Refused)
    assert isinstance(desk.assign(path.app, case_id(path), 3, 2), Done)
