"""Who is asking: the guard in front of every route, log-in and log-out."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from bot import ids
from bot.app import App
from bot.store import badges, events, gaps, people, pings, seconds, switches, workers
from bot.store.db import DatabaseRefuses, Session, refusal
from bot.store.tables_house import AccountRow, GapRow, SessionRow
from bot.web import access, bands, forms, halfway, kept_views, passwords
from bot.web.late import new_routes
from bot.web.pages import app_of, cookie_name, drop_cookie, go, leave_visit, render, set_cookie
from bot.web.throttle import Pace, Throttle

log = logging.getLogger(__name__)
DEVICE_LIVES = timedelta(days=90)
WRONG = "That name and password do not match."
SET_UP = "/me/second"  # where a second step is set up
WHILE_OWING = frozenset({SET_UP, f"{SET_UP}/begin", f"{SET_UP}/confirm", "/logout"})


NO_KEY = "No valid key came with this. Make one under You and send it: Authorization: Bearer KEY."


class SignIn(HTTPException):
    """The page needs somebody who is logged in."""

    def __init__(self) -> None:
        super().__init__(401, "Sign in to see this.")


class Owes(HTTPException):
    """This log-in may set up its second step, sign out, and nothing else."""

    def __init__(self) -> None:
        super().__init__(403, "Your role needs a second step at sign-in. Set it up first, on your own page.")


@dataclass(frozen=True, slots=True)
class Shell:
    """What stands around every page: gaps that are open now; whether sending is paused, by whom, why; who else is here;
    by a page's path, how much waits there; the saved views of the rail; and since when a loop stands still."""

    open_gaps: tuple[GapRow, ...]
    paused: bool
    paused_by: str
    paused_why: str
    here: tuple[workers.Present, ...] = ()
    away: bool = False
    calls: int = 0
    keys: str = ""
    badges: Mapping[str, int] = field(default_factory=dict)
    kept: tuple[kept_views.View, ...] = ()
    still: datetime | None = None


def guard(request: Request, brought: Annotated[str, Depends(forms.token_in)]) -> None:
    """In front of every route: who is it, may they, and does a change carry its token.

    Leaves `me`, `csrf`, `shell` and `session_hash` on `request.state`.
    """
    app = app_of(request)
    least = access.least_role(request.method, request.scope["route"].path)
    if least is None:
        raise HTTPException(403, "Nobody has decided who may do this.")
    if least == access.LOCAL:
        return
    _who(request, app)
    _slow_down(request, app)
    me: AccountRow | None = request.state.me
    keyed = _by_key(request, least)
    if request.method not in ("GET", "HEAD") and not keyed and not forms.fits(brought, request.state.csrf):
        raise HTTPException(403, "This page was open too long or came from elsewhere. Go back, reload it, try again.")
    if least == access.ANYONE:
        return
    if me is None:
        raise SignIn
    _settled(request)
    _asked_once(request)
    if not access.allows(me.role, least):
        _write_down(request, app, me)
        raise HTTPException(403, f"This needs the role “{least}”. An admin can give it to you.")


def _by_key(request: Request, least: str) -> bool:
    """Whether a program asks, with a key that may. One without a key hears so, not that its page is too old."""
    if request.state.me is None and least != access.ANYONE and request.url.path.startswith("/api/"):
        raise HTTPException(401, NO_KEY, headers={"WWW-Authenticate": "Bearer"})
    if request.state.scopes is None:
        return False
    if access.scope_of(request.method, request.scope["route"].path) not in request.state.scopes:
        raise HTTPException(403, "This key may not do that. Its owner can make one that may.")
    return True


def _settled(request: Request) -> None:
    """Whoever still has to set up a second step may do that and leave."""
    if request.state.owes and request.url.path not in WHILE_OWING:
        raise Owes


def _asked_once(request: Request) -> None:
    """A parameter sent twice means two things to two programs on the way (ASVS 5.0 V15.3.7): the API takes none.

    Nor one that it does not know: who misspells a filter would take everything for what they asked for.
    """
    if not request.url.path.startswith("/api/"):
        return
    keys = [key for key, _ in request.query_params.multi_items()]
    if len(keys) != len(set(keys)):
        raise HTTPException(422, "A parameter was sent twice.")
    known = [field.alias for field in request.scope["route"].dependant.query_params]
    if not set(keys) <= set(known):
        raise HTTPException(422, f"The address takes {' and '.join(known) or 'no parameters'}, and nothing else.")


def _write_down(request: Request, app: App, me: AccountRow) -> None:
    """Reaching for more than one may is in the audit (ASVS 5.0 V16.3.2), a few times and not without end."""
    quiet: Pace = request.app.state.refusals
    if quiet.wait(f"account:{me.id}", app.clock.monotonic()):
        return
    facts = {"method": request.method, "route": request.scope["route"].path, "role": me.role}
    with app.db.begin() as session:
        events.add(session, app.clock.now(), f"account:{me.id}", "access.refused", "", "", **facts)


def _slow_down(request: Request, app: App) -> None:
    """One visitor who asks without pause must not make the others wait (429 with Retry-After)."""
    visitor = request.state.session_hash if request.state.me is not None else ""
    pace: Pace = request.app.state.pace
    wait = pace.wait(visitor or (request.client.host if request.client else ""), app.clock.monotonic())
    if wait:
        raise HTTPException(429, "That was very fast. Wait a second.", headers={"Retry-After": str(ceil(wait))})


def signed_in(request: Request) -> AccountRow:
    """The person behind this request. Raises SignIn (401, or the log-in page)."""
    me: AccountRow | None = getattr(request.state, "me", None)
    if me is None:
        raise SignIn
    return me


Me = Annotated[AccountRow, Depends(signed_in)]


def brands_of(account: AccountRow) -> list[str] | None:
    """The brands this person may see; None means all. Hand it to every store query: the wall is there."""
    return list(account.brands) or None


def may_see(account: AccountRow, brand: str) -> bool:
    """Is this brand on this person's side of the wall?"""
    return not account.brands or brand in account.brands


def alive(app: App, hashes: Collection[str]) -> frozenset[str]:
    """Of the log-ins of streams that stay open those that live, asked again now; by the hashes of their tokens."""
    with app.db.read() as session:
        found = people.logins(session, hashes, app.clock.now())
    return frozenset(hash_ for hash_, (row, _) in found.items() if not row.owes)


def _who(request: Request, app: App) -> None:
    now, state = app.clock.now(), request.state
    state.scopes, state.way, state.owes = None, "", False
    token = request.cookies.get(cookie_name(app), "")
    state.session_hash = ids.digest_of(token) if token else ""
    with app.db.read() as session:
        found = people.session_of(session, state.session_hash, now) if token else None
        if found is not None:
            switch = switches.get(session, "sending")
            state.shell = Shell(
                tuple(gaps.open_gaps(session)),
                bool(switch.get("paused", False)),
                str(switch.get("name", "")),
                str(switch.get("why", "")),
                *(() if request.headers.get("hx-request") == "true" else _around(app, session, found[1], now)),
            )
    if found is not None:
        row, state.me = found
        state.csrf, state.way, state.owes = row.csrf, row.way, row.owes
        _touch(app, row, now)
        return
    holder = _key_holder(app, request)
    if holder is not None:
        (state.me, state.scopes), state.csrf = holder, ""
        return
    state.me = None
    visit = request.cookies.get(cookie_name(app, "visit"), "")
    if not visit:
        visit = state.new_visit = ids.token()
    state.csrf = forms.of_visit(visit)


def _around(
    app: App, session: Session, me: AccountRow, now: datetime
) -> tuple[
    tuple[workers.Present, ...], bool, int, str, Mapping[str, int], tuple[kept_views.View, ...], datetime | None
]:
    """Who else is here, whether this person is away, how often they were called, their own keys, what waits, in which
    saved views, and since when a loop stands still."""
    others = tuple(one for one in workers.here(session, me, now) if one.id != me.id)
    row = workers.get(session, me.id or 0)
    keys = " ".join(f"{act}{key}" for act, key in row.keys.items())
    waiting = badges.counts(session, me, now)
    saved = tuple(kept_views.shown(session, me, app.settings.zone, now))
    called, still = pings.unseen(session, me), bands.still_since(session, now)
    return others, row.away_since is not None, called, keys, waiting, saved, still


def _key_holder(app: App, request: Request) -> tuple[AccountRow, frozenset[str]] | None:
    """Whose API key came with the request, and what it may do; only the API takes keys."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key or not request.url.path.startswith("/api/"):
        return None
    with app.db.read() as session:
        row = people.link(session, ids.digest_of(key), "api", app.clock.now())
        account = people.get(session, int(row.facts["account"])) if row is not None else None
    if row is None or account is None or account.disabled_at is not None:
        return None
    return account, frozenset(row.facts.get("scopes", ["read"]))


def _touch(app: App, row: SessionRow, now: datetime) -> None:
    if now - row.seen_at < people.SEEN_EVERY:
        return
    try:
        with app.db.begin() as session:
            people.seen(session, row.hash, now)
    except DatabaseRefuses as error:  # a full disk must not keep anybody from reading (P-52); the next page tries again
        log.warning("That a session is in use could not be noted: %s", refusal(error))


def safe_next(path: str) -> str:
    """Where to go after log-in: a plain path of ours. What a browser could read otherwise becomes the front page."""
    if not path.startswith("/") or path.startswith("//") or len(path) > 500:
        return "/"
    if any(mark in path for mark in ("\\", "@", "//")) or not path.isprintable() or "%2f%2f" in path.lower():
        return "/"
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc and "%0" not in path.lower() else "/"


def to_login(request: Request) -> Response:
    """Ask to sign in, and come back to the page that was asked for."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    where = "/login" if here == "/" or request.method != "GET" else f"/login?next={quote(here, safe='')}"
    if request.headers.get("hx-request") == "true" or "earshot-press" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    return RedirectResponse(where, 303)


def begin(app: App, account: AccountRow, request: Request, answer: Response, way: str = "password") -> None:
    """Log this person in: a new session id, the browser known from now on, any session it had before ended.

    `way`: password, code (a second step was asked too), sign-on.
    """
    now, token, device = app.clock.now(), ids.token(), ids.token()
    with app.db.begin() as session:
        people.end_session(session, getattr(request.state, "session_hash", ""), now)
        row = people.open_session(session, account.id or 0, ids.digest_of(token), ids.token(), now, _browser(request))
        row.way, row.owes = way, seconds.owed(session, account, way)
        people.make_link(session, ids.digest_of(device), "device", {"account": account.id}, now, DEVICE_LIVES)
        events.add(session, now, f"account:{account.id}", "session.opened", f"account:{account.id}", "", way=way)
    set_cookie(answer, app, "", token)
    set_cookie(answer, app, "known", device, DEVICE_LIVES)
    drop_cookie(answer, app, "visit")


def let_on(app: App, account: AccountRow, request: Request, where: str) -> Response:
    """The password was right: in, or to the second step where this person has one."""
    with app.db.read() as session:
        asks = seconds.get(session, account.id or 0) is not None
    if asks:
        return halfway.stop(app, account, request, where)
    answer = go(where)
    begin(app, account, request, answer)
    return answer


_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
_MACHINES = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")


def _browser(request: Request) -> str:
    """What a browser calls itself, in two words of ours: enough to know one's own log-ins apart."""
    told = request.headers.get("user-agent", "")
    names = {"Edg": "Edge", "OPR": "Opera", "Mac OS": "Mac"}
    found = [next((one for one in kinds if one in told), "") for kinds in (_BROWSERS, _MACHINES)]
    return " on ".join(names.get(one, one) for one in found if one)


ELSEWHERE = "Here one signs in elsewhere, not with a password."


def router(app: App) -> APIRouter:
    """Log-in and log-out."""
    web = new_routes()
    throttle = Throttle()

    @web.get("/login")
    def login_page(request: Request, next: str = "/") -> Response:
        if request.state.me is not None:
            return go(safe_next(next))
        with app.db.read() as session:
            if people.count(session) == 0:
                return RedirectResponse("/first", 303)
        return render(request, "login.html", next=safe_next(next), login="", wrong="")

    @web.post("/login")
    def login(
        request: Request,
        login: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        next: Annotated[str, Form()] = "/",
    ) -> Response:
        _by_password(app)
        now, known = app.clock.now(), known_device(app, request)
        address = request.client.host if request.client else ""
        account = _account(app, login)
        keys = throttle.keys(people.folded(login), address, known if account and known == account.id else None)
        wait = throttle.try_now(keys, now)
        if wait:
            words = f"Too many wrong tries. Wait {int(wait.total_seconds()) + 1} seconds, or ask an admin for a link."
            answer = render(request, "login.html", 429, next=safe_next(next), login=login, wrong=words)
            answer.headers["retry-after"] = str(int(wait.total_seconds()) + 1)
            return answer
        right = passwords.fits(account.password_hash if account else None, password)
        if account is None or not right or account.disabled_at is not None:
            _note_failure(app, account)
            return render(request, "login.html", 401, next=safe_next(next), login=login, wrong=WRONG)
        throttle.forgive(keys, now)
        return let_on(app, account, request, safe_next(next))

    @web.post("/logout")
    def logout(request: Request) -> Response:
        now, me = app.clock.now(), signed_in(request)
        with app.db.begin() as session:
            people.end_session(session, request.state.session_hash, now)
            events.add(session, now, f"account:{me.id}", "session.closed", f"account:{me.id}")
        answer = go("/login")
        drop_cookie(answer, app)
        answer.headers["clear-site-data"] = '"cache", "storage"'
        leave_visit(request, answer)
        return answer

    return web


def _by_password(app: App) -> None:
    """Refused where everybody signs in elsewhere."""
    if app.settings.sign_on.only and app.settings.sign_on.issuer:
        raise HTTPException(403, ELSEWHERE)


def _account(app: App, login: str) -> AccountRow | None:
    with app.db.read() as session:
        return people.by_login(session, login)


def known_device(app: App, request: Request) -> int | None:
    """The account that this browser has logged in to before."""
    token = request.cookies.get(cookie_name(app, "known"), "")
    if not token:
        return None
    with app.db.read() as session:
        row = people.link(session, ids.digest_of(token), "device", app.clock.now())
    return int(row.facts["account"]) if row is not None else None


def _note_failure(app: App, account: AccountRow | None) -> None:
    """One event either way: an unknown name must not be told by the time a write takes."""
    now, subject = app.clock.now(), f"account:{account.id}" if account else ""
    with app.db.begin() as session:
        events.add(session, now, "stranger", "session.refused", subject)
