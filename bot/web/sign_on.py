"""Signing in elsewhere: to the provider, back again, and which account that is. Nobody gets in who was not invited."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from bot import ids
from bot.app import App
from bot.store import events, identities, people, seconds, workers
from bot.store.db import Session
from bot.store.tables_house import AccountRow
from bot.web import access, auth, passwords
from bot.web.late import new_routes
from bot.web.oidc import Known, Provider, Unfit, role_of
from bot.web.pages import cookie_name, go, leave_visit, render
from config.settings import Settings
from connectors.errors import PlatformError
from connectors.http import Http, user_agent

LIVES = timedelta(minutes=10)
PURPOSE = "sign-on"
STRANGER = "Nobody here has the address that the sign-in service knows you by. Ask an admin to invite you."
UNCHECKED = "The sign-in service has not checked your e-mail address, so it cannot tell us who you are here."
ANOTHER = "Your account here belongs to somebody else at the sign-in service. An admin can look into it."
LATE = "This way in was used, is too old, or was begun in another browser. Start again."
Word = Annotated[str, Query(max_length=4_000)]


def provider_of(settings: Settings) -> Provider | None:
    """The provider of these settings; None where there is none."""
    chosen = settings.sign_on
    if not chosen.issuer or not chosen.client_id:
        return None
    agent = user_agent(settings.contact, settings.public_url)
    http = Http(agent=agent, private_ok=settings.private_addresses, deadline_s=15.0)
    return Provider(chosen, http, f"{settings.address}/sign-on/back")


def router(app: App) -> APIRouter:
    """There and back."""
    web = new_routes()
    provider = provider_of(app.settings)

    @web.get("/sign-on")
    def there(request: Request, next: Annotated[str, Query(max_length=600)] = "/") -> Response:
        """To the provider, with what only this browser and we know."""
        state, nonce, verifier = ids.token(), ids.token(), ids.token(48)
        try:
            way = _wanted(provider).way(state, nonce, verifier, app.clock.now())
        except (PlatformError, Unfit) as error:
            return _refused(request, 502, str(error))
        visit = request.cookies.get(cookie_name(app, "visit"), "") or getattr(request.state, "new_visit", "")
        facts = {"nonce": nonce, "verifier": verifier, "next": auth.safe_next(next), "visit": ids.digest_of(visit)}
        with app.db.begin() as session:
            people.make_link(session, ids.digest_of(state), PURPOSE, facts, app.clock.now(), LIVES)
        answer = RedirectResponse(way, 303)
        leave_visit(request, answer)
        return answer

    @web.get("/sign-on/back")
    def back(request: Request, state: Word = "", code: Word = "", error: Word = "", iss: Word = "") -> Response:
        """Back with a code: once, in the same browser, soon enough."""
        facts = _begun(app, request, state)
        if facts is None:
            return _refused(request, 400, LATE)
        if error or not code:
            return _refused(request, 401, "The sign-in service did not let you in.")
        try:
            now = app.clock.now()
            known = _wanted(provider).known(code, facts["nonce"], facts["verifier"], iss, now)
        except Unfit as unfit:
            return _stranger(app, request, str(unfit))
        except PlatformError as away:
            return _refused(request, 502, str(away))
        return _let_in(app, request, known, facts["next"])

    return web


def _wanted(provider: Provider | None) -> Provider:
    if provider is None:
        raise HTTPException(404, "There is no single sign-on here.")
    return provider


def _begun(app: App, request: Request, state: str) -> dict[str, Any] | None:
    """What was kept when this browser left for the provider; spent by looking. None for anybody else's."""
    now, visit = app.clock.now(), request.cookies.get(cookie_name(app, "visit"), "")
    with app.db.begin() as session:
        row = people.link(session, ids.digest_of(state), PURPOSE, now)
        if row is None or not visit or row.facts["visit"] != ids.digest_of(visit):
            return None
        return dict(row.facts) if people.use_link(session, row.hash, now) else None


def _let_in(app: App, request: Request, known: Known, where: str) -> Response:
    with app.db.begin() as session:
        account, why = who(session, app.settings, known, app.clock.now())
    if account is None:
        return _stranger(app, request, why)
    answer = go(where)
    auth.begin(app, account, request, answer, seconds.ELSEWHERE)
    return answer


def _stranger(app: App, request: Request, why: str) -> Response:
    with app.db.begin() as session:
        events.add(session, app.clock.now(), "stranger", "session.refused", "", "", way="sign-on")
    return _refused(request, 403, why)


def _refused(request: Request, status: int, why: str) -> Response:
    return render(request, "login.html", status, next="/", login="", wrong=why)


def who(session: Session, settings: Settings, known: Known, now: datetime) -> tuple[AccountRow | None, str]:
    """The account of somebody who signed in there: linked before, or by the address an admin invited. Else why not."""
    issuer = settings.sign_on.issuer
    account = identities.account_of(session, issuer, known.subject)
    if account is None:
        account, why = _linked_now(session, issuer, known, now)
        if account is None:
            return None, why
    if account.disabled_at is not None:
        return None, STRANGER
    _role(session, settings, account, known, now)
    return account, ""


def _linked_now(session: Session, issuer: str, known: Known, now: datetime) -> tuple[AccountRow | None, str]:
    if not known.email:
        return None, UNCHECKED
    account = people.by_login(session, known.email) or _joined(session, known, now)
    if account is None or account.disabled_at is not None:
        return None, STRANGER
    if identities.linked(session, issuer, account.id or 0):
        return None, ANOTHER
    identities.link(session, issuer, known.subject, account.id or 0, now)
    events.add(session, now, f"account:{account.id}", "account.linked", f"account:{account.id}")
    return account, ""


def _joined(session: Session, known: Known, now: datetime) -> AccountRow | None:
    """An invitation that was never opened is accepted by signing in elsewhere; there is no password then."""
    row = identities.invitation(session, known.email, now)
    if row is None or not people.use_link(session, row.hash, now):
        return None
    name = " ".join(known.name.split())[:100] or known.email
    nobodys = passwords.hashed(ids.token())
    account = people.create(session, row.facts["login"], name, row.facts["role"], row.facts["brands"], nobodys, now)
    if account is not None:
        actor = f"account:{row.facts['by']}"
        events.add(session, now, actor, "account.created", f"account:{account.id}", role=account.role)
    return account


def _role(session: Session, settings: Settings, account: AccountRow, known: Known, now: datetime) -> None:
    """The provider's groups decide the role where the settings say so; the last operator stays one."""
    role = role_of(settings.sign_on, known.claims, access.ROLES)
    last = account.role in ("admin", "operator") and not account.brands and people.operators(session) == 1
    if not role or role == account.role or (last and not access.allows(role, "admin")):
        return
    people.change(session, account.id or 0, role=role)
    workers.let_go(session, account.id or 0, now, "earshot")
    facts = {"role": role, "before": account.role, "by": "sign-on"}
    events.add(session, now, "earshot", "role.changed", f"account:{account.id}", "", **facts)
