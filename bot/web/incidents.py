"""Incidents: which go on, one with its cases and timeline, and what a person does about it."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.core import incidents as core
from bot.steps import answer as steps
from bot.steps import declare, same_cause
from bot.store import brands, incident_page, incidents, rights
from bot.store.db import Session
from bot.store.tables_house import AccountRow
from bot.store.tables_incidents import IncidentRow
from bot.web import incident_views, spiking
from bot.web.auth import Me, brands_of, may_see
from bot.web.late import new_routes
from bot.web.pages import go, render

NOT_HERE = "There is no such incident, or it is another team’s."
Short = Annotated[str, Form(max_length=300)]
Long = Annotated[str, Form(max_length=5_000)]
DONE = {
    "open": "Open. Its cases are spoken for here.",
    "led": "You lead it. Nobody else is called for it.",
    "dismissed": "Dismissed. Its cases ring by themselves again.",
    "fixed": "Fixed. Below is who has not heard from us since.",
    "closed": "Closed.",
    "reopened": "Open again.",
    "noted": "Noted.",
    "stated": "Kept. Each answer with it needs a line of its own.",
    "in": "It is part of this incident now.",
    "out": "Taken out; it rings by itself again.",
    "settled": "Settled.",
    "same": "Joined. Its cases are here now, each with its own clock.",
    "parted": "Parted again. It goes on by itself.",
    "apart": "It has a message and calls of its own now.",
}


def router(app: App) -> APIRouter:
    """The list, one incident, and the acts."""
    web = new_routes()
    _pages(web, app)
    _acts(web, app)
    _cases(web, app)
    return web


def _pages(web: APIRouter, app: App) -> None:
    @web.get("/incidents")
    def every(request: Request, me: Me) -> Response:
        """Those that go on first."""
        return _list(app, request, me)

    @web.post("/incidents")
    def declared(
        request: Request, me: Me, brand: Short = "", title: Short = "", runs: Short = "",
        hours: Annotated[int, Form(ge=0, le=48)] = 6,
    ) -> Response:  # fmt: skip
        """A person declares one."""
        made, why = declare.declare(app, me.id or 0, brand, title, runs, hours)
        return _list(app, request, me, why, (brand, title, runs)) if why else go(f"/incidents/{made}")

    @web.get("/incidents/{incident_id}")
    def one(request: Request, me: Me, incident_id: int, done: Annotated[str, Query(max_length=20)] = "") -> Response:
        """One incident."""
        return _one(app, request, me, incident_id, good=DONE.get(done, ""))


def _acts(web: APIRouter, app: App) -> None:
    @web.post("/incidents/{incident_id}/move")
    def move(request: Request, me: Me, incident_id: int, act: Short = "") -> Response:
        """Open, dismissed, fixed, closed, reopened."""
        return _after(app, request, me, incident_id, declare.move(app, incident_id, me.id or 0, act), act)

    @web.post("/incidents/{incident_id}/lead")
    def lead(request: Request, me: Me, incident_id: int) -> Response:
        """I have it."""
        return _after(app, request, me, incident_id, declare.lead(app, incident_id, me.id or 0), "led")

    @web.post("/incidents/{incident_id}/same")
    def same(request: Request, me: Me, incident_id: int, into: Annotated[int, Form(ge=1, le=2**53)] = 1) -> Response:
        """It is the same as that one, which has its cases from now on."""
        why = same_cause.join(app, incident_id, into, me.id or 0) if incident_id < 2**53 else NOT_HERE
        return _after(app, request, me, incident_id if why else into, why, "same")

    @web.post("/incidents/{incident_id}/part")
    def part(request: Request, me: Me, incident_id: int) -> Response:
        """It is not: it goes on by itself again."""
        why = same_cause.part(app, incident_id, me.id or 0) if incident_id < 2**53 else NOT_HERE
        return _after(app, request, me, incident_id, why, "parted")

    @web.post("/incidents/{incident_id}/apart")
    def apart(request: Request, me: Me, incident_id: int) -> Response:
        """It is another one than that in whose thread it is told."""
        why = same_cause.apart(app, incident_id, me.id or 0) if incident_id < 2**53 else NOT_HERE
        return _after(app, request, me, incident_id, why, "apart")

    @web.post("/incidents/{incident_id}/note")
    def note(request: Request, me: Me, incident_id: int, text: Long = "") -> Response:
        """Keep something with it."""
        return _after(app, request, me, incident_id, declare.note(app, incident_id, me.id or 0, text), "noted")

    @web.post("/incidents/{incident_id}/statement")
    def state(request: Request, me: Me, incident_id: int, text: Long = "") -> Response:
        """The holding statement."""
        return _after(app, request, me, incident_id, declare.state(app, incident_id, me.id or 0, text), "stated")


def _cases(web: APIRouter, app: App) -> None:
    @web.post("/incidents/{incident_id}/in")
    def put_in(request: Request, me: Me, incident_id: int, case: Annotated[int, Form(ge=1)] = 1) -> Response:
        """A case joins it."""
        return _after(app, request, me, incident_id, declare.put_in(app, incident_id, me.id or 0, case), "in")

    @web.post("/incidents/{incident_id}/out")
    def take_out(request: Request, me: Me, incident_id: int, case: Annotated[int, Form(ge=1)] = 1) -> Response:
        """A case leaves it."""
        return _after(app, request, me, incident_id, declare.take_out(app, incident_id, me.id or 0, case), "out")

    @web.post("/incidents/{incident_id}/settle")
    def settle(
        request: Request, me: Me, incident_id: int, case: Annotated[int, Form(ge=1)] = 1, why: Short = ""
    ) -> Response:
        """Nothing more is owed to that customer."""
        done = declare.settle(app, incident_id, me.id or 0, case, why)
        return _after(app, request, me, incident_id, done, "settled")

    @web.post("/incidents/{incident_id}/draft")
    def draft(
        request: Request, me: Me, incident_id: int, case: Annotated[int, Form(ge=1)] = 1, personal: Long = ""
    ) -> Response:
        """The statement with a personal line becomes the case's draft; a person reads and sends it there."""
        text, why = declare.worded(app, incident_id, me.id or 0, case, personal)
        if why:
            return _after(app, request, me, incident_id, why, "")
        saved = steps.save_draft(app, case, me.id or 0, text)
        if isinstance(saved, steps.Refused):
            return _after(app, request, me, incident_id, saved.why, "")
        return go(f"/cases/{case}")


def _after(app: App, request: Request, me: AccountRow, incident_id: int, why: str, done: str) -> Response:
    if not why:
        return go(f"/incidents/{incident_id}?done={done}")
    return _one(app, request, me, incident_id, wrong=why, status=409)


def _list(
    app: App, request: Request, me: AccountRow, wrong: str = "", typed: tuple[str, str, str] = ("", "", "")
) -> Response:
    now, tz = app.clock.now(), app.settings.zone
    with app.db.read() as session:
        rows = incidents.of_brands(session, brands_of(me))
        counts = incidents.counts(session, rows, now)
        ours = [one.name for one in brands.all_of(session) if not one.competitor and may_see(me, one.name)]
        rang = spiking.listed(session, brands_of(me), now)
        went = {one.id: (incident_views.went(session, one), incident_views.host(session, one)) for one in rows}
    beside = {one.id: incidents.others(one, rows) for one in rows}
    shown = [incident_views.row(one, counts[one.id or 0], tz, now, beside[one.id], *went[one.id]) for one in rows]
    going = sum(one.state in core.KNOWN for one in rows)
    status = 409 if wrong else 200
    return render(
        request, "incidents.html", status, rows=shown, going=going, brands=ours, wrong=wrong, typed=typed, rang=rang,
    )  # fmt: skip


def _one(
    app: App, request: Request, me: AccountRow, incident_id: int, wrong: str = "", good: str = "", status: int = 200
) -> Response:
    now, tz = app.clock.now(), app.settings.zone
    with app.db.read() as session:
        row = _wall(session, me, incident_id)
        end = row.ended_at or now
        members = [incident_views.member(one, tz, now) for one in incident_page.members(session, row)]
        owed = incident_page.owed(session, row) if row.state == "fixed" else []
        shown: dict[str, object] = {
            "count": incidents.count(session, incident_id, now),
            "members": members,
            "owed": [incident_views.member(one, tz, now) for one in owed],
            "moments": incident_views.timeline(session, row, incident_page.timeline(session, row)),
            "said": incident_views.said(session, incident_page.said(session, row), tz, now),
            "lost": incident_views.lost(incident_page.lost(session, row.started_at, end), tz, now),
            "reach": incident_page.reach(session, row),
            "others": [(one.id, one.title) for one in incidents.others(row, incidents.live(session, row.brand))],
            "host": incident_views.host(session, row),
            "joined": incident_views.joined(session, incident_id),
            "went": incident_views.went(session, row),
            "leads": rights.name_of(session, row.led_by) if row.led_by is not None else "",
        }
    return render(
        request, "incident.html", status, row=row, wrong=wrong, good=good, state=incident_views.STATES[row.state],
        shape=incident_views.SHAPES[row.state], origin=incident_views.ORIGINS.get(row.origin, ""), tz=tz,
        moves=[act for act, states in core.MOVES.items() if row.state in states], slot=core.SLOT,
        due="" if owed else core.NEXT.get(row.state, ""), **shown,
    )  # fmt: skip


def _wall(session: Session, me: AccountRow, incident_id: int) -> IncidentRow:
    row = incidents.get_for(session, me, incident_id) if 0 < incident_id < 2**53 else None
    if row is None:
        raise HTTPException(404, NOT_HERE)
    return row
