"""Writing to a customer: checked while typing, kept, sent or handed over, taken back, decided by a person."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.guards import counting
from bot.steps import answer as steps
from bot.steps.answer.consent import names as either_of
from bot.steps.answer.consent import seconds
from bot.store import cases
from bot.web import composer, outcomes, pane, snooze
from bot.web.auth import Me
from bot.web.case import Short, Start, Text
from bot.web.consent import Note, Places
from bot.web.late import new_routes
from bot.web.outcomes import after, again, case_of, plain, seen_by, wall, wrote_since
from bot.web.pages import render
from bot.web.pane import Written


def router(app: App) -> APIRouter:
    """Everything that has to do with our own words."""
    web = new_routes()
    _drafts(web, app)
    _sending(web, app)
    _elsewhere(web, app)
    _replies(web, app)
    return web


def _drafts(web: APIRouter, app: App) -> None:
    @web.post("/cases/{case_id}/check")
    def check(request: Request, me: Me, case_id: int, text: Text = "", visibility: Short = "public") -> Response:
        """What stops these words, while they are written."""
        with app.db.read() as session:  # one look for all of it: this is asked at key strokes
            case = wall(app, me, case_id)
            breaches = steps.check(app, case_id, me.id or 0, text, seen_by(visibility))
            post = pane.newest_post(session, case_id)
            promised = composer.promised(session, case, text, app.clock.now())
            ask = either_of(seconds(session, case.brand, me.id or 0))
        route = composer.usual_route(app, post)
        limit = composer.ways(app, route, case.platform, visibility=seen_by(visibility)).limit
        counted = counting(case.platform, seen_by(visibility))
        shown = composer.checked(text, breaches, limit, promised, counted) | {"id": case_id, "ask": ask}
        return render(request, "_breaches.html", c=shown)

    @web.post("/cases/{case_id}/draft")
    def draft(me: Me, case_id: int, text: Text = "", visibility: Short = "public") -> Response:
        """Keep what is written; Send names this version. The claim is renewed by writing."""
        wall(app, me, case_id)
        done = steps.save_draft(app, case_id, me.id or 0, text, seen_by(visibility))
        if isinstance(done, steps.Refused):
            return Response(done.why, 409, media_type="text/plain")
        return Response(str(done.version), media_type="text/plain")


def _sending(web: APIRouter, app: App) -> None:
    @web.post("/cases/{case_id}/answer")
    def reply(
        request: Request,
        me: Me,
        case_id: int,
        text: Text = "",
        visibility: Short = "public",
        draft_version: Annotated[int, Form(ge=0)] = 0,
        seen: Short = "",
        start: Start = "queue",
        closing: Note = "",
        keep: Places = [],  # noqa: B006
        drop: Places = [],  # noqa: B006
    ) -> Response:
        """Send: into the outbox, with seconds to take it back."""
        case, words_ = wall(app, me, case_id), plain(text)
        written = Written(words_, seen_by(visibility), draft_version, seen=case.words_at.isoformat())
        if wrote_since(case, seen):
            return again(app, request, me, case_id, start, written, outcomes.WROTE_AGAIN)
        letter = steps.Letter(words_, written.visibility, plain(closing), tuple(keep), tuple(drop))
        done = steps.answer(app, case_id, me.id or 0, words_, written.visibility, draft_version, letter)
        return after(app, request, me, case_id, start, done, "queued", written)

    @web.post("/cases/{case_id}/hand-over")
    def hand_over(
        request: Request, me: Me, case_id: int, text: Text = "", seen: Short = "", start: Start = "queue",
        keep: Places = [], drop: Places = [],  # noqa: B006
    ) -> Response:  # fmt: skip
        """Open the platform's own reply box with these words; then look for the reply there."""
        case, words_ = wall(app, me, case_id), plain(text)
        written = Written(words_, seen=case.words_at.isoformat())
        if wrote_since(case, seen):
            return again(app, request, me, case_id, start, written, outcomes.WROTE_AGAIN)
        letter = steps.Letter(words_, keeps=tuple(keep), drops=tuple(drop))
        done = steps.hand_over(app, case_id, me.id or 0, words_, letter)
        if isinstance(done, steps.Handed):
            handed = Written(handed=done.url)
            return again(app, request, me, case_id, start, handed, outcomes.HANDED, 200)
        return after(app, request, me, case_id, start, done, "handed", written)


def _elsewhere(web: APIRouter, app: App) -> None:
    @web.post("/cases/{case_id}/said-elsewhere")
    def said_elsewhere(request: Request, me: Me, case_id: int, at: Short = "", start: Start = "queue") -> Response:
        """We answered by another way, at this time."""
        spoke_at = wall(app, me, case_id).spoke_at
        try:
            moment = snooze.earlier(at, app.clock.now(), app.settings.zone)
        except ValueError as error:
            raise HTTPException(422, "Write the time of the answer like 14:05.") from error
        if timedelta() < spoke_at - moment < timedelta(minutes=1):
            moment = spoke_at  # a wall time has no seconds
        done = steps.said_elsewhere(app, case_id, me.id or 0, moment)
        return after(app, request, me, case_id, start, done, "elsewhere")


def _replies(web: APIRouter, app: App) -> None:
    @web.post("/replies/{reply_id}/undo")
    def undo(request: Request, me: Me, reply_id: int, start: Start = "case") -> Response:
        """Take it back while it has not left."""
        case_id = case_of(app, me, reply_id, cases.reply)
        done = steps.undo(app, reply_id, me.id or 0)
        return after(app, request, me, case_id, start, done, "undone")

    @web.post("/replies/{reply_id}/decide")
    def decide(request: Request, me: Me, reply_id: int, posted: Short = "", start: Start = "case") -> Response:
        """A person looked: the reply is there, or it is not."""
        case_id = case_of(app, me, reply_id, cases.reply)
        if posted not in ("yes", "no"):
            raise HTTPException(422, "Say whether the reply is there: yes or no.")
        done = steps.decide(app, reply_id, me.id or 0, posted == "yes")
        return after(app, request, me, case_id, start, done, "decided")
