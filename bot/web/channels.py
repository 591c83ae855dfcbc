"""How the team is told: Slack and mail, how they are doing, and a test message."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.hours import DAYS
from bot.store import brands, channels, events, notices, outbox, quiet, rights, routing, switches, tellings
from bot.store.channels import Channel
from bot.store.quiet import Active
from bot.store.tables_telling import QuietRow, RoomRow, RouteRow
from bot.web import quicker, trying
from bot.web.auth import Me, brands_of, may_see
from bot.web.late import new_routes
from bot.web.pages import TheApp, render
from bot.web.telling_form import SEVERITIES, QuietForm, RouteForm, Window, quiet_words, rule_words
from bot.web.trying import Tried
from responders.types import Message

web = new_routes()
LIMIT = timedelta(seconds=25)  # a mail server may ask for patience at each step
WORDS = "This is a test from Earshot. Whoever reads it will hear of new cases here."


@dataclass(frozen=True, slots=True)
class WayView:
    """One way to the team: which, where, first or second choice, how it does."""

    responder: str
    address: str
    second: bool
    ready: bool
    channel: Channel
    room: RoomRow | None = None
    usual: bool = False


@dataclass(frozen=True, slots=True)
class QuietView:
    """A time of quiet: when, who asked for it, and whether it holds now."""

    row: QuietRow
    words: str
    active: Active | None
    by: str


def router(_app: App) -> APIRouter:
    """One page, one button."""
    return web


@web.get("/channels")
def list_channels(app: TheApp, request: Request, edit: int | None = None) -> Response:
    return page(app, request, edit=edit)


@web.post("/channels/test")
def send_test(
    app: TheApp, request: Request, me: Me, responder: Annotated[str, Form()] = "", address: Annotated[str, Form()] = ""
) -> Response:
    """Send one message now, past the outbox: somebody waits for the answer, and a repeat harms nobody."""
    fit = (each for each in views(app) if each.responder == responder and address in ("", each.address))
    way = next(fit, None)
    if way is None:
        raise HTTPException(404)
    now = app.clock.now()
    tried = trying.within(LIMIT, lambda: _send(app, way, f"test:{way.responder}:{now.timestamp():.0f}"))
    tried = tried or Tried(False, f"No answer in {LIMIT.seconds} seconds. It may still arrive.")
    with app.db.begin() as session:
        events.add(session, now, f"account:{me.id}", "channel.tested", f"channel:{responder}", ok=tried.ok)
    return page(app, request, tried)


def page(
    app: App, request: Request, tried: Tried | None = None, status: int = 200, wrong: str = "", done: str = "",
    form: RouteForm | None = None, edit: int | None = None, rehearsed: Any = None, quiet_form: QuietForm | None = None,
) -> Response:  # fmt: skip
    """Every way and how it does, who hears of what, what is quiet, and what waits in the outbox for the team."""
    now, me = app.clock.now(), request.state.me
    with app.db.read() as session:
        box = {state: n for (audience, state), n in outbox.counts(session).items() if audience == "team"}
        routes = [row for row in routing.all_of(session) if not row.brand or may_see(me, row.brand)]
        said = {row.id: rule_words(routing.as_rule(row), Window.of(row.hours, row.zone)) for row in routes}
        hushed = {one.row.id: one for one in quiet.active(session, now)}
        quiets = [
            QuietView(row, quiet_words(row), hushed.get(row.id), rights.name_of(session, row.by))
            for row in quiet.all_of(session)
            if not quiet.over(row, now) and (not row.brand or may_see(me, row.brand))
        ]
        names = [brand.name for brand in brands.all_of(session) if may_see(me, brand.name)]
        lately, failed = tellings.lately(session, brands_of(me), now)
        socket = {"since": "", "why": ""} | switches.get(session, "slack:socket")
    every = notices.every_way(app.settings)
    chosen = next((row for row in routes if row.id == edit), None)
    if form is None:
        form = RouteForm.of(chosen, every) if chosen is not None else RouteForm(window=Window(tz=app.settings.zone))
    return render(
        request, "channels.html", status, ways=views(app), box=box, tried=tried, slack=app.settings.slack,
        routes=routes, said=said, quiets=quiets, brands=names, every=every, form=form, wrong=wrong, done=done,
        edit=chosen.id if chosen is not None else None, was=mark_of(chosen), rehearsed=rehearsed,
        severities=SEVERITIES, days=DAYS,
        quiet_form=quiet_form or QuietForm(window=Window(tz=app.settings.zone), through=("critical",)), socket=socket,
        lately=lately, failed=failed,
    )  # fmt: skip


def mark_of(row: RouteRow | None) -> str:
    """By what the form of a rule knows later whether somebody else changed it."""
    return quicker.mark(row.model_dump_json(exclude={"position"})) if row is not None else ""


def views(app: App) -> list[WayView]:
    """The ways that are set up or that a route names, the first choice first."""
    first, second = notices.ways(app.settings), notices.second_ways(app.settings)
    every = [(way, False) for way in first] + [(way, True) for way in second if way not in first]
    with app.db.read() as session:
        named = dict.fromkeys((*notices.every_way(app.settings), *routing.rooms_in_use(session)))
        every += [(way, False) for way in named if way not in [known for known, _ in every]]
        return [
            WayView(
                way.responder,
                way.address,
                spare,
                way.responder in app.responders and bool(way.address),
                channels.get(session, way.responder, way.address),
                routing.room(session, way),
                way in first,
            )
            for way, spare in every
        ]


def _send(app: App, way: WayView, key: str) -> Tried:
    if not way.address:
        return Tried(False, "No room is set. Set EARSHOT_SLACK__ROOM to a channel, for example #care, and start again.")
    if way.responder not in app.responders:
        return Tried(False, f"{way.responder} is not set up.")
    receipt = app.responders[way.responder].send(
        Message(key=key, address=way.address, text=WORDS, subject="A test from Earshot")
    )
    return Tried(True, f"It was taken. {('It stands as ' + receipt.id) if receipt.id else ''}".strip())
