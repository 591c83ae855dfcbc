"""The first-run page: name a brand, see what would be heard, make the first account, start listening."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from bot import ids, wire
from bot.app import App
from bot.core.brand import Brand
from bot.core.checked import BadRules
from bot.store import brands, events, people, sources
from bot.store.tables import SourceRow
from bot.store.tables_house import AccountRow
from bot.web import auth, links, passwords, preview
from bot.web.brand_form import PROMISES, BrandForm, brand_form
from bot.web.demo_door import Door
from bot.web.late import new_routes
from bot.web.pages import TheApp, go, render

DEAD = "This link was used or is too old. Start Earshot again: it prints a new one on the console."
MOST_SHOWN = 12

MOST_FEEDS = 20

Feeds = Annotated[str, Form(max_length=10_000)]
Typed = Annotated[BrandForm, Depends(brand_form)]


web = new_routes()


def router(_app: App) -> APIRouter:
    """One page behind a one-time link, and its live preview."""
    return web


def page(app: App, request: Request, token: str, form: BrandForm, status: int = 200, **said: object) -> Response:
    """The first-run page with what was typed so far."""
    with app.db.read() as session:
        named = people.brand_names(session)
    shown = {
        "heard": None,
        "wrong": "",
        "unclear": "",
        "login": "",
        "called": "",
        "feeds": "",
        "most": MOST_SHOWN,
    } | said
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
def show_preview(app: TheApp, request: Request, token: str, form: Typed, feeds: Feeds = "") -> Response:
    usable(app, token)
    heard, unclear = looked(app, form, feeds_in(feeds))
    if request.headers.get("hx-request") == "true":
        return render(request, "_preview.html", heard=heard, unclear=unclear, most=MOST_SHOWN)
    return page(app, request, token, form, heard=heard, unclear=unclear, feeds=feeds)


@web.post("/first/{token}/demo")
def open_demo(app: TheApp, request: Request, token: str) -> Response:
    usable(app, token)
    door: Door = request.app.state.door
    return render(request, "demo.html", token=token, playing=door.open(app.settings.host))


@web.post("/first/{token}")
def start(
    app: TheApp,
    request: Request,
    token: str,
    form: Typed,
    login: Annotated[str, Form(max_length=200)] = "",
    called: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form()] = "",
    feeds: Feeds = "",
) -> Response:
    usable(app, token)
    brand, brand_wrong = _brand(app, form)
    problems = (brand_wrong, _feed_problem(app, feeds), _problem(login, called, password, form.brand))
    wrong = " ".join(filter(None, problems))
    if wrong:
        return page(app, request, token, form, 422, wrong=wrong, login=login, called=called, feeds=feeds)
    account = _first_account(app, token, login, called, password)
    if account is None:
        raise HTTPException(404, DEAD)
    if brand is not None:
        with app.db.begin() as session:
            brands.save(session, brand, "web", app.clock.now(), f"account:{account.id}")
        wire.listen_by_default(app)
        _listen_to_feeds(app, feeds_in(feeds))
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


def looked(app: App, form: BrandForm, feeds: list[str]) -> tuple[preview.Preview | None, str]:
    """The preview of what was typed, or why there is none."""
    if not form.brand.strip():
        return None, ""
    try:
        return preview.preview(app, form.parsed(), feeds), ""
    except BadRules as error:
        return None, str(error)


def feeds_in(text: str) -> list[str]:
    """Feed addresses as typed: one a line, or between blanks and commas."""
    return list(dict.fromkeys(text.replace(",", " ").split()))[:MOST_FEEDS]


def _feed_problem(app: App, text: str) -> str:
    for address in feeds_in(text):
        if not address.startswith(("https://", "http://")):
            return f"“{address}” is no address of a feed: one begins with https://."
        try:
            wire.connector_from("rss", {"url": address}, app.settings, app.clock).close()
        except ValueError as error:
            return f"{error}"
    return ""


def _listen_to_feeds(app: App, feeds: list[str]) -> None:
    now = app.clock.now()
    with app.db.begin() as session:
        for number, address in enumerate(feeds, start=1):
            name = "rss" if number == 1 else f"rss-{number}"
            row = SourceRow(
                name=name, connector="rss", options={"url": address}, every_s=300, started_at=now, next_poll_at=now
            )
            sources.save(session, row)


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
