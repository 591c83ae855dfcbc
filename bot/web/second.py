"""One's own second step: set it up with an app, take it to another phone, new recovery codes, turn it off."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from bot import ids
from bot.app import App
from bot.core import second
from bot.store import events, people, seconds
from bot.store.tables_house import AccountRow, LinkRow
from bot.web import auth, codes, passwords, second_door
from bot.web.auth import Me
from bot.web.late import new_routes
from bot.web.pages import TheApp, render
from config import secrets

PURPOSE = "second"
SET_UP_LIVES = timedelta(minutes=15)
QUIET = 4  # light squares around a QR code (ISO/IEC 18004)
NOT_YOU = "The password you have now is another one."
NOT_RIGHT = "That code is not right. Look at the app again; the phone's clock must be right."
LATE = "That took more than fifteen minutes, or was begun anew elsewhere. Begin again."
RESET = "second.reset"  # somebody else took it away
ASKED = "Your role needs a second step. You can take it to another phone."

web = new_routes()
Word = Annotated[str, Form(max_length=1_100)]


def router(_app: App) -> APIRouter:
    """The page and its forms."""
    return web


def page(app: App, request: Request, me: AccountRow, status: int = 200, /, **said: object) -> HTMLResponse:
    """What there is now; with `secret` and `token` the one being set up, with `codes` the ten new ones."""
    with app.db.read() as session:
        row, asked = seconds.get(session, me.id or 0), me.role in seconds.roles(session)
        left = seconds.codes_left(session, me.id or 0)
    shown = {"wrong": "", "done": "", "secret": "", "qr": None, "token": "", "codes": (), "tried": 0} | said
    return render(request, "second.html", status, row=row, asked=asked, left=left, **shown)


@web.get("/me/second")
def my_second(app: TheApp, request: Request, me: Me, wrong: int = 0) -> Response:
    return page(app, request, me, tried=max(0, min(wrong, 10_000)))


@web.post("/me/second/begin")
def begin(app: TheApp, request: Request, me: Me, password: Word = "", code: Word = "") -> Response:
    """A new secret, shown to whoever has just proved who they are. The one before it works until the new one does."""
    refused = _refused(app, request, me, password, code)
    return refused or _show_new(app, request, me)


@web.post("/me/second/confirm")
def confirm(app: TheApp, request: Request, me: Me, token: Word = "", code: Word = "") -> Response:
    """A code of the new secret shows that the app has it."""
    now, mine = app.clock.now(), me.id or 0
    with app.db.read() as session:
        link = people.link(session, ids.digest_of(token), PURPOSE, now)
    secret = _begun(app, link, mine)
    if link is None or secret is None:
        return page(app, request, me, 422, wrong=LATE)
    slow = second_door.too_fast(app, request, mine, code)
    step = None if slow else second.step_of(secret, second.plain(code), now, 0)
    if step is None:
        return page(app, request, me, 422, wrong=_wait(slow) or NOT_RIGHT, **_shown(app, me, secret, token))
    shown, hashes = codes.fresh()
    if not _kept(app, me, link, step, hashes):
        return page(app, request, me, 422, wrong=LATE)
    answer = page(app, request, me, codes=shown, done="From your next sign-in on you are asked for a code.")
    auth.begin(app, me, request, answer, "code")
    return answer


@web.post("/me/second/change")
def change(app: TheApp, request: Request, me: Me, password: Word = "", code: Word = "", act: Word = "") -> Response:
    """Another phone, ten new recovery codes, or no second step any more."""
    with app.db.read() as session:
        asked = me.role in seconds.roles(session)
    if act == "off" and asked:
        return page(app, request, me, 422, wrong=ASKED)
    refused = _refused(app, request, me, password, code)
    if refused or act not in ("codes", "off"):
        return refused or _show_new(app, request, me)
    return _new_codes(app, request, me) if act == "codes" else _off(app, request, me)


def turn_off(app: App, account_id: int, actor: str, what: str) -> bool:
    """A password is enough for this person again; where somebody else did it their log-ins end. False where it was."""
    now = app.clock.now()
    with app.db.begin() as session:
        there = bool(seconds.drop(session, account_id))
        people.drop_links(session, PURPOSE, now, account_id)
        if there and what == RESET:
            people.end_sessions(session, account_id, now)
        if there:
            events.add(session, now, actor, what, f"account:{account_id}")
    secrets.prune(app.settings.home, _files(account_id))
    return there


def _files(account_id: int) -> str:
    """How the names of this person's secrets begin."""
    return f"second-{account_id}-"


def _off(app: App, request: Request, me: AccountRow) -> Response:
    turn_off(app, me.id or 0, f"account:{me.id}", "second.off")
    return page(app, request, me, done="It is off: your password alone signs you in.")


def _new_codes(app: App, request: Request, me: AccountRow) -> Response:
    shown, hashes = codes.fresh()
    with app.db.begin() as session:
        seconds.put_codes(session, me.id or 0, hashes)
        events.add(session, app.clock.now(), f"account:{me.id}", "second.codes", f"account:{me.id}")
    return page(app, request, me, codes=shown, done="The codes you had before no longer work.")


def _refused(app: App, request: Request, me: AccountRow, password: str, code: str) -> Response | None:
    """An open page is not enough to change how one signs in: the password, and a code where there is a second step."""
    mine = me.id or 0
    slow = second_door.too_fast(app, request, mine, password or code)
    if slow:
        return page(app, request, me, 429, wrong=_wait(slow))
    if not passwords.fits(me.password_hash, password):
        return page(app, request, me, 422, wrong=NOT_YOU)
    with app.db.read() as session:
        has = seconds.get(session, mine) is not None
    if has and not codes.right(app, mine, code):
        return page(app, request, me, 422, wrong=second_door.WRONG)
    second_door.forgive(app, request, mine)
    return None


def _begun(app: App, link: LinkRow | None, mine: int) -> bytes | None:
    """The secret that this person began with; None where it is somebody else's or another set-up swept it away."""
    if link is None or link.facts["account"] != mine:
        return None
    try:
        return second.bytes_of(secrets.told(app.settings.home, link.facts["secret"]))
    except ValueError:
        return None  # told on the page: begin again


def _wait(seconds_: int | None) -> str:
    return f"Too many wrong tries. Wait {seconds_} seconds." if seconds_ else ""


def _show_new(app: App, request: Request, me: AccountRow) -> Response:
    """Only the page that began it can finish it: it holds the token, and only the last one works."""
    now, mine, secret, token = app.clock.now(), me.id or 0, ids.noise(second.SIZE), ids.token()
    mark = secrets.keep(app.settings.home, f"{_files(mine)}{ids.digest_of(token)[:12]}", second.words_of(secret))
    with app.db.begin() as session:
        row = seconds.get(session, mine)
        kept = (mark, row.secret if row is not None else "")
        people.drop_links(session, PURPOSE, now, me.id)
        begun = {"account": me.id, "secret": mark}
        people.make_link(session, ids.digest_of(token), PURPOSE, begun, now, SET_UP_LIVES)
        events.add(session, now, f"account:{me.id}", "second.begun", f"account:{me.id}")
    secrets.prune(app.settings.home, _files(mine), kept)
    return page(app, request, me, **_shown(app, me, secret, token))


def _shown(app: App, me: AccountRow, secret: bytes, token: str) -> dict[str, object]:
    place = f"Earshot {urlsplit(app.settings.address).hostname or ''}".strip()
    return {"secret": second.words_of(secret), "token": token, "qr": qr(second.address(secret, me.login, place))}


def qr(words: str) -> tuple[int, str]:
    """A QR code to draw: how many squares a side, and the path of the dark ones (no style, no script: CSP)."""
    rows = segno.make(words, error="m", micro=False).matrix
    path = [f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark]
    return len(rows) + 2 * QUIET, "".join(path)


def _kept(app: App, me: AccountRow, link: LinkRow, step: int, hashes: list[str]) -> bool:
    """The new secret counts now, and log-ins elsewhere end. False for the slower of two."""
    now, mine = app.clock.now(), me.id or 0
    with app.db.begin() as session:
        if not people.use_link(session, link.hash, now):
            return False
        before = seconds.keep(session, mine, link.facts["secret"], step, now)
        seconds.put_codes(session, mine, hashes)
        people.end_sessions(session, mine, now)
        events.add(session, now, f"account:{mine}", "second.on", f"account:{mine}", "", moved=bool(before))
    secrets.prune(app.settings.home, _files(mine), (link.facts["secret"],))
    return True
