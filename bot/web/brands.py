"""Brands: what we listen for, how to tell us from our namesakes; what a change would bring is seen before saving."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.brand import Brand
from bot.core.checked import BadRules
from bot.core.spellings import Suggestion
from bot.ids import digest_of
from bot.store import brands
from bot.store.tables_house import AccountRow, BrandRow
from bot.web import preview, rehearse, rewinding, spellings
from bot.web.access import allows
from bot.web.auth import Me, may_see
from bot.web.brand_form import PROMISES, BrandForm, brand_form, form_of
from bot.web.corrected import quoted
from bot.web.late import new_routes
from bot.web.pages import TheApp, go, render
from bot.web.walls import known

web = new_routes()
MOST_SHOWN = 12
CHANGED = "Somebody changed this brand while you wrote. Reload to see theirs, or save again to put yours in its place."
Seen = Annotated[str, Form(max_length=64)]
Key = Annotated[str, Query(max_length=64)]
Version = Annotated[str, Form(max_length=20)]
Days = Annotated[str, Form(max_length=3)]


def router(_app: App) -> APIRouter:
    """The list, one form, its preview, and a rewind that takes its time."""
    return web


@web.get("/brands")
def list_brands(app: TheApp, request: Request, me: Me) -> Response:
    with app.db.read() as session:
        rows = [(brand, brands.row(session, brand.name)) for brand in brands.all_of(session) if may_see(me, brand.name)]
    return render(request, "brands.html", rows=rows)


@web.get("/brands/new")
def new_brand(request: Request) -> Response:
    return page(request, BrandForm(), None)


@web.post("/brands/new")
def add_brand(app: TheApp, request: Request, me: Me, form: BrandForm = Depends(brand_form)) -> Response:
    if me.brands:
        raise HTTPException(403, "A new brand is made by an admin who sees every brand.")
    with app.db.read() as session:
        taken = brands.get(session, form.brand.strip()) is not None
    if taken:
        return page(request, form, None, 422, wrong="There is a brand of this name already.")
    return save(app, request, me, form, None, None)


@web.post("/brands/new/try")
def try_new(app: TheApp, request: Request, me: Me, form: BrandForm = Depends(brand_form)) -> Response:
    return tried(app, request, me, form, None)


@web.get("/brands/{name}")
def edit_brand(
    app: TheApp, request: Request, me: Me, name: str, spelt: Annotated[str, Query(max_length=9)] = "", look: Key = ""
) -> Response:
    """The form; `spelt`: what each suggested spelling would have queued is tried beside the page, or of this look."""
    brand, row = known(app, me, name)
    suggested = spellings.of(app, brand)
    tried, back = None, f"/brands/{quoted(name)}?spelt=try"
    if spelt and suggested:
        changed = [spellings.taken(brand, one.kind, one.form) for one in suggested]
        tried = rewinding.asked(
            app, looks(request), me.id or 0, brand, changed, back=back, key=look, limit=rewinding.FOR_OFFERS
        )
    busy = rewinding.BUSY if spelt and tried is None else ""
    return page(
        request, form_of(brand), row, wrong=busy or (tried.wrong if tried else ""), suggested=suggested, look=tried
    )


@web.post("/brands/{name}")
def change_brand(
    app: TheApp, request: Request, me: Me, name: str, form: BrandForm = Depends(brand_form), seen: Seen = "",
    version: Version = "", days: Days = "",
) -> Response:  # fmt: skip
    """Save the form; `version` is the one it was filled from: words of another who was quicker are not lost."""
    brand, row = known(app, me, name)
    if row.origin == "file":
        raise HTTPException(409, f"{name} is written in earshot.toml; change it there and start again.")
    if version not in ("", str(row.version)):
        return page(request, form, row, 409, wrong=CHANGED)
    return save(app, request, me, form, brand, row, seen, span(days))


@web.post("/brands/{name}/try")
def try_change(
    app: TheApp, request: Request, me: Me, name: str, form: BrandForm = Depends(brand_form), version: Version = "",
    days: Days = "",
) -> Response:  # fmt: skip
    _, row = known(app, me, name)
    if version not in ("", str(row.version)):
        return page(request, form, row, 409, wrong=CHANGED)
    return tried(app, request, me, form, name, span(days))


@web.get("/brands/{name}/rewind/{key}")
def how_far(app: TheApp, request: Request, me: Me, name: str, key: str) -> Response:
    """How far a rewind is; done, what it found."""
    brand, row = known(app, me, name)
    look = looks(request).get(key, me.id or 0, name)
    if look is None and allows(me.role, "admin"):
        return page(request, form_of(brand), row, 404, wrong="That look is over and not kept any more. Save again.")
    if look is None:
        raise HTTPException(404)
    if not look.done.is_set():
        return render(request, "rewind.html", look=look, name=name)
    if not isinstance(look, rewinding.Change):
        return go(f"{look.back}&look={key}")
    if look.saved:
        return go("/brands")
    if look.told is None:
        return page(request, look.form, row, 200, wrong=look.wrong)
    (told,), (after,) = look.told, look.afters
    wrong = look.wrong or ("" if brand == look.before else CHANGED)
    return page(request, look.form, row, wrong=wrong, heard=look.heard, change=told, seen=mark(after), days=look.days)


@web.post("/brands/{name}/rewind/{key}/stop")
def call_off(app: TheApp, request: Request, me: Me, name: str, key: str) -> Response:
    """Call a rewind off: what was typed stands in the form again, nothing is saved."""
    known(app, me, name)
    look = looks(request).get(key, me.id or 0, name)
    if look is not None:
        look.called_off.set()
        look.done.wait(rewinding.LONGEST_ROUND_S)  # it stops after the batch it is at
    return go(f"/brands/{quoted(name)}/rewind/{key}")


def looks(request: Request) -> rewinding.Looks:
    """Every rewind of this process."""
    found: rewinding.Looks = request.app.state.looks
    return found


def save(
    app: App,
    request: Request,
    me: AccountRow,
    form: BrandForm,
    before: Brand | None,
    row: BrandRow | None,
    seen: str = "",
    days: int = rehearse.DAYS,
) -> Response:
    """Store the brand; a name once given stays, because mentions and cases are filed under it.

    A change that would have changed anything in the last weeks is shown first: `seen` names the change that was.
    """
    try:
        brand = parsed(form, before)
    except BadRules as error:
        return page(request, form, row, 422, wrong=str(error))
    if before is not None and seen != mark(brand):
        look = rewinding.change_of(app, me.id or 0, form, before, brand, saving=True, days=days)
        if look.looks > rewinding.AT_ONCE:
            return _begun(app, request, look, row)
        told = rehearse.rehearse(app, before, brand, days)
        if told.changes:
            return page(request, form, row, change=told, seen=mark(brand), days=days)
    if not _store(app, brand, me.id or 0, before):
        raise HTTPException(409, CHANGED)
    return go("/brands")


def _store(app: App, brand: Brand, by: int, before: Brand | None) -> bool:
    """False: it is not any more what the form was read over."""
    with app.db.begin() as session:
        if brands.get(session, brand.name) != before:
            return False
        brands.save(session, brand, "web", app.clock.now(), f"account:{by}")
    app.wake.ring("listen", "match")
    return True


def _begun(app: App, request: Request, look: rewinding.Change, row: BrandRow | None) -> Response:
    """It takes seconds: on to the page that says how far it is. There a save goes through if nothing would change."""

    def work() -> None:
        look.heard = None if look.saving else preview.preview(app, look.afters[0])
        told = look.run(app)
        if look.saving and not told[0].changes and not look.called_off.is_set():
            look.saved = _store(app, look.afters[0], look.by, look.before)
            look.wrong = "" if look.saved else "The brand was changed meanwhile. Look at it anew."
        look.told = told

    if not looks(request).begin(app, look, work):
        return page(request, look.form, row, 503, wrong=rewinding.BUSY)
    return go(look.here)


def mark(brand: Brand) -> str:
    """What a definition is known by between showing what it would change and saving it."""
    return digest_of(brand.model_dump_json())


def parsed(form: BrandForm, before: Brand | None) -> Brand:
    """The brand a form describes. Raises BadRules."""
    brand = form.parsed(before)
    if before is not None and brand.name != before.name:
        raise BadRules("The name a brand is filed under stays; write the new one under “Other names”.")
    return brand


def span(days: str) -> int:
    """How many days back a person wants the past tried; what is none of the choices is the usual."""
    return int(days) if days in map(str, rehearse.SPANS) else rehearse.DAYS


def tried(
    app: App, request: Request, me: AccountRow, form: BrandForm, name: str | None, days: int = rehearse.DAYS
) -> Response:
    """What the form would bring: from the platforms now, and from what was heard already (when the brand exists)."""
    row, before, wrong = None, None, ""
    heard, change, seen = None, None, ""
    with app.db.read() as session:
        if name is not None:
            row, before = brands.row(session, name), brands.get(session, name)
    try:
        brand = parsed(form, before)
    except BadRules as error:
        wrong = str(error)
    else:
        if before is not None:
            look = rewinding.change_of(app, me.id or 0, form, before, brand, saving=False, days=days)
            if look.looks > rewinding.AT_ONCE:
                return _begun(app, request, look, row)
        heard = preview.preview(app, brand)
        change = rehearse.rehearse(app, before, brand, days) if before is not None else None
        seen = mark(brand) if change is not None else ""
    status = 422 if wrong else 200
    return page(request, form, row, status, wrong=wrong, heard=heard, change=change, seen=seen, days=days)


def page(
    request: Request, form: BrandForm, row: BrandRow | None, status: int = 200, *, wrong: str = "",
    heard: preview.Preview | None = None, change: rehearse.Rehearsal | None = None, seen: str = "",
    suggested: Sequence[Suggestion] = (), look: rewinding.Look | None = None, days: int = rehearse.DAYS,
) -> Response:  # fmt: skip
    """The form of one brand, new (`row` is None) or known. `look`: what the suggested spellings would have done."""
    tried = (look.told if look is not None else None) or ()
    return render(
        request, "brand_form.html", status, form=form, row=row, wrong=wrong, heard=heard, change=change, told=change,
        promises=PROMISES, most=MOST_SHOWN, seen=seen, suggested=list(zip_longest(suggested, tried)),
        look=look if look is not None and look.under_way else None, days=days, spans=rehearse.SPANS,
    )  # fmt: skip
