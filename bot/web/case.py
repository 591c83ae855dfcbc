"""The case: what happened, what may I do, what do we owe. Each act reads, calls one step, and answers."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.steps import answer as steps
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Noted
from bot.store import presence
from bot.web import outcomes, pane, snooze
from bot.web.auth import Me
from bot.web.late import new_routes
from bot.web.outcomes import after, again, fragment, show, wall
from bot.web.pages import go, render
from bot.web.pane import Extra

LONGEST_REPLY = 20_000
Text = Annotated[str, Form(max_length=LONGEST_REPLY)]
Short = Annotated[str, Form(max_length=200)]
Start = Annotated[str, Form(alias="from", max_length=5)]


def router(app: App) -> APIRouter:
    """The case page, and what is done there but for writing (replying.py)."""
    web = new_routes()
    _pages(web, app)
    _claims(web, app)
    _labels(web, app)
    _shelves(web, app)
    _judging(web, app)
    return web


def _pages(web: APIRouter, app: App) -> None:
    @web.get("/cases/{case_id}")
    def page(request: Request, me: Me, case_id: int, said: Annotated[str, Query(max_length=20)] = "") -> Response:
        """One case, alone; of one that was merged, that of which it is part now."""
        case = wall(app, me, case_id)
        if case.state == "merged" and case.merged_into is not None:
            return go(f"/cases/{case.merged_into}")
        return show(app, request, me, case_id, "case", Extra(told=outcomes.told_of(app, case_id, said)))

    @web.get("/cases/{case_id}/pane")
    def beside(
        request: Request,
        me: Me,
        case_id: int,
        seen: Annotated[str, Query(max_length=40)] = "",
        start: Annotated[str, Query(alias="from", max_length=5)] = "queue",
    ) -> Response:
        """One case as a fragment, beside the queue."""
        wall(app, me, case_id)
        return fragment(app, request, me, case_id, "case" if start == "case" else "queue", Extra(seen=seen))

    @web.get("/cases/{case_id}/ways")
    def ways(request: Request, me: Me, case_id: int, start: Annotated[str, Query(alias="from")] = "queue") -> Response:
        """How it can be answered, asked of the platform itself: may take as long as the platform does."""
        wall(app, me, case_id)
        route = steps.route_of(app, case_id)
        with app.db.read() as session:
            told = pane.of(app, session, me, case_id, app.clock.now(), start, Extra(route=route))
        return render(request, "_composer.html", **told)

    @web.post("/cases/{case_id}/here")
    def here(me: Me, case_id: int, writing: Short = "", fence: Annotated[int, Form(ge=0, le=2**53)] = 0) -> Response:
        """This person has the case on the screen; while they write, their claim is renewed."""
        wall(app, me, case_id)
        with app.db.begin() as session:
            presence.seen(session, case_id, me.id or 0, writing == "yes", app.clock.now())
        if writing == "yes":
            steps.renew(app, case_id, me.id or 0, fence)
        return Response(status_code=204)


def _claims(web: APIRouter, app: App) -> None:
    @web.post("/cases/{case_id}/claim")
    def claim(request: Request, me: Me, case_id: int, take_over: Short = "", start: Start = "queue") -> Response:
        """I have it; one of two who try at once is told who won."""
        there = 0 < case_id < 2**53
        done = steps.claim(app, case_id, me.id or 0, take_over=take_over == "yes") if there else GONE
        if done == GONE:  # the step stands at the wall itself: a claim asks the database no more than it must
            raise HTTPException(404, outcomes.NOT_HERE)
        return after(app, request, me, case_id, start, done, "claimed")

    @web.post("/cases/{case_id}/give-back")
    def give_back(request: Request, me: Me, case_id: int, start: Start = "queue") -> Response:
        """Back into the queue; the draft stays."""
        wall(app, me, case_id)
        return after(app, request, me, case_id, start, steps.give_back(app, case_id, me.id or 0), "given-back")


def _labels(web: APIRouter, app: App) -> None:
    @web.post("/cases/{case_id}/note")
    def note(request: Request, me: Me, case_id: int, text: Text = "", start: Start = "queue") -> Response:
        """A note; the customer never sees it."""
        wall(app, me, case_id)
        done = steps.note(app, case_id, me.id or 0, text)
        if isinstance(done, Noted):
            return again(app, request, me, case_id, start, None, outcomes.uncalled(done.nobody), 200)
        return after(app, request, me, case_id, start, done, "noted")

    @web.post("/cases/{case_id}/tag")
    def tag(request: Request, me: Me, case_id: int, tag: Short = "", start: Start = "queue") -> Response:
        """A label on it."""
        wall(app, me, case_id)
        return after(app, request, me, case_id, start, steps.tag(app, case_id, me.id or 0, tag), "tagged")

    @web.post("/cases/{case_id}/untag")
    def untag(request: Request, me: Me, case_id: int, tag: Short = "", start: Start = "queue") -> Response:
        """The label comes off."""
        wall(app, me, case_id)
        return after(app, request, me, case_id, start, steps.untag(app, case_id, me.id or 0, tag), "untagged")

    @web.post("/cases/{case_id}/assign")
    def assign(request: Request, me: Me, case_id: int, to: Short = "", start: Start = "queue") -> Response:
        """Give it to somebody, or to nobody in particular."""
        wall(app, me, case_id)
        person = int(to) if to.isdecimal() and len(to) < 16 else None
        if to and person is None:
            raise HTTPException(422, "Choose a person from the list.")
        return after(app, request, me, case_id, start, steps.assign(app, case_id, me.id or 0, person), "assigned")


def _shelves(web: APIRouter, app: App) -> None:
    @web.post("/cases/{case_id}/snooze")
    def put_off(request: Request, me: Me, case_id: int, until: Short = "", start: Start = "queue") -> Response:
        """Hide it until a time; the customer's clock runs on."""
        wall(app, me, case_id)
        try:
            moment = snooze.until(until, app.clock.now(), app.settings.zone)
        except KeyError as error:
            raise HTTPException(422, "Choose one of the buttons to say until when.") from error
        return after(app, request, me, case_id, start, steps.snooze(app, case_id, me.id or 0, moment), "snoozed")

    @web.post("/cases/{case_id}/resolve")
    def resolve(request: Request, me: Me, case_id: int, how: Short = "", start: Start = "queue") -> Response:
        """It is done."""
        wall(app, me, case_id)
        known = dict(pane.ENDINGS)
        done = steps.resolve(app, case_id, me.id or 0, how if how in known else "solved")
        return after(app, request, me, case_id, start, done, "resolved")

    @web.post("/cases/{case_id}/reopen")
    def reopen(request: Request, me: Me, case_id: int, start: Start = "queue") -> Response:
        """It is not done after all."""
        wall(app, me, case_id)
        return after(app, request, me, case_id, start, steps.reopen(app, case_id, me.id or 0), "reopened")


def _judging(web: APIRouter, app: App) -> None:
    @web.post("/cases/{case_id}/not-us")
    def not_us(request: Request, me: Me, case_id: int, start: Start = "queue") -> Response:
        """These posts are not about the brand."""
        wall(app, me, case_id)
        return after(app, request, me, case_id, start, steps.not_us(app, case_id, me.id or 0), "not-us")

    @web.post("/cases/{case_id}/not-complaint")
    def not_complaint(request: Request, me: Me, case_id: int, start: Start = "queue") -> Response:
        """These posts ask nothing of us."""
        wall(app, me, case_id)
        return after(app, request, me, case_id, start, steps.not_complaint(app, case_id, me.id or 0), "not-complaint")

    @web.post("/cases/{case_id}/tone")
    def wrong_tone(request: Request, me: Me, case_id: int, tone: Short = "", start: Start = "queue") -> Response:
        """Its tone was misread."""
        wall(app, me, case_id)
        return after(app, request, me, case_id, start, steps.wrong_tone(app, case_id, me.id or 0, tone), "tone")

    @web.post("/cases/{case_id}/severity")
    def grade(
        request: Request, me: Me, case_id: int, severity: Short = "", more_time: Short = "", start: Start = "queue"
    ) -> Response:
        """It is worse, or milder, than it was taken for."""
        wall(app, me, case_id)
        done = steps.grade(app, case_id, me.id or 0, severity, more_time == "yes")
        return after(app, request, me, case_id, start, done, "graded")

    @web.post("/cases/{case_id}/put-back")
    def put_back(request: Request, me: Me, case_id: int, start: Start = "queue") -> Response:
        """Undo either."""
        wall(app, me, case_id)
        return after(app, request, me, case_id, start, steps.put_back(app, case_id, me.id or 0), "put-back")
