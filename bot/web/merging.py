"""Merge and split: two cases of one matter, or one case of two; each press can be undone by the next."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.app import App
from bot.steps.answer import merging as acts
from bot.store import merges
from bot.store.tables_house import AccountRow
from bot.web import outcomes
from bot.web.auth import Me
from bot.web.case import Start
from bot.web.late import new_routes
from bot.web.outcomes import fragment, show, wall
from bot.web.pages import is_fragment
from bot.web.pane import Extra, Told

Ids = Annotated[list[int] | None, Form()]


def router(app: App) -> APIRouter:
    """Its three acts."""
    web = new_routes()

    @web.post("/cases/{case_id}/merge")
    def merge(
        request: Request, me: Me, case_id: int, into: Annotated[int, Form(ge=1, le=2**53)] = 1, start: Start = "queue"
    ) -> Response:
        """This case becomes part of that one."""
        wall(app, me, case_id)
        done = acts.merge(app, case_id, into, me.id or 0)
        return _after(app, request, me, case_id, start, done, "Merged; both threads stand here, by time.")

    @web.post("/cases/{case_id}/part")
    def part(request: Request, me: Me, case_id: int, mention: Ids = None, start: Start = "queue") -> Response:
        """These messages become a case of their own."""
        wall(app, me, case_id)
        done = acts.part(app, case_id, (mention or [])[:200], me.id or 0)
        return _after(app, request, me, case_id, start, done, "A case of its own, with its own clock.")

    @web.post("/merges/{merge_id}/undo")
    def undo(request: Request, me: Me, merge_id: int, start: Start = "queue") -> Response:
        """As it was before."""
        with app.db.read() as session:
            row = merges.get(session, merge_id) if 0 < merge_id < 2**53 else None
        case_id = wall(app, me, row.from_case if row is not None else 0).id or 0
        done = acts.undo_merge(app, merge_id, me.id or 0)
        return _after(app, request, me, case_id, start, done, "As it was before.", undone=True)

    return web


def _after(
    app: App, request: Request, me: AccountRow, case_id: int, start: str, done: object, words: str, undone: bool = False
) -> Response:
    answer = fragment if is_fragment(request) else show
    if not isinstance(done, acts.Merged):
        status, told = outcomes.read(app, done)
        return answer(app, request, me, case_id, start, Extra(told=(told,) if told else ()), status)
    back: dict[str, Any] = (
        {} if undone else {"act": f"/merges/{done.merge_id}/undo", "do": "Undo", "key": "u", "id": "undo-merge"}
    )
    return answer(app, request, me, done.case_id, start, Extra(told=(Told(words, "good", "i-link", **back),)))
