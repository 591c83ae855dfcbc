"""The queue: who next, will we make it, what do we not hear. It reads, and changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.store import lists, mentions, presence, sources, topics
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow
from bot.web import (
    bands,
    filters,
    forecasts,
    incident_views,
    kept_rows,
    kept_views,
    pane,
    place,
    sections,
    views,
    words,
)
from bot.web.auth import Me, brands_of
from bot.web.filters import Filter
from bot.web.late import new_routes
from bot.web.owing import asking
from bot.web.pages import render

SHOWN, MOST_SHOWN = 25, place.MOST_ROWS  # rows a section at first, and at most; the rest is counted
HORIZON = timedelta(hours=1)
NOTES = {
    "next": ("Answer next", "can still be kept"),
    "late": ("Late", "still owed an answer"),
    "window": ("In the window", "time enough"),
    "waiting": ("Their turn", "answered; they may write again"),
    "snoozed": ("Snoozed", "hidden until a time; clocks run on"),
    "delight": ("Delight", "no complaint: a kind word is a chance too"),
    "mine": ("Mine", "claimed by you or given to you"),
    "rest": ("Not owed now", "yours, answered or snoozed"),
}
BROKEN = "a promise is broken"
NEWEST_OUTBOX = timedelta(minutes=2)


Rows = Annotated[int, Query(ge=1, le=MOST_SHOWN)]
Asked = Annotated[str, Query(max_length=place.LONGEST)]
Kept = Annotated[int, Query(ge=0, le=2**53)]


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the queue and how much is in it."""

    key: str
    name: str
    path: str
    total: str


@dataclass(frozen=True, slots=True)
class Out:
    """A line of the outbox strip."""

    reply_id: int
    case_id: int
    kind: str
    icon: str
    name: str
    lead: str
    words: str
    leaves_at: str


def router(app: App) -> APIRouter:
    """The queue and its views."""
    web = new_routes()

    @web.get("/")
    def front(
        request: Request,
        me: Me,
        view: Annotated[str, Query(max_length=20)] = "everyone",
        at: Annotated[int, Query(ge=0, le=2**53)] = 0,
        rows: Rows = SHOWN,
        q: Asked = "",
        kept: Kept = 0,
    ) -> Response:
        """The queue, all of it or what fits a filter or a saved view, and the case chosen beside it."""
        return _page(app, request, me, view if view in place.PART_OF else "everyone", at, rows, q, kept)

    @web.get("/mine")
    def mine(
        request: Request, me: Me, at: Annotated[int, Query(ge=0, le=2**53)] = 0, rows: Rows = SHOWN, q: Asked = ""
    ) -> Response:
        """What I hold or was given."""
        return _page(app, request, me, "mine", at, rows, q, 0)

    return web


def _page(
    app: App, request: Request, me: AccountRow, view: str, at: int, rows: int, q: str, kept: int
) -> Response:  # fmt: skip
    now = app.clock.now()
    with app.db.read() as session:
        saved = kept_views.get(session, me, kept)
        asked = filters.of(saved.question if saved is not None else q, app.settings.zone, now)
        told = _list(app, session, me, filters.seen(view, asked), now, rows, asked, saved)
        shown: list[views.Row] = [row for group in told["groups"] for row in group.rows]
        chosen = at or (shown[0].id if shown else 0)
        told["chosen"] = chosen
        if request.headers.get("hx-request") == "true":
            return render(request, "_list.html", **told)
        told |= pane.of(app, session, me, chosen, now, "queue")
    told["title"] = _title(told["waiting_words"], shown)
    return render(request, "queue.html", **told)


def _list(
    app: App, session: Session, me: AccountRow, view: str, now: datetime, rows: int, asked: Filter,
    saved: kept_views.View | None,
) -> dict[str, Any]:  # fmt: skip
    brands, tz = brands_of(me), app.settings.zone
    narrow, told = filters.narrow(session, me, asked, now), filters.told(session, me, asked, view, now)
    groups = _groups(
        app, session, sections.parts(session, me.id or 0, brands, view, now, rows, narrow), told.fits, me, now
    )  # fmt: skip
    calm = not groups and view == "everyone" and narrow is None
    here = f"/?kept={saved.id}" if saved is not None else place.address(view, asked.question)
    return {
        "view": view,
        "asked": asked,
        "saved": saved,
        "kept_id": saved.id if saved is not None else 0,
        "heading": saved.name if saved is not None else "Mine" if view == "mine" else "Queue",
        "here_path": here,
        "all_path": place.address(view),
        "outside": told.outside,
        "address": place.address,
        "hiding": filters.hiding(session, me, asked, view, tz, now) if asked.question and not groups else [],
        "more_rows": min(MOST_SHOWN, rows * 2) if rows < MOST_SHOWN else 0,
        "views": tabs(told.fits, asked.question) + kept_tabs(kept_views.shown(session, me, tz, now)),
        "shown_view": f"kept{saved.id}" if saved is not None else view,
        "counts": told.fits,
        "waiting_words": told.words,
        "newest": lists.newest_id(session),
        "fresh": 0,
        "groups": groups,
        "many_brands": lists.many_brands(session, brands),
        "by_topic": bool(groups) and topics.any_of(session, brands),
        "forecast": forecasts.told(session, brands, now, tz) if view == "everyone" else None,
        "horizon": _horizon(session, brands, now, tz, narrow is not None) if view == "everyone" else None,
        "bands": [
            *asking(session, me, brands, now),
            *incident_views.bands(session, brands, tz, now),
            *bands.all_of(app, session, now, tz),
        ],
        "empty": _empty(session, view, now, tz) if not groups and narrow is None else [],
        "calm": _calm(session, brands, now, tz) if calm else [],
        "outbox": outbox(app, session, me.id or 0, now),
        "none_chosen": "Nothing is chosen. Press j for the next case.",
    }


def _groups(
    app: App, session: Session, parts: list[tuple[str, list[CaseRow]]], counts: dict[str, int], me: AccountRow,
    now: datetime,
) -> list[views.Group]:  # fmt: skip
    every = [row for _, rows in parts for row in rows]
    made = {one.id: one for one in row_views(app, session, every, me.id or 0, now)}
    return [_group(key, [made[row.id] for row in rows if row.id], counts) for key, rows in parts if rows]


def _group(key: str, rows: list[views.Row], counts: dict[str, int]) -> views.Group:
    name, note = NOTES[key]
    note = BROKEN if any(row.clock.word == views.PROMISE_BROKEN for row in rows) else note
    return views.Group(key, name, note, max(counts.get(key, 0), len(rows)), tuple(rows))


def row_views(app: App, session: Session, rows: Sequence[CaseRow], me: int, now: datetime) -> list[views.Row]:
    """Rows as the queue shows them: four queries, however many rows."""
    ids = [row.id for row in rows if row.id is not None]
    faces, present, tags = lists.faces(session, ids), presence.at_cases(session, ids, now), lists.tags(session, ids)
    names = lists.names(session, [row.holder for row in rows])
    speakers = frozenset(app.responders)  # a tuple would ask twice: it asks for the length first
    return [
        kept_rows.row(
            row,
            faces.get(row.id or 0),
            now,
            app.settings.zone,
            holder=views.who(row, me, names, present.get(row.id or 0, ()), now),
            reach=views.reach(faces.get(row.id or 0), speakers),
            tags=tuple(tags.get(row.id or 0, ())),
        )
        for row in rows
    ]


def tabs(counts: dict[str, int], asked: str = "") -> list[Tab]:
    """The views and their numbers, all under the same filter."""
    names = {"everyone": "Everyone", "mine": "Mine", "theirs": "Their turn", "snoozed": "Snoozed", "delight": "Delight"}
    return [
        Tab(key, name, place.address(key, asked), f"{filters.number(counts, key):,}") for key, name in names.items()
    ]


def kept_tabs(kept: Sequence[kept_views.View]) -> list[Tab]:
    """Saved views as tabs."""
    return [Tab(f"kept{one.id}", views.flat(one.name, 30), one.path, f"{one.total:,}") for one in kept]


def _title(waiting: str, rows: Sequence[views.Row]) -> str:
    due = next((row.clock.left for row in rows if row.owed and row.clock.state in ("soon", "open")), "")
    tail = f", next: {due}" if due else ""
    return f"{waiting}{tail} – Earshot"


def outbox(app: App, session: Session, me: int, now: datetime) -> list[Out]:
    """This person's replies on their way, in a fixed place."""
    tz, undo = app.settings.zone, timedelta(seconds=app.settings.undo_s)
    return [_out(one, now, tz, undo) for one in lists.leaving(session, me, now - NEWEST_OUTBOX)]


def _out(one: lists.Leaving, now: datetime, tz: str, undo: timedelta) -> Out:
    name = views.name_of(one.name, "")
    icon, lead, told, leaves = "i-send", "", "", ""
    match one.state:
        case "queued":
            leaves = one.leaves_at.isoformat() if one.leaves_at is not None and one.leaves_at <= now + undo else ""
            told = f"{max(0, int((one.leaves_at - now).total_seconds()))} s" if leaves and one.leaves_at else "soon"
        case "sent":
            icon, lead, told = "i-resolve", "Sent", f"at {words.wall(one.sent_at or now, tz, now)} to"
        case "unsure":
            icon, lead, told = "s-soon", "Not known if it arrived.", "Is your reply there? To"
        case "held":
            icon, lead, told = "i-stop", "Held before it left.", f"{one.why} To"
        case _:
            icon, lead, told = "i-stop", "Not sent.", f"{one.why} To"
    return Out(one.reply_id, one.case_id, one.state, icon, name, lead, told, leaves)


def _horizon(
    session: Session, brands: list[str] | None, now: datetime, tz: str, narrowed: bool
) -> dict[str, Any] | None:
    """The next hour: a tick for each answer that is owed, triangles where the last quarter has begun. A filter hides
    none of them, and the words say so."""
    dues = lists.due_between(session, brands, now, now + HORIZON)
    if not dues:
        return None
    told = f"{words.count(len(dues), 'answer')} owed in the next hour{', with or without this filter' * narrowed}."
    rest = f"The first is due in {words.span(dues[0][0] - now)}."
    marks = [{"x": _x(due - now), "soon": risk <= now} for due, risk in dues]
    ticks = [
        {"x": _x(timedelta(minutes=m)), "words": words.wall(now + timedelta(minutes=m), tz, now)} for m in (20, 40)
    ]
    return {
        "lead": told,
        "rest": rest,
        "label": f"{told} {rest}",
        "dues": marks,
        "ticks": [{"x": _x(timedelta()), "words": "now"}, *ticks],
    }


def _x(span: timedelta) -> float:
    return round(2 + span / HORIZON * 96, 1)


def _empty(session: Session, view: str, now: datetime, tz: str) -> list[str]:
    """One sentence on what is true, one on what to do."""
    if view != "everyone":
        told = {
            "mine": ("You have no case.", "Claim one in the queue with c."),
            "theirs": (
                "No answered case waits for its customer.",
                "Answered cases stand here until they are resolved.",
            ),
            "snoozed": ("Nothing is snoozed.", "s hides a case until a time; its clock runs on."),
            "delight": ("Nobody has praised you yet.", "Wishes and thanks stand here, below the complaints."),
        }
        return list(told[view])
    known = sources.known(session)
    if not known:
        return ["Nobody is waiting.", "And nothing is heard: there is no source yet. Add one under Sources."]
    if not lists.anything_heard(session):
        start = min(row.started_at for row in known)
        return [f"Listening since {words.wall(start, tz, now)}.", "Nothing has named you yet; old posts never ring."]
    heard = max((row.heard_at or row.polled_at or row.started_at for row in known), default=now)
    well = sum(row.state in ("listening", "waiting") and not row.error for row in known)
    return ["Nobody is waiting.", f"Last heard {words.ago(heard, now)}; {well} of {len(known)} sources in full."]


def _calm(session: Session, brands: list[str] | None, now: datetime, tz: str) -> list[dict[str, Any]]:
    found = mentions.calm(session, brands, now - timedelta(days=7))
    return [
        {
            "pieces": views.pieces(post.text[:400], mention.spans),
            "name": views.name_of(post.author_name, post.author_handle),
            "platform": words.platform(post.platform),
            "at": words.wall(post.created_at, tz, now),
            "score": f"{mention.complaint:.2f}" if mention.complaint is not None else "unread",
        }
        for mention, post in found
        if post.gone_at is None
    ]
