"""Slack that takes its time over each request holds up nobody else: no transaction is open, nothing is lost."""

from bot.store import events
from tests.fakes.slack import Call
from tests.flow.room import MINUTE, SECOND, Room


def test_while_slack_takes_its_time_the_rest_writes_and_every_case_is_told(room: Room) -> None:
    written: list[str] = []

    def slow(call: Call) -> str:
        """Twenty-five seconds of the clock pass inside each request, and somebody else writes meanwhile."""
        room.clock.move(25 * SECOND)
        with room.app.db.begin() as session:  # waits forever if the sender held the one writing connection
            events.add(session, room.clock.now(), "earshot", "test.meanwhile", "", "", method=call.method)
        written.append(call.method)
        return "ok"

    room.slack.mood = slow
    cases = room.open_many(range(1, 21))
    room.run(20 * MINUTE, 10 * SECOND)
    assert len(written) == len(room.slack.calls) > 0
    told = {row.case_id for row in room.rows() if row.state == "sent" and row.case_id is not None}
    assert told == set(cases)
    assert len(room.slack.posts) < 20 * 5  # joint messages, as for any room that cannot keep up
