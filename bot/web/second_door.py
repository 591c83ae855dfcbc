"""The second step at sign-in: a code, asked after the password."""

from math import ceil
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.app import App
from bot.store import seconds
from bot.store.tables_house import AccountRow
from bot.web import auth, codes, halfway
from bot.web.late import new_routes
from bot.web.pages import TheApp, go, render
from bot.web.throttle import Key, Throttle

WRONG = "That code is not right, or was used already. Wait for the next one, or use a recovery code."
MANY = 5  # wrong codes that a typing mistake does not explain

web = new_routes()


def router(_app: App) -> APIRouter:
    """The question and its answer."""
    return web


@web.get("/login/code")
def ask(app: TheApp, request: Request) -> Response:
    return render(request, "code.html", wrong="") if halfway.of(app, request) else go("/login")


@web.post("/login/code")
def check(app: TheApp, request: Request, code: Annotated[str, Form(max_length=100)] = "") -> Response:
    found = halfway.of(app, request)
    if found is None:
        return go("/login")
    account, facts = found
    slow = too_fast(app, request, account.id or 0, code)
    if slow is not None:
        answer = render(request, "code.html", 429, wrong=f"Too many wrong codes. Wait {slow} seconds.")
        answer.headers["retry-after"] = str(slow)
        return answer
    if not code.strip() or not tried(app, request, account.id or 0, code):
        return render(request, "code.html", 401, wrong=WRONG)
    return _through(app, request, account, auth.safe_next(str(facts["next"])))


def _through(app: App, request: Request, account: AccountRow, where: str) -> Response:
    with app.db.begin() as session:
        wrong = seconds.hit(session, account.id or 0)
    answer = go(f"{auth.SET_UP}?wrong={wrong}" if wrong >= MANY else where)
    if not halfway.end(app, request, answer):
        return go("/login")
    auth.begin(app, account, request, answer, "code")
    return answer


def too_fast(app: App, request: Request, account_id: int, code: str) -> int | None:
    """Count a try with a code. Seconds to wait where there were too many; None: go on."""
    if not code.strip():
        return None
    wait = _throttle(request).try_now(_keys(app, request, account_id), app.clock.now())
    return ceil(wait.total_seconds()) if wait else None


def tried(app: App, request: Request, account_id: int, code: str) -> bool:
    """Is the code right? Then the tries before it no longer count."""
    good = codes.right(app, account_id, code)
    if good:
        forgive(app, request, account_id)
    return good


def forgive(app: App, request: Request, account_id: int) -> None:
    """The try was right."""
    _throttle(request).forgive(_keys(app, request, account_id), app.clock.now())


def _throttle(request: Request) -> Throttle:
    throttle: Throttle = request.app.state.codes
    return throttle


def _keys(app: App, request: Request, account_id: int) -> tuple[Key, ...]:
    address = request.client.host if request.client else ""
    return Throttle.code_keys(account_id, address, auth.known_device(app, request))
