"""slack_signatures.jsonl: each signed request to the routes that Slack talks to, as it is, as often as the row says."""

import base64
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from bot.app import App
from bot.clock import HandClock
from bot.store import migrate
from bot.store.db import Database
from bot.web import slack
from bot.web.late import take_in
from config.settings import Settings, Slack
from tests.bench.faults.rows import Fate, lines
from tests.conftest import app_on

SIGNED = ("interactions", "commands", "events")


def play(folder: Path) -> Iterator[Fate]:
    """Each request in its own second, under its own secrets."""
    with tempfile.TemporaryDirectory() as place:
        db = Database(f"sqlite:///{place}/e.sqlite")
        migrate.upgrade(db)
        for row in lines(folder, "slack_signatures"):
            clock = HandClock(datetime.fromtimestamp(row["now"], UTC))
            told = SecretStr(", ".join(row["signing_secrets"]))
            settings = Settings(home=Path(place), slack=Slack(signing_secret=told))
            yield Fate(row["id"], tuple(_said(app_on(db, clock, settings), row)))
        db.close()


def _said(app: App, row: dict[str, Any]) -> list[str]:
    body = base64.b64decode(row["body_b64"])
    page = FastAPI()
    take_in(page.router, slack.router(app))
    headers = [(name.encode(), value.encode()) for name, value in row["headers"].items()]
    with TestClient(page, raise_server_exceptions=False) as web:
        request = lambda: web.post(f"/slack/{_route(row, body)}", content=body, headers=headers).status_code  # type: ignore[arg-type]
        answers = {request() for _ in range(row["repeat"])}
    allowed = str(row["expect"]["status"]).split(" or ")
    odd = [one for one in answers if not any(str(one) == want or _good(one, want) for want in allowed)]
    return [f"answered {odd[0]}, not {row['expect']['status']} ({row['title']})"] if odd else []


def _good(status: int, want: str) -> bool:
    return want == "2xx" and 200 <= status < 300


def _route(row: dict[str, Any], body: bytes) -> str:
    if body.startswith(b"payload="):
        return "interactions"
    return "events" if "json" in row["headers"].get("Content-Type", "") else "commands"
