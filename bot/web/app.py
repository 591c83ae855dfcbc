"""The web queue as one FastAPI program: every router behind one guard, every answer behind one layer of headers."""

import logging
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Scope

from bot.app import App
from bot.store.db import DatabaseRefuses, refusal
from bot.web import (
    access,
    answer_form,
    api,
    api_described,
    api_spikes,
    api_writes,
    audit,
    auth,
    boundaries,
    brands,
    case,
    channels,
    consent,
    corrections,
    customers,
    drills,
    filtering,
    firstrun,
    health,
    hooks,
    incidents,
    join,
    knowledge,
    linking,
    live,
    me,
    merging,
    missed,
    oncall,
    people,
    queue,
    quicker,
    recalibration,
    replying,
    rewinding,
    righting,
    schedule,
    search,
    second,
    second_door,
    sending,
    shifts,
    sign_on,
    slack,
    sources,
    spellings,
    spiking,
    stories,
    telling,
    topics,
    unsubscribing,
    viewing,
    webhooks,
    weeks,
)
from bot.web.arriving import Arriving
from bot.web.demo_door import Door
from bot.web.headers import Strict
from bot.web.late import take_in
from bot.web.pages import STATIC, environment, go, leave_visit
from bot.web.throttle import Pace, Throttle
from bot.web.turns import Turns

log = logging.getLogger(__name__)
PARTS = (
    live,  # first: what open pages ask for is most of what is asked, and routes are tried in turn
    auth,
    second_door,
    sign_on,
    firstrun,
    join,
    me,
    second,
    queue,
    filtering,
    recalibration,
    replying,
    consent,
    righting,
    knowledge,
    answer_form,
    boundaries,
    case,
    merging,
    search,
    customers,
    viewing,
    sending,
    incidents,
    spiking,
    drills,
    stories,
    schedule,
    weeks,
    sources,
    hooks,
    brands,
    corrections,
    missed,
    spellings,
    topics,
    channels,
    telling,
    oncall,
    linking,
    people,
    shifts,
    webhooks,
    audit,
    api,
    api_spikes,
    api_writes,
    api_described,
    health,
)
TITLES = {
    400: "That request cannot be read",
    401: "Sign in first",
    403: "Not allowed",
    404: "Nothing here",
    405: "Not that way",
    409: "Not now",
    413: "Too much at once",
    422: "Something is missing or wrong",
    429: "Too fast",
    500: "Something broke",
    503: "Not ready",
}


def create(app: App) -> FastAPI:
    """The program that uvicorn runs. Raises RuntimeError when a route is missing from the access table."""
    web = FastAPI(title="Earshot", docs_url=None, redoc_url=None, openapi_url=None)
    web.state.earshot, web.state.pace, web.state.door = app, Pace(), Door()
    web.state.codes = Throttle()
    web.state.looks = rewinding.Looks()
    web.state.refusals = Pace(burst=10, a_second=0.1)
    guarded, signed = routers_of(app), [slack.router(app), hooks.door(app), unsubscribing.router(app)]
    web.state.routers = [*guarded, *signed]
    forgotten = access.missing(web.state.routers)
    if forgotten:
        raise RuntimeError(f"Routes without a role in bot/web/access.py: {forgotten}")
    for router in guarded:
        take_in(web.router, router, guards=[Depends(auth.guard)])
    for router in signed:
        take_in(web.router, router)  # no log-in and no form token: a signature over the raw bytes is the guard
    web.mount("/static", KeptFiles(directory=STATIC))
    web.add_exception_handler(AnyHTTPException, refused)
    web.add_exception_handler(RequestValidationError, invalid)
    web.add_exception_handler(quicker.Quicker, quicker.answer)
    web.add_exception_handler(DatabaseRefuses, not_taken)
    web.add_middleware(Turns, serving=app.db.serving)
    web.add_middleware(GZipMiddleware, compresslevel=5)  # streams of events are left alone
    web.add_middleware(Strict, settings=app.settings, page=lambda *said: error_page(app, *said))
    return web


def routers_of(app: App) -> list[APIRouter]:
    """Every part of the web, in the order their routes are tried."""
    return [part.router(app) for part in PARTS]


def server_options(app: App) -> dict[str, Any]:
    """How uvicorn must be started: no Server header, no access log (one-time links stand in paths), no proxy trust."""
    return {
        "host": app.settings.host,
        "port": app.settings.port,
        "server_header": False,
        "access_log": False,
        "proxy_headers": False,
        "log_config": None,
        "http": Arriving,
        "h11_max_incomplete_event_size": 64 * 1024,
        "timeout_keep_alive": 15,
        "limit_concurrency": 400,
        "timeout_graceful_shutdown": 5,
    }


class KeptFiles(StaticFiles):
    """Static files: their address changes with their content, so browsers keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        if answer.status_code == 200:
            answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer


def error_page(app: App, status: int, why: str, incident: str) -> HTMLResponse:
    """A page for what went wrong. It asks nothing of the database, which may be what is broken."""
    words = (
        environment(app.settings.zone)
        .get_template("error.html")
        .render(title=TITLES.get(status, "Not possible"), why=why, incident=incident, status=status)
    )
    return HTMLResponse(words, status)


def refused(request: Request, error: Exception) -> Response:
    """A refusal as a page, a sentence of JSON for the API, or the way to the log-in page."""
    assert isinstance(error, HTTPException | AnyHTTPException)
    if wants_json(request):
        if error.status_code == 400:  # FastAPI's, for bytes that are no text and nests without end
            return JSONResponse({"error": "The body cannot be read as JSON in UTF-8."}, 422)
        return JSONResponse({"error": str(error.detail)}, error.status_code, headers=error.headers)
    if isinstance(error, auth.SignIn):
        return auth.to_login(request)
    if isinstance(error, auth.Owes) and request.method == "GET":
        return go(auth.SET_UP)
    why = "" if error.detail in (None, "Not Found", "Method Not Allowed") else str(error.detail)
    answer = error_page(request.app.state.earshot, error.status_code, why, "")
    answer.headers.update(error.headers or {})
    leave_visit(request, answer)
    return answer


def not_taken(request: Request, error: Exception) -> Response:
    """The database took nothing: said plainly, so that nobody believes a press that did not count (P-52)."""
    log.error("The database refused a page", extra={"why": str(getattr(error, "orig", type(error).__name__))})
    why = f"{refusal(error)} Nothing was changed and nothing was sent. Try again when the operator has mended it."
    if wants_json(request):
        return JSONResponse({"error": why}, 503)
    return error_page(request.app.state.earshot, 503, why, "")


def invalid(request: Request, error: Exception) -> Response:
    """A form or query that does not fit: which field, and why; never what was sent."""
    assert isinstance(error, RequestValidationError)
    fields = [{"field": ".".join(map(str, each["loc"][1:])), "why": each["msg"]} for each in error.errors()]
    if wants_json(request):
        return JSONResponse({"error": "Some fields do not fit.", "fields": fields}, 422)
    why = "; ".join(f"{each['field']}: {each['why']}" for each in fields)
    return error_page(request.app.state.earshot, 422, why, "")


def wants_json(request: Request) -> bool:
    """Is this the API?"""
    return request.url.path.startswith("/api/")
