"""The kill switch's two forms, in the top bar of every page."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.app import App
from bot.steps.answer import Refused, pause_sending, resume_sending
from bot.web import place
from bot.web.auth import Me
from bot.web.late import new_routes
from bot.web.pages import go, refusal

Where = Annotated[str, Form(max_length=200)]  # the page it was pressed on


def router(app: App) -> APIRouter:
    """Pause and resume."""
    web = new_routes()

    @web.post("/sending/pause")
    def pause(request: Request, me: Me, why: Annotated[str, Form()] = "", where: Where = "") -> Response:
        done = pause_sending(app, me.id or 0, why)
        return refusal(request, done.why) if isinstance(done, Refused) else go(place.page(request, where))

    @web.post("/sending/resume")
    def resume(request: Request, me: Me, where: Where = "") -> Response:
        done = resume_sending(app, me.id or 0)
        return refusal(request, done.why) if isinstance(done, Refused) else go(place.page(request, where))

    return web
