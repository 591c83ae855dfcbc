"""A brand's settings for answering: who agrees, what may be given, when the team is closed."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query, Request, UploadFile
from fastapi.responses import Response

from bot.app import App
from bot.core.answering import Answering, answering_from_dict
from bot.core.brand import Brand
from bot.core.checked import BadRules
from bot.core.consent import LEVELS
from bot.core.holidays import LONGEST, BadCalendar
from bot.ids import digest_of
from bot.steps.calendars import checked_calendar
from bot.store import answering, brands, calendars
from bot.store.tables_house import AccountRow
from bot.web import closing, resaid
from bot.web.auth import Me, may_see
from bot.web.case import Short
from bot.web.late import new_routes
from bot.web.pages import go, render

Key = Annotated[str, Query(max_length=64)]
Amount = Annotated[str, Form(max_length=14)]
MOST_SHOWN = 12
CHANGED = "Somebody saved other values while you wrote: they stand below, and nothing of yours was saved."


def router(app: App) -> APIRouter:
    """The form and what it saves."""
    web = new_routes()
    _rules(web, app)
    _calendars(web, app)
    return web


def _rules(web: APIRouter, app: App) -> None:
    @web.get("/answering/{brand:path}")
    def form(request: Request, me: Me, brand: str, said: str = "", look: Key = "") -> Response:
        """The settings of one brand; `look`: what other closed days would have changed."""
        _wall(app, me, brand)
        shut = closing.found(request, me.id or 0, brand, look)
        why = closing.OVER if look and shut is None else shut.wrong if shut is not None else ""
        done = said == "saved" or (shut is not None and shut.kept)
        return _page(app, request, me, brand, said="Saved." if done else "", why=why, shut=shut)

    @web.post("/answering/{brand:path}")
    def save(
        request: Request, me: Me, brand: str, severity: Short = "", followers: Amount = "0",
        first_replies: Amount = "0", incident: Short = "", currency: Short = "EUR", case: Amount = "",
        customer: Amount = "", agent: Amount = "", whole: Amount = "", kinds: Short = "",
        was: Annotated[str, Form(max_length=64)] = "", act: Short = "save",
        seen: Annotated[str, Form(max_length=64)] = "",
    ) -> Response:  # fmt: skip
        """Try them on what was said, or keep them; where a reply would have been judged otherwise, shown first."""
        _wall(app, me, brand)
        consent: dict[str, Any] = {"followers": followers or 0, "first_replies": first_replies or 0}
        consent |= {"incident": incident == "yes", "severity": severity or None}
        purse: dict[str, Any] = {
            "currency": currency,
            "case": case,
            "customer": customer,
            "agent": agent,
            "brand": whole,
        }
        purse["kinds"] = [kind.strip() for kind in kinds.split(",") if kind.strip()][:20]
        try:
            checked = answering_from_dict({"consent": consent, "purse": purse}, "answering")
        except BadRules as error:
            return _page(app, request, me, brand, why=str(error), status=422)
        tried = resaid.resaid(app, brand, {answering.key(brand): checked.model_dump(mode="json")})
        if act == "try" or (tried.changes and tried.seen != seen):
            return _page(app, request, me, brand, tried=tried, rules=checked, was=was)
        with app.db.begin() as session:
            same = was in ("", mark(answering.settings(session, brand)))
            if same:
                answering.save(session, brand, checked.model_dump(mode="json"), me.id or 0, app.clock.now())
        if not same:
            return _page(app, request, me, brand, why=CHANGED, status=409)
        return go(f"/answering/{quote(brand)}?said=saved")


def _calendars(web: APIRouter, app: App) -> None:
    @web.post("/calendars")
    def add(
        request: Request, me: Me, brand: Short = "", name: Short = "", url: Annotated[str, Form(max_length=500)] = "",
        file: UploadFile | None = None, look: Annotated[str, Form(max_length=64)] = "",
    ) -> Response:  # fmt: skip
        """A calendar of closed days, by its address or as a file; or, by the second press, what that look has shown."""
        known = _wall(app, me, brand)
        if look:
            return _told(app, request, me, brand, closing.pressed(app, request, me.id or 0, brand, look), 409)
        content = file.file.read(LONGEST + 1) if file is not None and file.size else b""
        try:
            row = checked_calendar(app, brand, name, url.strip(), content)
        except BadCalendar as error:
            return _page(app, request, me, brand, why=str(error), status=422)
        return _told(app, request, me, brand, closing.tried(app, request, me.id or 0, known, added=row), 503)

    @web.post("/calendars/{calendar_id}/drop")
    def drop(request: Request, me: Me, calendar_id: int) -> Response:
        """Take a calendar away; where an answer would have been owed at another time, that is shown first."""
        with app.db.read() as session:
            row = calendars.get(session, calendar_id) if 0 < calendar_id < 2**53 else None
        if row is None or not may_see(me, row.brand):
            raise HTTPException(404, "There is no such calendar.")
        known = _wall(app, me, row.brand)
        return _told(app, request, me, row.brand, closing.tried(app, request, me.id or 0, known, dropped=row), 503)


def _told(app: App, request: Request, me: AccountRow, brand: str, done: Response | str, status: int) -> Response:
    return _page(app, request, me, brand, why=done, status=status) if isinstance(done, str) else done


def _wall(app: App, me: AccountRow, brand: str) -> Brand:
    with app.db.read() as session:
        found = brands.get(session, brand)
    if found is None or not may_see(me, brand):
        raise HTTPException(404, "There is no such brand, or it is another team’s.")
    return found


def mark(rules: Answering) -> str:
    """What settings are known by between showing them and saving others over them."""
    return digest_of(rules.model_dump_json())


def _page(
    app: App, request: Request, me: AccountRow, brand: str, *, why: str = "", said: str = "", status: int = 200,
    rules: Answering | None = None, tried: resaid.Resaid | None = None, was: str = "",
    shut: closing.Closing | None = None,
) -> Response:  # fmt: skip
    """`shut` is a look at other closed days. `rules` are what was typed and tried, where they are not those that hold;
    `was` those they were typed over."""
    _wall(app, me, brand)
    with app.db.read() as session:
        rules = rules or answering.settings(session, brand)
        rows = calendars.of_brand(session, brand)
    told = {
        "brand": brand,
        "rules": rules,
        "was": was or mark(rules),
        "tried": tried,
        "levels": LEVELS,
        "calendars": rows,
        "shut": shut if shut is not None and shut.told and not shut.kept and not shut.wrong else None,
        "told": shut.first if shut is not None else None,
        "most": MOST_SHOWN,
        "why": why,
        "said": said,
    }
    return render(request, "answering.html", status, **told, title=f"Answering – {brand} – Earshot")
