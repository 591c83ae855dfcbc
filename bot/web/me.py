"""One's own page: where one is logged in, a new password."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from bot import ids
from bot.app import App
from bot.core import keymap
from bot.store import calling, events, people, rights, seconds, workers
from bot.web import access, auth, passwords
from bot.web.auth import Me
from bot.web.forms import fields_of
from bot.web.late import new_routes
from bot.web.pages import TheApp, go, render

KEY_LIVES = timedelta(days=365)


web = new_routes()
Word = Annotated[str, Form(max_length=320)]


def router(_app: App) -> APIRouter:
    """The page, and what one can do there."""
    return web


def page(
    app: App, request: Request, me: Me, status: int = 200, wrong: str = "", done: str = "", key: str = ""
) -> Response:
    """My own page: password, sessions, keys."""
    now = app.clock.now()
    with app.db.read() as session:
        sessions = people.sessions_of(session, me.id or 0, now)
        how = workers.get(session, me.id or 0)
        second, asked = seconds.get(session, me.id or 0), me.role in seconds.roles(session)
        keys = [row for row in people.links_of(session, "api", now) if row.facts.get("account") == me.id]
    return render(
        request, "me.html", status, sessions=sessions, this=request.state.session_hash, wrong=wrong, done=done,
        letters=how.keys, acts=keymap.ACTS, keys=keys, key=key, scopes=access.SCOPES, calls=how.calls,
        goes_on=how.goes_on, can_call=calling.possible(app.settings, me), called=rights.at_least(me, "agent"),
        second=second, asked=asked,
    )  # fmt: skip


@web.get("/me")
def my_page(app: TheApp, request: Request, me: Me) -> Response:
    return page(app, request, me)


@web.post("/me/password")
def new_password(
    app: TheApp, request: Request, me: Me, password: Annotated[str, Form()] = "", new: Annotated[str, Form()] = ""
) -> Response:
    if not passwords.fits(me.password_hash, password):
        return page(app, request, me, 422, "The password you have now is another one.")
    refusal = passwords.problem(new, about=(me.login, me.name, *_brand_names(app)))
    if refusal:
        return page(app, request, me, 422, refusal)
    set_password(app, me.id or 0, new, f"account:{me.id}")
    answer = go("/me")
    auth.begin(app, me, request, answer, request.state.way)
    return answer


@web.post("/me/sessions/end")
def end_others(app: TheApp, request: Request, me: Me) -> Response:
    now = app.clock.now()
    with app.db.begin() as session:
        ended = people.end_sessions(session, me.id or 0, now, but=request.state.session_hash)
        events.add(session, now, f"account:{me.id}", "sessions.ended", f"account:{me.id}", ended=ended)
    return page(app, request, me, done="Signed out everywhere else.")


@web.post("/me/letters")
def letters(app: TheApp, request: Request, me: Me, fields: Annotated[dict[str, str], Depends(fields_of)]) -> Response:
    now = app.clock.now()
    chosen, wrong = keymap.fitting({key.removeprefix("key-"): letter for key, letter in fields.items()})
    if wrong:
        return page(app, request, me, 422, wrong)
    with app.db.begin() as session:
        workers.change(session, me.id or 0, keys=chosen)
        events.add(session, now, f"account:{me.id}", "keys.changed", f"account:{me.id}", "", changed=len(chosen))
    return go("/me")


@web.post("/me/calls")
def calls(
    app: TheApp, request: Request, me: Me, slack: Word = "", email: Word = "", topic: Word = "", act: Word = "save"
) -> Response:
    """By which ways of mine I am called when it is my turn; or one call to try them."""
    now = app.clock.now()
    chosen, wrong = calling.fitting(slack == "yes", email, topic)
    if wrong:
        return page(app, request, me, 422, wrong)
    with app.db.begin() as session:
        workers.change(session, me.id or 0, calls=chosen)
        events.add(session, now, f"account:{me.id}", "calls.changed", f"account:{me.id}", "", ways=sorted(chosen))
        tried = calling.try_out(session, app.settings, me, chosen, now) if act == "try" else 0
    if act == "try":
        app.wake.ring("tell")
        return page(app, request, me, done=f"{tried} on the way." if tried else "There is no way to try yet.")
    return go("/me#calls")


@web.post("/me/next")
def next_case(app: TheApp, me: Me, goes_on: Word = "") -> Response:
    """Whether the next case opens after an answer."""
    now = app.clock.now()
    with app.db.begin() as session:
        workers.change(session, me.id or 0, goes_on=goes_on == "yes")
        events.add(session, now, f"account:{me.id}", "flow.changed", f"account:{me.id}", "", goes_on=goes_on == "yes")
    return go("/me#flow")


@web.post("/me/sessions/end-one")
def end_one(app: TheApp, request: Request, me: Me, session: Annotated[str, Form(max_length=64)] = "") -> Response:
    now = app.clock.now()
    with app.db.begin() as tx:
        mine = {row.hash for row in people.sessions_of(tx, me.id or 0, now)} - {request.state.session_hash}
        if session in mine and people.end_session(tx, session, now):
            events.add(tx, now, f"account:{me.id}", "session.ended", f"account:{me.id}")
    return page(app, request, me, done="That log-in has ended.")


@web.post("/me/keys")
def make_key(
    app: TheApp,
    request: Request,
    me: Me,
    called: Annotated[str, Form(max_length=60)] = "",
    scope: Annotated[list[str] | None, Form()] = None,
) -> Response:
    now, key = app.clock.now(), ids.token()
    scopes = [one for one in access.SCOPES if one in (scope or [])] or ["read"]
    with app.db.begin() as session:
        facts = {"account": me.id, "called": called.strip() or "a key", "scopes": scopes}
        people.make_link(session, ids.digest_of(key), "api", facts, now, KEY_LIVES)
        events.add(session, now, f"account:{me.id}", "key.made", f"account:{me.id}", "", scopes=scopes)
    return page(app, request, me, key=key)


@web.post("/me/keys/end")
def end_key(app: TheApp, request: Request, me: Me, key: Annotated[str, Form(max_length=64)] = "") -> Response:
    now = app.clock.now()
    with app.db.begin() as session:
        row = people.link(session, key, "api", now)
        if row is not None and row.facts.get("account") == me.id:
            people.use_link(session, key, now)
            events.add(session, now, f"account:{me.id}", "key.ended", f"account:{me.id}")
    return page(app, request, me, done="That key no longer works.")


def set_password(app: App, account_id: int, password: str, actor: str) -> None:
    """Store a new password; every log-in of this person ends, and browsers that were known no longer are."""
    now, stored = app.clock.now(), passwords.hashed(password)
    with app.db.begin() as session:
        people.set_password(session, account_id, stored)
        people.end_sessions(session, account_id, now)
        people.drop_links(session, "device", now, account_id)
        people.drop_links(session, "password", now, account_id)
        people.drop_links(session, "halfway", now, account_id)
        events.add(session, now, actor, "password.changed", f"account:{account_id}")


def _brand_names(app: App) -> list[str]:
    with app.db.read() as session:
        return people.brand_names(session)
