"""What comes in from Slack: presses, the slash command, events. Signed, quick, once; nothing typed there reaches a
customer (P-20). These routes stand outside the log-in: Slack's signature over the raw bytes is their guard."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from bot.app import App
from bot.web import slack_acts
from bot.web.late import new_routes
from bot.web.slack_forms import Unreadable, form_of, json_of
from responders.slack.signature import is_signed, secrets_of

LONGEST = 256 * 1024
PATIENCE_S = 2.5  # Slack wants its word within three seconds
REFUSED = JSONResponse({"error": "This is not signed by our Slack app, or too old."}, 401)
UNREADABLE = JSONResponse({"error": "This cannot be read."}, 400)


@dataclass(frozen=True, slots=True)
class Came:
    """A request as it came: its raw bytes, or None when there were too many."""

    body: bytes | None
    timestamp: str
    signature: str
    packed: bool


async def came(request: Request) -> Came:
    """The raw bytes, before anything parses them: the one thing FastAPI offers only to `async def`."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > LONGEST:
            return Came(None, "", "", packed=False)
        pieces.append(piece)
    packed = request.headers.get("content-encoding", "identity").lower() not in ("", "identity")
    return Came(
        b"".join(pieces), _only(request, "x-slack-request-timestamp"), _only(request, "x-slack-signature"), packed
    )


def _only(request: Request, name: str) -> str:
    """A header that came exactly once."""
    values = request.headers.getlist(name)
    return values[0] if len(values) == 1 else ""


Request_ = Annotated[Came, Depends(came)]


def router(app: App) -> APIRouter:
    """The three addresses. Without a signing secret they do not exist."""
    web = new_routes()

    @web.post("/slack/interactions")
    def interactions(request: Request_) -> Response:
        return _answered(app, request, lambda body: _pressed(app, body))

    @web.post("/slack/commands")
    def commands(request: Request_) -> Response:
        return _answered(app, request, lambda body: JSONResponse(slack_acts.command(app, form_of(body))))

    @web.post("/slack/events")
    def events(request: Request_) -> Response:
        return _answered(app, request, lambda body: _event(app, json_of(body)))

    return web


def _answered(app: App, request: Came, act: Callable[[bytes], Response]) -> Response:
    """Signature first, over the bytes; whatever then cannot be read is 400, never 500."""
    secret = app.settings.slack.signing_secret
    if secret is None:
        return JSONResponse({"error": "Slack is not set up."}, 404)
    if request.body is None:
        return JSONResponse({"error": "Too much at once."}, 413)
    known = secrets_of(secret.get_secret_value())
    if not is_signed(known, request.timestamp, request.signature, request.body, app.clock.now()):
        return REFUSED
    if request.packed:
        return JSONResponse({"error": "Send it unpacked."}, 415)
    try:
        return act(request.body)
    except Unreadable:
        return UNREADABLE


def _pressed(app: App, body: bytes) -> Response:
    """One press, once, however often Slack sends it, answered in time. A press that failed may be sent again."""
    payload = json_of(form_of(body).get("payload", "").encode())
    shown = slack_acts.within(PATIENCE_S, lambda: slack_acts.interaction(app, payload))
    return JSONResponse(shown) if shown is not None else Response(status_code=200)


def _event(app: App, payload: dict[str, Any]) -> Response:
    """Words in a channel or thread stay in Slack: an event is taken note of, and that is all."""
    if payload.get("type") == "url_verification":
        return JSONResponse({"challenge": str(payload.get("challenge", ""))[:200]})
    return Response(status_code=200)
