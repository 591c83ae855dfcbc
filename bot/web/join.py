"""The other end of a one-time link: an invitation, or a new password."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.store import events, people
from bot.store.tables_house import AccountRow, LinkRow
from bot.web import auth, links, passwords
from bot.web.late import new_routes
from bot.web.me import set_password
from bot.web.pages import render

DEAD = "This link was used or is too old. Ask for a new one."


def router(app: App) -> APIRouter:
    """Looking at the link spends nothing; setting the password does."""
    web = new_routes()

    def usable(token: str) -> LinkRow:
        row = links.find(app, token, "invite", "password")
        if row is None:
            raise HTTPException(404, DEAD)
        return row

    @web.get("/join/{token}")
    def join_page(request: Request, token: str) -> Response:
        return render(request, "join.html", wrong="", called="", shown=_shown(app, usable(token), token))

    @web.post("/join/{token}")
    def join(
        request: Request,
        token: str,
        password: Annotated[str, Form()] = "",
        name: Annotated[str, Form(max_length=100)] = "",
    ) -> Response:
        row = usable(token)
        shown = _shown(app, row, token)
        wrong = _wrong(app, shown, name, password)
        if wrong:
            return render(request, "join.html", 422, wrong=wrong, called=name, shown=shown)
        account = _renewed(app, row, password) if row.purpose == "password" else _created(app, row, name, password)
        if account is None:
            raise HTTPException(404, DEAD)
        return auth.let_on(app, account, request, "/")

    return web


def _wrong(app: App, shown: Mapping[str, object], name: str, password: str) -> str:
    if shown["elsewhere"]:
        raise HTTPException(403, auth.ELSEWHERE)
    if shown["purpose"] == "invite" and not name.strip():
        return "Write your name, as colleagues should read it."
    return passwords.problem(password, about=(str(shown["login"]), name, *_brand_names(app)))


def _shown(app: App, row: LinkRow, token: str) -> dict[str, object]:
    if row.purpose == "invite":
        elsewhere = app.settings.sign_on.only and bool(app.settings.sign_on.issuer)
        return {"token": token, "purpose": "invite", "login": row.facts["login"], "elsewhere": elsewhere}
    with app.db.read() as session:
        account = people.get(session, int(row.facts["account"]))
    return {"token": token, "purpose": "password", "login": account.login if account else "", "elsewhere": False}


def _created(app: App, row: LinkRow, name: str, password: str) -> AccountRow | None:
    now, stored = app.clock.now(), passwords.hashed(password)
    facts = row.facts
    with app.db.begin() as session:
        if not people.stands(session, row) or not people.use_link(session, row.hash, now):
            return None
        account = people.create(session, facts["login"], name.strip(), facts["role"], facts["brands"], stored, now)
        if account is not None:
            events.add(
                session, now, f"account:{facts['by']}", "account.created", f"account:{account.id}", role=account.role
            )
        return account


def _renewed(app: App, row: LinkRow, password: str) -> AccountRow | None:
    account_id = int(row.facts["account"])
    with app.db.begin() as session:
        if not people.stands(session, row) or not people.use_link(session, row.hash, app.clock.now()):
            return None
    set_password(app, account_id, password, f"account:{account_id}")
    with app.db.read() as session:
        account = people.get(session, account_id)
    return account if account is not None and account.disabled_at is None else None


def _brand_names(app: App) -> list[str]:
    with app.db.read() as session:
        return people.brand_names(session)
