"""Between the password and the second step: who it is stays with us, the browser holds a cookie of ten minutes."""

from datetime import timedelta
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from bot import ids
from bot.app import App
from bot.store import people
from bot.store.tables_house import AccountRow
from bot.web.pages import cookie_name, drop_cookie, go, leave_visit, set_cookie

PURPOSE = COOKIE = "halfway"
LIVES = timedelta(minutes=10)
DOOR = "/login/code"


def stop(app: App, account: AccountRow, request: Request, where: str) -> Response:
    """To the second step; `where` (a path of ours) is where the person goes after it."""
    token = ids.token()
    with app.db.begin() as session:
        facts = {"account": account.id, "next": where}
        people.make_link(session, ids.digest_of(token), PURPOSE, facts, app.clock.now(), LIVES)
    answer = go(DOOR)
    set_cookie(answer, app, COOKIE, token, LIVES)
    leave_visit(request, answer)
    return answer


def of(app: App, request: Request) -> tuple[AccountRow, dict[str, Any]] | None:
    """Who gave a right password in this browser, and where they go; None when it was too long ago, or nobody."""
    token = request.cookies.get(cookie_name(app, COOKIE), "")
    if not token:
        return None
    with app.db.read() as session:
        row = people.link(session, ids.digest_of(token), PURPOSE, app.clock.now())
        account = people.get(session, int(row.facts["account"])) if row is not None else None
    if row is None or account is None or account.disabled_at is not None:
        return None
    return account, dict(row.facts)


def end(app: App, request: Request, answer: Response) -> bool:
    """Through: True for the one who came first."""
    token = request.cookies.get(cookie_name(app, COOKIE), "")
    drop_cookie(answer, app, COOKIE)
    with app.db.begin() as session:
        return people.use_link(session, ids.digest_of(token), app.clock.now())
