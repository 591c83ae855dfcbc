"""Warnings on time and once, whatever restarted in between; leases and snoozes that end; nobody claims."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import HandClock
from bot.core.standing import STEPS
from bot.steps import deliver
from bot.steps.alert import alert_some
from bot.steps.deliver.interrupted import DEAD_AFTER, sweep
from bot.steps.deliver.team import deliver_team
from bot.store import cases, events, notices, outbox, rooms
from bot.store.db import Database
from bot.store.tables import CaseRow, SourceRow
from bot.store.tables_house import DeliveryRow
from config.settings import Mail, Settings
from tests.conftest import app_on
from tests.counts import times
from tests.flow.room import HOUR, MINUTE, SECOND, Room, hire, new_cases


def case_of(room: Room, case_id: int) -> CaseRow:
    with room.app.db.read() as session:
        case = cases.get(session, case_id)
    assert case is not None
    return case


def whats(room: Room, case_id: int) -> list[str]:
    with room.app.db.read() as session:
        return [event.what for event in events.of(session, f"case:{case_id}")]


def rings(room: Room) -> list[str]:
    """The lead of each message that rang, in order."""
    return [post.blocks[0]["text"]["text"].removeprefix("<!here> ").split("*")[1] for post in room.slack.posts]


def test_each_warning_comes_once_and_on_time(room: Room) -> None:
    case_id = room.open_case(1)
    started = room.clock.now()
    room.run(2 * HOUR, 10 * SECOND)
    minutes = [round((post.at - started.timestamp()) / 60) for post in room.slack.posts]
    assert minutes == [0, 15, 30, 45, 50, 60]
    assert rings(room)[4:] == ["At risk, and nobody has it.", "Late."]
    told = [what for what in whats(room, case_id) if what in ("case.half_gone", "case.at_risk", "case.late")]
    assert told == ["case.half_gone", "case.at_risk", "case.late"]


def test_warnings_stand_in_the_cases_own_thread_and_in_the_room(room: Room) -> None:
    room.open_case(1)
    room.run(51 * MINUTE, 30 * SECOND)
    first, *later = room.slack.posts
    assert first.thread == ""
    assert {post.thread for post in later} == {first.ts}


def test_a_claim_stops_the_calls_at_once(room: Room) -> None:
    lena = hire(room, "Lena")
    case_id = room.open_case(1)
    room.run(15 * MINUTE - SECOND, 30 * SECOND)
    room.change(case_id, state="claimed", holder=lena, lease_until=room.clock.now() + HOUR)
    room.run(40 * MINUTE, 30 * SECOND)
    assert len(room.slack.posts) == 1
    assert "case.at_risk" in whats(room, case_id)


@pytest.mark.parametrize("step", STEPS)
def test_a_call_that_waits_is_taken_back_when_somebody_claims(room: Room, step: str) -> None:
    lena = hire(room, "Lena")
    case_id = room.open_case(1)
    room.change(case_id, state="claimed", holder=lena, lease_until=room.clock.now() + HOUR)
    now, key = room.clock.now(), f"{step}:{case_id}"
    with room.app.db.begin() as session:
        (way, *_rest) = notices.ways(room.app.settings)
        row = DeliveryRow(key=key, kind=step, audience="team", responder=way.responder, address=way.address,
                          case_id=case_id, brand="Acme", created_at=now, next_try_at=now)  # fmt: skip
        outbox.add(session, row)
        rooms.withdraw_settled(session, way, now)
        kept = outbox.get(session, key)
    assert kept is not None
    assert kept.state == "withdrawn"


def test_the_next_person_is_called_then_the_lead_then_everybody(room: Room) -> None:
    hire(room, "Ann", slack_user="UANN")
    hire(room, "Ruth", role="lead", slack_user="URUTH")
    hire(room, "Far", slack_user="UFAR", brands=["Other"])
    hire(room, "Vera", role="viewer", slack_user="UVERA")
    room.open_case(1)
    room.run(46 * MINUTE, 30 * SECOND)
    _new, second, third, fourth = (post.text for post in room.slack.posts)
    assert second.startswith("<@UANN> 15 minutes, and nobody has it.")
    assert third.startswith("<@URUTH> 30 minutes, and nobody has it.")
    assert fourth.startswith("<@URUTH> <@UANN> <!here> 45 minutes, and nobody has it.")


def test_a_case_that_lost_its_holder_in_the_last_minutes_rings(room: Room) -> None:
    lena = hire(room, "Lena")
    case_id = room.open_case(1)
    room.run(3 * SECOND)
    room.change(case_id, state="claimed", holder=lena, lease_until=room.clock.now() + 53 * MINUTE)
    room.run(52 * MINUTE, 20 * SECOND)
    assert len(room.slack.posts) == 1
    room.run(3 * MINUTE, 20 * SECOND)
    case = case_of(room, case_id)
    assert (case.state, case.holder, case.lease_until) == ("new", None, None)
    assert "At risk, and nobody has it." in rings(room)
    assert "case.lease_ended" in whats(room, case_id)


def test_a_snoozed_case_comes_back_at_its_time(room: Room) -> None:
    case_id = room.open_case(1)
    room.change(case_id, state="snoozed", snoozed_until=room.clock.now() + 20 * MINUTE)
    room.run(21 * MINUTE, 30 * SECOND)
    case = case_of(room, case_id)
    assert (case.state, case.snoozed_until) == ("new", None)
    assert "case.woken" in whats(room, case_id)


def test_after_a_long_time_down_only_the_worst_is_said(room: Room) -> None:
    case_id = room.open_case(1)
    room.run(3 * SECOND)
    room.clock.move(9 * HOUR)
    restarted = room.restarted()
    restarted.run(MINUTE, 5 * SECOND)
    assert rings(room)[1:] == ["Late."]
    assert [what for what in whats(room, case_id) if what != "case.escalated"] == ["case.late"]


def test_three_thousand_that_became_late_while_we_were_down_make_five_messages_at_most(room: Room) -> None:
    ids = room.open_many(range(3_000))
    room.clock.move(12 * HOUR)
    restarted = room.restarted()
    restarted.run(5 * MINUTE, 10 * SECOND)
    assert len(room.slack.posts) <= 5
    assert f"#{ids[0]} " in room.slack.posts[0].text
    assert {row.state for row in room.rows()} <= {"sent", "withdrawn"}


def test_the_past_and_the_long_lost_ring_nobody(room: Room) -> None:
    room.open_case(1, history=True, look_at=None)
    room.open_case(2, late_arrival=True, spoke=room.clock.now() - timedelta(days=3))
    room.run(2 * HOUR, MINUTE)
    assert not room.slack.posts


@pytest.mark.parametrize("changes", [{"state": "resolved"}, {"state": "merged"}])
def test_what_is_settled_is_not_warned_of(room: Room, changes: dict[str, str]) -> None:
    case_id = room.open_case(1)
    room.run(3 * SECOND)
    room.change(case_id, **changes)
    room.run(2 * HOUR, MINUTE)
    assert len(room.slack.posts) == 1


def test_an_answered_case_is_shown_as_kept_and_warned_of_no_more(room: Room) -> None:
    lena = hire(room, "Lena")
    case_id = room.open_case(1)
    room.run(40 * MINUTE, MINUTE)
    before = len(room.slack.posts)
    with room.app.db.begin() as session:
        case = cases.get(session, case_id)
        assert case is not None
        cases.answered(session, case, room.clock.now(), "here", room.clock.now(), by=lena)
    room.run(2 * HOUR, MINUTE)
    assert len(room.slack.posts) == before
    assert room.slack.messages[room.slack.posts[0].ts].text.startswith("Kept. Lena answered Ada 1 on Mastodon in 4")


def test_a_customer_who_writes_again_rings_again_in_the_thread(room: Room) -> None:
    from bot.store import notices

    case_id = room.open_case(1)
    room.run(3 * SECOND)
    room.clock.move(5 * MINUTE)
    now = room.clock.now()
    with room.app.db.begin() as session:
        case = cases.get(session, case_id)
        assert case is not None
        cases.move(session, case, spoke_at=now, due_at=now + HOUR, at_risk_at=now + 45 * MINUTE, look_at=now, told="")
        notices.queue_many(session, room.app.settings, [(case, "new")], now)
    room.run(5 * SECOND)
    first, again = room.slack.posts
    assert "wrote again" in again.text
    assert again.thread == first.ts


def test_a_restart_between_any_two_points_says_nothing_twice(room: Room) -> None:
    class Killed(BaseException):
        """The process is gone."""

    room.open_case(1)
    points: list[str] = []
    room.app = replace(room.app, hold=points.append)
    room.turn()
    for number, point in enumerate(dict.fromkeys(points), start=2):
        room.open_case(number)

        def dies(here: str, at: str = point) -> None:
            if here == at:
                raise Killed

        victim = replace(room, app=replace(room.app, hold=dies))
        with pytest.raises(Killed):
            victim.run(5 * SECOND)
        room = room.restarted()
        deliver.resume(room.app)
        room.run(20 * SECOND)
        copies = [text for text in room.texts() if f"Ada {number} " in text]
        assert 1 <= len(copies) <= 2, point
        assert all(text.startswith("Repeat: ") for text in copies[1:]), point


def test_who_stood_still_with_a_message_in_hand_does_not_say_what_another_said_meanwhile(room: Room) -> None:
    room.open_case(1)
    other = room.restarted()

    def sleeps(point: str) -> None:
        if point == "alert:attempt committed":
            room.clock.move(3 * MINUTE)
            sweep(other.app, room.clock.now() - DEAD_AFTER)
            other.run(MINUTE)

    deliver_team(replace(room.app, hold=sleeps))
    (said,) = room.texts()
    assert said.startswith("Repeat: "), "whether the first was said nobody could know"


def test_a_source_that_fell_silent_is_told_once(room: Room) -> None:
    now = room.clock.now()
    with room.app.db.begin() as session:
        session.add(SourceRow(name="mastodon", connector="mastodon", started_at=now, next_poll_at=now, state="waiting",
                              error="signed out", error_since=now))  # fmt: skip
    room.run(3 * MINUTE, 10 * SECOND)
    assert not room.slack.posts
    room.run(2 * MINUTE, 10 * SECOND)
    assert room.texts() == ["mastodon is not heard since 14:00. signed out"], "within five minutes"
    room.run(8 * MINUTE, 10 * SECOND)
    assert len(room.slack.posts) == 1


def test_a_case_with_broken_facts_holds_up_nobody(room: Room) -> None:
    broken = room.open_case(1)
    room.change(broken, policy={"window_minutes": -1})
    fine = room.open_case(2)
    room.run(61 * MINUTE, MINUTE)
    assert "case.late" in whats(room, fine)


def test_without_slack_the_team_is_told_by_mail(room: Room) -> None:
    settings = Settings(
        home=room.app.settings.home, mail=Mail(host="m", sender="b@acme.example", to=("a@acme.example",))
    )
    room.app = app_on(room.app.db, room.clock, settings, responders={"email": room.letters})
    room.open_case(1)
    room.run(61 * MINUTE, MINUTE)
    leads = [letter.subject.partition(" has waited")[0].partition(",")[0] for letter in room.letters.sent]
    assert leads == ["Ada 1 on Mastodon", "15 minutes", "30 minutes", "45 minutes", "At risk", "Late. Ada 1"]


def test_two_thousand_deadlines_in_one_minute_take_a_few_rounds(
    sqlite: Database, clock: HandClock, settings: Settings
) -> None:
    app, many = app_on(sqlite, clock, settings), times("deadlines", 2_000)
    with sqlite.begin() as session:
        new_cases(session, range(many), clock.now())
    clock.move(61 * MINUTE)
    rounds = 0
    while alert_some(app):
        rounds += 1
    assert rounds <= many // 200 + 1
    with sqlite.read() as session:
        late = [event for event in events.newest(session, 3 * many) if event.what == "case.late"]
        left = cases.next_to_look_at(session, clock.now(), 1)
    assert (len(late), left) == (many, [])
