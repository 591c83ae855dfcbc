"""`/api/v1`, changing things: notes, tags, assigning, severity, snoozing, resolving, reopening. Never a reply.

A key acts as the person who made it, within its scopes. With an `Idempotency-Key` a request that is sent again is done
once and answered the same.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot import ids
from bot.app import App
from bot.steps import answer as steps
from bot.store import cases, feed, once
from bot.store.tables_house import AccountRow
from bot.web import forms, outcomes
from bot.web.api import CaseOut, Id, case_out
from bot.web.auth import Me, brands_of
from bot.web.late import new_routes
from bot.web.pages import TheApp

PATIENCE = timedelta(minutes=1)  # no change takes that long: who began it was stopped
UNKNOWN = "Earshot was stopped in the middle of this request: done or not. Look at the case, then use another key."

web = new_routes(dependencies=[Depends(forms.one_of_each)])
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=255)]


class Asked(BaseModel):
    """A body whose unknown fields are refused: nobody sets what they were not offered."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NoteIn(Asked):
    """An internal note; the customer never sees it."""

    text: str = Field(min_length=1, max_length=10_000)


class TagIn(Asked):
    """A label."""

    tag: str = Field(min_length=1, max_length=40)


class AssignIn(Asked):
    """Whose it is to be: an account's id, or null for nobody."""

    to: int | None = Field(default=None, ge=1, le=2**53)


class SeverityIn(Asked):
    """How severe it is. A milder one is never due later; `more_time` gives it its own time to resolve, too."""

    severity: Literal["low", "normal", "high", "critical"]
    more_time: bool = False


class ResolveIn(Asked):
    """What came of it."""

    how: str = Field(default="solved", max_length=200)


class SnoozeIn(Asked):
    """Hidden until then, at most 31 days; the customer's clock runs on."""

    until: AwareDatetime = Field(strict=False)


class CaseAfter(CaseOut):
    """A case as it is after the change."""

    tags: list[str]
    assigned_to: int | None
    snoozed_until: datetime | None


def router(_app: App) -> APIRouter:
    """The API's changes."""
    return web


@web.post("/api/v1/cases/{case_id}/notes", response_model=CaseAfter)
def note(app: TheApp, request: Request, me: Me, case_id: Id, body: NoteIn, key: Key = "") -> Response:
    """Add an internal note; the customer never sees it. Sent again without an Idempotency-Key it is there twice."""
    return _done(app, request, me, case_id, key, body, lambda: steps.note(app, case_id, me.id or 0, body.text))


@web.post("/api/v1/cases/{case_id}/tags", response_model=CaseAfter)
def tag(app: TheApp, request: Request, me: Me, case_id: Id, body: TagIn, key: Key = "") -> Response:
    """Put on a tag. It is kept in lower case; one that is there already stays as it is. Fifty at most."""
    return _done(app, request, me, case_id, key, body, lambda: steps.tag(app, case_id, me.id or 0, body.tag))


@web.post("/api/v1/cases/{case_id}/untag", response_model=CaseAfter)
def untag(app: TheApp, request: Request, me: Me, case_id: Id, body: TagIn, key: Key = "") -> Response:
    """Take off a tag. One that is not there is no error."""
    return _done(app, request, me, case_id, key, body, lambda: steps.untag(app, case_id, me.id or 0, body.tag))


@web.post("/api/v1/cases/{case_id}/assign", response_model=CaseAfter)
def assign(app: TheApp, request: Request, me: Me, case_id: Id, body: AssignIn, key: Key = "") -> Response:
    """Give the case to a person, or with null to nobody. Who has claimed it keeps it."""
    return _done(app, request, me, case_id, key, body, lambda: steps.assign(app, case_id, me.id or 0, body.to))


@web.post("/api/v1/cases/{case_id}/severity", response_model=CaseAfter)
def severity(app: TheApp, request: Request, me: Me, case_id: Id, body: SeverityIn, key: Key = "") -> Response:
    """Say how severe it is. What it is already is 409."""
    told = body.severity, body.more_time
    return _done(app, request, me, case_id, key, body, lambda: steps.grade(app, case_id, me.id or 0, *told))


@web.post("/api/v1/cases/{case_id}/resolve", response_model=CaseAfter)
def resolve(app: TheApp, request: Request, me: Me, case_id: Id, body: ResolveIn, key: Key = "") -> Response:
    """Close it. One that is closed is 409."""
    return _done(app, request, me, case_id, key, body, lambda: steps.resolve(app, case_id, me.id or 0, body.how))


@web.post("/api/v1/cases/{case_id}/snooze", response_model=CaseAfter)
def snooze(app: TheApp, request: Request, me: Me, case_id: Id, body: SnoozeIn, key: Key = "") -> Response:
    """Hide it until then. The customer's clock runs on, and their next word brings it back."""
    return _done(app, request, me, case_id, key, body, lambda: _snoozed(app, me, case_id, body.until))


@web.post("/api/v1/cases/{case_id}/reopen", response_model=CaseAfter)
def reopen(app: TheApp, request: Request, me: Me, case_id: Id, key: Key = "") -> Response:
    """Bring back one that is resolved or snoozed."""
    return _done(app, request, me, case_id, key, Asked(), lambda: steps.reopen(app, case_id, me.id or 0))


def _snoozed(app: App, me: AccountRow, case_id: int, until: datetime) -> object:
    try:
        return steps.snooze(app, case_id, me.id or 0, until.astimezone(app.clock.now().tzinfo))
    except OverflowError:
        return steps.Refused("Snooze until a time ahead of us, at most 31 days.")


def _done(
    app: App, request: Request, me: AccountRow, case_id: int, key: str, body: BaseModel, act: Callable[[], object]
) -> Response:
    """Act once, inside the wall, and answer with the case as it is."""
    with app.db.read() as session:
        if feed.case(session, brands_of(me), case_id) is None:
            raise HTTPException(404, "No such case.")
    if not key:
        return JSONResponse(*_acted(app, me, case_id, act)[::-1])
    name = ids.digest_of(f"{me.id}\x1f{key}")
    asked = ids.digest_of(f"{request.method} {request.url.path}\x1f{body.model_dump_json()}")
    with app.db.begin() as session:
        before = once.begin(session, name, asked, app.clock.now())
        age = app.clock.now() - before.at if before is not None else PATIENCE
        told = (before.asked, before.status, dict(before.answer)) if before is not None else None
    if told is not None:
        return _again(told, asked, age >= PATIENCE)
    try:
        status, answer = _acted(app, me, case_id, act)
    except Exception:
        with app.db.begin() as session:
            once.drop(session, name)
        raise
    with app.db.begin() as session:
        once.end(session, name, status, answer)
    return JSONResponse(answer, status)


def _again(told: tuple[str, int, dict[str, Any]], asked: str, given_up: bool) -> Response:
    before, status, answer = told
    if before != asked:
        raise HTTPException(422, "This idempotency key was used for another request.")
    if not status and given_up:
        raise HTTPException(409, UNKNOWN)
    if not status:
        raise HTTPException(409, "A request with this key is under way. Ask again in a moment.")
    return JSONResponse(answer, status, headers={"Idempotent-Replayed": "true"})


def _acted(app: App, me: AccountRow, case_id: int, act: Callable[[], object]) -> tuple[int, dict[str, Any]]:
    status, told = outcomes.read(app, act())
    if status != 200:
        return status, {"error": told.words if told else "Not now."}
    with app.db.read() as session:
        row = feed.case(session, brands_of(me), case_id)
        if row is None:
            return 404, {"error": "No such case."}
        plain = case_out(row, app.clock.now()).model_dump()
        more = {"tags": cases.tags(session, case_id), "assigned_to": row.assigned_to}
        after = CaseAfter(**plain, **more, snoozed_until=row.snoozed_until)
    return 200, after.model_dump(mode="json")
