"""`/earshot`: what waits, how we do, who is on shift, the kill switch, what is heard; for the asker's eyes alone."""

from datetime import timedelta

import pytest

from bot.store import presses, switches
from bot.store.gaps import cover
from bot.store.tables import SourceRow
from bot.store.tables_telling import QuietRow, RotaRow
from bot.web import slack_command
from tests.flow.room import HOUR, MINUTE, Room, hire


def asked(room: Room, text: str = "", user: str = "ULENA", team: str = "T1") -> str:
    form = {"command": "/earshot", "text": text, "user_id": user, "team_id": team}
    answer = slack_command.command(room.app, form)
    assert answer["response_type"] == "ephemeral"
    said = str(answer["text"])
    assert len(said) < 3_000
    return said


def test_the_queue_says_how_many_whose_and_which_first(room: Room) -> None:
    lena = hire(room, "Lena", slack_user="ULENA")
    first = room.open_case(1, spoke=room.clock.now() - 70 * MINUTE)
    second = room.open_case(2)
    room.change(second, state="claimed", holder=lena, lease_until=room.clock.now() + HOUR)
    said = asked(room, "queue")
    assert said.startswith("2 cases wait for an answer; 1 of them nobody has. 1 is late.")
    assert f"#{first}" in said
    assert "Lena has it" in said
    assert said == asked(room) == asked(room, "QUEUE")


def test_hostile_names_are_only_words(room: Room) -> None:
    hire(room, "Lena", slack_user="ULENA")
    room.open_case(1, author="<!channel> <@U1> &<https://evil.example|x>")
    said = asked(room)
    assert "<!" not in said
    assert "<@" not in said
    assert "<https://evil" not in said


def test_the_walls_hold_in_every_word(room: Room) -> None:
    hire(room, "Otis", slack_user="UOTIS", brands=["Other"])
    now = room.clock.now()
    room.open_case(1)
    with room.app.db.begin() as session:
        session.add(RotaRow(name="Acme nights", brand="Acme", people=[1], starts_on="2026-11-02", changed_at=now))
        session.add(QuietRow(brand="Acme", from_at=now, until_at=now + HOUR, why="secret", created_at=now, by=1))
    assert asked(room, "queue", "UOTIS") == "Nobody is waiting."
    assert "Acme" not in asked(room, "shift", "UOTIS")
    assert "Quiet" not in asked(room, "status", "UOTIS")


def test_the_status_tells_what_is_wrong_and_what_is_quiet(room: Room) -> None:
    lena, now = hire(room, "Lena", slack_user="ULENA"), room.clock.now()
    said = asked(room, "status")
    assert said.splitlines() == ["Sending is on.", "Every loop runs.", "Every source answers."]
    with room.app.db.begin() as session:
        session.add(
            SourceRow(name="mast<!here>odon", connector="mastodon", started_at=now, next_poll_at=now, failures=3)
        )
        session.add(QuietRow(from_at=now, until_at=now + HOUR, why="w", created_at=now, by=lena))
        switches.put(session, "sending", {"paused": True, "name": "Ruth", "why": "<b>wrong</b> price"}, now)
    said = asked(room, "status")
    assert "Sending is paused by Ruth: &lt;b&gt;wrong" in said
    assert "Not heard now: mast&lt;!here&gt;odon." in said
    assert "Quiet until 15:00, set by Lena." in said


def test_the_shift_says_who_is_on_call_until_when_and_who_is_next(room: Room) -> None:
    lena, otis, now = hire(room, "Lena", slack_user="ULENA"), hire(room, "Otis"), room.clock.now()
    assert "There is no rota yet" in asked(room, "shift")
    with room.app.db.begin() as session:
        session.add(RotaRow(name="Days", people=[lena, otis], starts_on="2026-11-02", turn_days=1, changed_at=now))
    assert asked(room, "shift") == "*Days*: Lena until 05 Nov 09:00, then Otis until 06 Nov 09:00 (UTC)"
    assert asked(room, "on") == asked(room, "oncall") == asked(room, "shift")


def test_pausing_needs_a_reason_and_resuming_a_lead(room: Room) -> None:
    hire(room, "Lena", slack_user="ULENA")
    hire(room, "Ruth", role="lead", slack_user="URUTH")
    assert "Say why" in asked(room, "pause")
    assert "Sending is paused" in asked(room, "pause wrong <price>")
    with room.app.db.read() as session:
        assert not switches.sending_is_on(session)
    assert asked(room, "resume") == "A lead switches sending on again."
    assert asked(room, "resume", "URUTH") == "Sending is on again."


def test_coverage_says_what_was_heard_of_a_day(room: Room) -> None:
    hire(room, "Lena", slack_user="ULENA")
    assert "nothing is heard" in asked(room, "coverage")
    now = room.clock.now()
    with room.app.db.begin() as session:
        session.add(SourceRow(name="mastodon", connector="mastodon", started_at=now - timedelta(days=3),
                              next_poll_at=now, polled_at=now, primed_at=now - timedelta(days=3)))  # fmt: skip
        cover(session, "mastodon", now - timedelta(hours=24), now - timedelta(hours=6))
    assert asked(room, "coverage") == "*mastodon*: heard 75% of the last 24 hours"


@pytest.mark.parametrize("text", ["help", "what?", "<!channel>", "x" * 5_000])
def test_what_is_not_known_is_answered_with_what_is(room: Room, text: str) -> None:
    hire(room, "Lena", slack_user="ULENA")
    assert asked(room, text) == slack_command.HELP


def test_a_stranger_learns_how_to_link_and_another_workspace_nothing(room: Room) -> None:
    assert "/earshot link" in asked(room, "queue", "UNOBODY")
    assert asked(room, "link", "").startswith("Slack did not say")
    with room.app.db.begin() as session:
        presses.set_workspace(session, "T1", room.clock.now())
    for text in ("queue", "link", "pause now"):
        assert asked(room, text, team="T2") == slack_command.ELSEWHERE
