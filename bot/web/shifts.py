"""Who is here and who gets what: shifts, load, skills, each brand's rule; and what a colleague called one for."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.giving import How
from bot.steps.answer import shift
from bot.steps.answer.values import Claimed
from bot.store import brands, events, lists, people, pings, workers
from bot.store.db import Session
from bot.store.tables_desk import WorkerRow
from bot.store.tables_house import AccountRow
from bot.web import access, filters, outcomes, place, quicker, words
from bot.web.auth import Me, brands_of, may_see
from bot.web.case import Start
from bot.web.late import new_routes
from bot.web.outcomes import fragment
from bot.web.pages import go, is_fragment, render
from bot.web.pane import Extra, Told
from bot.web.quicker import Was

HOWS = {
    How.OFF: "by hand: everybody takes what they like",
    How.ROUND: "in turn",
    How.LEAST: "to who has least",
    How.SKILL: "to who speaks the language and knows the matter",
    How.LAST: "to who helped this customer last, else to who has least",
}
Short = Annotated[str, Form(max_length=300)]
Number = Annotated[int, Form(ge=0, le=500)]


def router(app: App) -> APIRouter:
    """The page, the switch in the top bar, Next, and calls."""
    web = new_routes()
    _page(web, app)
    _mine(web, app)
    return web


def _page(web: APIRouter, app: App) -> None:
    @web.get("/shifts")
    def shifts(request: Request, me: Me, said: str = "") -> Response:
        """Who is here, what they have, and the rules."""
        with app.db.read() as session:
            told = _told(app, session, me)
        return render(request, "shifts.html", done="Kept." if said == "kept" else "", hows=HOWS, **told)

    @web.post("/shifts/rule")
    def rule(
        me: Me, brand: Short, how: Short, capacity: Annotated[int, Form(ge=1, le=500)] = 8, was: Was = ""
    ) -> Response:
        """How a brand gives its cases."""
        now = app.clock.now()
        with app.db.begin() as session:
            if not may_see(me, brand) or brand not in people.brand_names(session) or how not in list(How):
                raise HTTPException(404)
            there, wanted = workers.rule(session, brand), workers.Rule(How(how), capacity)
            lines = [("Cases are given", HOWS[there.how], HOWS[wanted.how])]
            lines += [("At most for one person", f"{there.capacity}", f"{capacity}")]
            fields = [("brand", brand), ("how", how), ("capacity", capacity)]
            quicker.check(was, there, wanted, "/shifts/rule", "/shifts", lines, fields)
            workers.set_rule(session, brand, wanted, now)
            events.add(session, now, f"account:{me.id}", "giving.changed", "", brand, how=how, capacity=capacity)
        app.wake.ring("give")
        return go("/shifts?said=kept")

    @web.post("/shifts/{account_id}")
    def about(
        me: Me, account_id: int, capacity: Number = 0, languages: Short = "", skills: Short = "", gone: Short = "",
        was: Was = "",
    ) -> Response:  # fmt: skip
        """How many cases somebody can have, and what they know."""
        now = app.clock.now()
        with app.db.begin() as session:
            row = people.get(session, account_id)
            if row is None or row.disabled_at is not None or not _shares(me, row):
                raise HTTPException(404)
            spoken, known = _split(languages), _split(skills)
            there, wanted = _known(workers.get(session, account_id)), (capacity, spoken, known, gone == "yes")
            fields = [("capacity", capacity), ("languages", languages), ("skills", skills), ("gone", gone)]
            quicker.check(was, there, wanted, f"/shifts/{account_id}", "/shifts", _lines(there, wanted), fields)
            workers.change(session, account_id, capacity=capacity, languages=spoken, skills=known)
            facts = {"capacity": capacity, "languages": len(spoken), "skills": len(known)}
            events.add(session, now, f"account:{me.id}", "worker.changed", f"account:{account_id}", "", **facts)
        shift.away(app, account_id, gone == "yes")
        return go("/shifts?said=kept")


Known = tuple[int, list[str], list[str], bool]


def _known(row: WorkerRow) -> Known:
    """What the form about somebody holds: how many cases, languages, skills, whether they are away."""
    return row.capacity, row.languages, row.skills, row.away_since is not None


def _lines(there: Known, wanted: Known) -> list[tuple[str, object, object]]:
    names = ("Cases at most", "Languages", "Knows about", "Away")
    return [(name, _said(a), _said(b)) for name, a, b in zip(names, there, wanted, strict=True)]


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _shares(me: AccountRow, row: AccountRow) -> bool:
    return not me.brands or (bool(row.brands) and set(row.brands) <= set(me.brands))


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(piece.strip().casefold()[:40] for piece in text.split(",") if piece.strip()))[:20]


def _told(app: App, session: Session, me: AccountRow) -> dict[str, Any]:
    now, seen = app.clock.now(), brands_of(me)
    here = {one.id: one for one in workers.here(session, me, now)}
    rows = [row for row in people.all_of(session) if row.disabled_at is None and (_shares(me, row) or row.id == me.id)]
    able = [row for row in rows if access.allows(row.role, "agent")]
    load = workers.loads(session, [row.id or 0 for row in able])
    ours = sorted(one.name for one in brands.all_of(session) if not one.competitor)
    names = [name for name in ours if seen is None or name in seen]
    return {
        "rules": [
            {"brand": name, "rule": rule, "was": quicker.mark(rule)}
            for name in names
            for rule in [workers.rule(session, name)]
        ],
        "people": [
            {
                "id": row.id,
                "name": row.name,
                "standing": _standing(how.away_since is not None, row.id in here),
                "away": how.away_since is not None,
                "load": load.get(row.id or 0, 0),
                "capacity": how.capacity,
                "languages": ", ".join(how.languages),
                "skills": ", ".join(how.skills),
                "was": quicker.mark(_known(how)),
            }
            for row in able
            for how in [workers.get(session, row.id or 0)]
        ],
    }


def _standing(away: bool, here: bool) -> str:
    return "away" if away else "here" if here else "not signed in"


def _mine(web: APIRouter, app: App) -> None:
    @web.post("/me/shift")
    def switch(request: Request, me: Me, gone: Short = "", where: Short = "") -> Response:
        """I step away, or am back."""
        shift.away(app, me.id or 0, gone == "yes")
        return go(place.page(request, where))

    @web.post("/next")
    def take(
        request: Request, me: Me, start: Start = "queue",
    ) -> Response:  # fmt: skip
        """The case where I am of most use; under a filter, of those it shows."""
        here = place.of(request)
        with app.db.read() as session:
            asked = filters.asked(session, me, here, app.settings.zone, app.clock.now())
        done = shift.take_next(app, me.id or 0, asked.sieve if asked.question else None)
        if isinstance(done, Claimed):
            if not is_fragment(request):
                return go(here.case(done.case.id or 0))
            of_these = " of these" if asked.question else ""
            told = (Told(f"Yours: the case{of_these} where being early helps most.", "good", "i-claim"),)
            return fragment(app, request, me, done.case.id or 0, start, Extra(told=told))
        status, refusal = outcomes.read(app, done)
        why = refusal.words if refusal else ""
        return render(request, "refusal.html", status, why=why)

    @web.get("/calls")
    def calls(request: Request, me: Me) -> Response:
        """What colleagues called me for; looking at it answers."""
        now = app.clock.now()
        with app.db.read() as session:
            found = pings.of(session, me)
            many = lists.many_brands(session, brands_of(me))
        if any(not one.seen for one in found):
            with app.db.begin() as session:
                pings.seen(session, me.id or 0, now)
        rows = [
            {
                "case": one.case_id,
                "name": one.name,
                "words": one.words[:400],
                "at": words.wall(one.at, app.settings.zone, now),
                "seen": one.seen,
            }
            for one in found
        ]
        return render(request, "calls.html", rows=rows, many_brands=many)
