"""Search: one field over posts, notes and replies; words in quotes stay together, operators narrow."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.store import lists, sieve
from bot.store.db import TooSlow
from bot.store.sieve import Found, Sieve
from bot.web import kept_views, place, queue, views, words
from bot.web.asking import meant, question
from bot.web.auth import Me, brands_of
from bot.web.late import new_routes
from bot.web.pages import render

LONGEST = 300
PATIENCE_S = 5.0  # of one question to the database
NOTHING = Found([], [], False)
TOO_SLOW = [
    f"That took longer than {PATIENCE_S:g} seconds, so it was given up.",
    "Add a word, a brand or a time such as after:30d, and look again.",
]
HELP = (
    ("refund", "both words and beginnings of words"),
    ('"gate B14"', "words that stand together"),
    ("platform:bluesky", "one platform"),
    ("is:late", "also open, new, waiting, snoozed, resolved, held, free, delight, history"),
    ("untagged", "posts that did not tag us; tagged for those that did; is:untagged is the same"),
    ("tag:billing", "a label"),
    ("from:otisfenn", "one account"),
    ("after:7d", "so long ago: 12h, 7d, 2w; or a day, yesterday, 2026-05-04; also before:"),
    ("assigned:me", "or nobody, a colleague’s name, or the beginning of one: who was given it, or has claimed it"),
    ("has:note", "also reply, draft, promise"),
    ("in:notes", "where the words stand: posts, notes or replies"),
    ("brand: severity: lang:", "as brand:acme severity:high lang:de"),
    ('topic:"late refund"', "what it is about; a brand's topics stand on its page"),
    ("-tag:spam", "a minus leaves out: tag, topic, platform, from, brand, lang"),
    ("sort:due", "also newest, oldest, audience, weight"),
)


def router(app: App) -> APIRouter:
    """The search page."""
    web = new_routes()

    @web.get("/search")
    def page(
        request: Request,
        me: Me,
        q: Annotated[str, Query(max_length=LONGEST)] = "",
        sort: Annotated[str, Query(max_length=20)] = "",
        view: Annotated[int, Query(ge=0, le=2**53)] = 0,
    ) -> Response:
        """What fits the question, as rows of the queue."""
        now, brands = app.clock.now(), brands_of(me)
        with app.db.read() as session:
            saved = kept_views.every(session, me, app.settings.zone, now)
            chosen = next((one for one in saved if one.id == view), None)
            q, sort = (chosen.question, sort or chosen.sort) if chosen is not None else (q, sort)
            asked, odd = question(q, app.settings.zone, now)
            asked = replace(asked, sort=sort) if sort in sieve.SORTS else asked
        try:
            with app.db.hurried(PATIENCE_S) as session:
                found = NOTHING if asked.empty else sieve.find(session, asked, brands, now, 50, me.id or 0)
            late = False
        except TooSlow:
            found, late = NOTHING, True
        with app.db.read() as session:
            rows = queue.row_views(app, session, found.cases, me.id or 0, now)
            many = lists.many_brands(session, brands)
            kept = lists.anything_heard(session)
            posts = [_loose(one, now, app.settings.zone) for one in found.posts]
            outbox = queue.outbox(app, session, me.id or 0, now)
        nothing = _nothing(q, asked, kept, app.settings.retention_days) if not rows and not posts else []
        nothing = TOO_SLOW if late else nothing
        told: dict[str, Any] = {
            "asked": q,
            "in_queue": place.address("everyone", q) if not asked.empty and asked.state != "resolved" else "",
            "rows": rows,
            "posts": posts,
            "more": found.more,
            "nothing": nothing,
            "unknown": [(one, q.replace(one.piece, one.meant, 1) if one.meant else "") for one in odd],
            "meant": meant(q),
            "saved": saved,
            "chosen_view": chosen,
            "sort": asked.sort or "newest",
            "sorts": sieve.SORTS,
        }
        return render(request, "search.html", **told, help=HELP, outbox=outbox, many_brands=many)

    return web


def _loose(one: tuple[Any, Any], now: datetime, tz: str) -> dict[str, Any]:
    mention, post = one
    return {
        "name": views.name_of(post.author_name, post.author_handle),
        "platform": words.platform(post.platform),
        "at": words.wall(post.created_at, tz, now),
        "pieces": views.pieces(post.text[:400], mention.spans),
        "verdict": {"not_us": "not us", "not_complaint": "not a complaint"}.get(mention.verdict, "not queued"),
    }


def _nothing(q: str, asked: Sieve, kept: bool, days: int) -> list[str]:
    """Why nothing was found, and what to try."""
    if not kept:
        return ["Nothing kept yet.", "As soon as somebody names you, it can be found here."]
    if asked.empty:
        return []
    told = [f"Nothing fits “{views.flat(q, 80)}” in the last {days} days."]
    if asked.words and asked != Sieve(words=asked.words):
        return [*told, "Leave out an operator, or a word, and look again."]
    return [*told, "Older words are forgotten by the retention rule. Try fewer words, or the beginning of one."]
