"""A brand's corrections, how often we are wrong, and from when a post is queued: seen, revoked, changed with a look."""

from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.brand import Brand
from bot.core.corrections import HOW_LIKE
from bot.core.costs import MOST_IN_VAIN, bar_of, expected, in_vain_of
from bot.core.intervals import TOO_FEW, Rate
from bot.core.recalibrated import Curve
from bot.core.recall import Recall, recall
from bot.steps import answer as steps
from bot.store import audits, brands, corrections, lists, recalibrating
from bot.store.tables import PostRow
from bot.store.tables_corrections import AsideRow
from bot.store.tables_house import BrandRow
from bot.web import corrected, recalibration, rehearse, rewinding
from bot.web.auth import Me, may_see
from bot.web.late import new_routes
from bot.web.pages import go, refusal, render
from bot.web.walls import known

RUNNING = timedelta(days=90)  # of figures from what agents did
AUDITED = timedelta(days=28)  # of figures from audits
MOST_SHOWN = 12
KINDS = {"not_us": "Not us", "not_complaint": "Not a complaint", "tone": "Wrong tone"}


def router(app: App) -> APIRouter:
    """The corrections page, its revoking, and the bar."""
    web = new_routes()
    _corrections(web, app)
    _bar(web, app)
    return web


def _corrections(web: APIRouter, app: App) -> None:
    @web.get("/brands/{name}/corrections")
    def page(
        request: Request,
        me: Me,
        name: str,
        likelihoods: Annotated[str, Query(max_length=9)] = "",
        look: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        """What people corrected, what it does, how often we are wrong, and what our likelihoods mean here."""
        brand, row = known(app, me, name)
        now = app.clock.now()
        with app.db.read() as session:
            listed = corrections.of_brand(session, name)
            behind = {one.row.id: corrections.behind(session, one.row.id or 0) for one in listed}
            names = lists.names(session, [one.row.by for one in listed] + [one.row.revoked_by for one in listed])
            told = audits.verdicts(session, name, now - RUNNING)
            parts, caught, draws = audits.result(session, name, now - AUDITED)
        estimate = recall(parts, caught) if draws else None
        return render(
            request, "corrections.html", brand=brand, row=row, how=HOW_LIKE, kinds=KINDS, draws=draws,
            rows=[_shown(one, behind[one.row.id], names) for one in listed], rates=rates(told), told=told,
            recall=estimate if estimate and estimate.labelled >= TOO_FEW else None, days=RUNNING.days,
            audited=AUDITED.days, per_day=app.settings.audit_posts, most=MOST_SHOWN,
            like=recalibration.section(app, request, brand, likelihoods, look),
        )  # fmt: skip

    @web.post("/corrections/{correction_id}/revoke")
    def revoke(request: Request, me: Me, correction_id: int) -> Response:
        """One click ends a correction and brings back what it set aside."""
        with app.db.read() as session:
            row = corrections.get(session, correction_id) if 0 < correction_id < 2**53 else None
        if row is None or not may_see(me, row.brand):
            raise HTTPException(404)
        done = steps.revoke(app, correction_id, me.id or 0)
        if isinstance(done, steps.Refused):
            return refusal(request, done.why)
        return go(f"/brands/{corrected.quoted(row.brand)}/corrections#c{correction_id}")


def _shown(one: corrections.Listed, behind: list[Any], names: dict[int, str]) -> dict[str, Any]:
    row = one.row
    return {
        "id": row.id,
        "kind": KINDS.get(row.kind, row.kind),
        "does": corrected.described(row, one.post),
        "who": names.get(row.by, "Somebody"),
        "at": row.at,
        "standing": corrected.standing(one),
        "acts": row.revoked_at is None and row.gone_at is None,
        "ended": row.revoked_at,
        "ended_by": names.get(row.revoked_by or 0, ""),
        "case": row.case_id,
        "aside": one.aside,
        "kept": one.kept,
        "back": one.back,
        "coming": corrected.coming(row),
        "behind": [_behind(aside, post) for aside, post in behind],
    }


def _behind(aside: AsideRow, post: PostRow) -> dict[str, Any]:
    return {
        "words": post.text if post.gone_at is None else "",
        "platform": post.platform,
        "at": post.created_at,
        "case": aside.case_id,
        "state": STATES.get(aside.state, aside.state),
        "why": corrected.WHY.get(aside.why, ""),
    }


STATES = {"aside": "set aside", "back": "came back", "kept": "stayed"}


@dataclass(frozen=True, slots=True)
class Rates:
    """What the queue is made of, as far as people said so."""

    right: Rate
    us: Rate
    complaint: Rate


def rates(told: audits.Verdicts) -> Rates:
    """Precision of what was queued: in all, of "about us", of "a complaint"."""
    decided = told.answered + told.not_us + told.not_complaint
    return Rates(
        Rate(told.answered, decided),
        Rate(told.answered + told.not_complaint, decided),
        Rate(told.answered, told.answered + told.not_complaint),
    )


def _bar(web: APIRouter, app: App) -> None:
    @web.get("/brands/{name}/bar")
    def bar(
        request: Request,
        me: Me,
        name: str,
        n: Annotated[str, Query(max_length=12)] = "",
        look: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        """What a bar costs, and what another would have changed: of this look, or of a new one."""
        brand, row = known(app, me, name)
        return _bar_page(app, request, brand, row, n, look=look)

    @web.post("/brands/{name}/bar")
    def set_bar(request: Request, me: Me, name: str, n: Annotated[str, Form(max_length=12)] = "") -> Response:
        """Queue from another likelihood from now on."""
        brand, row = known(app, me, name)
        vain = _number(n)
        if vain is None:
            return _bar_page(app, request, brand, row, n, 422)
        if row.origin == "file":
            raise HTTPException(409, f"{name} is written in earshot.toml: set queue_at = {bar_of(vain):g} there.")
        with app.db.begin() as session:
            changed = brand.model_copy(update={"queue_at": bar_of(vain)})
            brands.save(session, changed, "web", app.clock.now(), f"account:{me.id}")
        return go(_bar_at(name))


def _bar_at(name: str) -> str:
    return f"/brands/{corrected.quoted(name)}/bar"


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and 0 < number <= MOST_IN_VAIN else None


def _bar_page(
    app: App, request: Request, brand: Brand, row: BrandRow, n: str, status: int = 200, look: str = ""
) -> Response:
    vain = _number(n) if n else None
    wrong = f"Write how many, more than 0 and at most {MOST_IN_VAIN:,}." if n and vain is None else ""
    tried = None
    if vain is not None:
        changed, back = (
            brand.model_copy(update={"queue_at": bar_of(vain)}),
            f"{_bar_at(brand.name)}?{urlencode({'n': n})}",
        )
        tried = rewinding.asked(
            app, request.app.state.looks, request.state.me.id, brand, [changed], back=back, key=look
        )
        wrong = tried.wrong if tried is not None else rewinding.BUSY
    since = app.clock.now() - timedelta(days=rehearse.DAYS)
    with app.db.read() as session:
        means = recalibrating.curve(session, brand.name, app.reader)
        chances = [(means or Curve()).of(chance) for chance in audits.chances(session, brand.name, since)]
    bars = sorted({brand.queue_at, *([bar_of(vain)] if vain else [])})
    return render(
        request, "bar.html", status, brand=brand, row=row, n=n or f"{in_vain_of(brand.queue_at):g}", wrong=wrong,
        chosen=bar_of(vain) if vain else None, told=tried.first if tried else None, most=MOST_SHOWN,
        days=rehearse.DAYS, posts=len(chances), corrected=means is not None,
        costs=[(bar, expected(chances, bar), in_vain_of(bar)) for bar in bars],
        look=tried if tried and tried.under_way else None,
    )  # fmt: skip


def recall_words(found: Recall | None) -> str:
    """Recall in a sentence, or why there is none."""
    if found is None:
        return "Nobody has labelled a draw yet."
    if found.labelled < TOO_FEW:
        return f"{found.labelled} of {found.discarded:,} labelled: too few to say anything."
    if found.share is None:
        return "Nothing that was queued in these days has been decided on yet."
    low, high = round(found.low * 100), round(found.high * 100)
    return f"About {round(found.share * 100)} of 100 complaints reach the queue ({low}–{high})."
