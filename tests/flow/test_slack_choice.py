"""A case's menu in Slack: a colleague gets it, an incident takes it in; by one's own rights, inside the walls."""

from typing import Any

import pytest

from bot.store import cases, incidents
from bot.store.tables_incidents import IncidentRow
from bot.web import slack_acts, slack_choice
from bot.web.slack_forms import text_at
from responders.slack.limits import broken, broken_view
from tests.flow.room import SECOND, Room, hire
from tests.flow.test_slack_modal import pressed


def menu(room: Room) -> dict[str, str]:
    """The menu of the case's own message, as words and values."""
    (post,) = room.slack.posts
    assert broken(post.blocks) == []
    (more,) = [one for one in post.blocks[-1]["elements"] if one["action_id"] == "case.more"]
    return {one["text"]["text"]: one["value"] for one in more["options"]}


def chosen(room: Room, words: str, user: str = "ULENA") -> dict[str, Any] | None:
    """The form that choosing this in the menu opens, if any."""
    before = len(room.slack.views)
    option = {"action_id": "case.more", "selected_option": {"value": menu(room)[words]}}
    pressed(room, "case.more", "", user, actions=[option])
    if len(room.slack.views) == before:
        return None
    assert broken_view(room.slack.views[-1]) == []
    return room.slack.views[-1]


def options(view: dict[str, Any]) -> dict[str, str]:
    return {one["text"]["text"]: one["value"] for one in view["blocks"][0]["element"]["options"]}


def sent(room: Room, view: dict[str, Any], value: str, user: str = "ULENA") -> dict[str, Any]:
    room.clock.move(SECOND)
    values = {slack_choice.FIELD: {slack_choice.CHOICE: {"selected_option": {"value": value}}}}
    payload = {"type": "view_submission", "user": {"id": user}, "team": {"id": "T1"},
               "view": view | {"id": f"V{room.clock.now()}", "state": {"values": values}}}  # fmt: skip
    return slack_acts.interaction(room.app, payload) or {}


def incident(room: Room, title: str, brand: str = "Acme", state: str = "open") -> int:
    now = room.clock.now()
    with room.app.db.begin() as session:
        row = incidents.add(session, IncidentRow(
            brand=brand, title=title, state=state, origin="person", started_at=now, proposed_at=now,
        ), now, "earshot")  # fmt: skip
        return row.id or 0


@pytest.fixture
def case_id(room: Room) -> int:
    hire(room, "Lena", slack_user="ULENA")
    number = room.open_case(1)
    room.run(2 * SECOND)
    return number


def test_a_case_is_given_to_a_colleague_of_its_brand_and_to_nobody_else(room: Room, case_id: int) -> None:
    bert, far = hire(room, "<@>"), hire(room, "Far", brands=["Other"])
    hire(room, "Vera", role="viewer", slack_user="UVERA")
    assert chosen(room, "Assign to somebody", "UVERA") is None
    assert chosen(room, "Assign to somebody", "USTRANGER") is None
    view = chosen(room, "Assign to somebody")
    assert view is not None
    assert options(view) == {f"number {bert}": str(bert), "Lena (you)": str(bert - 1)}
    assert sent(room, view, str(far))["response_action"] == "errors"
    assert sent(room, view, "x")["response_action"] == "errors"
    assert sent(room, view, str(bert), "UVERA")["response_action"] == "errors"
    assert owner(room, case_id) is None
    assert sent(room, view, str(bert))["response_action"] == "update"
    assert owner(room, case_id) == bert
    room.run(10 * SECOND)
    said = room.slack.messages[room.slack.posts[0].ts].all_text
    assert "*For:* " in said  # the room sees whose it is to take
    assert "<@>" not in said


def owner(room: Room, case_id: int) -> int | None:
    with room.app.db.read() as session:
        case = cases.get(session, case_id)
        assert case is not None
        return case.assigned_to


def test_a_case_is_put_into_an_incident_of_its_own_brand(room: Room, case_id: int) -> None:
    hire(room, "Far", slack_user="UFAR", brands=["Other"])
    other = incident(room, "Another brand's", "Other")
    incident(room, "Long over", state="closed")
    assert chosen(room, "Into an incident") is None  # none takes cases in
    mine = incident(room, "<!channel> cards & more")
    assert chosen(room, "Into an incident", "UFAR") is None
    view = chosen(room, "Into an incident")
    assert view is not None
    assert options(view) == {"!channel cards  more": str(mine)}
    assert sent(room, view, str(other))["response_action"] == "errors"
    assert sent(room, view, str(mine), "UFAR")["response_action"] == "errors"
    assert members(room, mine) == members(room, other) == []
    done = sent(room, view, str(mine))
    assert "part of the incident" in text_at(done, "view", "blocks", 0, "text", "text")
    assert members(room, mine) == [case_id]
    assert "already" in str(sent(room, view, str(mine)))


def members(room: Room, number: int) -> list[int]:
    with room.app.db.read() as session:
        return incidents.member_ids(session, number)
