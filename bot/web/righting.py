"""Making it right, and keeping what was promised: the presses on a case, and the page of what was given."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.core import goodwill
from bot.core.display import visible
from bot.steps import answer as steps
from bot.store import answering, brands, cases, gestures, lists, promises, rights
from bot.store.db import Session
from bot.store.tables_house import AccountRow
from bot.web import owing, words
from bot.web.auth import Me, brands_of, may_see
from bot.web.case import Short, Start
from bot.web.consent import back
from bot.web.late import new_routes
from bot.web.outcomes import after, case_of, wall
from bot.web.pages import render

Because = Annotated[str, Form(max_length=300)]


def router(app: App) -> APIRouter:
    """Goodwill and promises."""
    web = new_routes()
    _giving(web, app)
    _promising(web, app)
    _page(web, app)
    return web


def _giving(web: APIRouter, app: App) -> None:
    @web.post("/cases/{case_id}/give")
    def give(
        request: Request, me: Me, case_id: int, amount: Short = "", kind: Short = "", because: Because = "",
        token: Short = "", ask: Short = "", again: Short = "", start: Start = "queue",
    ) -> Response:  # fmt: skip
        """Give something: at once inside the budget, by one question beyond it."""
        wall(app, me, case_id)
        meant = {"ask": ask == "yes", "again": again == "yes"}
        done = steps.give(app, case_id, me.id or 0, amount, kind, because, token=f"{me.id}:{token}", **meant)
        form = {"amount": amount, "kind": kind, "because": because, "token": token}
        code = "gift-asked" if isinstance(done, steps.Given) and done.asked else "gift"
        return after(app, request, me, case_id, start, done, code, again_with=form)

    @web.post("/gestures/{gesture_id}/decide")
    def decide(
        request: Request, me: Me, gesture_id: int, yes: Short = "", note: Because = "", start: Start = ""
    ) -> Response:
        """A lead grants it, or says why not."""
        case_id = case_of(app, me, gesture_id, gestures.get)
        done = steps.decide_gesture(app, gesture_id, me.id or 0, yes == "yes", note)
        return back(app, request, me, case_id, start, done, "granted" if yes == "yes" else "refused")

    @web.post("/gestures/{gesture_id}/move-on")
    def move_on(request: Request, me: Me, gesture_id: int, start: Start = "case") -> Response:
        """What was promised is given; what was given has arrived."""
        case_id = case_of(app, me, gesture_id, gestures.get)
        return after(app, request, me, case_id, start, steps.move_on(app, gesture_id, me.id or 0), "moved-on")

    @web.post("/gestures/{gesture_id}/call-off")
    def call_off(request: Request, me: Me, gesture_id: int, start: Start = "case") -> Response:
        """Not given after all."""
        case_id = case_of(app, me, gesture_id, gestures.get)
        return after(app, request, me, case_id, start, steps.call_off(app, gesture_id, me.id or 0), "called-off")


def _promising(web: APIRouter, app: App) -> None:
    @web.post("/promises/{promise_id}/confirm")
    def confirm(request: Request, me: Me, promise_id: int, start: Start = "case") -> Response:
        """It is a promise."""
        case_id = case_of(app, me, promise_id, promises.get)
        done = steps.confirm_promise(app, promise_id, me.id or 0)
        return after(app, request, me, case_id, start, done, "promised")

    @web.post("/promises/{promise_id}/keep")
    def keep(request: Request, me: Me, promise_id: int, start: Start = "case") -> Response:
        """It is done."""
        case_id = case_of(app, me, promise_id, promises.get)
        return after(app, request, me, case_id, start, steps.keep_promise(app, promise_id, me.id or 0), "kept")

    @web.post("/promises/{promise_id}/drop")
    def drop(request: Request, me: Me, promise_id: int, start: Start = "case") -> Response:
        """The words were no promise."""
        case_id = case_of(app, me, promise_id, promises.get)
        return after(app, request, me, case_id, start, steps.drop_promise(app, promise_id, me.id or 0), "dropped")

    @web.post("/cases/{case_id}/pause")
    def pause(request: Request, me: Me, case_id: int, start: Start = "case") -> Response:
        """Our clock stands still while the customer owes us an answer."""
        wall(app, me, case_id)
        return after(app, request, me, case_id, start, steps.pause_clock(app, case_id, me.id or 0), "paused")

    @web.post("/cases/{case_id}/run-on")
    def run_on(request: Request, me: Me, case_id: int, start: Start = "case") -> Response:
        """It runs again."""
        wall(app, me, case_id)
        return after(app, request, me, case_id, start, steps.resume_clock(app, case_id, me.id or 0), "running")

    @web.post("/replies/{reply_id}/withdraw")
    def withdraw(request: Request, me: Me, reply_id: int, start: Start = "case") -> Response:
        """Delete a sent reply on its platform, where that is possible."""
        case_id = case_of(app, me, reply_id, cases.reply)
        return after(app, request, me, case_id, start, steps.withdraw(app, reply_id, me.id or 0), "taken-back")


def _page(web: APIRouter, app: App) -> None:
    @web.get("/goodwill")
    def page(request: Request, me: Me, month: Annotated[str, Query(max_length=7)] = "") -> Response:
        """What was given this month, what is still owed, and what could still be given."""
        with app.db.read() as session:
            shown = [_brand(app, session, me, brand.name, month) for brand in brands.all_of(session)
                     if may_see(me, brand.name) and not brand.competitor]  # fmt: skip
            unkept = gestures.unkept(session, brands_of(me), app.clock.now())
            owed = [_owed(app, session, row.id or 0) for row in unkept]
            kept = promises.counts(session, brands_of(me))
        return render(request, "goodwill.html", brands=shown, owed=owed, kept=kept, title="Making it right – Earshot")


def _brand(app: App, session: Session, me: AccountRow, brand: str, month: str) -> dict[str, Any]:
    key = month if _is_month(month) else gestures.month(session, brand, app.clock.now())
    purse = answering.settings(session, brand).purse
    made = gestures.by_agent(session, brand, key)
    given, promised = (sum(both[at] for both in made.values()) for at in (0, 1))
    rest = max(0, goodwill.cents(purse.agent) - sum(made.get(me.id or 0, (0, 0))))
    names = lists.names(session, list(made)) if rights.at_least(me, "lead") else {}
    return {
        "name": brand,
        "month": words.month(datetime.fromisoformat(f"{key}-01T00:00Z"), "UTC"),
        "given": goodwill.words(given, purse.currency),
        "promised": goodwill.words(promised, purse.currency) if promised else "",
        "of": goodwill.words(goodwill.cents(purse.brand), purse.currency),
        "chance": goodwill.words(rest, purse.currency),
        "customer": goodwill.words(goodwill.cents(purse.customer), purse.currency),
        "note": "" if answering.is_set(session, brand) else owing.NO_BUDGET,
        "people": [
            (names[who], *(goodwill.words(cents, purse.currency) for cents in both))
            for who, both in made.items()
            if who in names
        ],
    }


def _is_month(key: str) -> bool:
    try:
        return len(key) == 7 and bool(datetime.fromisoformat(f"{key}-01"))
    except ValueError:
        return False


def _owed(app: App, session: Session, gesture_id: int) -> dict[str, Any]:
    row = gestures.get(session, gesture_id)
    assert row is not None
    return {
        "case_id": row.case_id,
        "shown": goodwill.words(row.cents, row.currency),
        "kind": row.kind,
        "because": visible(row.because),
        "since": words.wall(row.made_at, app.settings.zone, app.clock.now()),
    }
