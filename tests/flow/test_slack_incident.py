"""An incident that was only proposed is declared or dismissed in Slack by a lead of its brand, once."""

from sqlmodel import select

from bot.store import incident_notices, incidents
from bot.store.tables_incidents import IncidentRow
from bot.web import slack_acts
from responders.slack.limits import broken
from tests.flow.room import SECOND, Room, hire


def proposed(room: Room) -> dict[str, str]:
    """The buttons of its first message."""
    now = room.clock.now()
    with room.app.db.begin() as session:
        row = incidents.add(session, IncidentRow(
            brand="Acme", title="cards are declined", state="proposed", origin="theme", severity="high", runs=[],
            started_at=now, proposed_at=now, why="12 say the same.",
        ), now, "earshot")  # fmt: skip
        incident_notices.first(session, room.app.settings, row, now)
    room.run(5 * SECOND)
    (post,) = room.slack.posts
    assert broken(post.blocks) == []
    return {one["action_id"]: one.get("value", "") for one in post.blocks[-1]["elements"]}


def press(room: Room, action: str, value: str, user: str) -> None:
    room.clock.move(SECOND)
    slack_acts.interaction(room.app, {
        "type": "block_actions", "user": {"id": user}, "team": {"id": "T1"}, "channel": {"id": "C0CARE"},
        "trigger_id": f"t{room.clock.now()}", "actions": [{"action_id": action, "value": value}],
    })  # fmt: skip


def state(room: Room) -> str:
    with room.app.db.read() as session:
        return session.exec(select(IncidentRow)).one().state


def test_a_lead_says_that_it_is_one_and_the_message_shows_it(room: Room) -> None:
    hire(room, "Ruth", role="lead", slack_user="URUTH")
    hire(room, "Lena", slack_user="ULENA")
    hire(room, "Far", role="lead", slack_user="UFAR", brands=["Other"])
    buttons = proposed(room)
    for user in ("ULENA", "UFAR", "USTRANGER"):
        press(room, "incident.declare", buttons["incident.declare"], user)
        assert state(room) == "proposed"
    press(room, "incident.close", buttons["incident.declare"], "URUTH")
    press(room, "incident.declare", "incident:4711", "URUTH")
    assert state(room) == "proposed"
    press(room, "incident.declare", buttons["incident.declare"], "URUTH")
    assert state(room) == "open"
    press(room, "incident.declare", buttons["incident.declare"], "URUTH")
    room.run(15 * SECOND)  # who pressed sees it with the room's next edit; numbers wait for their minute
    assert "incident.declare" not in str(room.slack.messages[room.slack.posts[0].ts].blocks)


def test_a_lead_says_that_it_is_none(room: Room) -> None:
    hire(room, "Ruth", role="lead", slack_user="URUTH")
    press(room, "incident.dismiss", proposed(room)["incident.dismiss"], "URUTH")
    assert state(room) == "dismissed"
