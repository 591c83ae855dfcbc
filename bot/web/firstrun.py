"""The first-run page: name a brand, see what would be heard, make the first account, start listening."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from bot import ids, wire
from bot.app import App
from bot.core.brand import Brand
from bot.core.checked import BadRules
from bot.store import brands, events, people
from bot.store.tables_house import AccountRow
from bot.web import auth, links, passwords, preview
from bot.web.brand_form import PROMISES, BrandForm, brand_form
from bot.web.pages import TheApp, go, render

DEAD = "This link was used or is too old. Start Earshot again: it prints a new one on the console."
MOST_SHOWN = 12

Typed = Annotated[BrandForm, Depends(brand_form)]


web = APIRouter()


def router(_app: App) -> APIRouter:
    """One page behind a one-time link, and its live preview."""
    return web


def page(app: App, request: Request, token: str, form: BrandForm, status: int = 200, **said: object) -> Response:
    with app.db.read() as session:
        named = people.brand_names(session)
    shown = {"heard": None, "wrong": "", "login": "", "called": "", "most": MOST_SHOWN} | said
    return render(request, "firstrun.html", status, token=token, form=form, named=named, promises=PROMISES, **shown)


def usable(app: App, token: str) -> None:
    """404 for a link that was used, is too old, or never was."""
    if links.find(app, token, "first") is None:
        raise HTTPException(404, DEAD)


@web.get("/first")
def waiting(app: TheApp, request: Request) -> Response:
    with app.db.read() as session:
        if people.count(session):
            return go("/")
    return render(request, "waiting.html")


@web.get("/first/{token}")
def first_page(app: TheApp, request: Request, token: str) -> Response:
    usable(app, token)
    return page(app, request, token, BrandForm())


@web.post("/first/{token}/preview")
def show_preview(app: TheApp, request: Request, token: str, form: Typed) -> Response:
    usable(app, token)
    heard, wrong = looked(app, form)
    if request.headers.get("hx-request") == "true":
        return render(request, "_preview.html", heard=heard, wrong=wrong, most=MOST_SHOWN)
    return page(app, request, token, form, heard=heard, wrong=wrong)


@web.post("/first/{token}")
def start(
    app: TheApp,
    request: Request,
    token: str,
    form: Typed,
    login: Annotated[str, Form(max_length=200)] = "",
    called: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    usable(app, token)
    brand, brand_wrong = _brand(app, form)
    wrong = "\n".join(filter(None, (brand_wrong, _problem(login, called, password, form.brand))))
    if wrong:
        return page(app, request, token, form, 422, wrong=wrong, login=login, called=called)
    account = _first_account(app, token, login, called, password)
    if account is None:
        raise HTTPException(404, DEAD)
    if brand is not None:
        with app.db.begin() as session:
            brands.save(session, brand, "web", app.clock.now(), f"account:{account.id}")
        wire.listen_by_default(app)
    answer = go("/")
    auth.begin(app, account, request, answer)
    return answer


def _brand(app: App, form: BrandForm) -> tuple[Brand | None, str]:
    """The brand to begin with (None when one was named on the command line), or why it does not fit."""
    with app.db.read() as session:
        if people.brand_names(session):
            return None, ""
    try:
        return form.parsed(), ""
    except BadRules as error:
        return None, str(error)


def looked(app: App, form: BrandForm) -> tuple[preview.Preview | None, str]:
    """The preview of what was typed, or why there is none."""
    if not form.brand.strip():
        return None, ""
    try:
        return preview.preview(app, form.parsed()), ""
    except BadRules as error:
        return None, str(error)


def _problem(login: str, called: str, password: str, brand: str) -> str:
    plain = people.folded(login)
    if not called.strip():
        return "Write your name, as colleagues should read it."
    if "@" not in plain.strip("@") or " " in plain or not plain.isprintable():
        return "Write your e-mail address; it is the name you sign in with."
    return passwords.problem(password, about=(login, called, brand))


def _first_account(app: App, token: str, login: str, called: str, password: str) -> AccountRow | None:
    """Spend the link and make the account, in one transaction. None when somebody else was first."""
    now, stored = app.clock.now(), passwords.hashed(password)
    with app.db.begin() as session:
        if people.count(session) or not people.use_link(session, ids.digest_of(token), now):
            return None
        account = people.create(session, login, called.strip(), "operator", [], stored, now)
        if account is not None:
            events.add(
                session, now, "earshot", "account.created", f"account:{account.id}", role=account.role, first=True
            )
        return account
