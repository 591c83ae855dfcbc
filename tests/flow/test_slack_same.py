"""An incident with a message of its own is said to be the same as another one from Slack, and parted again there."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.core.incident_words import PART, SAME_AS
from bot.store import incident_notices, incidents
from bot.store.tables_incidents import IncidentRow
from bot.web import slack_acts, slack_choice
from bot.web.slack_forms import text_at
from responders.slack.limits import broken, broken_view
from tests.fakes.slack import Posted
from tests.flow.room import SECOND, Room, hire
from tests.flow.test_slack_incident import press

HOURS = timedelta(hours=2)


def propose(room: Room, title: str, brand: str = "Acme") -> int:
    """One that is told by itself: what was told before it was told long ago."""
    room.clock.move(HOURS)
    now = room.clock.now()
    with room.app.db.begin() as session:
        row = incidents.add(session, IncidentRow(
            brand=brand, title=title, state="proposed", origin="theme", severity="high", runs=[], started_at=now,
            proposed_at=now, why="12 say the same.",
        ), now, "earshot")  # fmt: skip
        incident_notices.first(session, room.app.settings, row, now)
        number = row.id or 0
    room.run(80 * SECOND, 20 * SECOND)
    return number


def states(room: Room) -> list[str]:
    with room.app.db.read() as session:
        return [row.state for row in session.exec(select(IncidentRow).order_by(IncidentRow.id)).all()]


def message(room: Room, number: int) -> Posted:
    """How its message reads in the room now: they were told in order."""
    found = [one for one in room.slack.messages.values() if not one.thread][number - 1]
    assert broken(found.blocks) == []
    return found


def buttons(room: Room, number: int) -> dict[str, str]:
    return {one["action_id"]: one.get("value", "") for one in message(room, number).blocks[-1]["elements"]}


def form(room: Room, number: int, user: str = "ULENA") -> dict[str, Any] | None:
    """The form that its button opens, if any."""
    before = len(room.slack.views)
    press(room, SAME_AS, f"incident:{number}", user)
    if len(room.slack.views) == before:
        return None
    assert broken_view(room.slack.views[-1]) == []
    return room.slack.views[-1]


def sent(room: Room, view: dict[str, Any], value: str, user: str = "ULENA") -> dict[str, Any]:
    room.clock.move(SECOND)
    values = {slack_choice.FIELD: {slack_choice.CHOICE: {"selected_option": {"value": value}}}}
    payload = {"type": "view_submission", "user": {"id": user}, "team": {"id": "T1"},
               "view": view | {"id": f"V{room.clock.now()}", "state": {"values": values}}}  # fmt: skip
    return slack_acts.interaction(room.app, payload) or {}


@pytest.fixture
def two(room: Room) -> tuple[int, int]:
    hire(room, "Lena", slack_user="ULENA")
    return propose(room, "cards are <!channel> declined"), propose(room, "login is broken")


def test_the_button_stands_where_there_is_another_one_that_goes_on(room: Room) -> None:
    first = propose(room, "cards are declined")
    propose(room, "theirs", "Other")
    assert SAME_AS not in buttons(room, first)
    second = propose(room, "login is broken")
    assert SAME_AS in buttons(room, first)
    assert SAME_AS in buttons(room, second)
    hire(room, "Ruth", role="lead", slack_user="URUTH")
    press(room, "incident.dismiss", f"incident:{second}", "URUTH")
    room.run(80 * SECOND, 20 * SECOND)
    assert SAME_AS not in buttons(room, first)


def test_chosen_it_is_joined_and_parted_again_from_its_own_message(room: Room, two: tuple[int, int]) -> None:
    first, second = two
    view = form(room, second)
    assert view is not None
    assert [one["value"] for one in view["blocks"][0]["element"]["options"]] == [str(first)]
    assert "parted again" in view["blocks"][1]["elements"][0]["text"]
    done = sent(room, view, str(first))
    assert "Its cases are there now" in text_at(done, "view", "blocks", 0, "text", "text")
    assert states(room) == ["proposed", "joined"]
    assert "joined already" in str(sent(room, view, str(first)))
    room.run(15 * SECOND)  # what a person decided is shown at once
    assert [*buttons(room, second)] == [PART, "incident.open"]
    assert "Part again" in message(room, second).all_text
    assert SAME_AS not in buttons(room, first)
    press(room, PART, buttons(room, second)[PART], "ULENA")
    assert states(room) == ["proposed", "proposed"]
    room.run(15 * SECOND)
    assert SAME_AS in buttons(room, second)
    press(room, PART, f"incident:{second}", "ULENA")  # an old message, pressed again
    assert states(room) == ["proposed", "proposed"]


def test_nobody_joins_or_parts_what_is_not_theirs(room: Room, two: tuple[int, int]) -> None:
    first, second = two
    hire(room, "Far", role="lead", slack_user="UFAR", brands=["Other"])
    hire(room, "Vera", role="viewer", slack_user="UVERA")
    other = propose(room, "theirs", "Other")
    for user in ("UFAR", "UVERA", "USTRANGER"):
        assert form(room, second, user) is None
    view = form(room, second)
    assert view is not None
    for user, value in (("UFAR", first), ("UVERA", first), ("USTRANGER", first), ("ULENA", other), ("ULENA", second),
                        ("ULENA", 4711), ("ULENA", "x"), ("ULENA", "")):  # fmt: skip
        assert sent(room, view, str(value), user)["response_action"] == "errors"
    assert states(room) == ["proposed"] * 3
    assert sent(room, view, str(first))["response_action"] == "update"
    for user in ("UFAR", "UVERA", "USTRANGER"):
        press(room, PART, f"incident:{second}", user)
    assert states(room) == ["proposed", "joined", "proposed"]
