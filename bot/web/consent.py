"""A second person: the page of all who ask, and the presses that ask, agree, refuse and take back."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.app import App
from bot.core import goodwill
from bot.core.display import visible
from bot.steps import answer as steps
from bot.store import answering, approvals, gestures, lists, rights
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_answering import GestureRow
from bot.store.tables_house import AccountRow
from bot.web import outcomes, owing, views, words
from bot.web.auth import Me, brands_of
from bot.web.case import Short, Start, Text
from bot.web.late import new_routes
from bot.web.outcomes import after, case_of, plain, seen_by, wall, wrote_since
from bot.web.owing import NOTHING_TYPED, Typed
from bot.web.pages import go, is_fragment, render
from bot.web.pane import Told, Written

Note = Annotated[str, Form(max_length=1_000)]
Places = Annotated[list[str], Form(max_length=50)]


def router(app: App) -> APIRouter:
    """Asking for consent, and giving it."""
    web = new_routes()
    _page(web, app)
    _asking(web, app)
    _deciding(web, app)
    return web


def _page(web: APIRouter, app: App) -> None:
    @web.get("/approvals")
    def waiting(request: Request, me: Me, said: str = "") -> Response:
        """Everything that waits for a second person, the customer who is due first on top."""
        return _all(app, request, me, outcomes.after_words(said[:20]))


def _all(
    app: App, request: Request, me: AccountRow, told: tuple[Told, ...], status: int = 200, at: int = 0,
    typed: Typed = NOTHING_TYPED,
) -> Response:  # fmt: skip
    """The page; `typed` stands in the boxes of request `at`."""
    now, brands, tz = app.clock.now(), brands_of(me), app.settings.zone
    with app.db.read() as session:
        asked = [
            _line(app, session, case)
            | {"question": owing.question(session, me, row, now, tz, typed if row.id == at else NOTHING_TYPED)}
            for row, case in approvals.waiting(session, brands)
        ]
        money = [
            _line(app, session, case)
            | {
                "id": row.id,
                "shown": goodwill.words(row.cents, row.currency),
                "kind": row.kind,
                "because": visible(row.because),
                "by": rights.name_of(session, row.by),
                "beyond": _beyond(session, row, case, now),
                "can": rights.at_least(me, "lead") and row.by != me.id,
                "mine": row.by == me.id,
            }
            for row, case in gestures.waiting(session, brands)
        ]
        many = lists.many_brands(session, brands)
    context = {"asked": asked, "money": money, "told": told, "many_brands": many, "title": "Approvals – Earshot"}
    return render(request, "approvals.html", status, **context)


def _beyond(session: Session, row: GestureRow, case: CaseRow, now: datetime) -> str:
    """Which limit it is over, as of now; "" where it is inside all of them meanwhile."""
    here, purse = gestures.left(session, case, row.by, now), answering.settings(session, case.brand).purse
    name = views.first(rights.name_of(session, row.by))
    return goodwill.why_beyond(row.cents, here, purse, name) if row.cents > here.cents else ""


def _line(app: App, session: Session, case: CaseRow) -> dict[str, Any]:
    face = lists.faces(session, [case.id or 0]).get(case.id or 0)
    return {
        "case_id": case.id,
        "brand": case.brand,
        "name": views.name_of(face.name, face.handle) if face else "Someone",
        "platform": words.platform(case.platform),
        "pieces": views.line(face) if face and not face.gone else (),
        "clock": views.clock(case, app.clock.now(), app.settings.zone),
    }


def _asking(web: APIRouter, app: App) -> None:
    @web.post("/cases/{case_id}/ask")
    def ask(
        request: Request, me: Me, case_id: int, text: Text = "", visibility: Short = "public", closing: Note = "",
        keep: Places = [], drop: Places = [], how: Short = "here", seen: Short = "", start: Start = "queue",  # noqa: B006
    ) -> Response:  # fmt: skip
        """Put these words before a second person."""
        case, words_ = wall(app, me, case_id), plain(text)
        written = Written(words_, seen_by(visibility), 0, seen=case.words_at.isoformat())
        if wrote_since(case, seen):
            return outcomes.again(app, request, me, case_id, start, written, outcomes.WROTE_AGAIN)
        letter = steps.Letter(words_, written.visibility, plain(closing), tuple(keep), tuple(drop))
        done = steps.ask(app, case_id, me.id or 0, letter, "native" if how == "native" else "here")
        return after(app, request, me, case_id, start, done, "asked", written)


def _deciding(web: APIRouter, app: App) -> None:
    @web.post("/approvals/{approval_id}/agree")
    def agree(
        request: Request, me: Me, approval_id: int, variant: Annotated[int, Form(ge=1)], digest: Short = "",
        note: Note = "", start: Start = "",
    ) -> Response:  # fmt: skip
        """Agree with exactly these bytes."""
        case_id = case_of(app, me, approval_id, approvals.get)
        done = steps.agree(app, approval_id, me.id or 0, variant, digest, note)
        return back(app, request, me, case_id, start, done, "agreed")

    @web.post("/approvals/{approval_id}/refuse")
    def refuse(
        request: Request, me: Me, approval_id: int, note: Note = "", text: Text = "", start: Start = ""
    ) -> Response:
        """Say no, and why; with it the wording one would have liked."""
        case_id, words_ = case_of(app, me, approval_id, approvals.get), plain(text)
        done = steps.refuse(app, approval_id, me.id or 0, note, words_)
        return back(app, request, me, case_id, start, done, "refused", approval_id, Typed(note, words_))

    @web.post("/approvals/{approval_id}/wording")
    def wording(
        request: Request, me: Me, approval_id: int, text: Text = "", note: Note = "", start: Start = ""
    ) -> Response:
        """Another wording to choose from; what was begun of a no stays in its box."""
        case_id, words_ = case_of(app, me, approval_id, approvals.get), plain(text)
        done = steps.add_wording(app, approval_id, me.id or 0, words_)
        typed = Typed(note, "" if isinstance(done, steps.Done) else words_)
        return back(app, request, me, case_id, start, done, "worded", approval_id, typed)

    @web.post("/approvals/{approval_id}/take-back")
    def take_back(request: Request, me: Me, approval_id: int, start: Start = "") -> Response:
        """Go on writing."""
        case_id = case_of(app, me, approval_id, approvals.get)
        done = steps.take_back_question(app, approval_id, me.id or 0)
        return back(app, request, me, case_id, start, done, "unasked")


def back(
    app: App, request: Request, me: AccountRow, case_id: int, start: str, done: object, code: str, at: int = 0,
    typed: Typed = NOTHING_TYPED,
) -> Response:  # fmt: skip
    """Back to where the press was made: the case, or the page of all requests. `typed` stays in request `at`."""
    if isinstance(done, steps.Handed):
        handed = Written(handed=done.url)
        return outcomes.again(app, request, me, case_id, "case", handed, outcomes.HANDED, 200)
    inside = bool(start) or is_fragment(request)
    status, why = outcomes.read(app, done)
    if isinstance(done, steps.Stopped):
        why = Told("; ".join(one.why for one in done.breaches if one.severity != "note"), "warn", "i-stop")
    if why is None and not (typed.note and code == "worded"):
        return after(app, request, me, case_id, start, done, code) if inside else go(f"/approvals?said={code}")
    told = (why,) if why is not None else outcomes.after_words(code)
    if inside:
        return outcomes.again(app, request, me, case_id, start, None, told[0], status, typed)
    return _all(app, request, me, told, status, at, typed)
