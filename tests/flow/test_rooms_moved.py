"""A room that was archived and made anew, a house that moved to another workspace, a room the bot was taken out of."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.store import channels, incident_notices, incidents, presses
from bot.store.tables import CaseRow
from bot.store.tables_incidents import IncidentRow
from bot.web import slack_acts
from tests.flow.room import MINUTE, SECOND, Room, hire

GONE = ("is_archived", "channel_not_found")


def anew(room: Room, error: str = "is_archived") -> None:
    """The room is archived, and another one has its name."""
    room.slack.rooms["#care"] = "C1CARE"
    room.slack.mood = lambda call: f"error:{error}" if call.said.get("channel") == "C0CARE" else "ok"


def is_away(room: Room) -> bool:
    with room.app.db.read() as session:
        return channels.get(session, "slack", "#care").down_since is not None


def there(room: Room) -> list[str]:
    """What the new room shows."""
    return [one.text for one in room.slack.messages.values() if one.room == "C1CARE"]


@pytest.mark.parametrize("error", GONE)
def test_what_stands_in_the_old_room_keeps_nothing_from_the_new_one(room: Room, error: str) -> None:
    first = room.open_case(1)
    room.run(2 * SECOND)
    anew(room, error)
    room.change(first, severity="high", due_at=room.clock.now() + 40 * MINUTE)  # its message is to be edited there
    room.run(10 * SECOND)
    room.open_case(2)
    room.run(16 * MINUTE, 30 * SECOND)
    shown = there(room)
    assert [one.split(" ")[0] for one in shown] == ["Ada", "<!here>", "<!here>"]  # the new case, and both calls
    assert not is_away(room)
    assert room.letters.sent == []
    hire(room, "Lena", slack_user="ULENA")
    act(room, "case.claim", f"{first}:1")
    room.run(10 * SECOND)
    assert any("Lena has it" in one for one in there(room))  # the case is followed where it was told anew


def test_a_room_that_is_archived_and_comes_back_is_caught_up_with(room: Room) -> None:
    first = room.open_case(1)
    room.run(2 * SECOND)
    room.slack.mood = lambda _call: "error:is_archived"
    hire(room, "Lena", slack_user="ULENA")
    act(room, "case.claim", f"{first}:1")
    room.run(MINUTE)
    assert is_away(room)
    room.slack.mood = lambda _call: "ok"
    room.run(11 * MINUTE, 30 * SECOND)
    assert not is_away(room)
    assert "Lena has it" in room.slack.messages[room.slack.posts[0].ts].text


def test_a_room_that_was_renamed_is_found_by_its_id(room: Room) -> None:
    first = room.open_case(1)
    room.run(2 * SECOND)
    room.slack.mood = lambda call: "error:channel_not_found" if call.said.get("channel") == "#care" else "ok"
    room.open_case(2)
    room.run(5 * SECOND)
    assert [one.room for one in room.slack.posts] == ["C0CARE", "C0CARE"]
    room.run(16 * MINUTE, 30 * SECOND)
    assert not is_away(room)
    assert room.letters.sent == []
    assert len(room.slack.posts) == 4  # both calls, in the threads of their cases
    room.slack.mood = lambda call: "error:not_in_channel" if call.said.get("channel") in ("#care", "C0CARE") else "ok"
    room.change(first, due_at=room.clock.now())
    room.open_case(3)
    room.run(MINUTE)
    assert is_away(room)  # neither by its name nor by its id
    assert room.letters.sent != []
    room.slack.mood = lambda _call: "ok"
    room.run(11 * MINUTE, 30 * SECOND)
    assert not is_away(room)
    assert any("Ada 3" in one.text for one in room.slack.posts)


def test_a_line_for_the_thread_of_an_incident_in_the_old_room_stands_in_the_new_one(room: Room) -> None:
    now = room.clock.now()
    with room.app.db.begin() as session:
        row = incidents.add(session, IncidentRow(
            brand="Acme", title="cards", state="proposed", origin="theme", severity="high", runs=[], started_at=now,
            proposed_at=now, why="12 say it.",
        ), now, "earshot")  # fmt: skip
        incident_notices.first(session, room.app.settings, row, now)
    room.run(2 * SECOND)
    anew(room)
    room.clock.move(2 * MINUTE)
    with room.app.db.begin() as session:
        row = session.exec(select(IncidentRow)).one()
        incident_notices.update(session, room.app.settings, row, room.clock.now(), everywhere=True)
    room.open_case(1)
    room.run(20 * SECOND)
    assert [one.split(" ")[0] for one in there(room)] == ["Perhaps", "Ada"]
    assert not is_away(room)


def act(room: Room, action: str, value: str, user: str = "ULENA", team: str = "T1", where: str = "C0CARE") -> None:
    room.clock.move(SECOND)
    slack_acts.interaction(room.app, {
        "type": "block_actions", "user": {"id": user}, "team": {"id": team}, "channel": {"id": where},
        "trigger_id": f"t{room.clock.now()}", "actions": [{"action_id": action, "value": value}],
    })  # fmt: skip


def test_a_word_for_somebody_in_a_room_we_were_taken_out_of_does_not_silence_the_other(room: Room) -> None:
    first = room.open_case(1)
    room.run(2 * SECOND)
    room.slack.mood = lambda call: "error:not_in_channel" if call.said.get("channel") == "C0ELSE" else "ok"
    act(room, "case.claim", f"{first}:1", "USTRANGER", where="C0ELSE")
    room.run(5 * SECOND)
    assert not is_away(room)
    room.open_case(2)
    room.run(5 * SECOND)
    assert len(room.slack.posts) == 2


@pytest.mark.parametrize("kept", [{}, {"token": "xoxb-of-the-trial"}])
def test_a_house_that_moved_to_another_workspace_is_heard_there(room: Room, kept: dict[str, Any]) -> None:
    with room.app.db.begin() as session:
        presses.set_workspace(session, "TTRIAL", room.clock.now(), **kept)
    hire(room, "Lena", slack_user="ULENA")
    first = room.open_case(1)
    room.run(2 * SECOND)
    act(room, "case.claim", f"{first}:1", team="TTRIAL")
    assert holder(room, first) is None
    act(room, "case.claim", f"{first}:1")
    assert holder(room, first) is not None
    asked = [call for call in room.slack.calls if call.method == "auth.test"]
    room.open_case(2)
    room.run(timedelta(seconds=5))
    assert [call for call in room.slack.calls if call.method == "auth.test"] == asked  # once a token


def holder(room: Room, case_id: int) -> int | None:
    with room.app.db.read() as session:
        case = session.get(CaseRow, case_id)
        assert case is not None
        return case.holder
