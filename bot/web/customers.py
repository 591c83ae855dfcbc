"""Customers: who is this person to us. Accounts a person joined, every case and how it ended, what we gave, erasing."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.display import visible
from bot.core.person_page import page as page_of
from bot.steps import answer as steps
from bot.steps import forget
from bot.steps.answer import customer as acts
from bot.store import cases, customers, given, joins, lists, profiles
from bot.store.db import Session
from bot.store.tables import CaseRow, CustomerRow
from bot.store.tables_house import AccountRow
from bot.web import case_views, views, words
from bot.web.auth import Me, brands_of, may_see
from bot.web.late import new_routes
from bot.web.pages import go, render

MOST_CASES = 100
NOT_HERE = "There is no such customer, or they are another team’s."
OF_ALL = "This reaches every brand at once, so only an admin of all brands may do it. Ask one of them."
TIERS = {"": "none", "vip": "VIP", "press": "press", "partner": "partner", "staff": "staff"}
SAID = {
    "kept": "Kept.",
    "joined": "Joined. Everything they said from there stands here too.",
    "parted": "Taken apart again.",
}

Long = Annotated[str, Form(max_length=5_000)]
Short = Annotated[str, Form(max_length=200)]


def router(app: App) -> APIRouter:
    """The list, one customer, and what can be done there."""
    web = new_routes()
    _pages(web, app)
    _acts(web, app)
    _erasing(web, app)
    return web


def wall(session: Session, me: AccountRow, customer_id: int) -> CustomerRow:
    """The customer, on this side of the wall; 404 otherwise, as if there were none."""
    row = customers.get(session, customer_id) if 0 < customer_id < 2**53 else None
    if row is None or not may_see(me, row.brand):
        raise HTTPException(404, NOT_HERE)
    return row


def _pages(web: APIRouter, app: App) -> None:
    @web.get("/customers")
    def everybody(request: Request, me: Me, q: Annotated[str, Query(max_length=100)] = "") -> Response:
        """Who wrote lately, or whoever fits a name."""
        now = app.clock.now()
        with app.db.read() as session:
            found = profiles.listed(session, brands_of(me), q)
            many = lists.many_brands(session, brands_of(me))
            anything = bool(found) or lists.anything_heard(session)
        rows = [_line(one, now, app.settings.zone) for one in found]
        return render(request, "customers.html", rows=rows, asked=q, many_brands=many, anything=anything)

    @web.get("/customers/{customer_id}")
    def one(request: Request, me: Me, customer_id: int, said: Annotated[str, Query(max_length=20)] = "") -> Response:
        """One customer."""
        return page(app, request, me, customer_id, good=SAID.get(said, ""))


def _acts(web: APIRouter, app: App) -> None:
    @web.post("/customers/{customer_id}/describe")
    def describe(
        request: Request, me: Me, customer_id: int, name: Short = "", tier: Short = "", note: Long = ""
    ) -> Response:
        """What colleagues should know."""
        done = acts.described(app, customer_id, me.id or 0, name=name, tier=tier, note=note.replace("\r\n", "\n"))
        return _after(app, request, me, customer_id, done, "kept")

    @web.post("/customers/{customer_id}/join")
    def join(
        request: Request, me: Me, customer_id: int, platform: Short = "", handle: Short = "", consent: Short = ""
    ) -> Response:
        """One more account is theirs, a person says."""
        with app.db.read() as session:
            wall(session, me, customer_id)
        done = acts.join(app, customer_id, me.id or 0, platform=platform, handle=handle, consent=consent == "yes")
        return _after(app, request, me, customer_id, done, "joined")

    @web.post("/customers/{customer_id}/part")
    def part(request: Request, me: Me, customer_id: int, joined: Annotated[int, Form(ge=1, le=2**53)] = 1) -> Response:
        """It was not theirs after all."""
        with app.db.read() as session:
            wall(session, me, customer_id)
        return _after(app, request, me, customer_id, acts.part(app, customer_id, me.id or 0, joined), "parted")


def _whole_person(me: AccountRow) -> None:
    """A person is the same in every brand. The answer is the same whether or not other brands know them."""
    if me.brands:
        raise HTTPException(403, OF_ALL)


def _erasing(web: APIRouter, app: App) -> None:
    @web.post("/customers/{customer_id}/copy")
    def copy(me: Me, customer_id: int, form: Annotated[str, Form(max_length=8)] = "json") -> Response:
        """What is held of them, as a file to hand to them: data, or a page to read and print."""
        with app.db.read() as session:
            wall(session, me, customer_id)
        _whole_person(me)
        told = forget.copy_of(app, customer_id, me.id or 0)
        if told is None:
            raise HTTPException(404, NOT_HERE)
        if form == "html":
            return _file(customer_id, "html", page_of(told, app.settings.zone), "text/html")
        return _file(customer_id, "json", json.dumps(told, ensure_ascii=True, indent=1), "application/json")

    @web.get("/customers/{customer_id}/erase")
    def ask(request: Request, me: Me, customer_id: int) -> Response:
        """What would go; nothing goes yet."""
        with app.db.read() as session:
            row = wall(session, me, customer_id)
            about = _named(session, row)
        _whole_person(me)
        places = forget.preview(app, customer_id, me.id or 0)
        return render(request, "customer_erase.html", about=about, id=customer_id, places=places, done=None)

    @web.post("/customers/{customer_id}/erase")
    def erase(request: Request, me: Me, customer_id: int, sure: Short = "", objects: Short = "") -> Response:
        """They are erased, now; the answer is the receipt."""
        with app.db.read() as session:
            wall(session, me, customer_id)
        _whole_person(me)
        if sure != "yes":
            raise HTTPException(422, "Tick that you are sure; erasing cannot be undone.")
        done = forget.erase_person(app, customer_id, me.id or 0, objects == "yes")
        if done is None:
            raise HTTPException(404, NOT_HERE)
        return render(request, "customer_erase.html", about="", id=customer_id, places=done.places, done=done)


def _file(customer_id: int, ending: str, words: str, kind: str) -> Response:
    named = {"Content-Disposition": f'attachment; filename="customer-{customer_id}.{ending}"'}
    return Response(words, media_type=kind, headers=named)


def _after(app: App, request: Request, me: AccountRow, customer_id: int, done: object, code: str) -> Response:
    if isinstance(done, steps.Refused):
        if done == acts.GONE:
            raise HTTPException(404, NOT_HERE)
        return page(app, request, me, customer_id, 409, wrong=done.why)
    return go(f"/customers/{customer_id}?said={code}")


def page(
    app: App, request: Request, me: AccountRow, customer_id: int, status: int = 200, wrong: str = "", good: str = ""
) -> Response:
    """One customer, and what was just done."""
    now = app.clock.now()
    with app.db.read() as session:
        row = wall(session, me, customer_id)
        told = _whole(app, session, me, row, now)
    return render(request, "customer.html", status, wrong=wrong, good=good, **told)


def _whole(app: App, session: Session, me: AccountRow, row: CustomerRow, now: datetime) -> dict[str, Any]:
    tell = case_views.Teller(app.settings.zone, now)
    key = row.id or 0
    theirs = customers.cases(session, key, MOST_CASES)
    held = joins.living(session, key)
    handles = customers.handles(session, key)
    return {
        "id": key,
        "name": _named(session, row),
        "written": row.name,
        "brand": row.brand,
        "tier": row.tier,
        "tiers": TIERS,
        "note": row.note,
        "since": case_views.since(
            views.first(_named(session, row)), customers.wrote_first(session, key), row.first_heard_at, tell
        ),
        "handles": [
            {
                "platform": words.platform(one.platform),
                "handle": views.handle_of(one.handle) if one.handle else "(name gone)",
                "joined": held[one.id].id if one.id in held else None,
                "at": tell.at(held[one.id].at) if one.id in held else "",
                "consent": one.id in held and held[one.id].consent,
            }
            for one in handles
        ],
        "platforms": sorted(_platforms(session, row.brand)),
        "asks": sorted(acts.ASKS_CONSENT),
        "cases": _cases(session, me, theirs, tell),
        "given": given.of_customer(session, key, tell.at),
        "gone": row.forget_at is not None,
        "of_all": not me.brands,
        "elsewhere": "" if handles else _elsewhere(session, key),
    }


def _platforms(session: Session, brand: str) -> dict[str, str]:
    return {name: words.platform(name) for name in customers.platforms(session, brand)}


def _elsewhere(session: Session, customer_id: int) -> str:
    """Where this customer's accounts went, if somebody joined them to another."""
    to = joins.into(session, customer_id)
    return f"/customers/{to}" if to is not None else ""


def _named(session: Session, row: CustomerRow) -> str:
    handles = customers.handles(session, row.id or 0)
    first = next((one.handle for one in handles if one.handle), "")
    return views.name_of(row.name, first) if row.name or first else f"Customer {row.id}"


def _line(one: profiles.Known, now: datetime, tz: str) -> dict[str, Any]:
    first = one.handles[0] if one.handles else ""
    return {
        "id": one.id,
        "name": views.name_of(one.name, first) if one.name or first else f"Customer {one.id}",
        "handles": ", ".join(views.handle_of(handle) for handle in one.handles[:3]),
        "platforms": ", ".join(words.platform(name) for name in one.platforms),
        "brand": one.brand,
        "tier": TIERS.get(one.tier, one.tier) if one.tier else "",
        "cases": words.count(one.cases, "case"),
        "at": words.wall(one.newest_at, tz, now),
    }


def _cases(session: Session, me: AccountRow, rows: Sequence[CaseRow], tell: case_views.Teller) -> list[dict[str, Any]]:
    ids = [row.id for row in rows if row.id is not None]
    faces, ends = lists.faces(session, ids), profiles.endings(session, ids)
    names = lists.names(session, [row.answered_by for row in rows])
    made = []
    for row in rows:
        end, face = ends.get(row.id or 0), faces.get(row.id or 0)
        clock = views.clock(row, tell.now, tell.tz)
        made.append(
            {
                "id": row.id,
                "shape": case_views.SHAPE_OF.get(end.outcome, "open") if end else clock.shape,
                "outcome": case_views.OUTCOMES.get(end.outcome, "") if end else "",
                "quote": visible(end.quote) if end else "",
                "quoted_at": tell.at(end.at) if end and end.at else "",
                "days": end.days if end else 0,
                "state": case_views.state_words(row),
                "at": tell.at(row.first_spoke_at),
                "left": clock.left,
                "by": names.get(row.answered_by or 0, ""),
                "words": views.flat(face.text, 160) if face and not face.gone else "(deleted)",
                "tags": cases.tags(session, row.id or 0),
            }
        )
    return made
