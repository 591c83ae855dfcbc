"""Somebody watches the one who calls; and a clock that leaps calls nobody."""

from dataclasses import replace
from datetime import timedelta

from pydantic import SecretStr

from bot.steps import watch
from bot.steps.deliver import deliver_team
from bot.store import auditing, events, heartbeats
from bot.store.tables_telling import QuietRow
from tests.fakes.server import Asked, FakeServer, Told
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


class Outside(FakeServer):
    """Whoever misses the sign of life."""

    def answer(self, asked: Asked) -> Told:
        return Told(b"")


def test_the_sign_of_life_leaves_while_all_is_well_and_its_failing_is_logged_once(room: Room) -> None:
    with Outside() as server:
        changes = {"heartbeat_url": SecretStr(f"{server.url}/beat"), "private_addresses": True}
        app = replace(room.app, settings=room.app.settings.model_copy(update=changes))

        def logged() -> list[str]:
            with app.db.read() as session:
                return [one.what for one in events.newest(session, 500) if one.what.startswith("heartbeat.")]

        watch.look(app)
        assert ([asked.path for asked in server.log], logged()) == (["/beat"], [])
        for _ in range(3):
            server.fail_next(how="status", status=500)
            watch.look(app)
        assert logged() == ["heartbeat.failed"]
        watch.look(app)
        watch.look(app)
        assert sorted(logged()) == ["heartbeat.back", "heartbeat.failed"]
        before = len(server.log)
        with app.db.begin() as session:
            heartbeats.beat(session, "alert", room.clock.now() - HOUR, 1.0)
        watch.look(app)  # a loop is silent: so is the sign of life
        assert len(server.log) == before
