"""`earshot drill`: a crisis that never happened, played into a copy of the queue and of the team's room."""

import json
import sys
import tempfile
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.core.brand import Brand
    from bot.demo.crisis import Line

GRACE = timedelta(minutes=30)  # after the last post, for those who still answer
STEP = timedelta(seconds=15)

drills = typer.Typer(help="Play a crisis into a sandbox, and read what it showed.", no_args_is_help=True)


def register(program: typer.Typer) -> None:
    """Add these commands."""
    program.add_typer(drills, name="drill")


@drills.command("start")
def start(
    file: Annotated[str, typer.Argument(help="A crisis (JSON Lines), or outage-friday, the one that ships")],
    speed: Annotated[float, typer.Option(min=0.1, max=600, help="How many times as fast as written")] = 1.0,
    port: Annotated[int, typer.Option(help="Port of the sandbox's queue")] = 8485,
    unattended: Annotated[
        bool, typer.Option("--unattended", help="Nobody answers: play it at once in simulated time")
    ] = False,
    brand: Annotated[str, typer.Option(help="Play it about this brand of yours, not about Northwind Air")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the debrief here too, as JSON")] = None,
) -> None:
    """Play a crisis. The real queue, database and rooms are not touched; no connection can leave the process."""
    from bot.demo import crisis

    try:
        name, script = crisis.load(file)
        real = _real()
        script = crisis.about(script, _brand(real, brand)) if brand else script
    except (ValueError, OSError) as error:
        sys.stderr.write(f"earshot: {error}\n")
        raise typer.Exit(2) from None
    crisis.sealed()
    began = real.clock.now()
    made = _unattended(real, script) if unattended else _attended(real, name, script, speed, port)
    _after(real, name, began, made, out)


@drills.command("record")
def record(
    incident: Annotated[int, typer.Argument(help="The number of an incident of yours")],
    out: Annotated[Path | None, typer.Option(help="Write it here; else to stdout")] = None,
) -> None:
    """An incident that happened, as a script: customers numbered, personal data masked."""
    from bot.store import drills as store

    try:
        with _real().db.read() as session:
            rows = store.recorded(session, incident)
    except ValueError as error:
        sys.stderr.write(f"earshot: {error}\n")
        raise typer.Exit(2) from None
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if out is None:
        sys.stdout.write(text)
    else:
        out.touch(mode=0o600)
        out.write_text(text, "utf-8")


@drills.command("list")
def listed() -> None:
    """The debriefs that were kept, a line each."""
    from bot.store import drills as store

    with _real().db.read() as session:
        rows = store.newest(session)
        if not rows:
            typer.echo("No drill was kept yet. Play one: earshot drill start outage-friday", err=True)
        for row in rows:
            facts = {"id": row.id, "name": row.name, "started_at": row.started_at.isoformat(), **row.debrief}
            sys.stdout.write(json.dumps(facts, ensure_ascii=True) + "\n")


def _brand(real: "App", name: str) -> "Brand":
    from bot.store import brands

    with real.db.read() as session:
        found, every = brands.get(session, name), brands.all_of(session)
    if found is None:
        known = ", ".join(one.name for one in every if not one.competitor) or "none yet"
        raise ValueError(f"There is no brand {name!r}. Yours: {known}.")
    return found


def _real() -> "App":
    from bot import log, wire
    from config.load import load

    settings = load().settings
    log.configure(settings.log, "warning")
    return wire.build(settings)


def _unattended(real: "App", script: "Sequence[Line]") -> dict[str, Any]:
    """Nobody answers: every loop in turn, fifteen simulated seconds at a time, until the grace is over."""
    from bot.cli.sandbox import sandbox
    from bot.clock import HandClock

    with tempfile.TemporaryDirectory(prefix="earshot-drill-") as folder:
        clock = HandClock(real.clock.now())
        made = sandbox(real, script, 1.0, clock, Path(folder), 8485)
        until = made.play.end + GRACE
        while clock.now() < until:
            turn(made.app)
            clock.move(STEP)
        facts = made.debrief()
        made.app.db.close()
    return facts


def turn(app: "App") -> None:
    """One round of every loop that a post passes on its way, and of those who tell the team."""
    from bot.steps import alert, deliver, giving, incidents, listen, match, read, spikes, triage

    for step in (listen.poll_one, match.match_some, read.read_some, triage.triage_some, incidents.gather):
        while cast("Any", step)(app):
            pass
    if app.clock.now().second < STEP.total_seconds():  # once a minute, as in the real loop
        spikes.look(app)
    giving.give_some(app)
    while alert.alert_some(app):
        pass
    deliver.deliver_team(app)


def _attended(real: "App", name: str, script: "Sequence[Line]", speed: float, port: int) -> dict[str, Any]:
    """People work in the sandbox's queue until Ctrl-C, or until the script and its grace are over."""
    from bot.cli.sandbox import sandbox
    from bot.cli.serve import serve
    from bot.clock import SystemClock

    with tempfile.TemporaryDirectory(prefix="earshot-drill-") as folder:
        made = sandbox(real, script, speed, SystemClock(), Path(folder), port)
        end = made.play.end + GRACE / speed
        sys.stderr.write(
            f"Drill {name}: {len(script)} posts. Sign in at http://127.0.0.1:{port} as in the real queue; nothing that "
            f"is sent there reaches anybody. It ends at {end:%H:%M} UTC or with Ctrl-C.\n"
            f"What the team’s rooms are told stands at http://127.0.0.1:{port}/drills/room, for leads.\n"
        )
        facts: dict[str, Any] = {}
        ending = threading.Timer((end - made.app.clock.now()).total_seconds(), _interrupt)
        ending.daemon = True
        ending.start()
        try:
            serve(made.app, ended=lambda: facts.update(made.debrief()))
        except KeyboardInterrupt:  # how it ends: the server hands the signal on once it has stopped
            sys.stderr.write("The drill is over.\n")
        finally:
            ending.cancel()
    return facts


def _interrupt() -> None:
    import signal

    signal.raise_signal(signal.SIGINT)


def _after(real: "App", name: str, began: datetime, facts: dict[str, Any], out: Path | None) -> None:
    from bot.store import drills as store

    with real.db.begin() as session:
        kept = store.keep(session, name, began, real.clock.now(), facts)
    text = json.dumps({"id": kept, "name": name, **facts}, ensure_ascii=True)
    sys.stdout.write(text + "\n")
    if out is not None:
        out.write_text(text + "\n", "utf-8")
    sys.stderr.write(f"The debrief is kept: {real.settings.address}/drills/{kept}\n")
