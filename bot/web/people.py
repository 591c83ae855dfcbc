"""Who works here: invite, change roles, end log-ins, disable. All is audited; nobody gives more than they have."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.store import brands, events, people, seconds
from bot.store.tables_house import AccountRow
from bot.web import access, links, second
from bot.web.auth import Me, brands_of, may_see
from bot.web.late import new_routes
from bot.web.pages import TheApp, render

web = new_routes()


def router(_app: App) -> APIRouter:
    """The page and its forms."""
    return web


def page(app: App, request: Request, me: Me, status: int = 200, **said: str) -> Response:
    """Who works here, and what may be done about it."""
    now, allowed = app.clock.now(), brands_of(me)
    with app.db.read() as session:
        rows = [row for row in people.all_of(session) if may_manage(me, row) or row.id == me.id]
        signed_in = {row.id: len(people.sessions_of(session, row.id or 0, now)) for row in rows}
        having, asked = seconds.having(session), seconds.roles(session)
        ours = [one.name for one in brands.all_of(session) if not one.competitor]
        names = [name for name in ours if allowed is None or name in allowed]
    said = {"wrong": "", "done": "", "link": "", "link_for": ""} | said
    roles = [role for role in access.ROLES if access.allows(me.role, role)]
    return render(
        request, "people.html", status, people=rows, signed_in=signed_in, brands=names, roles=roles, seconds=having,
        asked=asked, **said,
    )  # fmt: skip


def other(app: App, me: AccountRow, account_id: int) -> AccountRow:
    """Somebody else whom this admin may manage. 404 for anyone else: unknown and forbidden look the same."""
    with app.db.read() as session:
        row = people.get(session, account_id)
    if row is None or row.id == me.id or not may_manage(me, row):
        raise HTTPException(404)
    return row


@web.get("/people")
def list_people(app: TheApp, request: Request, me: Me) -> Response:
    return page(app, request, me)


@web.post("/people/invite")
def invite(
    app: TheApp,
    request: Request,
    me: Me,
    login: Annotated[str, Form(max_length=200)],
    role: Annotated[str, Form()],
    brand: Annotated[list[str] | None, Form()] = None,
) -> Response:
    wrong = refused_invitation(me, login, role, brand or [])
    if not wrong:
        with app.db.read() as session:
            wrong = "They have an account already." if people.by_login(session, login) else ""
    if wrong:
        return page(app, request, me, 422, wrong=wrong)
    facts = {"login": people.folded(login), "role": role, "brands": brand or [], "by": me.id}
    token = links.make(app, "invite", facts, links.INVITE_LIVES)
    note(app, me, "account.invited", "", role=role)
    return page(app, request, me, link=f"{app.settings.address}/join/{token}", link_for=people.folded(login))


@web.post("/people/{account_id}/role")
def set_role(
    app: TheApp,
    request: Request,
    me: Me,
    account_id: int,
    role: Annotated[str, Form()],
    brand: Annotated[list[str] | None, Form()] = None,
) -> Response:
    row = other(app, me, account_id)
    wrong = refused_role(me, role, brand or [])
    if not wrong and row.role in ("admin", "operator") and not (access.allows(role, "admin") and not brand):
        wrong = _last_one(app, row)
    if wrong:
        return page(app, request, me, 422, wrong=wrong)
    with app.db.begin() as session:
        people.change(session, account_id, role=role, brands=brand or [])
        people.end_sessions(session, account_id, app.clock.now())
    note(app, me, "account.role", f"account:{account_id}", role=role, before=row.role)
    return page(app, request, me, done=f"{row.name} is now {role}. They sign in again.")


@web.post("/people/{account_id}/slack")
def set_slack(
    app: TheApp, request: Request, me: Me, account_id: int, user: Annotated[str, Form(max_length=30)] = ""
) -> Response:
    with app.db.read() as session:
        row, taken = people.get(session, account_id), people.by_slack(session, user.strip())
    if row is None or not may_manage(me, row):
        raise HTTPException(404)
    if taken is not None and taken.id != account_id:
        return page(app, request, me, 422, wrong="Somebody else has this Slack member id.")
    with app.db.begin() as session:
        people.change(session, account_id, slack_user=user.strip())
    note(app, me, "account.slack", f"account:{account_id}")
    return page(app, request, me, done=f"{row.name} can press buttons in Slack." if user.strip() else "Taken away.")


@web.post("/people/{account_id}/end-sessions")
def end_sessions(app: TheApp, request: Request, me: Me, account_id: int) -> Response:
    row = other(app, me, account_id)
    with app.db.begin() as session:
        people.end_sessions(session, account_id, app.clock.now())
    note(app, me, "sessions.ended", f"account:{account_id}")
    return page(app, request, me, done=f"{row.name} is signed out everywhere.")


@web.post("/people/{account_id}/disable")
def disable(app: TheApp, request: Request, me: Me, account_id: int) -> Response:
    row, now = other(app, me, account_id), app.clock.now()
    wrong = _last_one(app, row) if row.role in ("admin", "operator") else ""
    if wrong:
        return page(app, request, me, 422, wrong=wrong)
    with app.db.begin() as session:
        people.change(session, account_id, disabled_at=now)
        people.end_sessions(session, account_id, now)
        people.end_claims(session, account_id, now)
        people.drop_links(session, "device", now, account_id)
    note(app, me, "account.disabled", f"account:{account_id}")
    app.wake.ring("alert", "live")
    return page(app, request, me, done=f"{row.name} can no longer sign in; their cases go back to the queue.")


@web.post("/people/{account_id}/enable")
def enable(app: TheApp, request: Request, me: Me, account_id: int) -> Response:
    row = other(app, me, account_id)
    with app.db.begin() as session:
        people.change(session, account_id, disabled_at=None)
    note(app, me, "account.enabled", f"account:{account_id}")
    return page(app, request, me, done=f"{row.name} can sign in again.")


@web.post("/people/{account_id}/link")
def password_link(app: TheApp, request: Request, me: Me, account_id: int) -> Response:
    row = other(app, me, account_id)
    with app.db.begin() as session:
        people.drop_links(session, "password", app.clock.now(), account_id)
    token = links.make(app, "password", {"account": account_id}, links.PASSWORD_LIVES)
    note(app, me, "link.made", f"account:{account_id}")
    return page(app, request, me, link=f"{app.settings.address}/join/{token}", link_for=row.login)


@web.post("/people/{account_id}/second-off")
def second_off(app: TheApp, request: Request, me: Me, account_id: int) -> Response:
    """Somebody lost phone and recovery codes."""
    row = other(app, me, account_id)
    if not second.turn_off(app, account_id, f"account:{me.id}", second.RESET):
        return page(app, request, me, 422, wrong=f"{row.name} has no second step.")
    return page(app, request, me, done=f"{row.name} signs in by password alone, until they set it up again.")


@web.post("/people/second")
def require_second(app: TheApp, request: Request, me: Me, role: Annotated[list[str] | None, Form()] = None) -> Response:
    """Which roles must have a second step; roles above one's own stay as they are."""
    if me.brands:
        raise HTTPException(403, "This is for all brands: an admin who sees them all decides it.")
    now = app.clock.now()
    with app.db.begin() as session:
        before = set(seconds.roles(session))
        wanted = [one for one in access.ROLES if one in ((role or []) if access.allows(me.role, one) else before)]
        owing = seconds.require(session, wanted, now)
        events.add(session, now, f"account:{me.id}", "second.required", "", "", roles=wanted, owing=owing)
    return page(app, request, me, done=f"Kept. {owing} who are signed in set theirs up now." if owing else "Kept.")


def note(app: App, me: AccountRow, what: str, subject: str, **facts: object) -> None:
    """Write down in the audit log what was done to an account."""
    with app.db.begin() as session:
        events.add(session, app.clock.now(), f"account:{me.id}", what, subject, "", **facts)


def may_manage(me: AccountRow, row: AccountRow) -> bool:
    """An admin manages people of no higher role whose brands are all on the admin's side of the wall."""
    if not access.allows(me.role, row.role):
        return False
    return not me.brands or (bool(row.brands) and set(row.brands) <= set(me.brands))


def refused_role(me: AccountRow, role: str, chosen: list[str]) -> str:
    """Why this admin cannot give this role for these brands; empty if they can."""
    if not access.allows(me.role, role):
        return "You can give roles up to your own."
    if me.brands and not chosen:
        return "Choose at least one brand: you do not see them all yourself."
    if any(not may_see(me, brand) for brand in chosen):
        return "One of these brands does not exist."
    return ""


def refused_invitation(me: AccountRow, login: str, role: str, chosen: list[str]) -> str:
    """Why nobody can be invited like this; empty if they can."""
    plain = people.folded(login)
    if "@" not in plain.strip("@") or not plain.isprintable() or " " in plain:
        return "Write their e-mail address; it becomes the name they sign in with."
    return refused_role(me, role, chosen)


def _last_one(app: App, row: AccountRow) -> str:
    with app.db.read() as session:
        last = not row.brands and row.disabled_at is None and people.operators(session) == 1
    return "This is the last person who can look after Earshot. Make somebody else an admin first." if last else ""
