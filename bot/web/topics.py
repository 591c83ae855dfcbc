"""A brand's topics: what its posts are about, in customers' words; renamed, merged, hidden, and each of it undone."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.display import visible
from bot.store import lists, topics
from bot.store.db import Session
from bot.store.tables_house import AccountRow
from bot.store.tables_topics import TopicRow
from bot.store.topics import Listed
from bot.web import filters, place
from bot.web.auth import Me, brands_of
from bot.web.late import new_routes
from bot.web.pages import go, is_fragment, refusal, render
from bot.web.topic_links import asked
from bot.web.walls import known

MOST_NAME = 60
MOST_WAITING = 24
Short = Annotated[str, Form(max_length=200)]
TAKEN = "Another topic of this brand has that name. Merge the two, or take another name."
CIRCLE = "A topic cannot be merged into itself, nor into one that is merged already."


def router(app: App) -> APIRouter:
    """The list, and what a lead may do to it."""
    web = new_routes()

    @web.get("/topics")
    def waiting(
        request: Request, me: Me, q: Annotated[str, Query(max_length=place.LONGEST)] = ""
    ) -> Response:  # fmt: skip
        """What the cases that wait are about, each topic as a filter of the queue; the queue's fold loads it. `q`: the
        filter it stands under; a topic in it is replaced."""
        brands, now = brands_of(me), app.clock.now()
        with app.db.read() as session:
            rest = filters.of(filters.without_topic(q), app.settings.zone, now)
            narrow = filters.narrow(session, me, rest, now)
            found = topics.owed(session, brands, *(narrow.where if narrow is not None else ()))[:MOST_WAITING]
            many = lists.many_brands(session, brands)
        rows = [
            (row.name, row.brand if many else "", number, filters.with_topic(rest, row.name, row.brand if many else ""))
            for row, number in found
        ]
        back = place.address("everyone", filters.of(q, app.settings.zone, now).question)
        shown = "_topics_waiting.html" if is_fragment(request) else "topics_waiting.html"
        return render(request, shown, rows=rows, back=back, under_filter=rest.question)

    @web.get("/brands/{name}/topics")
    def page(request: Request, me: Me, name: str) -> Response:
        """What posts are about, the most written of first."""
        brand, row = known(app, me, name)
        with app.db.read() as session:
            listed = topics.listed(session, name, app.clock.now())
            last = topics.run(session, name)
        return render(request, "topics.html", brand=brand, row=row, rows=[_row(one) for one in listed], last=last)

    @web.post("/brands/{name}/topics/{topic_id}")
    def change(
        request: Request, me: Me, name: str, topic_id: int, act: Short, called: Short = "", into: Short = ""
    ) -> Response:
        """`act`: rename (`called`), merge (`into`, another topic's number), part, hide or show."""
        known(app, me, name)
        with app.db.begin() as session:
            row = topics.get(session, name, topic_id) if 0 < topic_id < 2**53 else None
            if row is None:
                raise HTTPException(404)
            wrong = _changed(app, session, me, row, act, " ".join(called.split()), into)
        if wrong:
            return refusal(request, wrong)
        return go(f"/brands/{quote(name, safe='')}/topics#t{topic_id}")

    return web


def named(called: str) -> str:
    """A topic's name as it is kept: no invisible characters, and none that would end it in a search."""
    return visible(" ".join(called.split()))[:MOST_NAME].replace('"', "").strip()


def _changed(app: App, session: Session, me: AccountRow, row: TopicRow, act: str, called: str, into: str) -> str:
    """Do it; a sentence where it cannot be done."""
    now, actor = app.clock.now(), f"account:{me.id}"
    if act == "rename":
        called = named(called)
        if not called:
            return "A topic needs a name."
        return "" if topics.rename(session, row, called, now, actor) else TAKEN
    if act == "merge":
        other = topics.get(session, row.brand, int(into)) if into.isdecimal() and len(into) < 16 else None
        if other is None:
            return "Choose the topic to merge it into."
        return "" if topics.merge(session, row, other, now, actor) else CIRCLE
    if act == "part":
        topics.part(session, row, now, actor)
    elif act in ("hide", "show"):
        topics.hide(session, row, act == "hide", now, actor)
    else:
        return "Rename, merge, part, hide or show."
    return ""


def _row(one: Listed) -> dict[str, Any]:
    row = one.row
    return {
        "id": row.id,
        "name": row.name,
        "words": ", ".join(str(written) for _word, _weight, written in row.words[:6]),
        "week": one.week,
        "month": one.month,
        "hidden": row.hidden,
        "renamed": bool(row.named_by),
        "made_at": row.made_at,
        "asked": asked(row.name, row.brand),
        "parts": [{"id": part.id, "name": part.name} for part in one.parts],
    }
