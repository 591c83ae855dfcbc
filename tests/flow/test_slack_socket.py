"""Socket Mode over real sockets: the same acts without a public address, each once, whatever the line does."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from bot.store import cases, events, switches
from bot.web import slack_socket
from bot.web.slack_acts import within
from bot.web.slack_socket import Lines as OurLines
from config.settings import Slack as SlackSettings
from connectors.errors import AuthFailed, Rejected
from responders.slack.socket import SocketMode, envelope_of
from tests.fakes.slack import Lines, socket_mode
from tests.flow.room import MINUTE, SECOND, Room, hire

TOKEN = "xapp-canary-77"


def mode_of(room: Room, **changes: Any) -> SocketMode:
    given = {"app_token": SecretStr(TOKEN), "base_url": room.slack.url} | changes
    return SocketMode(SlackSettings(**given))


@pytest.fixture
def far(room: Room) -> Iterator[Lines]:
    with socket_mode(room.slack) as lines:
        yield lines


@pytest.fixture
def ours(room: Room, far: Lines) -> Iterator[OurLines]:
    """A line that is open."""
    lines = OurLines(mode_of(room), threading.Event())
    assert lines.tend(room.app)
    yield lines
    lines.finish()


def press(action: str, value: str, user: str = "ULENA", **more: Any) -> dict[str, Any]:
    acts = [{"action_id": action, "value": value, "action_ts": "1.1"}]
    who = {"user": {"id": user}, "team": {"id": "T1"}, "channel": {"id": "C0CARE"}}
    return {"type": "block_actions", "trigger_id": "1.2", "actions": acts} | who | more


def holder(room: Room, case_id: int) -> int | None:
    with room.app.db.read() as session:
        case = cases.get(session, case_id)
    assert case is not None
    return case.holder


def pressed(room: Room, case_id: int) -> int:
    with room.app.db.read() as session:
        return sum(event.what == "slack.pressed" for event in events.of(session, f"case:{case_id}"))


def test_a_press_over_the_line_claims_and_is_acknowledged(room: Room, far: Lines, ours: OurLines) -> None:
    lena, case_id = hire(room, "Lena", slack_user="ULENA"), room.open_case(1)
    ack = far.envelope("e1", "interactive", press("case.claim", f"{case_id}:1"))
    assert ack == {"envelope_id": "e1"}
    assert holder(room, case_id) == lena


def test_a_repeated_envelope_acts_once_and_is_acknowledged_each_time(room: Room, far: Lines, ours: OurLines) -> None:
    hire(room, "Lena", slack_user="ULENA")
    case_id = room.open_case(1)
    for attempt, key in enumerate(("e1", "e1", "e2")):
        far.envelope(key, "interactive", press("case.claim", f"{case_id}:1"), retry_attempt=attempt)
    assert pressed(room, case_id) == 1


def test_a_command_is_answered_in_its_acknowledgement(room: Room, far: Lines, ours: OurLines) -> None:
    hire(room, "Lena", slack_user="ULENA")
    form = {"command": "/earshot", "text": "queue", "user_id": "ULENA", "team_id": "T1"}
    ack = far.envelope("e1", "slash_commands", form, accepts_response_payload=True)
    assert ack["payload"] == {"response_type": "ephemeral", "text": "Nobody is waiting."}


def test_words_in_a_thread_are_acknowledged_and_go_nowhere(room: Room, far: Lines, ours: OurLines) -> None:
    event = {"type": "event_callback", "event": {"type": "message", "text": "tell her we refund", "thread_ts": "1.1"}}
    assert far.envelope("e1", "events_api", event) == {"envelope_id": "e1"}
    assert {row.audience for row in room.rows()} <= {"team"}


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_a_line_that_will_end_is_followed_before_it_does(room: Room, far: Lines, ours: OurLines, reason: str) -> None:
    lena, case_id = hire(room, "Lena", slack_user="ULENA"), room.open_case(1)
    far.send({"type": "disconnect", "reason": reason})
    assert eventually(lambda: ours.tend(room.app))
    assert far.until(lambda: len(far.open) == 2)
    far.envelope("e1", "interactive", press("case.claim", f"{case_id}:1"))
    far.envelope("e2", "interactive", press("case.open", f"{case_id}:1"))
    assert holder(room, case_id) == lena


def test_a_line_that_breaks_is_opened_again(room: Room, far: Lines, ours: OurLines) -> None:
    lena, case_id = hire(room, "Lena", slack_user="ULENA"), room.open_case(1)
    far.open[0].socket.close()
    assert eventually(lambda: ours.tend(room.app))
    far.until(lambda: far.opened == 2)
    far.envelope("e1", "interactive", press("case.claim", f"{case_id}:1"))
    assert holder(room, case_id) == lena


def test_one_good_line_is_enough(room: Room, far: Lines, ours: OurLines) -> None:
    assert not ours.tend(room.app)
    assert far.opened == 1


@pytest.mark.parametrize(
    "frame", ["", "no json", "[]", "7", '{"type": 7}', "[" * 50_000, '{"type":"new","payload":[]}']
)
def test_nonsense_on_the_line_hurts_nobody(room: Room, far: Lines, ours: OurLines, frame: str) -> None:
    lena, case_id = hire(room, "Lena", slack_user="ULENA"), room.open_case(1)
    far.send(frame)
    far.envelope("e0", "interactive", {"type": "block_actions", "actions": 7})
    far.envelope("e1", "interactive", press("case.claim", f"{case_id}:1"))
    assert holder(room, case_id) == lena


def test_a_failing_act_is_not_acknowledged_so_that_slack_sends_it_again(
    room: Room, far: Lines, ours: OurLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    lena, case_id = hire(room, "Lena", slack_user="ULENA"), room.open_case(1)
    body, failed = press("case.claim", f"{case_id}:1"), threading.Event()

    def breaks(*_: object) -> None:
        failed.set()
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr("bot.web.pressing.press", breaks)
        far.send({"envelope_id": "e1", "type": "interactive", "payload": body})
        assert failed.wait(5)
    far.envelope("e2", "interactive", body)
    assert holder(room, case_id) == lena
    assert [ack["envelope_id"] for ack in far.acks] == ["e2"]


def test_a_refused_token_is_tried_again_after_ten_minutes_and_said(room: Room, far: Lines) -> None:
    room.slack.mood = lambda call: "error:invalid_auth" if call.method.startswith("apps.") else "ok"
    lines = OurLines(mode_of(room), threading.Event())
    for _ in range(3):
        assert not lines.tend(room.app)
    opens = [call for call in room.slack.calls if call.method == "apps.connections.open"]
    assert len(opens) == 1
    assert opens[0].headers["authorization"] == f"Bearer {TOKEN}"
    with room.app.db.read() as session:
        told = switches.get(session, slack_socket.SWITCH)
    assert "invalid_auth" in told["why"]
    assert TOKEN not in json.dumps(told)
    room.slack.mood = lambda _call: "ok"
    room.clock.move(11 * MINUTE)
    assert lines.tend(room.app)
    lines.finish()


def test_a_server_that_is_away_is_tried_again_later_each_time(room: Room, far: Lines) -> None:
    room.slack.mood = lambda _call: "503"
    lines = OurLines(mode_of(room), threading.Event())
    tries = 0
    for _ in range(120):
        lines.tend(room.app)
        room.clock.move(SECOND)
    tries = sum(call.method == "apps.connections.open" for call in room.slack.calls)
    assert 6 <= tries <= 8
    lines.finish()


def test_the_line_must_be_slacks_own(room: Room) -> None:
    room.slack.line_url = "wss://evil.example/link"
    with pytest.raises(Rejected, match="not its own"):
        SocketMode(SlackSettings(app_token=SecretStr(TOKEN)))._connected("wss://evil.example/link")
    with pytest.raises(Rejected, match="not its own"):
        mode_of(room)._connected("http://127.0.0.1/")
    with pytest.raises(ValueError, match="EARSHOT_SLACK__APP_TOKEN"):
        SocketMode(SlackSettings())


def test_a_refused_token_is_an_error_a_person_can_mend(room: Room) -> None:
    room.slack.mood = lambda _call: "error:not_allowed_token_type"
    mode = mode_of(room)
    with pytest.raises(AuthFailed, match="not_allowed_token_type"):
        mode.open()
    assert TOKEN not in repr(mode) + str(vars(mode))
    mode.close()


def test_slack_hears_in_time_even_when_the_act_takes_longer() -> None:
    ended, done = threading.Event(), threading.Event()
    assert within(0.01, lambda: (ended.wait(5), done.set())) is None
    ended.set()
    assert done.wait(5)
    assert within(5, lambda: "shown") == "shown"
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)


def test_an_envelope_is_read_with_care() -> None:
    read = envelope_of('{"type":"interactive","envelope_id":"e","payload":{},"retry_attempt":"x"}')
    assert read is not None
    assert (read.id, read.attempt, read.wants_answer) == ("e", 0, False)


def eventually(true: Callable[[], bool]) -> bool:
    """Ask again for some seconds: a line ends in a thread of its own."""
    waited = threading.Event()
    return any(true() or waited.wait(0.05) for _ in range(160))
