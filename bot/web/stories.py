"""The act of service of a week: what could be told, who chose it and why, and the word of the one who did it."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.brand import Brand
from bot.core.masking import masked
from bot.core.week import Week
from bot.digest.document import address
from bot.steps import story
from bot.store import brands, rights, weeks_beside
from bot.store.tables_house import AccountRow
from bot.web import words
from bot.web.auth import Me, may_see
from bot.web.late import new_routes
from bot.web.pages import go, render

Long = Annotated[str, Form(max_length=2_000)]
Short = Annotated[str, Form(max_length=20)]
WAITS = "It waits for the word of the one who did it."


def router(app: App) -> APIRouter:
    """Choosing, and agreeing."""
    web = new_routes()

    @web.get("/weeks/{brand:path}/{week}/story")
    def page(request: Request, me: Me, brand: str, week: str) -> Response:
        """What could be told of that week, and what was chosen."""
        return _page(app, request, me, brand, week)

    @web.post("/weeks/{brand:path}/{week}/story")
    def choose(
        request: Request, me: Me, brand: str, week: str,
        case: Annotated[int, Form(ge=1)] = 1, why: Long = "", named: Short = "",
    ) -> Response:  # fmt: skip
        """Propose one."""
        _week(app, me, brand, week)
        wrong = story.choose(app, brand, week, me.id or 0, case, why, bool(named))
        if wrong:
            return _page(app, request, me, brand, week, wrong, (case, why))
        return go(f"{address(brand, week)}/story")

    @web.get("/stories")
    def asked(request: Request, me: Me) -> Response:
        """What waits for this person's word."""
        with app.db.read() as session:
            rows = [(row, rights.name_of(session, row.chosen_by)) for row in weeks_beside.asked_of(session, me.id or 0)]
        return render(request, "stories.html", rows=rows)

    @web.post("/stories/{story_id}")
    def answer(request: Request, me: Me, story_id: int, agrees: Short = "", named: Short = "") -> Response:
        """Agree, named or not, or decline."""
        if story.answer(app, story_id, me.id or 0, agrees == "yes", bool(named)):
            raise HTTPException(404, "There is no such story, or it is not yours to agree to.")
        return go("/stories")

    return web


def _week(app: App, me: AccountRow, brand: str, label: str) -> tuple[Brand, Week]:
    with app.db.read() as session:
        known = brands.get(session, brand)
    if known is None or known.competitor or not may_see(me, brand):
        raise HTTPException(404)
    try:
        return known, Week.parse(label, known.zone)
    except (ValueError, OverflowError) as error:
        raise HTTPException(404, "There is no such week.") from error


def _page(
    app: App,
    request: Request,
    me: AccountRow,
    brand: str,
    label: str,
    wrong: str = "",
    typed: tuple[int, str] = (0, ""),
) -> Response:
    _known, week = _week(app, me, brand, label)
    with app.db.read() as session:
        found = weeks_beside.candidates(session, brand, week)
        chosen = [
            {
                "case": row.case_id, "agent": rights.name_of(session, row.agent), "why": row.why,
                "by": rights.name_of(session, row.chosen_by), "mine": row.agent == me.id, "id": row.id,
                "named": row.named,
                "state": "declined" if row.declined_at else "told" if row.consented_at else WAITS,
            }
            for row in weeks_beside.stories(session, brand, label)
        ]  # fmt: skip
    shown = [
        {
            "case": one.case_id, "name": one.name, "before": masked(one.before.text), "answer": one.answer,
            "after": masked(one.after.text) if one.after else "", "on": words.platform(one.before.platform),
        }
        for one in found
    ]  # fmt: skip
    return render(
        request, "story.html", 409 if wrong else 200, brand=brand, week=week, home=address(brand, label), shown=shown,
        chosen=chosen, wrong=wrong, typed=typed,
    )  # fmt: skip
