"""Material for answers: the page where leads keep it, and the press that takes it into a draft."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.app import App
from bot.steps import answer as steps
from bot.steps.answer.material import drop_material, filled, save_material, used
from bot.store import brands, cases, lists, rights, snippets
from bot.web import views
from bot.web.auth import Me, may_see
from bot.web.case import Short, Start
from bot.web.late import new_routes
from bot.web.outcomes import after, wall
from bot.web.pages import go, is_fragment, render

Words = Annotated[str, Form(max_length=4_000)]


def router(app: App) -> APIRouter:
    """The page of material, and the count of what is taken."""
    web = new_routes()

    @web.get("/material")
    def page(request: Request, me: Me, why: str = "") -> Response:
        """Snippets and facts of each brand."""
        with app.db.read() as session:
            shown = [
                {"name": brand.name, "rows": snippets.of_brand(session, brand.name)}
                for brand in brands.all_of(session)
                if may_see(me, brand.name) and not brand.competitor
            ]
            names = lists.names(session, [row.by for one in shown for row in one["rows"]])  # type: ignore[attr-defined]
        can = rights.at_least(me, "lead")
        told = {"brands": shown, "names": names, "keeps": can, "why": why[:200], "title": "Material – Earshot"}
        return render(request, "material.html", **told)

    @web.post("/material")
    def save(
        request: Request, me: Me, brand: Short = "", kind: Short = "snippet", name: Short = "", text: Words = "",
        tag: Short = "",
    ) -> Response:  # fmt: skip
        """Keep a snippet or a fact."""
        done = save_material(app, brand, me.id or 0, kind, name, text, tag)
        return page(request, me, done.why) if isinstance(done, steps.Refused) else go("/material")

    @web.post("/material/{snippet_id}/drop")
    def drop(request: Request, me: Me, snippet_id: int) -> Response:
        """Take it away."""
        done = drop_material(app, snippet_id, me.id or 0)
        return page(request, me, done.why) if isinstance(done, steps.Refused) else go("/material")

    @web.post("/cases/{case_id}/take/{snippet_id}")
    def take(request: Request, me: Me, case_id: int, snippet_id: int, start: Start = "queue") -> Response:
        """Into the draft: without scripts the words are put below what is there; with them the page did so itself.

        Its tag goes on the case; the answer shows that, if there is anything to show.
        """
        wall(app, me, case_id)
        done = used(app, snippet_id, me.id or 0, case_id)
        if isinstance(done, steps.Refused) or (is_fragment(request) and done.undo):
            return after(app, request, me, case_id, start, done, "tagged")
        if is_fragment(request):
            return Response(status_code=204)
        with app.db.read() as session:
            row, draft, case = (
                snippets.get(session, snippet_id),
                cases.draft(session, case_id),
                cases.get(session, case_id),
            )
            face = lists.faces(session, [case_id]).get(case_id)
        assert row is not None
        assert case is not None
        name = views.first(views.name_of(face.name, face.handle)) if face else ""
        text = filled(row.text, name, views.first(me.name), case.brand)
        steps.save_draft(app, case_id, me.id or 0, f"{draft.text.rstrip()}\n{text}" if draft and draft.text else text)
        return go(f"/cases/{case_id}{'?said=tagged' if done.undo else ''}#composer")

    return web
