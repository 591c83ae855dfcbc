"""`earshot demo`: the product alive in a minute, offline, in a sandbox."""

import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app import App
    from responders.types import Responder

LISTENED_FOR = timedelta(minutes=90)  # what was written earlier is history: it pages nobody


def register(program: typer.Typer) -> None:
    """Add this command."""
    program.command("demo")(demo)


def demo(
    speed: Annotated[float, typer.Option(min=0.1, max=600, help="How many times as fast as written")] = 12.0,
    host: Annotated[str, typer.Option(help="Address the queue listens on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port the queue listens on", envvar="EARSHOT_PORT")] = 8484,
    home: Annotated[Path | None, typer.Option(help="Keep the sandbox here; a new folder if left out")] = None,
) -> None:
    """Play an invented week of an invented brand through the real thing, in a sandbox database."""
    from bot import ids, log, wire
    from bot.cli.serve import serve
    from bot.demo import colleagues, script
    from bot.demo.stage import Speaker, Stage
    from bot.store import brands, people, sources
    from bot.store.tables import SourceRow
    from bot.web.passwords import hashed
    from config.settings import Settings

    folder = home or Path(tempfile.mkdtemp(prefix="earshot-demo-"))
    settings = Settings(home=folder, host=host, port=port, undo_s=8, zone="UTC", log_level="warning")
    log.configure(settings.log, settings.log_level)
    app = wire.build(settings)
    stage = Stage(app.clock.now, speed, app.clock.now())
    speakers = {name: Speaker(stage, name, app.clock.now) for name in ("bluesky", "mastodon", "reddit")}
    app = replace(app, connector_of=lambda _source: stage, responders=cast("Mapping[str, Responder]", speakers))
    now, password = app.clock.now(), f"north-wind-{ids.token(6).lower()}"
    with app.db.begin() as session:
        for brand in (script.NORTHWIND, script.RIVAL):
            brands.save(session, brand, "demo", now, "earshot")
        known = people.by_login(session, "demo")
        if people.count(session) == 0:
            people.create(session, "demo", "Demo", "admin", [], hashed(password), now)
            colleagues.arrive(session, hashed(ids.token(32)), now)
            sys.stdout.write(f"Sign in as  demo  with the password  {password}\n")
        row = SourceRow(name="stage", connector="demo", started_at=now - LISTENED_FOR, next_poll_at=now)
        sources.save(session, row)
        team = colleagues.team(session)
    if known is not None:
        sys.stdout.write(_again(app, known.id or 0))
    sys.stdout.write(f"The sandbox is in {folder}; nothing leaves this machine. Ctrl-C ends the play.\n")
    colleagues.at_work(app, team)
    serve(app)


def _again(app: "App", account_id: int) -> str:
    """How to sign in where the demo was played before: its password was said then, and is kept nowhere."""
    from bot.cli.accounts import new_link

    path = f"/join/{new_link(app, account_id)}"
    where = f"{app.settings.address}{path}" if app.settings.port else f"{path} at the address below"
    return f"Sign in as  demo  with the password of the first time, or set a new one within the hour:\n  {where}\n"
