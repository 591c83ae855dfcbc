"""Saved views and doing one thing to several cases; both start from the search or the list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.steps import answer as steps
from bot.store import cases, events, rights, viewing
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow
from bot.web import access, kept_views, outcomes, snooze
from bot.web.auth import Me, may_see
from bot.web.late import new_routes
from bot.web.pages import go, render

MOST = 200  # cases in one go
MOST_WHYS = 3  # reasons that are told
SO_BEFORE = 208  # it had the tag already, or had none to take off: Undo must leave it so
SPARED = ("resolve", "snooze", "not-us", "not-complaint")  # what several at once do not do to a case somebody holds
Short = Annotated[str, Form(max_length=200)]
UNDO = {
    "resolve": "reopen",
    "snooze": "reopen",
    "not-us": "put-back",
    "not-complaint": "put-back",
    "tag": "untag",
    "untag": "tag",
    "assign": "assign-back",
}
DONE = {
    "resolve": "resolved",
    "snooze": "snoozed",
    "not-us": "taken out as not us",
    "not-complaint": "taken out as no complaint",
    "put-back": "put back",
    "tag": "tagged",
    "untag": "without the tag",
    "assign": "assigned",
    "assign-back": "given back to who had them",
    "reopen": "reopened",
}


def router(app: App) -> APIRouter:
    """Keep a view, end one, and the bulk acts."""
    web = new_routes()
    _views(web, app)

    @web.post("/bulk")
    def bulk(
        request: Request,
        me: Me,
        what: Short = "",
        ids: Annotated[str, Form(max_length=4_000)] = "",
        case: Annotated[list[int] | None, Form()] = None,
        tag: Short = "",
        to: Short = "",
        until: Short = "",
        before: Annotated[str, Form(max_length=8_000)] = "",
    ) -> Response:
        """One act on several cases, each as if pressed alone. There is no bulk reply."""
        asked = list(dict.fromkeys([*(int(n) for n in ids.split(",") if n.isdecimal()), *(case or [])]))
        if what not in DONE or not asked or len(asked) > MOST:
            raise HTTPException(422, f"Choose between 1 and {MOST} cases and what to do with them.")
        had = _had(app, asked) if what == "assign" else {}
        outcome = [(key, *_one(app, me, key, Wish(what, tag, to, until, before))) for key in asked]
        done, was_so = ([key for key, said, _ in outcome if said == wanted] for wanted in (200, SO_BEFORE))
        whys = dict.fromkeys(told for _, said, told in outcome if said not in (200, SO_BEFORE))
        return render(
            request, "bulk.html", 200 if done or was_so else 409, done=len(done), was_so=len(was_so),
            failed=len(asked) - len(done) - len(was_so), why=" ".join(list(whys)[:MOST_WHYS]),
            words=DONE[what], undo=UNDO.get(what, "") if done else "", ids=",".join(map(str, done)), tag=tag,
            to=to if what == "assign" else "", before=",".join(f"{key}:{had.get(key) or 0}" for key in done if had),
        )  # fmt: skip

    return web


def _views(web: APIRouter, app: App) -> None:
    @web.post("/views")
    def keep(
        me: Me, name: Short = "", q: Annotated[str, Form(max_length=300)] = "", sort: Short = "", team: Short = ""
    ) -> Response:
        """Keep this question under a name."""
        called, now = " ".join(name.split())[:60], app.clock.now()
        for_team = team == "yes"
        if not called or not q.strip():
            raise HTTPException(422, "A view needs a name and something to look for.")
        if for_team and not access.allows(me.role, "lead"):
            raise HTTPException(403, "A lead can keep a view for the team.")
        with app.db.begin() as session:
            row = viewing.keep(session, me, called, q.strip(), sort, for_team, now)
            if row is None:
                raise HTTPException(409, f"There are {viewing.MOST} views already; end one first.")
            events.add(session, now, f"account:{me.id}", "view.kept", f"view:{row.id}", "", team=for_team)
            path = kept_views.opened(row, app.settings.zone, now)
        return go(path)

    @web.get("/views/{view_id}")
    def open_view(me: Me, view_id: int) -> Response:
        """A saved view, where it opens."""
        with app.db.read() as session:
            row = viewing.get(session, view_id, me) if 0 < view_id < 2**53 else None
            path = kept_views.opened(row, app.settings.zone, app.clock.now()) if row is not None else "/search"
        return go(path)

    @web.post("/views/{view_id}/end")
    def end(request: Request, me: Me, view_id: int) -> Response:
        """Nobody needs it any more; one press brings it back as it was."""
        now = app.clock.now()
        with app.db.begin() as session:
            row = viewing.get(session, view_id, me) if 0 < view_id < 2**53 else None
            if row is None or (row.account_id is None and not access.allows(me.role, "lead")):
                raise HTTPException(404, "There is no such view, or a lead keeps it.")
            team = "yes" if row.account_id is None else ""
            was = {"name": row.name, "q": row.question, "sort": row.sort, "team": team}
            viewing.end(session, row)
            events.add(session, now, f"account:{me.id}", "view.ended", f"view:{view_id}")
        return render(request, "view_ended.html", was=was)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done with each: the act, and its tag, person or time. `before`: who had each, `case:person,…`."""

    what: str
    tag: str
    to: str
    until: str
    before: str


def _had(app: App, asked: list[int]) -> dict[int, int]:
    """Whose each of these cases is now."""
    with app.db.read() as session:
        rows = [cases.get(session, key) for key in asked if 0 < key < 2**53]
        return {row.id or 0: row.assigned_to or 0 for row in rows if row is not None}


def _one(app: App, me: AccountRow, case_id: int, wish: Wish) -> tuple[int, str]:
    with app.db.read() as session:
        row = cases.get(session, case_id) if 0 < case_id < 2**53 else None
        if row is None or not may_see(me, row.brand):
            return 404, outcomes.NOT_HERE
        if _is_so(row, wish.what):
            return 200, ""
        if wish.what in SPARED and (taken := _held(session, row, me, app.clock.now())):
            return 409, taken
        given = row.assigned_to
    done = _back(app, me, case_id, given, wish) if wish.what == "assign-back" else _act(app, me.id or 0, case_id, wish)
    if wish.what in ("tag", "untag") and done == steps.Done():
        return SO_BEFORE, ""
    status, told = outcomes.read(app, done)
    return status, told.words if told else ""


def _held(session: Session, row: CaseRow, me: AccountRow, now: datetime) -> str:
    """Who has it: among fifty one does not see that somebody claimed it meanwhile and is writing."""
    if row.holder in (None, me.id) or row.lease_until is None or row.lease_until <= now:
        return ""
    return f"{rights.name_of(session, row.holder)} has it."


def _back(app: App, me: AccountRow, case_id: int, given: int | None, wish: Wish) -> object:
    """Back to who had it, unless somebody has given it to another since."""
    had = dict(pair.split(":", 1) for pair in wish.before.split(",") if pair.count(":") == 1)
    before = had.get(str(case_id), "")
    if not before.isdecimal() or len(before) > 15:
        return steps.Refused("Who had it before is not known any more.")
    if str(given or "") != wish.to:
        return steps.Refused("Somebody has given it to another since.")
    return steps.assign(app, case_id, me.id or 0, int(before) or None)


def _is_so(row: CaseRow, what: str) -> bool:
    """Did the case just before take this one along? "Not us" acts on those like it, and so does its undo."""
    if what == "put-back":
        return row.state != "resolved"
    return what in ("not-us", "not-complaint") and row.resolved_how == what.replace("-", "_")


def _act(app: App, by: int, case_id: int, wish: Wish) -> object:
    to = wish.to
    match wish.what:
        case "tag":
            return steps.tag(app, case_id, by, wish.tag)
        case "untag":
            return steps.untag(app, case_id, by, wish.tag)
        case "assign":
            return steps.assign(app, case_id, by, int(to) if to.isdecimal() and len(to) < 16 else None)
        case "snooze":
            return _snooze(app, by, case_id, wish.until)
        case "resolve":
            return steps.resolve(app, case_id, by, "solved")
    plain = {"not-us": steps.not_us, "not-complaint": steps.not_complaint, "put-back": steps.put_back}
    return plain.get(wish.what, steps.reopen)(app, case_id, by)


def _snooze(app: App, by: int, case_id: int, until: str) -> object:
    try:
        moment = snooze.until(until or "1h", app.clock.now(), app.settings.zone)
    except KeyError:
        return steps.Refused("Choose until when.")
    return steps.snooze(app, case_id, by, moment)
