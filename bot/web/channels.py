"""How the team is told: Slack and mail, how they are doing, and a test message."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.store import channels, events, notices, outbox
from bot.store.channels import Channel
from bot.web import trying
from bot.web.auth import Me
from bot.web.pages import TheApp, render
from bot.web.trying import Tried
from responders.types import Message

web = APIRouter()
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


def router(_app: App) -> APIRouter:
    """One page, one button."""
    return web


@web.get("/channels")
def list_channels(app: TheApp, request: Request) -> Response:
    return page(app, request)


@web.post("/channels/test")
def send_test(app: TheApp, request: Request, me: Me, responder: Annotated[str, Form()] = "") -> Response:
    """Send one message now, past the outbox: somebody waits for the answer, and a repeat harms nobody."""
    way = next((each for each in views(app) if each.responder == responder), None)
    if way is None:
        raise HTTPException(404)
    now = app.clock.now()
    tried = trying.within(LIMIT, lambda: _send(app, way, f"test:{way.responder}:{now.timestamp():.0f}"))
    tried = tried or Tried(False, f"No answer in {LIMIT.seconds} seconds. It may still arrive.")
    with app.db.begin() as session:
        events.add(session, now, f"account:{me.id}", "channel.tested", f"channel:{responder}", ok=tried.ok)
    return page(app, request, tried)


def page(app: App, request: Request, tried: Tried | None = None) -> Response:
    """Every way, and what waits in the outbox for the team."""
    with app.db.read() as session:
        box = {state: n for (audience, state), n in outbox.counts(session).items() if audience == "team"}
    return render(request, "channels.html", ways=views(app), box=box, tried=tried, slack=app.settings.slack)


def views(app: App) -> list[WayView]:
    """The ways that are set up, the first choice first."""
    first, second = notices.ways(app.settings), notices.second_ways(app.settings)
    every = [(way, False) for way in first] + [(way, True) for way in second if way not in first]
    with app.db.read() as session:
        return [
            WayView(
                way.responder,
                way.address,
                spare,
                way.responder in app.responders and bool(way.address),
                channels.get(session, way.responder, way.address),
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
