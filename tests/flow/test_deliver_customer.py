"""Answering a customer: the approved words, once, or not at all and a person knows why."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import HandClock
from bot.core.brand import Brand
from bot.steps import deliver
from bot.steps.deliver import boundaries, deliver_customer
from bot.store import brands, cases, events, gestures, mentions, outbox, promises, search, switches
from bot.store.db import Database, Session
from bot.store.tables import CaseRow, PostRow
from bot.store.tables_answering import GestureRow, PromiseRow
from bot.store.tables_house import AccountRow, DeliveryRow
from config.settings import Settings
from connectors.errors import AuthFailed, Unavailable
from connectors.types import Author, Post, PostRef
from tests.flow.platform import TEXT, Blind, Desk, Platform, desk_on

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def desk(db: Database, clock: HandClock, settings: Settings) -> Desk:
    return desk_on(db, clock, settings)


def the_post(desk: Desk) -> PostRow:
    with desk.app.db.read() as session:
        ((_mention, post),) = mentions.of_case(session, desk.case_id)
    return post


def test_a_reply_leaves_after_the_seconds_of_undo_and_stops_the_clock(desk: Desk) -> None:
    reply_id = desk.approve()
    desk.run(15 * SECOND)
    assert desk.platform.sends == 0
    desk.run(20 * SECOND)
    reply, case = desk.reply(reply_id), desk.case()
    assert list(desk.platform.posts.values()) == [TEXT]
    assert (reply.state, reply.receipt_id) == ("sent", "r1")
    assert (case.state, case.answered_how, case.answered_by) == ("waiting", "here", desk.agent)
    assert case.answered_at == reply.sent_at
    with desk.app.db.read() as session:
        assert [hit.kind for hit in search.find(session, "looking into", None)] == ["reply"]
        whats = [event.what for event in events.of(session, f"case:{desk.case_id}")]
    assert whats[-2:] == ["reply.sent", "case.answered"]


def test_undo_in_time_sends_nothing(desk: Desk) -> None:
    reply_id = desk.approve()
    desk.run(10 * SECOND)
    desk.change(lambda session: outbox.move(session, f"reply:{reply_id}", "waiting", "withdrawn"))
    desk.run(MINUTE)
    assert desk.platform.sends == 0


def test_while_sending_is_paused_nothing_leaves_not_even_after_a_restart(desk: Desk) -> None:
    reply_id = desk.approve()
    desk.change(lambda session: switches.put(session, "sending", {"paused": True}, desk.clock.now()))
    desk.run(2 * MINUTE)
    deliver.resume(desk.app)
    desk.run(2 * MINUTE)
    assert (desk.platform.sends, desk.reply(reply_id).state) == (0, "queued")
    desk.change(lambda session: switches.put(session, "sending", {"paused": False}, desk.clock.now()))
    desk.run(10 * SECOND)
    assert desk.reply(reply_id).state == "sent"


def test_a_lost_answer_is_looked_up_and_never_sent_again(desk: Desk) -> None:
    desk.platform.mood = "lost"
    reply_id = desk.approve()
    desk.run(MINUTE)
    assert (desk.platform.sends, len(desk.platform.posts)) == (1, 1)
    assert desk.reply(reply_id).state == "sent"
    assert desk.case().state == "waiting"


def test_a_reply_that_is_not_found_goes_to_a_person_within_five_minutes(desk: Desk) -> None:
    desk.platform.mood = "silent"
    reply_id = desk.approve()
    desk.run(30 * SECOND)
    assert desk.reply(reply_id).why.startswith("We do not know whether it was posted.")
    desk.run(5 * MINUTE)
    reply = desk.reply(reply_id)
    assert reply.state == "unsure"
    assert "was it posted?" in reply.why
    desk.run(2 * timedelta(hours=1), MINUTE)
    assert desk.platform.sends == 1


def test_a_reply_that_turns_up_late_is_found_all_the_same(desk: Desk) -> None:
    desk.platform.mood = "silent"
    reply_id = desk.approve()
    desk.run(6 * MINUTE)
    desk.platform.posts["late"] = TEXT
    desk.run(12 * MINUTE, MINUTE)
    assert desk.reply(reply_id).state == "sent"


def test_while_the_platform_is_away_the_looks_are_not_used_up(desk: Desk) -> None:
    desk.platform.mood = "lost"
    reply_id = desk.approve()
    desk.run(22 * SECOND)
    desk.platform.mood = "away"
    desk.run(timedelta(hours=3), MINUTE)
    assert desk.reply(reply_id).state == "unsure"
    desk.platform.mood = "ok"
    desk.run(5 * MINUTE, 10 * SECOND)
    assert desk.reply(reply_id).state == "sent"


def test_a_platform_that_cannot_be_searched_asks_a_person_at_once(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    desk = desk_on(sqlite, clock, settings, Blind(clock))
    desk.platform.mood = "lost"
    reply_id = desk.approve()
    desk.run(MINUTE)
    assert "cannot look" in desk.reply(reply_id).why
    assert desk.platform.sends == 1


def test_what_a_person_decided_ends_the_search(desk: Desk) -> None:
    desk.platform.mood = "silent"
    reply_id = desk.approve()
    desk.run(MINUTE)

    def decided(session: Any) -> None:
        reply = desk.reply(reply_id)
        reply.state = "refused"
        session.merge(reply)

    desk.change(decided)
    desk.run(30 * MINUTE, MINUTE)
    with desk.app.db.read() as session:
        row = outbox.get(session, f"reply:{reply_id}")
    assert row is not None
    assert row.state == "refused"


def test_a_bug_in_a_responder_is_an_unknown_outcome_not_a_second_try(desk: Desk) -> None:
    desk.platform.mood = "bug"
    reply_id = desk.approve()
    desk.run(2 * MINUTE)
    assert (desk.platform.sends, desk.reply(reply_id).state) == (1, "sent")


def test_an_absent_platform_is_tried_again_because_nothing_happened(desk: Desk) -> None:
    desk.platform.mood = "away"
    reply_id = desk.approve()
    desk.run(MINUTE)
    assert desk.reply(reply_id).state == "queued"
    desk.platform.mood = "ok"
    desk.run(5 * MINUTE)
    assert len(desk.platform.posts) == 1
    assert desk.watch.asked == desk.platform.sends  # looked at anew before each attempt


def test_after_an_hour_of_absence_a_person_decides_anew(desk: Desk) -> None:
    desk.platform.mood = "away"
    reply_id = desk.approve()
    desk.run(timedelta(hours=2), MINUTE)
    desk.platform.mood = "ok"
    desk.run(30 * MINUTE, MINUTE)
    assert desk.reply(reply_id).state == "held"
    assert not desk.platform.posts


def test_a_rate_limit_is_waited_for_and_the_agent_is_told(desk: Desk) -> None:
    desk.platform.mood = "busy"
    reply_id = desk.approve()
    desk.run(30 * SECOND)
    assert desk.reply(reply_id).why.startswith("Not sent yet")
    desk.platform.mood = "ok"
    desk.run(30 * SECOND)
    assert desk.platform.sends == 1
    desk.run(MINUTE)
    assert desk.reply(reply_id).state == "sent"


@pytest.mark.parametrize(("mood", "state"), [("no", "refused"), ("who", "held")])
def test_a_refusal_is_final_and_says_why(desk: Desk, mood: str, state: str) -> None:
    desk.platform.mood = mood
    reply_id = desk.approve()
    desk.run(10 * MINUTE, 10 * SECOND)
    reply = desk.reply(reply_id)
    assert (reply.state, desk.platform.sends) == (state, 1)
    assert reply.why in ("The thread is locked.", "signed out")
    assert desk.case().answered_at is None


@pytest.mark.parametrize("mood", ["no", "who"])
def test_a_reply_that_did_not_leave_promised_and_gave_nothing(desk: Desk, mood: str) -> None:
    desk.platform.mood, reply_id, now = mood, desk.approve(), desk.clock.now()
    case = desk.case()

    def written(session: Session) -> None:
        session.add(PromiseRow(brand=case.brand, case_id=desk.case_id, reply_id=reply_id, by=desk.agent, made_at=now,
                               words="by Thursday", due_at=now + timedelta(days=2), state="open"))  # fmt: skip
        session.add(GestureRow(brand=case.brand, case_id=desk.case_id, customer_id=case.customer_id, by=desk.agent,
                               cents=7_000, currency="EUR", kind="refund", because="named in the reply",
                               month="2026-05", token=f"reply:{reply_id}", made_at=now, reply_id=reply_id))  # fmt: skip
        promises.put_on_case(session, case_of(session, desk.case_id))

    desk.change(written)
    assert desk.case().promised_at is not None
    desk.run(10 * MINUTE, 10 * SECOND)
    assert desk.case().promised_at is None
    with desk.app.db.read() as session:
        assert promises.of_case(session, desk.case_id) == []
        assert gestures.promised(session, desk.case_id) == 0


def case_of(session: Session, case_id: int) -> CaseRow:
    found = cases.get(session, case_id)
    assert found is not None
    return found


def held(desk: Desk, reply_id: int) -> str:
    desk.run(2 * MINUTE)
    assert desk.platform.sends == 0
    assert desk.reply(reply_id).state == "held"
    return desk.reply(reply_id).why


def test_a_deleted_post_gets_no_reply(desk: Desk) -> None:
    post = the_post(desk)
    desk.watch.gone = {PostRef("mastodon", post.native_id)}
    assert "deleted" in held(desk, desk.approve())


def test_an_edited_post_is_read_again_first(desk: Desk) -> None:
    post = the_post(desk)
    ref = PostRef("mastodon", post.native_id)
    desk.watch.changed = {ref: Post(ref, "", Author("a1", "ada1"), "It is solved, thanks!", post.created_at)}
    assert "edited" in held(desk, desk.approve())


def test_new_words_of_the_customer_hold_the_reply(desk: Desk) -> None:
    reply_id = desk.approve()
    more = Post(PostRef("mastodon", "p2"), "", Author("a1", "ada1"), "Hello?", desk.clock.now() + SECOND)
    desk.watch.thread = (more,)
    assert "written again" in held(desk, reply_id)


def test_a_colleagues_answer_on_the_platform_holds_ours(desk: Desk) -> None:
    post = the_post(desk)
    brand = Brand(name="Acme", handles={"mastodon": ("acme_care",)})
    desk.change(lambda session: brands.save(session, brand, "web", desk.clock.now(), "account:1"))
    reply_id = desk.approve()
    ours = Post(PostRef("mastodon", "p3"), "", Author("us", "acme_care"), "On it!", desk.clock.now() + SECOND,
                in_reply_to=PostRef("mastodon", post.native_id))  # fmt: skip
    desk.watch.thread = (ours,)
    assert "answered" in held(desk, reply_id)


def said(desk: Desk, id_: str, text: str, ago: timedelta, ours: bool = False) -> Post:
    author = Author("us", "acme_care") if ours else Author("a1", "ada1")
    above = PostRef("mastodon", the_post(desk).native_id) if ours else None
    return Post(PostRef("mastodon", id_), "", author, text, desk.clock.now() - ago, in_reply_to=above)


def test_what_was_said_before_the_approval_and_not_heard_was_not_read(desk: Desk) -> None:
    desk.run(MINUTE)
    first = said(desk, "p2", "Solved, ignore this", 30 * SECOND)
    desk.watch.thread = (first,)
    reply_id = desk.approve()
    assert "written again" in held(desk, reply_id)
    assert desk.reply(reply_id).difference == "Solved, ignore this"
    desk.watch.thread = (first, said(desk, "p3", "No, it is not", SECOND))
    again = desk.approve()
    assert "written again" in held(desk, again), "what was shown has been read, and this was not"
    assert desk.reply(again).difference == "Solved, ignore this\nNo, it is not"
    desk.approve()
    desk.run(MINUTE)
    assert desk.platform.sends == 1, "both have been shown now"


def test_a_colleagues_answer_before_the_approval_holds_ours_until_it_was_shown(desk: Desk) -> None:
    brand = Brand(name="Acme", handles={"mastodon": ("acme_care",)})
    desk.change(lambda session: brands.save(session, brand, "web", desk.clock.now(), "account:1"))
    desk.run(MINUTE)
    desk.watch.thread = (said(desk, "p2", "On it!", 30 * SECOND, ours=True),)
    reply_id = desk.approve()
    assert "answered" in held(desk, reply_id)
    assert desk.reply(reply_id).difference == "@acme_care: On it!"
    desk.approve()
    desk.run(MINUTE)
    assert desk.platform.sends == 1


def test_what_we_sent_ourselves_and_what_stood_there_before_the_post_holds_nothing(desk: Desk) -> None:
    brand = Brand(name="Acme", handles={"mastodon": ("acme_care",)})
    desk.change(lambda session: brands.save(session, brand, "web", desk.clock.now(), "account:1"))
    desk.watch.thread = (said(desk, "p0", "an older word of theirs", timedelta(days=1)),)
    desk.approve()
    desk.run(MINUTE)
    desk.watch.thread = (*desk.watch.thread, said(desk, "r1", TEXT, 10 * SECOND, ours=True))
    desk.approve("And one thing more: it is booked.")
    desk.run(MINUTE)
    assert desk.platform.sends == 2


def test_when_the_post_cannot_be_looked_at_nothing_leaves_blind(desk: Desk) -> None:
    desk.watch.trouble = Unavailable("away")
    reply_id = desk.approve()
    desk.run(5 * MINUTE)
    assert (desk.platform.sends, desk.reply(reply_id).state) == (0, "queued")
    desk.watch.trouble = None
    desk.run(MINUTE)
    assert desk.platform.sends == 1


def test_a_source_that_is_signed_out_hands_the_reply_back(desk: Desk) -> None:
    desk.watch.trouble = AuthFailed("signed out")
    assert "could not be looked at" in held(desk, desk.approve())


def test_an_account_that_was_disabled_answers_nobody(desk: Desk) -> None:
    reply_id = desk.approve()

    def disable(session: Any) -> None:
        account = session.get(AccountRow, desk.agent)
        account.disabled_at = desk.clock.now()
        session.add(account)

    desk.change(disable)
    assert "no longer" in held(desk, reply_id)


def test_a_brand_taken_from_the_agent_is_answered_no_more(desk: Desk) -> None:
    reply_id = desk.approve()

    def moved(session: Any) -> None:
        account = session.get(AccountRow, desk.agent)
        account.brands = ["Other"]
        session.add(account)

    desk.change(moved)
    assert "no longer" in held(desk, reply_id)


def test_words_that_differ_from_the_approved_ones_do_not_leave(desk: Desk) -> None:
    reply_id = desk.approve()

    def changed(session: Any) -> None:
        row = session.get(DeliveryRow, f"reply:{reply_id}")
        row.text = "Buy now!"
        session.add(row)

    desk.change(changed)
    assert "approved" in held(desk, reply_id)


def test_a_message_to_a_customer_without_an_approved_reply_never_leaves(desk: Desk) -> None:
    now = desk.clock.now()
    row = DeliveryRow(key="x", kind="alert", audience="customer", responder="mastodon", address="p1", text="Hi",
                      created_at=now, next_try_at=now)  # fmt: skip
    desk.change(lambda session: outbox.add(session, row))
    desk.run(MINUTE)
    assert desk.platform.sends == 0
    with desk.app.db.read() as session:
        stored = outbox.get(session, "x")
    assert stored is not None
    assert stored.state == "refused"


def test_when_the_boundaries_break_nothing_leaves(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("no phrases")

    monkeypatch.setattr(boundaries, "breaches", broken)
    assert "could not be checked (RuntimeError)" in held(desk, desk.approve())


def test_a_boundary_that_was_added_after_the_approval_holds(desk: Desk) -> None:
    reply_id = desk.approve("Please send us your card number in a public reply here.")
    assert "boundary stopped it" in held(desk, reply_id)


def test_two_workers_send_it_once(sqlite: Database, clock: HandClock, settings: Settings) -> None:
    desk = desk_on(sqlite, clock, settings)
    desk.approve(wait=timedelta())
    gate = threading.Barrier(8)
    app = replace(desk.app, hold=lambda _point: None)

    def worker() -> None:
        gate.wait()
        deliver_customer(app)

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.platform.sends == 1


def test_a_worker_that_slept_past_its_time_does_not_speak(desk: Desk) -> None:
    reply_id = desk.approve(wait=timedelta())

    def sleeps(point: str) -> None:
        if point == "reply:attempt committed":
            desk.clock.move(10 * MINUTE)

    deliver_customer(replace(desk.app, hold=sleeps))
    assert desk.platform.sends == 0
    desk.run(MINUTE)
    assert desk.reply(reply_id).state == "unsure"
    assert desk.platform.sends == 0


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize(
    ("point", "posts", "state"),
    [
        ("reply:approved, attempt not committed", 1, "sent"),
        ("reply:attempt committed", 0, "unsure"),
        ("reply:answer read", 1, "sent"),
        ("reply:remembered", 1, "sent"),
    ],
)
def test_a_process_killed_at_any_point_never_answers_twice(desk: Desk, point: str, posts: int, state: str) -> None:
    reply_id = desk.approve(wait=timedelta())

    def dies(here: str) -> None:
        if here == point:
            raise Killed

    with pytest.raises(Killed):
        deliver_customer(replace(desk.app, hold=dies))
    desk.clock.move(5 * SECOND)
    deliver.resume(desk.app)
    desk.run(6 * MINUTE)
    assert len(desk.platform.posts) == posts
    assert desk.platform.sends <= 1
    assert desk.reply(reply_id).state == state
    assert (desk.case().state == "waiting") == (state == "sent")


def test_a_bug_in_a_connector_holds_one_reply_and_no_other(desk: Desk) -> None:
    desk.watch.trouble = KeyError("id")
    assert "KeyError in the connector" in held(desk, desk.approve())
    desk.watch.trouble = None
    second = desk.approve()
    desk.run(MINUTE)
    assert desk.reply(second).state == "sent"


def test_a_platform_that_hangs_keeps_only_its_own_answers_waiting(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    desk, other = desk_on(sqlite, clock, settings), Platform(clock, "bluesky")
    hangs, goes_on = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        assert goes_on.wait(20)

    desk.platform.during = hang
    app = replace(desk.app, responders={"mastodon": desk.platform, "bluesky": other})
    first, second = desk.approve(wait=timedelta()), desk.approve("We are on it, Ada.", wait=SECOND)
    desk.change(lambda session: outbox.move(session, f"reply:{second}", "waiting", "waiting", responder="bluesky"))
    clock.move(MINUTE)
    stuck = threading.Thread(target=deliver_customer, args=(app,))
    stuck.start()
    try:
        assert hangs.wait(20)
        assert deliver_customer(app)
        assert list(other.posts.values()) == ["We are on it, Ada."]
        assert not deliver_customer(app)
    finally:
        goes_on.set()
        stuck.join()
    assert (desk.platform.sends, desk.reply(first).state, desk.reply(second).state) == (1, "sent", "sent")
