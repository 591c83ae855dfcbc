"""Who works here: invite, change roles, end log-ins, disable. All is audited; nobody gives more than they have."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.when import counted
from bot.store import brands, events, people, rights, seconds, workers
from bot.store.db import Session
from bot.store.tables_house import AccountRow
from bot.web import access, links, second
from bot.web.auth import ELSEWHERE, Me, brands_of, may_see
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
        keys = Counter(row.facts.get("account") for row in people.links_of(session, "api", now))
        facts = [(row, row.facts["role"], row.facts["brands"]) for row in people.invitations(session, now)]
        invited = [(row, people.stands(session, row)) for row, *given in facts if rights.may_give(me, *given)]
        ours = [one.name for one in brands.all_of(session) if not one.competitor]
        names = [name for name in ours if allowed is None or name in allowed]
    said = {"wrong": "", "done": "", "link": "", "link_for": ""} | said
    roles = [role for role in access.ROLES if access.allows(me.role, role)]
    return render(
        request, "people.html", status, people=rows, signed_in=signed_in, brands=names, roles=roles, seconds=having,
        asked=asked, keys=keys, invited=invited, **said,
    )  # fmt: skip


def other(session: Session, me: AccountRow, account_id: int) -> AccountRow:
    """Somebody else whom this admin may manage. 404 for anyone else: unknown and forbidden look the same.

    Asked in the transaction that acts: of two who take each other's right away at once, the second has none any more.
    """
    mine, row = people.get(session, me.id or 0), people.get(session, account_id)
    if mine is None or not rights.at_least(mine, "admin"):
        raise HTTPException(403, "Your own right was taken away in this moment.")
    if row is None or row.id == me.id or not may_manage(mine, row):
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
    now = app.clock.now()
    with app.db.begin() as session:
        for row in people.invitations(session, now, login):
            people.use_link(session, row.hash, now)  # who was invited with another role holds one link, the last
    token = links.make(app, "invite", facts, links.INVITE_LIVES)
    note(app, me, "account.invited", "", role=role)
    return page(app, request, me, link=f"{app.settings.address}/join/{token}", link_for=people.folded(login))


@web.post("/people/invitations/end")
def withdraw(app: TheApp, request: Request, me: Me, invitation: Annotated[str, Form(max_length=64)] = "") -> Response:
    now = app.clock.now()
    with app.db.begin() as session:
        row = people.link(session, invitation, "invite", now)
        if row is None or not rights.may_give(people.get(session, me.id or 0), row.facts["role"], row.facts["brands"]):
            raise HTTPException(404)
        people.use_link(session, row.hash, now)
        events.add(session, now, f"account:{me.id}", "invitation.ended", "", "", role=row.facts["role"])
    return page(app, request, me, done="That invitation no longer works.")


@web.post("/people/{account_id}/role")
def set_role(
    app: TheApp,
    request: Request,
    me: Me,
    account_id: int,
    role: Annotated[str, Form()],
    brand: Annotated[list[str] | None, Form()] = None,
) -> Response:
    chosen, now = brand or [], app.clock.now()
    with app.db.begin() as session:
        row = other(session, me, account_id)
        name, wrong = row.name, refused_role(me, role, chosen)
        if not wrong and row.role in ("admin", "operator") and not (access.allows(role, "admin") and not chosen):
            wrong = _last_one(session, row)
        if not wrong:
            facts = {"role": role, "before": row.role}
            people.change(session, account_id, role=role, brands=chosen)
            people.end_sessions(session, account_id, now)
            freed = workers.let_go(session, account_id, now, f"account:{me.id}")
            events.add(session, now, f"account:{me.id}", "account.role", f"account:{account_id}", "", **facts)
    if wrong:
        return page(app, request, me, 422, wrong=wrong)
    app.wake.ring("alert", "give", "live")
    back = f" {counted(freed, 'case')} of theirs {'goes' if freed == 1 else 'go'} back to the queue." if freed else ""
    return page(app, request, me, done=f"{name} is now {role}. They sign in again.{back}")


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
    now = app.clock.now()
    with app.db.begin() as session:
        name = other(session, me, account_id).name
        people.end_sessions(session, account_id, now)
        events.add(session, now, f"account:{me.id}", "sessions.ended", f"account:{account_id}")
    return page(app, request, me, done=f"{name} is signed out everywhere.")


@web.post("/people/{account_id}/end-keys")
def end_keys(app: TheApp, request: Request, me: Me, account_id: int) -> Response:
    """A key that got about is ended by an admin too, without shutting its maker out."""
    now = app.clock.now()
    with app.db.begin() as session:
        name = other(session, me, account_id).name
        people.drop_links(session, "api", now, account_id)
        events.add(session, now, f"account:{me.id}", "key.ended", f"account:{account_id}")
    return page(app, request, me, done=f"No key of {name}’s works any more.")


@web.post("/people/{account_id}/disable")
def disable(app: TheApp, request: Request, me: Me, account_id: int) -> Response:
    now = app.clock.now()
    with app.db.begin() as session:
        row = other(session, me, account_id)
        name, wrong = row.name, _last_one(session, row) if row.role in ("admin", "operator") else ""
        if not wrong:
            people.change(session, account_id, disabled_at=now)
            people.end_sessions(session, account_id, now)
            workers.let_go(session, account_id, now, f"account:{me.id}")
            people.drop_links(session, "device", now, account_id)
            events.add(session, now, f"account:{me.id}", "account.disabled", f"account:{account_id}")
    if wrong:
        return page(app, request, me, 422, wrong=wrong)
    app.wake.ring("alert", "give", "live")
    return page(app, request, me, done=f"{name} can no longer sign in; their cases go back to the queue.")


@web.post("/people/{account_id}/enable")
def enable(app: TheApp, request: Request, me: Me, account_id: int) -> Response:
    with app.db.begin() as session:
        name = other(session, me, account_id).name
        people.change(session, account_id, disabled_at=None)
        events.add(session, app.clock.now(), f"account:{me.id}", "account.enabled", f"account:{account_id}")
    return page(app, request, me, done=f"{name} can sign in again.")


@web.post("/people/{account_id}/link")
def password_link(app: TheApp, request: Request, me: Me, account_id: int) -> Response:
    if app.settings.sign_on.only and app.settings.sign_on.issuer:
        return page(app, request, me, 422, wrong=ELSEWHERE)
    with app.db.begin() as session:
        login = other(session, me, account_id).login
        people.drop_links(session, "password", app.clock.now(), account_id)
    token = links.make(app, "password", {"account": account_id, "by": me.id}, links.PASSWORD_LIVES)
    note(app, me, "link.made", f"account:{account_id}")
    return page(app, request, me, link=f"{app.settings.address}/join/{token}", link_for=login)


@web.post("/people/{account_id}/second-off")
def second_off(app: TheApp, request: Request, me: Me, account_id: int) -> Response:
    """Somebody lost phone and recovery codes."""
    with app.db.read() as session:
        name = other(session, me, account_id).name
    if not second.turn_off(app, account_id, f"account:{me.id}", second.RESET):
        return page(app, request, me, 422, wrong=f"{name} has no second step.")
    return page(app, request, me, done=f"{name} signs in by password alone, until they set it up again.")


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


def _last_one(session: Session, row: AccountRow) -> str:
    last = not row.brands and row.disabled_at is None and people.operators(session) == 1
    return "This is the last person who can look after Earshot. Make somebody else an admin first." if last else ""
