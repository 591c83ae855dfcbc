"""Presses in Slack: signed, once, as the linked person, inside the brand's walls; and never a word to a customer."""

import hmac
import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from bot.store import events, presses
from bot.web import slack as inbound
from bot.web.late import take_in
from tests.flow.room import MINUTE, SECOND, Room, hire

SECRET = "not-a-real-secret"


@pytest.fixture
def web(room: Room) -> Iterator[TestClient]:
    """The three addresses alone, with a signing secret."""
    slack = room.app.settings.slack.model_copy(update={"signing_secret": SecretStr(f"{SECRET}, old-secret")})
    object.__setattr__(room.app, "settings", room.app.settings.model_copy(update={"slack": slack}))
    page = FastAPI()
    take_in(page.router, inbound.router(room.app))
    with TestClient(page, raise_server_exceptions=False) as client:
        yield client


def signature(body: bytes, timestamp: str, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, sha256).hexdigest()


def sent(room: Room, web: TestClient, body: bytes, path: str = "interactions", **changes: Any) -> int:
    """Send signed bytes; returns the status. `timestamp`, `signature` and `secret` may be spoilt."""
    timestamp = changes.get("timestamp", f"{room.clock.now().timestamp():.0f}")
    signed = changes.get("signature", signature(body, timestamp, changes.get("secret", SECRET)))
    headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": signed,
               "content-type": "application/x-www-form-urlencoded"} | changes.get("headers", {})  # fmt: skip
    return web.post(f"/slack/{path}", content=body, headers=headers).status_code


def pressed(action: str, value: str, user: str = "ULENA", team: str = "T1", **more: Any) -> bytes:
    payload = {"type": "block_actions", "user": {"id": user}, "team": {"id": team}, "channel": {"id": "C0CARE"},
               "actions": [{"action_id": action, "value": value, "action_ts": "1.1"}]} | more  # fmt: skip
    return urlencode({"payload": json.dumps(payload)}).encode()


def state_of(room: Room, case_id: int) -> tuple[str, int | None]:
    from bot.store import cases

    with room.app.db.read() as session:
        case = cases.get(session, case_id)
    assert case is not None
    return case.state, case.holder


def test_a_press_claims_the_case_as_the_linked_person(room: Room, web: TestClient) -> None:
    lena = hire(room, "Lena", slack_user="ULENA")
    case_id = room.open_case(1)
    room.run(2 * SECOND)
    assert sent(room, web, pressed("case.claim", f"{case_id}:1")) == 200
    assert state_of(room, case_id) == ("claimed", lena)
    room.run(3 * SECOND)
    assert [message.text[:12] for message in room.slack.messages.values()] == ["Lena has it."]
    with room.app.db.read() as session:
        actors = [event.actor for event in events.of(session, f"case:{case_id}") if event.what == "slack.pressed"]
    assert actors == [f"slack:ULENA→account:{lena}"]


def test_the_second_to_press_is_told_who_has_it_and_only_they_are(room: Room, web: TestClient) -> None:
    hire(room, "Lena", slack_user="ULENA")
    hire(room, "Otis", slack_user="UOTIS")
    case_id = room.open_case(1)
    sent(room, web, pressed("case.claim", f"{case_id}:1"))
    sent(room, web, pressed("case.claim", f"{case_id}:1", user="UOTIS"))
    room.run(5 * SECOND)
    (whisper,) = room.slack.whispers
    assert whisper.said["user"] == "UOTIS"
    assert whisper.said["text"].startswith("Lena has it until")


def test_give_back_snooze_and_not_us_act_too(room: Room, web: TestClient) -> None:
    hire(room, "Lena", slack_user="ULENA")
    first, second, third = (room.open_case(number) for number in range(3))
    sent(room, web, pressed("case.claim", f"{first}:1"))
    sent(room, web, pressed("case.release", f"{first}:2"))
    assert state_of(room, first) == ("new", None)
    option = {"type": "block_actions", "actions": [
        {"action_id": "case.more", "selected_option": {"value": f"snooze:15:{second}:1"}}]}  # fmt: skip
    assert sent(room, web, pressed("", "", **option)) == 200
    assert state_of(room, second)[0] == "snoozed"
    sent(room, web, pressed("case.not_us", f"{third}:1"))
    assert state_of(room, third)[0] == "resolved"


def test_an_old_message_takes_no_case_from_who_has_it(room: Room, web: TestClient) -> None:
    lena = hire(room, "Lena", slack_user="ULENA")
    hire(room, "Otis", slack_user="UOTIS")
    case_id = room.open_case(1)
    sent(room, web, pressed("case.claim", f"{case_id}:1"))
    sent(room, web, pressed("case.not_us", f"{case_id}:1", user="UOTIS"))
    assert state_of(room, case_id) == ("claimed", lena)


def test_a_stranger_changes_nothing_and_is_told_so(room: Room, web: TestClient) -> None:
    case_id = room.open_case(1)
    assert sent(room, web, pressed("case.claim", f"{case_id}:1", user="UNOBODY")) == 200
    room.run(3 * SECOND)
    assert state_of(room, case_id) == ("new", None)
    assert "does not know you" in room.slack.whispers[0].said["text"]


def test_a_viewer_may_not_act(room: Room, web: TestClient) -> None:
    hire(room, "Vera", role="viewer", slack_user="UVERA")
    case_id = room.open_case(1)
    sent(room, web, pressed("case.claim", f"{case_id}:1", user="UVERA"))
    assert state_of(room, case_id) == ("new", None)


def test_another_brands_case_looks_like_one_that_is_not_there(room: Room, web: TestClient) -> None:
    hire(room, "Lena", slack_user="ULENA", brands=["Other"])
    case_id = room.open_case(1)
    sent(room, web, pressed("case.claim", f"{case_id}:1"))
    room.clock.move(SECOND)
    sent(room, web, pressed("case.claim", "999:1"))
    room.run(5 * SECOND)
    assert state_of(room, case_id) == ("new", None)
    assert len({whisper.said["text"] for whisper in room.slack.whispers}) == 1


def test_a_press_from_another_workspace_is_not_for_us(room: Room, web: TestClient) -> None:
    hire(room, "Lena", slack_user="ULENA")
    case_id = room.open_case(1)
    room.run(2 * SECOND)  # the first message told us our workspace
    assert sent(room, web, pressed("case.claim", f"{case_id}:1", team="T2")) == 200
    assert state_of(room, case_id) == ("new", None)


def test_the_same_bytes_twice_act_once(room: Room, web: TestClient) -> None:
    hire(room, "Lena", slack_user="ULENA")
    case_id = room.open_case(1)
    body = pressed("case.claim", f"{case_id}:1")
    assert [sent(room, web, body), sent(room, web, body, headers={"x-slack-retry-num": "1"})] == [200, 200]
    with room.app.db.read() as session:
        whats = [event.what for event in events.of(session, f"case:{case_id}")]
    assert whats.count("slack.pressed") == 1


def test_a_retry_alone_still_acts(room: Room, web: TestClient) -> None:
    lena = hire(room, "Lena", slack_user="ULENA")
    case_id = room.open_case(1)
    sent(room, web, pressed("case.claim", f"{case_id}:1"), headers={"x-slack-retry-num": "1"})
    assert state_of(room, case_id) == ("claimed", lena)


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": ""},
        {"signature": "v0="},
        {"signature": "v0=" + "0" * 64},
        {"signature": "v1=" + "0" * 64},
        {"secret": "another app's"},
        {"timestamp": ""},
        {"timestamp": "abc"},
        {"timestamp": "-5"},
        {"timestamp": "1e9"},
        {"timestamp": "99999999999999999999"},
        {"timestamp": " 1793800800"},
    ],
)
def test_what_is_not_signed_changes_nothing_and_gets_401(room: Room, web: TestClient, changes: dict[str, str]) -> None:
    hire(room, "Lena", slack_user="ULENA")
    case_id = room.open_case(1)
    assert sent(room, web, pressed("case.claim", f"{case_id}:1"), **changes) == 401
    assert state_of(room, case_id) == ("new", None)


@pytest.mark.parametrize(("age", "status"), [(-300, 200), (300, 200), (-301, 401), (301, 401), (3600, 401)])
def test_a_signature_is_good_for_five_minutes(room: Room, web: TestClient, age: int, status: int) -> None:
    timestamp = f"{room.clock.now().timestamp() + age:.0f}"
    assert sent(room, web, pressed("case.claim", "1:1"), timestamp=timestamp) == status


def test_the_old_secret_works_while_it_is_being_replaced(room: Room, web: TestClient) -> None:
    assert sent(room, web, pressed("case.claim", "1:1"), secret="old-secret") == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"payload=%7Bnot-json", 400),
        (b"payload=\xff\xfe", 400),
        (b"payload=[]", 400),
        (b"payload=%7B%7D", 200),
        (b'payload={"type":"block_actions","user":7,"actions":{}}', 200),
        (b"payload=" + b"[" * 5_000, 400),
        (b"a" * 300_000, 413),
    ],
)
def test_signed_nonsense_is_no_error_of_ours(room: Room, web: TestClient, body: bytes, status: int) -> None:
    assert sent(room, web, body) == status


@pytest.mark.parametrize("value", ["", "x", "1", "-1:1", "1:1:1", "99999999999999999999:1", "snooze:0:1:1", "1:٢"])
def test_a_button_we_never_made_does_nothing(room: Room, web: TestClient, value: str) -> None:
    hire(room, "Lena", slack_user="ULENA")
    case_id = room.open_case(1)
    assert sent(room, web, pressed("case.snooze", value)) == 200
    assert state_of(room, case_id) == ("new", None)


def test_a_packed_body_is_refused_after_its_signature_held(room: Room, web: TestClient) -> None:
    assert sent(room, web, b"\x1f\x8b", headers={"content-encoding": "gzip"}) == 415


def test_the_challenge_is_answered_only_when_signed(room: Room, web: TestClient) -> None:
    body = b'{"type":"url_verification","challenge":"xyz"}'
    timestamp = f"{room.clock.now().timestamp():.0f}"
    headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature(body, timestamp)}
    assert web.post("/slack/events", content=body, headers=headers).json() == {"challenge": "xyz"}
    assert sent(room, web, body, "events", signature="v0=") == 401


def test_words_in_a_thread_go_nowhere(room: Room, web: TestClient) -> None:
    case_id = room.open_case(1)
    body = json.dumps({"type": "event_callback", "event_id": "Ev1", "event": {
        "type": "message", "user": "ULENA", "text": "tell her we refund", "thread_ts": "1.1"}}).encode()  # fmt: skip
    assert sent(room, web, body, "events") == 200
    room.run(MINUTE, 5 * SECOND)
    assert state_of(room, case_id) == ("new", None)
    assert {row.audience for row in room.rows()} == {"team"}


def test_the_command_lists_what_waits_inside_the_askers_walls(room: Room, web: TestClient) -> None:
    hire(room, "Lena", slack_user="ULENA")
    hire(room, "Otis", slack_user="UOTIS", brands=["Other"])
    case_id = room.open_case(1)

    def asked(user: str) -> str:
        body = urlencode({"command": "/earshot", "user_id": user, "team_id": "T1"}).encode()
        timestamp = f"{room.clock.now().timestamp():.0f}"
        headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature(body, timestamp)}
        answer = web.post("/slack/commands", content=body, headers=headers).json()
        assert answer["response_type"] == "ephemeral"
        return str(answer["text"])

    assert f"#{case_id}" in asked("ULENA")
    assert asked("UOTIS") == "Nobody is waiting."
    assert "does not know you" in asked("UNOBODY")


def test_without_a_signing_secret_the_addresses_do_not_exist(room: Room) -> None:
    page = FastAPI()
    take_in(page.router, inbound.router(room.app))
    with TestClient(page) as client:
        assert client.post("/slack/interactions").status_code == 404


def test_old_presses_are_forgotten(room: Room) -> None:
    with room.app.db.begin() as session:
        assert presses.first_time(session, "a", room.clock.now())
        assert not presses.first_time(session, "a", room.clock.now())
        assert presses.first_time(session, "a", room.clock.now() + 61 * MINUTE)
