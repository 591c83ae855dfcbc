"""One Earshot on a temporary database, its pages, and people to visit them."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import FastAPI
from httpx import Response
from starlette.testclient import TestClient

from bot import plugins
from bot.app import App
from bot.clock import HandClock
from bot.store import people
from bot.store.db import Database
from bot.store.tables_house import AccountRow
from bot.web import app as web_app
from bot.web import passwords
from config.settings import Settings

NOON = datetime(2026, 10, 13, 12, 0, tzinfo=UTC)
PASSWORD = "nine green lanterns hum"
HASH = passwords.hashed(PASSWORD)
ADDRESS = "http://127.0.0.1:8484"


@dataclass
class Browser:
    """A TestClient that fills in the hidden token as a page's form would."""

    client: TestClient
    csrf: str = ""

    def get(self, path: str, **options: Any) -> Response:
        answer = self.client.get(path, **options)
        found = re.search(r'name="csrf" (?:content|value)="([^"]*)"', answer.text)
        if found:
            self.csrf = found[1]
        return cast("Response", answer)

    def post(self, path: str, form: dict[str, Any] | None = None, **options: Any) -> Response:
        return cast("Response", self.client.post(path, data={"csrf": self.csrf, **(form or {})}, **options))

    def log_in(self, login: str, password: str = PASSWORD, **form: str) -> Response:
        self.get("/login")
        answer = self.post("/login", {"login": login, "password": password, **form})
        if answer.status_code == 303:
            self.get("/me")
        return answer


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


def _not_installed(source: Any) -> Any:
    raise plugins.NoPlugin(f"this test gave no connector for {source.name}")


@pytest.fixture
def make_app(tmp_path: Path, clock: HandClock, empty_database: Path) -> Iterator[Callable[..., App]]:
    opened: list[Database] = []

    def make(**settings: Any) -> App:
        shutil.copy(empty_database, tmp_path / "earshot.sqlite")
        db = Database(f"sqlite:///{tmp_path / 'earshot.sqlite'}")
        opened.append(db)
        return App(
            settings=Settings(home=tmp_path, **settings),
            db=db,
            clock=clock,
            reader=cast("Any", SimpleNamespace(read=lambda texts: [SimpleNamespace(complaint=0.9) for _ in texts])),
            connector_of=_not_installed,
            responders={},
        )

    yield make
    for db in opened:
        db.close()


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    return make_app()


@pytest.fixture
def web(app: App) -> FastAPI:
    return web_app.create(app)


@pytest.fixture
def visit(web: FastAPI) -> Iterator[Callable[[], Browser]]:
    """A new browser each time it is called."""
    clients: list[TestClient] = []

    def new() -> Browser:
        client = TestClient(web, base_url=ADDRESS, follow_redirects=False, client=("127.0.0.1", 5000))
        clients.append(client)
        return Browser(client)

    yield new
    for client in clients:
        client.close()


def hire(app: App, login: str, role: str = "agent", brands: tuple[str, ...] = ()) -> AccountRow:
    """An account whose password is PASSWORD."""
    with app.db.begin() as session:
        row = people.create(session, login, login.split("@")[0].title(), role, list(brands), HASH, app.clock.now())
    assert row is not None
    return row
