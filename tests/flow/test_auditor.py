"""Somebody watches the one who calls; and a clock that leaps calls nobody."""

from datetime import timedelta

import pytest

from bot.clock import HandClock, Pulse
from bot.steps import watch
from bot.steps.alert import alert_some
from bot.steps.deliver import deliver_team
from bot.store import auditing, cases, events
from bot.store.tables_telling import QuietRow
from tests.flow.room import HOUR, MINUTE, SECOND, Room, hire


def deaf(room: Room, span: timedelta, step: timedelta = MINUTE) -> None:
    """Time passes while the loop that calls hangs; the others work."""
    until = room.clock.now() + span
    while room.clock.now() <= until:
        watch.look(room.app)
        for _ in range(5):
            deliver_team(room.app)
        room.clock.move(step)


def late_events(room: Room) -> list[str]:
    with room.app.db.read() as session:
        return [event.subject for event in events.newest(session, 500) if event.what == auditing.WHAT]


def test_a_loop_that_calls_nobody_is_found_out_within_three_minutes_and_said_once(room: Room) -> None:
    case_id = room.open_case(1)
    started = room.clock.now()
    deaf(room, 16 * MINUTE)
    assert late_events(room) == []
    deaf(room, 3 * MINUTE)
    assert late_events(room) == [f"case:{case_id}"]
    (letter,) = room.letters.sent
    assert letter.subject == f"Nobody was called for a case in time: #{case_id}."
    assert letter.after is not None
    assert letter.after - started <= 18 * MINUTE
    deaf(room, 8 * MINUTE)
    assert len(room.letters.sent) == 1
    deaf(room, 8 * MINUTE)  # the next step is late too
    assert len(late_events(room)) == 2


def test_calls_that_are_on_time_are_not_spoken_of(room: Room) -> None:
    room.open_case(1)
    room.run(62 * MINUTE, MINUTE, lambda _now: watch.look(room.app))
    assert late_events(room) == []
    assert room.letters.sent == []


def test_a_claim_a_quiet_and_the_past_are_no_late_calls(room: Room) -> None:
    lena, now = hire(room, "Lena"), room.clock.now()
    held = room.open_case(1)
    room.change(held, state="claimed", holder=lena, lease_until=now + 9 * HOUR)
    room.open_case(2, history=True, look_at=None)
    with room.app.db.begin() as session:
        session.add(QuietRow(from_at=now, until_at=now + 40 * MINUTE, why="w", created_at=now))
    room.open_case(3)
    room.run(39 * MINUTE, MINUTE, lambda _now: watch.look(room.app))
    assert late_events(room) == []


def test_a_call_that_waits_for_a_room_that_takes_nothing_goes_another_way(room: Room) -> None:
    room.open_case(1)
    room.run(3 * SECOND)
    room.slack.mood = lambda _call: "429:3600"
    room.run(20 * MINUTE, MINUTE, lambda _now: watch.look(room.app))
    assert any("15 minutes" in letter.text or "#1" in letter.text for letter in room.letters.sent)


def test_the_sign_of_life_stops_when_not_even_the_auditor_gets_out(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[object] = []
    monkeypatch.setattr(watch, "_beat_outside", lambda _app: beats.append(1))
    room.open_case(1)
    for _ in range(40):  # neither the loop that calls nor the one that tells
        watch.look(room.app)
        room.clock.move(30 * SECOND)
    before = len(beats)
    assert before > 30
    for _ in range(20):
        watch.look(room.app)
        room.clock.move(30 * SECOND)
    assert len(beats) - before < 10
    assert len(late_events(room)) == 1


def test_a_case_with_broken_facts_holds_up_no_audit(room: Room) -> None:
    room.change(room.open_case(1), policy={"window_minutes": -1})
    fine = room.open_case(2)
    deaf(room, 19 * MINUTE)
    assert late_events(room) == [f"case:{fine}"]


@pytest.mark.parametrize("leap", [HOUR, 10 * HOUR, timedelta(days=3650)])
def test_a_clock_that_leaps_and_comes_back_calls_nobody_and_frees_no_claim(room: Room, leap: timedelta) -> None:
    lena, case_id = hire(room, "Lena"), room.open_case(1)
    for number in range(2, 8):
        room.open_case(number)
    room.change(case_id, state="claimed", holder=lena, lease_until=room.clock.now() + 5 * MINUTE)
    room.run(MINUTE, 10 * SECOND)
    said, before = len(room.slack.posts), room.clock.now()
    room.clock.set(before + leap)
    room.run(2 * MINUTE, 10 * SECOND, lambda _now: watch.look(room.app))
    assert [post.text for post in room.slack.posts[said:]] == [room.slack.posts[said].text]
    assert "clock leapt" in room.slack.posts[said].text
    room.clock.set(before + 2 * MINUTE)
    room.run(MINUTE, 10 * SECOND, lambda _now: watch.look(room.app))
    assert len(room.slack.posts) == said + 1
    with room.app.db.read() as session:
        case = cases.get(session, case_id)
    assert case is not None
    assert case.holder == lena
    assert late_events(room) == []


def test_a_leap_that_stays_is_believed_after_five_minutes(room: Room) -> None:
    room.open_case(1)
    room.run(MINUTE, 10 * SECOND)
    room.clock.set(room.clock.now() + 2 * HOUR)
    room.run(4 * MINUTE, 10 * SECOND)
    assert not any("Late." in post.text for post in room.slack.posts)
    room.run(2 * MINUTE, 10 * SECOND)
    assert sum("Late." in post.text for post in room.slack.posts) == 1


def test_a_long_time_down_is_no_leap(room: Room) -> None:
    room.open_case(1)
    room.run(3 * SECOND)
    room.clock.move(9 * HOUR)
    room.run(10 * SECOND)
    assert any("Late." in post.text for post in room.slack.posts)


def test_the_pulse_knows_a_leap_from_time_that_passed(clock: HandClock) -> None:
    pulse = Pulse()

    def leapt() -> timedelta | None:
        pulse.beat(clock)
        return pulse.leap()

    assert pulse.even_for(clock) == timedelta()
    assert leapt() is None
    clock.move(9 * HOUR)
    assert leapt() is None
    assert pulse.even_for(clock) == 9 * HOUR
    clock.set(clock.now() + HOUR)
    assert leapt() == HOUR
    assert pulse.doubted(clock)
    clock.move(timedelta(minutes=4, seconds=59))
    assert leapt() is None
    assert pulse.doubted(clock)
    assert pulse.even_for(clock) == timedelta()
    clock.move(2 * SECOND)
    assert not pulse.doubted(clock)
    clock.set(clock.now() + HOUR)
    assert leapt() == HOUR
    clock.set(clock.now() - HOUR)
    assert leapt() is None
    assert not pulse.doubted(clock)  # set back: now it may be right


def test_while_the_clock_is_doubted_the_loop_only_waits(room: Room) -> None:
    room.open_case(1)
    alert_some(room.app)
    room.clock.set(room.clock.now() + HOUR)
    assert not alert_some(room.app)
    assert not alert_some(room.app)
    with room.app.db.read() as session:
        leaps = [event.what for event in events.newest(session) if event.what == "clock.leapt"]
    assert leaps == ["clock.leapt"]
