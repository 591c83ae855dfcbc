"""Material for answers: the page where leads keep it, and the press that takes it for a case."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Form as Field
from fastapi.responses import Response

from bot.app import App
from bot.core.display import visible
from bot.steps import answer as steps
from bot.steps.answer import macro
from bot.steps.answer.material import drop_material, filled, save_material
from bot.steps.answer.values import Other
from bot.store import brands, cases, lists, rights, snippets
from bot.store.db import Session
from bot.store.snippets import Does
from bot.store.tables_house import AccountRow
from bot.web import place, snooze, views
from bot.web.asking import SEVERITIES
from bot.web.auth import Me, may_see
from bot.web.case import Short, Start
from bot.web.late import new_routes
from bot.web.macro_words import LEFT, does_words, listed, taken_words
from bot.web.outcomes import after, fragment, show, wall
from bot.web.pages import go, is_fragment, render
from bot.web.pane import Extra, Form, Told

Words = Annotated[str, Field(max_length=4_000)]


def router(app: App) -> APIRouter:
    """The page of material, and the press that takes a piece or takes that back."""
    web = new_routes()
    _keeping(web, app)
    _taking(web, app)
    return web


def _keeping(web: APIRouter, app: App) -> None:
    @web.get("/material")
    def page(request: Request, me: Me, why: str = "") -> Response:
        """Snippets, facts and macros of each brand."""
        now = app.clock.now()
        with app.db.read() as session:
            shown = [
                {
                    "name": brand.name,
                    "rows": _rows(session, brand.name, app.settings.zone, now),
                    "people": [(row.id, row.name) for row in lists.people(session, brand.name)],
                }
                for brand in brands.all_of(session)
                if may_see(me, brand.name) and not brand.competitor
            ]
        told = {"brands": shown, "keeps": rights.at_least(me, "lead"), "why": why[:200], "title": "Material – Earshot"}
        choices = {"severities": SEVERITIES, "snoozes": snooze.choices(now, app.settings.zone)}
        return render(request, "material.html", **told, **choices)

    @web.post("/material")
    def save(
        request: Request, me: Me, brand: Short = "", kind: Short = "snippet", name: Short = "", text: Words = "",
        tag: Short = "", severity: Short = "", assign: Short = "", snooze: Short = "",
    ) -> Response:  # fmt: skip
        """Keep a snippet, a fact or a macro."""
        done = save_material(app, brand, me.id or 0, kind, name, text, Does(tag, severity, assign, snooze))
        return page(request, me, done.why) if isinstance(done, steps.Refused) else go("/material")

    @web.post("/material/{snippet_id}/drop")
    def drop(request: Request, me: Me, snippet_id: int) -> Response:
        """Take it away."""
        done = drop_material(app, snippet_id, me.id or 0)
        return page(request, me, done.why) if isinstance(done, steps.Refused) else go("/material")


def _taking(web: APIRouter, app: App) -> None:
    @web.post("/cases/{case_id}/take/{snippet_id}")
    def take(
        request: Request, me: Me, case_id: int, snippet_id: int, start: Start = "queue", seen: Short = ""
    ) -> Response:  # fmt: skip
        """Its words into the draft: without scripts they are put below what is there; with them the page did so itself.

        What else it does happens to the case, all in one step; the answer says what, with the way back. What a lead
        has changed since the page was shown is not done: the answer says what it does now.
        """
        wall(app, me, case_id)
        now, tz = app.clock.now(), app.settings.zone
        with app.db.read() as session:
            row = snippets.get(session, snippet_id)
            until = snooze.until(row.snooze, now, tz) if row is not None and row.snooze else None
        done = macro.take(app, snippet_id, me.id or 0, case_id, until, seen)
        if isinstance(done, Other):
            return _changed(app, request, me, case_id, start, snippet_id, done.mark)
        if isinstance(done, steps.Refused):
            return after(app, request, me, case_id, start, done, "")
        if not is_fragment(request):
            _put_words(app, me, case_id, snippet_id)
        if done.did:
            return _told(app, request, me, case_id, start, taken_words(done.did), True)
        return Response(status_code=204) if is_fragment(request) else go(f"{place.of(request).case(case_id)}#composer")

    @web.post("/cases/{case_id}/untake")
    def untake(request: Request, me: Me, case_id: int, start: Start = "queue") -> Response:
        """Undo what the last piece did to the case; words that were put into the draft stay there."""
        wall(app, me, case_id)
        done = macro.take_back(app, case_id, me.id or 0)
        if isinstance(done, steps.Refused):
            return after(app, request, me, case_id, start, done, "")
        kept = listed([LEFT[one] for one in done.left])
        words = f"Taken back. Somebody changed {kept} since: that stays." if kept else "Taken back."
        return _told(app, request, me, case_id, start, words, False)


def _told(
    app: App, request: Request, me: AccountRow, case_id: int, start: str, words: str, undo: bool
) -> Response:  # fmt: skip
    forms = (Form(f"/cases/{case_id}/untake", "Undo", (), "u"),) if undo else ()
    shown = fragment if is_fragment(request) else show
    return shown(app, request, me, case_id, start, Extra(told=(Told(words, "good", "i-resolve", forms=forms),)))


def _changed(
    app: App, request: Request, me: AccountRow, case_id: int, start: str, snippet_id: int, mark: str
) -> Response:  # fmt: skip
    """It does something else by now: what, and the press that means that."""
    now, tz = app.clock.now(), app.settings.zone
    with app.db.read() as session:
        row = snippets.get(session, snippet_id)
        names = lists.names(session, [int(row.assign)] if row is not None and row.assign.isdecimal() else [])
        does = [visible(line) for line in does_words(row, names, tz, now)] if row is not None else []
        name = views.flat(row.name, 60) if row is not None else ""
    said = listed(does) or "it does nothing to a case"
    words = f"“{name}” was changed since this page was shown; now: {said}. Nothing was done to the case."
    again = (Form(f"/cases/{case_id}/take/{snippet_id}", "Do that", (("seen", mark),)),) if does else ()
    shown = fragment if is_fragment(request) else show
    return shown(app, request, me, case_id, start, Extra(told=(Told(words, "warn", "i-warn", forms=again),)), 409)


def _put_words(app: App, me: AccountRow, case_id: int, snippet_id: int) -> None:
    with app.db.read() as session:
        row, draft, case = snippets.get(session, snippet_id), cases.draft(session, case_id), cases.get(session, case_id)
        face = lists.faces(session, [case_id]).get(case_id)
    if row is None or case is None or not row.text:
        return
    name = views.first(views.name_of(face.name, face.handle)) if face else ""
    text = filled(row.text, name, views.first(me.name), case.brand)
    steps.save_draft(app, case_id, me.id or 0, f"{draft.text.rstrip()}\n{text}" if draft and draft.text else text)


def _rows(session: Session, brand: str, tz: str, now: datetime) -> list[dict[str, Any]]:
    rows = snippets.of_brand(session, brand)
    names = lists.names(session, [int(row.assign) for row in rows if row.assign.isdecimal()])
    return [
        {
            "id": row.id,
            "name": row.name,
            "text": row.text,
            "kind": row.kind,
            "used": row.used,
            "does": [visible(line) for line in does_words(row, names, tz, now)],
        }
        for row in rows
    ]
