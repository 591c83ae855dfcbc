"""Every request that leaves says who asks and whom to write to about it, whichever library carries it."""

import ast
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import wire
from bot.app import App
from bot.clock import HandClock
from bot.readers.words import Words
from bot.steps.watch import _beat_outside
from config.load import load
from connectors.errors import PlatformError
from connectors.types import PostRef, Want
from responders.slack.socket import SocketMode
from responders.types import Message
from tests.conftest import NOW
from tests.fakes import appstore, googleplay, meta, youtube
from tests.fakes.server import Asked, FakeServer, Told

CONTACT = "care@acme.example"
ROOT = Path(__file__).parents[2]


class Everybody(FakeServer):
    """Grants every token, has nothing to tell, and opens Slack's line to itself."""

    def answer(self, asked: Asked) -> Told:
        if asked.path.endswith("connections.open"):
            return Told({"ok": True, "url": f"{self.url.replace('http', 'ws')}/link"})
        if "token" in asked.path or "createSession" in asked.path:
            return Told(
                {"access_token": "t", "accessJwt": "t", "refreshJwt": "t", "did": "did:x:y", "expires_in": 3600}
            )
        return Told(b"[]", 503)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Everybody, App]]:
    with Everybody() as server:
        yield from opened(server, tmp_path_factory.mktemp("named"))


@pytest.fixture
def world(built: tuple[Everybody, App]) -> Everybody:
    with built[0].lock:
        built[0].log.clear()
    return built[0]


@pytest.fixture
def app(built: tuple[Everybody, App]) -> App:
    return built[1]


def opened(world: Everybody, home: Path) -> Iterator[tuple[Everybody, App]]:
    told = {
        "HOME": str(home), "CONTACT": CONTACT, "PRIVATE_ADDRESSES": "true", "HEARTBEAT_URL": f"{world.url}/beat",
        "TEAMS__ROOMS__CARE": f"{world.url}/teams", "DISCORD__ROOMS__CARE": f"{world.url}/discord",
        "NTFY__TOPICS": "care", "NTFY__SERVER": world.url,
        "HOOKS__TARGETS__CRM__URL": f"{world.url}/hook",
        "HOOKS__TARGETS__CRM__SECRET": "x" * 20,
        "NOTIFY__TARGETS__CARE": world.url.replace("http", "json"),
        "SLACK__BOT_TOKEN": "xoxb-1", "SLACK__APP_TOKEN": "xapp-1", "SLACK__ROOM": "#care",
        "SLACK__BASE_URL": world.url,
    }  # fmt: skip
    settings = load({f"EARSHOT_{name}": value for name, value in told.items()}).settings
    app = wire.build(settings, clock=HandClock(NOW), reader=Words())
    yield world, app
    for responder in app.responders.values():
        responder.close()
    app.db.close()


def heard_with(url: str) -> dict[str, dict[str, Any]]:
    """What each network connector needs to ask this server."""
    at = {"base_url": url}
    store = {"app_id": appstore.APP, "issuer_id": appstore.ISSUER, "key_id": appstore.KEY, "private_key": appstore.p8()}
    play = {"package": googleplay.PACKAGE, "service_account": googleplay.service_account(), "token_url": f"{url}/token"}
    page = {"access_token": meta.TOKEN, "account_id": meta.OURS}
    return {
        "appstore": at | store,
        "bluesky": at | {"public_url": url, "stream_url": url.replace("http", "ws"), "search": "always"},
        "discourse": at, "facebook": at | page, "instagram": at | page, "threads": at | page | {"handle": "acme"},
        "github": at | {"repositories": ["acme/site"]}, "googleplay": at | play,
        "hackernews": at | {"items_url": url}, "lemmy": at | {"communities": ["complaints"]},
        "mastodon": {"servers": [url], "token": "t", "stream": True}, "rss": {"url": f"{url}/feed"},
        "reddit": at | {"oauth_url": url, "subreddits": ["acme"], "client_id": "a", "client_secret": "s"},
        "stackexchange": at | {"tags": ["acme"]}, "x": at | {"bearer_token": "b", "stream": True},
        "youtube": at | {"channel_id": youtube.OURS, "api_key": "k"},
    }  # fmt: skip


def not_named(world: Everybody) -> list[tuple[str, str]]:
    """Requests that do not say who asks, and whom to write to."""
    told = [(asked.path, asked.headers.get("user-agent", "")) for asked in world.log]
    return [(path, agent) for path, agent in told if not (agent.startswith("Earshot/") and f"(+{CONTACT})" in agent)]


@pytest.mark.parametrize("name", sorted(heard_with("http://127.0.0.1:9")))
def test_a_connector_that_asks_or_follows_is_named(world: Everybody, app: App, name: str) -> None:
    connector: Any = wire.connector_from(name, heard_with(world.url)[name], app.settings, app.clock)
    now, stop = app.clock.now(), threading.Event()
    want = Want(terms=("acme",), hashtags=("acme",), since=now - timedelta(hours=1))
    ways = [
        lambda: list(connector.fetch(want)),
        lambda: connector.recheck([PostRef(name, "1")]),
        lambda: connector.probe(),
        lambda: list(connector.stream(want, stop)),
    ]
    for way in ways:
        with suppress(PlatformError, AttributeError, ValueError):
            way()
    connector.close()
    assert world.log
    assert not_named(world) == []


@pytest.mark.parametrize("name", ["slack", "teams", "discord", "ntfy", "hook"])
def test_a_message_to_the_team_is_named(world: Everybody, app: App, name: str) -> None:
    room = {"slack": "#care", "hook": "crm"}.get(name, "care")
    with suppress(PlatformError):
        app.responders[name].send(Message("k", room, "Ada waits.", subject="Ada waits"))
    assert world.log
    assert not_named(world) == []


def test_a_message_that_apprise_carries_names_earshot(world: Everybody, app: App) -> None:
    with suppress(PlatformError):
        app.responders["notify"].send(Message("k", "care", "Ada waits.", subject="Ada waits"))
    assert {asked.headers["user-agent"] for asked in world.log} == {"Earshot"}


def test_slack_s_line_is_named_in_its_handshake_too(world: Everybody, app: App) -> None:
    line = SocketMode(app.settings.slack, wire.agent_of(app.settings))
    with suppress(PlatformError):
        line.open()
    line.close()
    assert [asked.path for asked in world.log] == ["/apps.connections.open", "/link"]
    assert not_named(world) == []


def test_the_heartbeat_is_named(world: Everybody, app: App) -> None:
    _beat_outside(app)
    assert [asked.path for asked in world.log] == ["/beat"]
    assert not_named(world) == []


def test_no_door_to_the_web_is_opened_without_a_name() -> None:
    unnamed = []
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Http":
                unnamed += [] if any(word.arg == "agent" for word in node.keywords) else [f"{path}:{node.lineno}"]
    assert unnamed == []


def test_where_no_contact_is_set_the_queue_s_own_address_is_told(tmp_path: Path) -> None:
    env = {"EARSHOT_HOME": str(tmp_path), "EARSHOT_PUBLIC_URL": "https://care.acme.example"}
    assert wire.agent_of(load(env).settings).endswith("(+https://care.acme.example)")
