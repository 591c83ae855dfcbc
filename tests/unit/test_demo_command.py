"""What `earshot demo` says to who plays it a second time in the same place."""

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot import ids
from bot.app import App
from bot.cli import demo, serve
from bot.store import people
from bot.store.db import Database


def test_a_second_demo_in_the_same_place_says_how_to_sign_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    served: list[App] = []

    def ends_at_once(app: App) -> None:
        served.append(app)
        app.db.close()

    monkeypatch.setattr(serve, "serve", ends_at_once)
    monkeypatch.setattr("bot.demo.colleagues.at_work", lambda _app, _team: None)
    first, again = (_played(tmp_path, "--port", "8499") for _ in range(2))
    assert re.search(r"Sign in as  demo  with the password  north-wind-\S+", first)
    assert "with the password  " not in again
    found = re.search(r"http://127.0.0.1:8499/join/(\S+)", again)
    assert found is not None
    app = served[-1]
    reopened = Database(app.db.url)
    try:
        with reopened.read() as session:
            account = people.by_login(session, "demo")
            row = people.link(session, ids.digest_of(found[1]), "password", app.clock.now())
            assert account is not None
            assert row is not None
            assert row.facts["account"] == account.id
    finally:
        reopened.close()


def _played(home: Path, *more: str) -> str:
    program = typer.Typer()
    demo.register(program)
    result = CliRunner().invoke(program, ["--home", str(home), *more])
    assert result.exit_code == 0, result.output
    return result.output
