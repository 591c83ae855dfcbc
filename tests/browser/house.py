"""An Earshot that runs on loopback, for a browser to visit: used by the tests and by shots.py."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import uvicorn
from playwright.sync_api import BrowserContext, Page

from bot import ids
from bot.app import App
from bot.clock import SystemClock
from bot.readers.words import Words
from bot.store import migrate, people
from bot.store.db import Database
from bot.store.tables import SourceRow
from bot.store.tables_house import AccountRow
from bot.web import app as web_app
from config.settings import Settings
from connectors.webhook.connector import Webhook
from connectors.webhook.settings import Settings as WebhookSettings
from tests.web.seed import BRAND, Seed

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SHORT = timedelta(milliseconds=20)


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


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[House]:
    """Start it on a free port with one brand; stop it at the end."""
    db = Database(f"sqlite:///{folder / 'earshot.sqlite'}")
    migrate.upgrade(db)
    app = App(
        settings=Settings(home=folder, **settings),
        db=db,
        clock=SystemClock(),
        reader=Words(),
        connector_of=_no_platform,
        responders=cast("Any", {"bluesky": SimpleNamespace(longest=300), "mastodon": SimpleNamespace(longest=500)}),
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
    db.close()


def _no_platform(source: SourceRow) -> Any:
    """Only what is posted to us: it reaches nothing."""
    if source.connector != "webhook":
        raise ValueError("no connector in this test")
    return Webhook(WebhookSettings(platform="reviews"), http=cast("Any", None), now=SystemClock().now)
