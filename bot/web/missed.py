"""The missed-complaint audit: one discarded post at a time, one key each; then how much we miss, and what to change."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.core import misses
from bot.core.brand import Brand
from bot.core.case import Heard
from bot.core.matching import LIKELY
from bot.core.misses import Missed, Offer
from bot.core.recalibrated import Curve
from bot.core.recall import recall
from bot.readers.types import ReaderUnavailable, Verdict
from bot.steps import audit
from bot.store import audits, brands, mentions, posts, recalibrating
from bot.store.db import Session
from bot.store.tables import MentionRow, PostRow, ReadingRow
from bot.store.tables_corrections import DrawnRow, DrawRow
from bot.store.tables_house import AccountRow
from bot.web import rewinding
from bot.web.access import allows
from bot.web.auth import Me, brands_of, may_see
from bot.web.corrections import AUDITED, recall_words
from bot.web.late import new_routes
from bot.web.pages import go, render

OFFERED = timedelta(days=7)  # a draw older than that is not offered any more
UNDONE = timedelta(hours=1)  # so long one may take back the last answer
LEAVE = "leave"


def router(app: App) -> APIRouter:
    """The page, the labels, the offers."""
    web = new_routes()
    _look(web, app)
    _say(web, app)
    _settle(web, app)
    return web


def _look(web: APIRouter, app: App) -> None:
    @web.get("/audit/missed")
    def page(
        request: Request,
        me: Me,
        brand: Annotated[str, Query(max_length=200)] = "",
        miss: Annotated[int, Query(ge=0, le=2**53)] = 0,
        look: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        """The next post of the draw; after a miss, what would have caught it, tried on the past by this look."""
        return _page(app, request, me, brand, miss, look)


def _say(web: APIRouter, app: App) -> None:
    @web.post("/audit/missed/draw")
    def draw(me: Me, brand: Annotated[str, Form(max_length=200)] = "") -> Response:
        """Draw now from what was discarded since the last draw."""
        with app.db.read() as session:
            chosen = brands.get(session, brand)
        if chosen is None or not may_see(me, brand):
            raise HTTPException(404)
        audit.draw(app, chosen)
        return go(_at(brand))

    @web.post("/audit/missed/{item_id}")
    def say(me: Me, item_id: int, label: Annotated[str, Form(max_length=5)] = "") -> Response:
        """A complaint for us, or not; or take the last word back."""
        brand = _brand_of(app, me, item_id)
        if label == "undo":
            audit.unlabel(app, item_id, me.id or 0)
            return go(_at(brand))
        if label not in ("yes", "no"):
            raise HTTPException(422, "Say yes or no.")
        audit.label(app, item_id, me.id or 0, label == "yes")
        return go(_at(brand, item_id if label == "yes" else 0))


def _settle(web: APIRouter, app: App) -> None:
    @web.post("/audit/missed/{item_id}/offer")
    def settle(me: Me, item_id: int, offer: Annotated[str, Form(max_length=300)] = "") -> Response:
        """Accept what would have caught it, or leave the rules as they are."""
        name = _brand_of(app, me, item_id)
        if offer == LEAVE:
            audit.settle(app, item_id, me.id or 0, LEAVE, None)
            return go(_at(name))
        if not allows(me.role, "admin"):
            raise HTTPException(403, "Rules are changed by an admin. Your label stands, and the proposal waits here.")
        chosen = _chosen(app, name, item_id, offer)
        if chosen is None or not audit.settle(app, item_id, me.id or 0, offer, chosen.brand):
            raise HTTPException(409, "The rules changed meanwhile, or stand in earshot.toml. Look at the post again.")
        return go(_at(name))


def _chosen(app: App, name: str, item_id: int, offer: str) -> Offer | None:
    """The offer of that key, made anew from the rules as they are now."""
    with app.db.read() as session:
        brand, found = brands.get(session, name), audits.item(session, item_id)
        told = _missed(app, session, found[0]) if found is not None else None
    if brand is None or told is None:
        return None
    return next((one for one in misses.offers(brand, told) if one.key == offer), None)


def _brand_of(app: App, me: AccountRow, item_id: int) -> str:
    with app.db.read() as session:
        found = audits.item(session, item_id) if 0 < item_id < 2**53 else None
    if found is None or not may_see(me, found[1].brand):
        raise HTTPException(404)
    return found[1].brand


def _at(brand: str, miss: int = 0) -> str:
    return f"/audit/missed?{urlencode({'brand': brand} | ({'miss': miss} if miss else {}))}"


def _page(app: App, request: Request, me: AccountRow, asked: str, miss: int, look: str) -> Response:
    now = app.clock.now()
    with app.db.read() as session:
        names = [each.name for each in brands.all_of(session) if not each.competitor and may_see(me, each.name)]
        draw = audits.newest_open(session, [asked] if asked in names else brands_of(me), now - OFFERED)
        name = asked if asked in names else draw.brand if draw is not None else next(iter(names), "")
        brand = brands.get(session, name)
        draw = draw if draw is not None and draw.brand == name else _last(session, name, now)
        items = audits.offered(session, draw.id or 0) if draw is not None else []
        shown = _next(session, items, miss)
        parts, caught, draws = audits.result(session, name, now - AUDITED)
        waiting = audits.misses(session, name, now - AUDITED)
        mine = audits.labelled_last(session, me.id or 0, now - UNDONE)
        told = _shown(app, session, brand, shown) if shown is not None and brand is not None else None
        row = brands.row(session, name)
    offers = misses.offers(brand, told["missed"]) if told is not None and miss and brand is not None else []
    tried = _tried(app, request, brand, offers, miss, look) if offers and brand is not None else None
    estimate = recall(parts, caught) if draws else None
    return render(
        request, "missed.html", names=names, name=name, draw=draw if items else None, told=told, miss=bool(miss),
        item=shown, offers=list(zip_longest(offers, (tried.told if tried else None) or ())),
        untried=tried.wrong if tried else rewinding.BUSY,
        look=tried if tried and tried.under_way else None,
        done=sum(1 for one in items if one.label), of=len(items), mine=mine,
        waiting=[(one, post) for one, post in waiting if one.id != miss], row=row, estimate=estimate,
        words=recall_words(estimate), caught=caught, draws=draws, days=AUDITED.days, per_day=app.settings.audit_posts,
        admin=allows(me.role, "admin"),
    )  # fmt: skip


def _last(session: Session, brand: str, now: datetime) -> DrawRow | None:
    """A brand's newest draw, if it is of these days."""
    draw = audits.last(session, brand)
    return draw if draw is not None and draw.drawn_at >= now - OFFERED else None


def _next(session: Session, items: list[DrawnRow], miss: int) -> DrawnRow | None:
    """The miss that was just found, else the first post nobody labelled whose words are still there."""
    if miss and (found := audits.item(session, miss)) is not None:
        return found[0] if found[0].label == "yes" else None
    for item in items:
        post = posts.by_ids(session, [item.post_id]).get(item.post_id)
        if not item.label and post is not None and post.gone_at is None:
            return item
    return None


def _shown(app: App, session: Session, brand: Brand, item: DrawnRow) -> dict[str, Any] | None:
    missed = _missed(app, session, item)
    if missed is None:
        return None
    post = posts.by_ids(session, [item.post_id])[item.post_id]
    mention = mentions.get(session, item.mention_id) if item.mention_id is not None else None
    return {
        "missed": missed,
        "post": post,
        "spans": mention.spans if mention is not None else [],
        "why": misses.why(brand, missed, _doubt(mention)),
        "case": mention.case_id if mention is not None else None,
    }


def _doubt(mention: MentionRow | None) -> tuple[float, str] | None:
    """Why it was doubted when it was heard; None where it was not."""
    if mention is None or mention.tagged or mention.relevance >= LIKELY:
        return None
    return mention.relevance, mention.why


def _missed(app: App, session: Session, item: DrawnRow) -> Missed | None:
    """What is known of a drawn post; one nobody read before is read now."""
    post = posts.by_ids(session, [item.post_id]).get(item.post_id)
    if post is None or post.gone_at is not None:
        return None
    mention = mentions.get(session, item.mention_id) if item.mention_id is not None else None
    reading = mentions.readings(session, mention.id or 0)[-1:] if mention is not None else []
    heard = _known(post, mention, reading[0]) if reading else _read(app, post)
    if mention is not None and heard.complaint is not None:
        means = recalibrating.curve(session, mention.brand, app.reader) or Curve()
        heard = replace(heard, complaint=means.of(heard.complaint))  # the bars that are offered are on what we now say
    return Missed(post.text, heard, post.title, post.author_handle, post.author_name, post.platform)


def _known(post: PostRow, mention: MentionRow | None, reading: ReadingRow) -> Heard:
    return Heard(
        tagged=False, sentiment=mention.sentiment if mention else None, complaint=reading.complaint,
        urgency=reading.urgency, positive=reading.positive, rating=post.rating,
        spam=max(reading.spam, (mention.spam or 0.0) if mention else 0.0),  # as triage weighs it
        reader_speaks_it=reading.language_supported,
    )  # fmt: skip


def _read(app: App, post: PostRow) -> Heard:
    try:
        verdict: Verdict | None = app.reader.read([f"{post.title}\n{post.text}".strip()[:20_000]], [post.language])[0]
    except ReaderUnavailable:
        verdict = None
    if verdict is None:
        return Heard(tagged=False, sentiment=None, complaint=None, urgency=None, rating=post.rating)
    return Heard(
        tagged=False, sentiment=verdict.sentiment, complaint=verdict.complaint, urgency=verdict.urgency,
        positive=verdict.positive, spam=verdict.spam, rating=post.rating, reader_speaks_it=verdict.language_supported,
    )  # fmt: skip


def _tried(app: App, request: Request, brand: Brand, told: list[Offer], miss: int, key: str) -> rewinding.Look | None:
    """A look at what each offer would have queued. None while too many others are under way."""
    changed, back = [offer.brand for offer in told], _at(brand.name, miss)
    looks, by = request.app.state.looks, request.state.me.id
    return rewinding.asked(app, looks, by, brand, changed, back=back, key=key, limit=rewinding.FOR_OFFERS)
