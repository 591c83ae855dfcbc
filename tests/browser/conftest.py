"""A real Chromium against a real server on loopback. Skipped with a plain message where there is no Chromium."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bot import ids
from bot.app import App
from bot.clock import SystemClock
from bot.store import migrate, people
from bot.store.db import Database
from bot.store.tables_house import AccountRow
from bot.web import app as web_app
from config.settings import Settings
from tests.web.seed import BRAND, Seed

SHORT = timedelta(milliseconds=20)
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the browser."""
    there = Path(CHROMIUM).exists()
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not there:
                item.add_marker(pytest.mark.skip(reason=f"no Chromium at {CHROMIUM} (apt-get install chromium)"))


@dataclass
class House:
    """An Earshot that runs: its address, its tables, and people to let in."""

    app: App
    address: str
    seed: Seed

    def person(self, login: str, role: str = "agent") -> AccountRow:
        """Somebody who works here."""
        with self.app.db.begin() as session:
            row = people.create(session, login, login.title(), role, [], "no password", self.app.clock.now())
        assert row is not None
        return row

    def enter(self, context: BrowserContext, account: AccountRow) -> Page:
        """A page of somebody who is signed in."""
        token = ids.token()
        with self.app.db.begin() as session:
            people.open_session(session, account.id or 0, ids.digest_of(token), ids.token(), self.app.clock.now())
        context.add_cookies([{"name": "earshot", "value": token, "url": self.address}])
        return context.new_page()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    db = Database(f"sqlite:///{tmp_path / 'earshot.sqlite'}")
    migrate.upgrade(db)
    app = App(
        settings=Settings(home=tmp_path),
        db=db,
        clock=SystemClock(),
        reader=cast("Any", None),
        connector_of=cast("Any", _no_connector),
        responders=cast("Any", {"bluesky": SimpleNamespace(longest=300)}),
    )
    options = web_app.server_options(app) | {"port": 0, "log_level": "error", "timeout_graceful_shutdown": 1}
    server = uvicorn.Server(uvicorn.Config(web_app.create(app), **options))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        app.clock.sleep(SHORT)
    port = server.servers[0].sockets[0].getsockname()[1]
    seed = Seed(app)
    seed.brand(names=(BRAND,))
    yield House(app, f"http://127.0.0.1:{port}", seed)
    server.should_exit = True
    thread.join(10)
    with closing(db):
        pass


def _no_connector(_source: Any) -> Any:
    raise ValueError("no connector in this test")


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(house: House, chrome: Browser) -> Iterator[Callable[..., Page]]:
    """A page of a person; what the browser complained of is an error of the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(account: AccountRow, **options: Any) -> Page:
        context = chrome.new_context(**({"viewport": {"width": 1440, "height": 900}} | options))
        context.set_default_timeout(8_000)
        contexts.append(context)
        page = house.enter(context, account)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said.text) else None)
        page.on("dialog", lambda dialog: (complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def _is_complaint(text: str) -> bool:
    return "Content Security Policy" in text or "Uncaught" in text or "TypeError" in text
