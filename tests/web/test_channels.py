"""How the team is told, and the test message; the kill switch."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, cast

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from bot.app import App
from bot.store import events, switches
from bot.web import app as web_app
from config.settings import Slack
from connectors.errors import AuthFailed
from responders.types import Message, Receipt
from tests.web.conftest import ADDRESS, Browser, hire

Visit = Callable[[], Browser]


class Room:
    """A channel that takes messages, or refuses them."""

    name: ClassVar[str] = "slack"

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.heard = error, cast("list[Message]", [])

    def send(self, message: Message) -> Receipt:
        if self.error is not None:
            raise self.error
        self.heard.append(message)
        return Receipt("C1:1.2")


def browser_of(app: App, role: str = "admin") -> Browser:
    hire(app, "ruth@acme.example", role)
    web: FastAPI = web_app.create(app)
    browser = Browser(TestClient(web, base_url=ADDRESS, follow_redirects=False))
    browser.log_in("ruth@acme.example")
    return browser


@pytest.fixture
def slack_app(make_app: Callable[..., App]) -> Callable[[Room], App]:
    def make(room: Room) -> App:
        app = make_app(slack=Slack(bot_token=SecretStr("xoxb-canary"), room="#care"))
        return replace(app, responders=cast("Any", {"slack": room}))

    return make


def test_with_no_channel_the_page_says_how_to_set_one_up(app: App) -> None:
    page = browser_of(app).get("/channels").text
    assert "Nobody is told yet" in page
    assert "EARSHOT_SLACK__WEBHOOK_URL" in page


def test_a_test_message_is_sent_once_and_its_fate_is_told(slack_app: Callable[[Room], App]) -> None:
    room = Room()
    app = slack_app(room)
    browser = browser_of(app)
    answer = browser.post("/channels/test", {"responder": "slack"})
    assert "It was taken." in answer.text
    assert [each.address for each in room.heard] == ["#care"]
    assert "xoxb-canary" not in answer.text
    with app.db.read() as session:
        assert events.newest(session)[0].what == "channel.tested"


def test_a_refusal_is_explained(slack_app: Callable[[Room], App]) -> None:
    browser = browser_of(slack_app(Room(AuthFailed("Slack says invalid_auth."))))
    assert "Slack says invalid_auth. Make a new key" in browser.post("/channels/test", {"responder": "slack"}).text


def test_a_channel_that_does_not_exist_cannot_be_tested(app: App) -> None:
    assert browser_of(app).post("/channels/test", {"responder": "carrier-pigeon"}).status_code == 404


def test_a_lead_sees_the_channels_but_sends_no_test(slack_app: Callable[[Room], App]) -> None:
    browser = browser_of(slack_app(Room()), "lead")
    assert "Send a test message" not in browser.get("/channels").text
    assert browser.post("/channels/test", {"responder": "slack"}).status_code == 403


def test_any_agent_pauses_and_only_a_lead_resumes(app: App, visit: Visit) -> None:
    hire(app, "otis@acme.example", "agent")
    hire(app, "ruth@acme.example", "lead")
    otis, ruth = visit(), visit()
    otis.log_in("otis@acme.example")
    ruth.log_in("ruth@acme.example")
    assert otis.post("/sending/pause", {"why": " "}).status_code == 409
    assert otis.post("/sending/pause", {"why": "<b>wrong price</b>"}).status_code == 303
    page = ruth.get("/me").text
    assert "Sending is paused" in page
    assert "&lt;b&gt;wrong price&lt;/b&gt;" in page
    assert "Otis" in page
    assert otis.post("/sending/resume").status_code == 403
    assert ruth.post("/sending/resume").status_code == 303
    with app.db.read() as session:
        assert switches.sending_is_on(session)
    assert "Sending is on" in ruth.get("/me").text
