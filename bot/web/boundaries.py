"""What must not leave, as rules of a brand: seen, changed, and tried on what was said before they hold."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from bot.app import App
from bot.core import boundaries
from bot.core.checked import BadRules
from bot.store import limits
from bot.store.tables_house import AccountRow
from bot.web import resaid
from bot.web.auth import Me
from bot.web.boundary_form import WEIGHTS, BoundaryForm, boundary_form, form_of
from bot.web.late import new_routes
from bot.web.pages import TheApp, go, render
from bot.web.walls import known

web = new_routes()
CHANGED = (
    "Somebody saved other boundaries while you wrote. Reload to see theirs, or save again to put yours in their place."
)
Short = Annotated[str, Form(max_length=64)]


def router(_app: App) -> APIRouter:
    """The page of a brand's boundaries."""
    return web


@web.get("/boundaries/{brand:path}")
def show(app: TheApp, request: Request, me: Me, brand: str, said: str = "") -> Response:
    """The rules as they hold."""
    known(app, me, brand)
    return _page(app, request, brand, None, done="Saved." if said == "saved" else "")


@web.post("/boundaries/{brand:path}")
def save(
    app: TheApp, request: Request, me: Me, brand: str, form: Annotated[BoundaryForm, Depends(boundary_form)],
    act: Short = "save", seen: Short = "", was: Short = "",
) -> Response:  # fmt: skip
    """Try the rules on what was said, or keep them; where a reply would have been judged otherwise, shown first."""
    known(app, me, brand)
    with app.db.read() as session:
        now = limits.boundaries(session, brand)
    if was not in ("", now.version):
        return _page(app, request, brand, form, wrong=CHANGED, status=409)
    try:
        wanted = boundaries.different(form.rules(now))
    except BadRules as error:
        return _page(app, request, brand, form, wrong=str(error), status=422)
    tried = resaid.resaid(app, brand, {limits.key(brand): wanted})
    if act == "try" or (tried.changes and tried.seen != seen):
        return _page(app, request, brand, form, tried=tried)
    return _kept(app, request, me, brand, form, wanted, now.version)


def _kept(
    app: App, request: Request, me: AccountRow, brand: str, form: BoundaryForm, wanted: dict[str, object], version: str
) -> Response:
    with app.db.begin() as session:
        same = limits.boundaries(session, brand).version == version
        if same:
            limits.save(session, brand, wanted, me.id or 0, app.clock.now())
    if not same:
        return _page(app, request, brand, form, wrong=CHANGED, status=409)
    return go(f"/boundaries/{quote(brand)}?said=saved")


def _page(
    app: App, request: Request, brand: str, form: BoundaryForm | None, *, tried: resaid.Resaid | None = None,
    wrong: str = "", done: str = "", status: int = 200,
) -> Response:  # fmt: skip
    with app.db.read() as session:
        now = limits.boundaries(session, brand)
    told = {"brand": brand, "form": form or form_of(now), "was": now.version, "weights": WEIGHTS, "tried": tried}
    return render(request, "boundaries.html", status, **told, wrong=wrong, done=done, title=f"Boundaries – {brand}")
