"""The weekly digest: which weeks there are, one week as a page and as files, and the posts behind each claim."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.brand import Brand
from bot.core.themes import Theme
from bot.core.week import Week
from bot.digest import letter, pdf, render, tables
from bot.digest.document import Document, Listed, address, lists
from bot.steps.topics import make
from bot.store import brands, weeks, weeks_beside
from bot.store.db import Session
from bot.store.tables import MentionRow, PostRow
from bot.store.tables_house import AccountRow
from bot.web import pages, views, words
from bot.web.access import allows
from bot.web.auth import Me, may_see
from bot.web.late import new_routes
from bot.web.topics import named
from bot.web.weeks_kept import Kept, Made

MOST_WEEKS = 12
A_PAGE = 50
LONGEST = 600  # characters of a post that the list shows


def router(app: App) -> APIRouter:
    """Pages for every brand this person may see; an unknown brand and a forbidden one look the same."""
    web, kept = new_routes(), Kept(app)
    _topics(web, app, kept)

    @web.get("/weeks")
    def every(request: Request, me: Me) -> Response:
        """The weeks of each brand, newest first."""
        now = app.clock.now()
        with app.db.read() as session:
            found = [(brand.name, weeks.recent(session, brand, now, MOST_WEEKS)) for brand in _ours(session, me)]
            asked = len(weeks_beside.asked_of(session, me.id or 0))
        shown = [(name, [_line(name, *one) for one in rows]) for name, rows in found]
        return pages.render(request, "weeks.html", brands=shown, asked=asked)

    @web.get("/weeks/{brand:path}/{week}/posts")
    def posts(
        request: Request,
        me: Me,
        brand: str,
        week: str,
        claim: Annotated[str, Query(max_length=80)] = "mentions",
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> Response:
        """The posts a claim rests on, fifty at once."""
        made = _made(app, kept, me, brand, week)
        listed = lists(made.document).get(claim)
        if listed is None:
            raise HTTPException(404, "This digest makes no such claim; it may have changed. Open it again.")
        if listed.brand and not may_see(me, listed.brand):
            raise HTTPException(404, "The posts about this brand are on the other side of your walls.")
        theme = _theme(made.document, claim) if allows(me.role, "lead") else None
        return _posts(app, request, made.document, claim, listed, page, theme.name if theme is not None else "")

    @web.get("/weeks/{brand:path}/{week}/file/{form}")
    def file(me: Me, brand: str, week: str, form: str) -> Response:
        """The digest as a file to keep."""
        return _file(_made(app, kept, me, brand, week).document, form, app.settings.address)

    @web.get("/weeks/{brand:path}/{week}")
    def one(request: Request, me: Me, brand: str, week: str) -> Response:
        """One week of a brand."""
        made = _made(app, kept, me, brand, week)
        figures = made.document.digest.figures
        this = figures.week
        after = Week(this.monday + timedelta(days=7), this.tz)
        return pages.render(
            request, "week.html", body=made.body, title=render.subject(made.document), week=this, brand=figures.brand,
            before=address(figures.brand, this.before.label), story=f"{address(figures.brand, this.label)}/story",
            after=address(figures.brand, after.label) if after.span.start <= app.clock.now() else "",
        )  # fmt: skip

    return web


def _topics(web: APIRouter, app: App, kept: Kept) -> None:
    @web.post("/weeks/{brand:path}/{week}/topic")
    def make_topic(
        request: Request, me: Me, brand: str, week: str, claim: Annotated[str, Form(max_length=80)],
        called: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:  # fmt: skip
        """A theme of the week becomes a topic of the brand, which the weeks to come are named by."""
        document = _made(app, kept, me, brand, week).document
        theme = _theme(document, claim)
        if theme is None:
            raise HTTPException(404, "This digest makes no such claim; it may have changed. Open it again.")
        name = named(called) or named(theme.name)
        with app.db.read() as session:
            mine = next(one for one in _ours(session, me) if one.name == brand)
        wrong = make(app, mine, name, [int(post) for post in theme.posts], theme.key, f"account:{me.id}")
        if wrong:
            return pages.refusal(request, wrong)
        return pages.go(f"/brands/{quote(brand, safe='')}/topics")


def _ours(session: Session, me: AccountRow) -> list[Brand]:
    return [one for one in brands.all_of(session) if not one.competitor and may_see(me, one.name)]


def _line(brand: str, week: Week, mentions: int, complaints: int) -> dict[str, object]:
    return {
        "label": week.label,
        "words": week.words(),
        "address": address(brand, week.label),
        "mentions": mentions,
        "complaints": complaints,
        "end": week.span.end,
    }


def _theme(document: Document, claim: str) -> Theme | None:
    """The theme a claim is about, if it is none of the brand's topics yet."""
    found = {f"theme-{number}": theme for number, theme in enumerate(document.digest.figures.themes, 1)}
    theme = found.get(claim)
    return theme if theme is not None and not theme.topic else None


def _made(app: App, kept: Kept, me: AccountRow, brand: str, label: str) -> Made:
    with app.db.read() as session:
        mine = next((one for one in _ours(session, me) if one.name == brand), None)
    if mine is None:
        raise HTTPException(404)
    try:
        week = Week.parse(label, mine.zone)
        begun = week.before.span.start < week.span.start <= app.clock.now()  # the calendar has ends
    except (ValueError, OverflowError) as error:
        raise HTTPException(404, "There is no such week. Write year and ISO week, for example 2026-W47.") from error
    if not begun:
        raise HTTPException(404, "That week has not begun.")
    return kept.get(mine, week)


def _posts(
    app: App, request: Request, document: Document, claim: str, listed: Listed, page: int, topic: str
) -> Response:
    """`topic`: what they may become a topic under; empty where they may not."""
    figures = document.digest.figures
    ids = listed.posts[(page - 1) * A_PAGE : page * A_PAGE]
    with app.db.read() as session:
        rows = weeks.posts(session, listed.brand or figures.brand, ids)
    home = address(figures.brand, figures.week.label)
    turn = f"{home}/posts?claim={claim}&page="
    return pages.render(
        request, "week_posts.html", title=listed.title, total=len(listed.posts), home=home, week=figures.week,
        brand=figures.brand, first=(page - 1) * A_PAGE + 1, shown=len(ids),
        posts=[post_line(mention, post, figures.week.tz) for mention, post in rows], missing=len(ids) - len(rows),
        newer=f"{turn}{page - 1}" if page > 1 else "",
        older=f"{turn}{page + 1}" if page * A_PAGE < len(listed.posts) else "", topic=topic, claim=claim,
    )  # fmt: skip


def post_line(mention: MentionRow, post: PostRow, tz: str) -> dict[str, object]:
    """One post as a list of posts shows it (_posts_listed.html)."""
    gone = post.gone_at is not None or not post.text
    return {
        "name": views.name_of("", "") if gone else views.name_of(post.author_name, post.author_handle),
        "platform": words.platform(post.platform),
        "at": pages.when(post.created_at, tz),
        "iso": post.created_at,
        "text": "" if gone else post.text[:LONGEST],
        "cut": len(post.text) > LONGEST,
        "spans": mention.spans,
        "case": mention.case_id,
        "url": "" if gone else post.url,
        "tagged": mention.tagged,
        "gone": gone,
    }


def _pdf(document: Document, base: str) -> bytes:
    try:
        return pdf.pdf(document, base)
    except pdf.NoPdf as error:
        raise HTTPException(503, f"{str(error)[:1].upper()}{str(error)[1:]}") from error


def _file(document: Document, form: str, base: str) -> Response:
    match form:
        case "csv":
            content, kind = tables.as_csv(document, base).encode("utf-8-sig"), "text/csv; charset=utf-8"
        case "json":
            content, kind = tables.as_json(document, base).encode(), "application/json"
        case "eml":
            content, kind = letter.of(document, base), "message/rfc822"
        case "pdf":
            content, kind = _pdf(document, base), "application/pdf"
        case _:
            raise HTTPException(404, "There is no such file: csv, json, eml or pdf.")
    name = f"earshot-{document.digest.figures.week.label}.{form}"
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
