"""`earshot run`: everything in one process."""

import ctypes
import errno
import gc
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.run import Runner


SWITCH_S = 0.0005
"""A page asks the database dozens of times, and each time waits so long for every loop that computes (usually 5 ms)."""

SPARE = 58
"""So many reads may hang for their 40 s beside the six that go on: a thread that waits costs 50 kB or so."""


def register(program: typer.Typer) -> None:
    """Add these commands."""
    program.command("run")(run)


def run(
    brand: Annotated[str, typer.Option(help="Start listening for this name at once, without the first-run page")] = "",
    host: Annotated[str | None, typer.Option(help="Address the queue listens on")] = None,
    port: Annotated[int | None, typer.Option(help="Port the queue listens on")] = None,
    home: Annotated[str | None, typer.Option(help="Folder of the database and earshot.toml")] = None,
) -> None:
    """Listen, read, queue, tell and answer: everything, until Ctrl-C."""
    from bot import log, wire
    from config.load import load

    loaded = load(flags={"host": host, "port": port, "home": home})
    log.configure(loaded.settings.log, loaded.settings.log_level)
    app = wire.build(loaded.settings)
    if brand:
        name_brand(app, brand)
    serve(app)


def name_brand(app: "App", name: str) -> None:
    """A brand by its name alone, heard on every source that needs no credentials."""
    from bot import wire
    from bot.core.brand import Brand
    from bot.store import brands

    with app.db.begin() as session:
        if brands.get(session, name) is None:
            brands.save(session, Brand(name=name, names=(name,)), "flag", app.clock.now(), "earshot")
    wire.listen_by_default(app)


def serve(app: "App", ended: Callable[[], object] = lambda: None) -> None:
    """Run loops and the queue until a signal ends them; `ended` is called before the database is closed."""
    import uvicorn

    from bot.store import people
    from bot.web.app import create, server_options

    few_arenas()
    sys.setswitchinterval(SWITCH_S)
    runner, web, door = runner_of(app), create(app), open_door(app.settings.host, app.settings.port)
    config = uvicorn.Config(web, **server_options(app))
    server = uvicorn.Server(config)
    web.state.closing = lambda: server.should_exit
    few_pauses()
    with app.db.begin() as session:
        link = people.first_link(session, app.clock.now())
    take_up(app)
    runner.start()
    threading.Thread(target=_say_where, args=(app, server, link), daemon=True).start()
    try:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _stop)
        server.run(sockets=[door])
    finally:
        late = runner.finish()
        ended()
        app.db.close()
        if late:
            sys.stderr.write(f"earshot: stopped without waiting for {', '.join(late)}\n")


def _stop(_number: int, _frame: object) -> None:
    """uvicorn ends its server at a SIGTERM and raises it anew: then the loops finish what is in their hands."""
    raise SystemExit(0)


def few_arenas() -> bool:
    """Let all threads share two pools of memory; False where the C library is not glibc.

    glibc gives each thread a pool of its own, eight for each core, and each keeps what its largest page took: with
    fifty people that was half of the process (docs/performance.md). M_ARENA_MAX is -8 in glibc's malloc.h.
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(-8, 2))
    except (AttributeError, OSError, TypeError):
        return False


def few_pauses() -> int:
    """Take what a start has made out of all later rounds of the garbage collector; how many objects that were.

    It stays to the end anyway, and going through it held every page for 130 to 180 ms (docs/performance.md).
    """
    gc.collect()
    gc.freeze()
    return gc.get_freeze_count()


def open_door(host: str, port: int) -> socket.socket:
    """The queue's listening socket, taken before any loop starts. ValueError when it cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        door = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = f"port {port} on {host} is in use: perhaps Earshot runs already."
            raise ValueError(f"{why} Take another with --port or EARSHOT_PORT.") from None
        reason = (error.strerror or str(error)).partition(" (while")[0]
        low = error.errno == errno.EACCES
        cause = "Ports below 1024 are the system's" if low else f"{host} is no address of this machine"
        ask = "Set EARSHOT_HOST and EARSHOT_PORT; for other machines put a proxy in front (docs/server.md)."
        raise ValueError(f"the queue cannot listen on {host}, port {port}: {reason}. {cause}. {ask}") from None
    door.set_inheritable(True)
    return door


def take_up(app: "App") -> bool:
    """Deal with what the last process left half done, at once if no other works here. True if it did."""
    from importlib.metadata import version

    from bot.run import began
    from bot.steps import deliver, listen
    from bot.store import alone

    began(app, version("earshot-bot"))
    if not alone.is_alone(app.db):
        return False  # what is left is taken up when its lease ends
    deliver.resume(app)
    listen.resume(app)
    return True


def _say_where(app: "App", server: Any, link: str | None) -> None:
    """Print the queue's address once it answers, and the one-time link of a first start."""
    waited = threading.Event()
    while not server.started and not waited.wait(0.05):
        if server.should_exit:
            return
    port = server.servers[0].sockets[0].getsockname()[1] if server.servers else app.settings.port
    address = app.settings.public_url or f"http://{app.settings.host}:{port}"
    sys.stdout.write(f"Earshot is at {address}\n")
    if link:
        sys.stdout.write(f"First start: open {address}/first/{link} within 30 minutes to make your account.\n")
    sys.stdout.flush()


def runner_of(app: "App", listen: bool = True) -> "Runner":
    """Every loop and tick of one process. `listen` False leaves the platforms alone (demo, drill)."""
    from bot.listening import Followers, Taken
    from bot.run import Loop, Runner, Tick
    from bot.steps import (
        alert,
        answer,
        audit,
        brief,
        calendars,
        confirm,
        deliver,
        digest,
        forecasting,
        forget,
        giving,
        heal,
        incidents,
        match,
        outhook,
        promise,
        read,
        recalibrate,
        recheck,
        recover,
        remembering,
        seek,
        spikes,
        topics,
        triage,
        watch,
    )
    from bot.steps.listen import renew_some
    from bot.web.slack_socket import Lines
    from bot.wire import agent_of
    from connectors.transport import waited_s
    from responders.slack.socket import SocketMode

    stop = threading.Event()
    followers = Followers(stop)
    hearing = (
        Loop("listen", Taken().poll_one, 1.0, threads=6, spare=SPARE, waited_s=waited_s),
        Loop("streams", followers.tend, 2.0),
        Loop("heal", heal.heal_one, 15.0, spare=8, waited_s=waited_s),
        Loop("recheck", recheck.Rounds().ask_one, 15.0, spare=24, waited_s=waited_s),
        Loop("seek", seek.Seeker().seek_one, 15.0, spare=8, waited_s=waited_s),
    )
    working: tuple[Loop, ...] = (
        Loop("match", match.match_some, 2.0),
        Loop("read", read.read_some, 2.0),
        Loop("triage", triage.triage_some, 2.0),
        Loop("corrections", answer.spread_some, 5.0),
        Loop("confirm", confirm.confirm_some, 5.0),
        Loop("alert", alert.alert_some, 5.0),
        Loop("incidents", incidents.gather, 5.0),
        Loop("give", giving.give_some, 15.0),
        Loop("hooks", outhook.tell_hooks, 2.0, spare=8, waited_s=waited_s),
        Loop("tell", deliver.deliver_team, 1.0, spare=24, waited_s=waited_s),
        Loop("deliver", deliver.deliver_customer, 1.0, threads=4, spare=24, waited_s=waited_s),
        Loop("forget", forget.forget_some, 10.0),
        Loop("topics", topics.sort_some, 10.0),
    )
    ticks = (
        Tick("leases", renew_some, 20.0),
        Tick("retain", forget.retain, 3600.0),
        Tick("hooks-tidy", outhook.tidy, 3600.0),
        Tick("scrub", forget.scrub, 3600.0),
        Tick("recover", recover.recover_some, 60.0),
        Tick("spikes", spikes.look, 60.0),
        Tick("digest", digest.send_due, 60.0),
        Tick("brief", brief.send_due, 60.0),
        Tick("audit", audit.draw_due, 600.0),
        Tick("recalibrate", recalibrate.fit_due, 600.0),
        Tick("topics-new", topics.find_new, 3600.0),
        Tick("watchdog", watch.look, 30.0),
        Tick("forecast", forecasting.look_ahead, 60.0),
        Tick("remember", remembering.remember_some, 30.0),
        Tick("promises", promise.watch_promises, 15.0),
        Tick("calendars", calendars.read_calendars, 600.0),
    )
    ends: tuple[Callable[[], object], ...] = (followers.finish,)
    if listen and app.settings.slack.app_token is not None:
        lines = Lines(SocketMode(app.settings.slack, agent_of(app.settings)), stop)
        working, ends = (*working, Loop("slack", lines.tend, 2.0)), (*ends, lines.finish)
    return Runner(app, (*hearing, *working) if listen else working, ticks, stop, ends)
