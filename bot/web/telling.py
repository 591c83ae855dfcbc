"""Who hears of what, on the channels page: routes with a rehearsal, times of quiet, the pace of a room, replay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.display import one_line
from bot.ids import digest_of
from bot.store import events, notices, quiet, replay, routing
from bot.store.db import Session
from bot.store.routing import Way
from bot.store.tables_house import AccountRow
from bot.store.tables_telling import QuietRow, RoomRow, RouteRow
from bot.web import channels
from bot.web.auth import Me, brands_of
from bot.web.late import new_routes
from bot.web.pages import TheApp, go
from bot.web.quicker import Was
from bot.web.telling_form import QuietForm, RouteForm, Short, quiet_form, route_form
from bot.web.walls import Wrong, within

CHANGED = "Somebody changed this rule while you wrote: above it stands as they saved it. Save again to put yours there."
web = new_routes()
WEEK = timedelta(days=7)
LONGEST_REPLAY_H = 72
Route_ = Annotated[RouteForm, Depends(route_form)]
Seen = Annotated[str, Form(max_length=64)]
Quiet_ = Annotated[QuietForm, Depends(quiet_form)]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What other rules would have done since then: for each room how many messages it had and would have had.

    `press` is the address that does it and `seen` what it is known by; `does` says it in words.
    """

    rooms: tuple[tuple[Way, int, int], ...]
    since: datetime
    press: str
    seen: str
    does: str

    @property
    def changes(self) -> bool:
        """Would any room have been told of more or less?"""
        return any(now != then for _way, now, then in self.rooms)


def router(_app: App) -> APIRouter:
    """The forms of the channels page."""
    return web


@web.post("/channels/routes")
def new_route(app: TheApp, request: Request, me: Me, form: Route_, act: Short = "save", seen: Seen = "") -> Response:
    return _saved(app, request, me, form, None, act, seen)


@web.post("/channels/routes/{route_id}")
def change_route(
    app: TheApp, request: Request, me: Me, route_id: int, form: Route_, act: Short = "save", seen: Seen = "",
    was: Was = "",
) -> Response:  # fmt: skip
    with app.db.read() as session:
        row = mine(routing.get(session, route_id), me)
    if was not in ("", channels.mark_of(row)):
        return channels.page(app, request, status=409, wrong=CHANGED, form=form, edit=route_id)
    return _saved(app, request, me, form, row, act, seen)


@web.post("/channels/routes/{route_id}/up")
def move_up(app: TheApp, request: Request, me: Me, route_id: int, seen: Seen = "") -> Response:
    """One place earlier: the first rule that fits decides. Shown first where any room would have heard otherwise."""
    with app.db.read() as session:
        row, every = mine(routing.get(session, route_id), me), routing.all_of(session)
    at = [each.id for each in every].index(row.id)
    every[max(0, at - 1) : at + 1] = reversed(every[max(0, at - 1) : at + 1])
    tried = _rehearsed(app, me, every, f"/channels/routes/{route_id}/up", f"With “{row.name}” one place earlier")
    if tried.changes and tried.seen != seen:
        return channels.page(app, request, rehearsed=tried)
    with app.db.begin() as session:
        for place, each in enumerate(every, 1):
            here = routing.get(session, each.id or 0)
            if here is not None:
                here.position = place
                session.add(here)
        _note(session, app, me, "route.moved", f"route:{route_id}", row.brand)
    return go("/channels#routes")


@web.post("/channels/routes/{route_id}/remove")
def remove_route(app: TheApp, request: Request, me: Me, route_id: int, seen: Seen = "") -> Response:
    with app.db.read() as session:
        row, every = mine(routing.get(session, route_id), me), routing.all_of(session)
    rest = [each for each in every if each.id != route_id]
    tried = _rehearsed(app, me, rest, f"/channels/routes/{route_id}/remove", f"Without “{row.name}”")
    if tried.changes and tried.seen != seen:
        return channels.page(app, request, rehearsed=tried)
    with app.db.begin() as session:
        row = mine(routing.get(session, route_id), me)
        _note(session, app, me, "route.removed", f"route:{route_id}", row.brand, to=f"{row.responder}:{row.address}")
        session.delete(row)
    return go("/channels#routes")


def _saved(
    app: App, request: Request, me: AccountRow, form: RouteForm, row: RouteRow | None, act: str, seen: str
) -> Response:
    """Rehearse the rule, or save it; what is wrong is said beside the form, with what was written still in it."""
    now, edit = app.clock.now(), row.id if row is not None else None
    try:
        within(app, me, form.brand)
        made = form.put(
            RouteRow(position=0, name="", responder="", address="", changed_at=now), ways(app, me), now, me.id or 0
        )
    except Wrong as error:
        return channels.page(app, request, status=422, wrong=str(error), form=form, edit=edit)
    tried = _with(app, me, made, row)
    if act == "preview" or (tried.changes and tried.seen != seen):
        return channels.page(app, request, form=form, edit=edit, rehearsed=tried)
    with app.db.begin() as session:
        there = mine(routing.get(session, edit), me) if edit is not None else None
        if row is not None and there is not None and channels.mark_of(there) != channels.mark_of(row):
            raise HTTPException(409, CHANGED)
        if there is None:
            there = RouteRow(
                position=routing.last_position(session) + 1, name="", responder="", address="", changed_at=now
            )
        session.add(form.put(there, ways(app, me), now, me.id or 0))
        session.flush()
        facts = {"to": f"{there.responder}:{there.address}"}
        _note(session, app, me, "route.saved", f"route:{there.id}", there.brand, **facts)
    return go("/channels#routes")


def _with(app: App, me: AccountRow, made: RouteRow, row: RouteRow | None) -> Rehearsed:
    """What a rule would have done, at its place among the others."""
    with app.db.read() as session:
        every = routing.all_of(session)
    made.id = row.id if row is not None else None
    after = [made if each.id == made.id else each for each in every] if row is not None else [*every, made]
    return _rehearsed(app, me, after, "", "So")


def _rehearsed(app: App, me: AccountRow, after: list[RouteRow], press: str, does: str) -> Rehearsed:
    """What these rules would have sent in the last seven days, beside what those in force send."""
    since, usual = app.clock.now() - WEEK, [(way.responder, way.address) for way in notices.ways(app.settings)]
    with app.db.read() as session:
        rules = [[routing.as_rule(row) for row in rows if row.enabled] for rows in (routing.all_of(session), after)]
        now, then = (routing.preview(session, known, usual, since, brands_of(me)) for known in rules)
    rooms = tuple((Way(*room), now[room], then[room]) for room in sorted(now | then))
    seen = "".join(row.model_dump_json(exclude={"name", "changed_at", "changed_by"}) for row in after)
    return Rehearsed(rooms, since, press, digest_of(press + seen), does)


@web.post("/channels/quiet")
def new_quiet(app: TheApp, request: Request, me: Me, form: Quiet_) -> Response:
    now = app.clock.now()
    try:
        within(app, me, form.brand)
        row = form.row(ways(app, me), now, me.id or 0)
    except Wrong as error:
        return channels.page(app, request, status=422, wrong=str(error), quiet_form=form)
    with app.db.begin() as session:
        session.add(row)
        session.flush()
        _note(session, app, me, "quiet.set", f"quiet:{row.id}", row.brand, until=row.until_at)
    return go("/channels#quiet")


@web.post("/channels/quiet/{quiet_id}/end")
def end_quiet(app: TheApp, me: Me, quiet_id: int) -> Response:
    """It is quiet no longer: what was held is looked at again at once."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = mine(session.get(QuietRow, quiet_id), me)
        if row.ended_at is None:
            row.ended_at, row.ended_by = now, me.id
            session.add(row)
            _note(session, app, me, "quiet.ended", f"quiet:{quiet_id}", row.brand)
            quiet.release(session, now)
    app.wake.ring("tell")
    return go("/channels#quiet")


@web.post("/channels/room")
def set_room(
    app: TheApp, request: Request, me: Me, room: Annotated[str, Form(max_length=400)], bundle_s: Short = "0",
    cap_hour: Short = "0", fallback: Annotated[str, Form(max_length=400)] = "",
) -> Response:  # fmt: skip
    """How a room wants to be told: bundling, a cap, and where to go while it takes nothing."""
    every, now = [*ways(app, me), *_routed(app)], app.clock.now()
    responder, _, address = room.partition("|")
    to, _, there = fallback.partition("|")
    if Way(responder, address) not in every or (fallback and Way(to, there) not in every):
        raise HTTPException(404)
    bundle, cap = _number(bundle_s, 600), _number(cap_hour, 600)
    if bundle is None or cap is None or (to, there) == (responder, address):
        why = "Write whole numbers: 0 to 600 seconds, 0 to 600 messages; and choose another room to fall back on."
        return channels.page(app, request, status=422, wrong=why)
    with app.db.begin() as session:
        session.merge(RoomRow(
            responder=responder, address=address, bundle_s=bundle, cap_hour=cap, fallback_responder=to,
            fallback_address=there, changed_at=now, changed_by=me.id,
        ))  # fmt: skip
        _note(session, app, me, "room.changed", f"channel:{responder}", "", bundle_s=bundle, cap_hour=cap)
    return go("/channels")


@web.post("/channels/replay")
def tell_again(
    app: TheApp, request: Request, me: Me, room: Annotated[str, Form(max_length=400)], hours: Short = ""
) -> Response:
    """What a room was told of cases in the last hours, told again as it stands now: for receivers that lost it."""
    responder, _, address = room.partition("|")
    number, now = _number(hours, LONGEST_REPLAY_H), app.clock.now()
    if Way(responder, address) not in [*ways(app, me), *_routed(app)]:
        raise HTTPException(404)
    if not number:
        return channels.page(app, request, status=422, wrong=f"Write the hours, 1 to {LONGEST_REPLAY_H}.")
    with app.db.begin() as session:
        queued = replay.queue(session, Way(responder, address), now - timedelta(hours=number), brands_of(me), now)
        _note(session, app, me, "channel.replayed", f"channel:{responder}", "", messages=queued)
    app.wake.ring("tell")
    return channels.page(app, request, done=f"{queued:,} messages are told again, in order.")


def _number(text: str, most: int) -> int | None:
    return int(text) if text.strip().isdecimal() and len(text) < 6 and int(text) <= most else None


def ways(app: App, _me: AccountRow) -> list[Way]:
    """Every room the settings name."""
    return list(notices.every_way(app.settings))


def _routed(app: App) -> list[Way]:
    with app.db.read() as session:
        return routing.rooms_in_use(session)


def mine(row: Any, me: AccountRow) -> Any:
    """The row, if it is on this person's side of the walls; 404 otherwise, as if it did not exist."""
    if row is None or (me.brands and row.brand not in me.brands):
        raise HTTPException(404)
    return row


def _note(session: Session, app: App, me: AccountRow, what: str, subject: str, brand: str, **facts: object) -> None:
    events.add(session, app.clock.now(), f"account:{me.id}", what, one_line(subject, 120), brand, **facts)
