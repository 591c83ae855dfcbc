"""Where we listen: the last day of each source, its gaps; add one, try it, mend it, switch it off."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel

from bot import plugins
from bot.app import App
from bot.core import source_names
from bot.store import brands, clocks, costs, events, gaps, heard, quotas, sources
from bot.store.db import Session
from bot.store.tables import SourceRow
from bot.store.tables_house import AccountRow
from bot.web import dropping, forms, preview, source_form, source_views, trying, words
from bot.web.auth import Me
from bot.web.late import new_routes
from bot.web.pages import TheApp, app_of, go, render
from bot.web.webhooks import is_hooked
from connectors.types import Span

web = new_routes()
Typed = Annotated[dict[str, str], Depends(forms.fields_of)]
MOST_SHOWN = 12
STAGE = "The stage of the demo: what is said on it is invented, and nothing that is answered leaves it."


def router(_app: App) -> APIRouter:
    """The page, and a form for each connector that is installed."""
    return web


@web.get("/sources")
def list_sources(app: TheApp, request: Request, me: Me) -> Response:
    now = app.clock.now()
    since = now - source_views.DAY
    with app.db.read() as session:
        rows, missing = sources.all_of(session), gaps.since(session, since)
        covered = {row.name: gaps.coverage_since(session, row.name, since) for row in rows}
        parts = {part.source.name: part for part in heard.between(session, Span(since, now), now)}
        spent = {row.name: costs.spending(session, row, now) for row in rows if row.spent or row.monthly_cap}
        clock = clocks.warning(session, now) or clocks.slow(session, now)
        left = {row.name: _left(session, row.name, now, app.settings.zone) for row in rows}
        rests = {row.name: quotas.rests_until(session, row.name, now) for row in rows}
    views = [
        source_views.view(
            row, covered[row.name], [g for g in missing if g.source == row.name], now, trying.latency_of(app, row),
            hooked=is_hooked(row), costs=spent.get(row.name),
            heard=parts[row.name].coverage.words() if row.name in parts else "", left=left[row.name],
            deletions=trying.deletions_of(app, row),
        )
        for row in rows
    ]  # fmt: skip
    return render(
        request, "sources.html", views=views,
        rests={name: words.wall(until, app.settings.zone, now) for name, until in rests.items() if until},
        heard={row.name: row.heard_at for row in rows},
        gaps=missing[::-1][:50], since=since, headline=source_views.headline(views), counts=not me.brands,
        share=heard.whole(parts.values()).words() if parts else "", clock=clock,
        spent=[(name, one) for name, one in spent.items() if one.queries] if not me.brands else [],
    )  # fmt: skip


def _left(session: Session, name: str, now: datetime, zone_name: str) -> str:
    """What a platform's limit leaves a source, in words; "" where it told of none that still runs."""
    quota = quotas.of_source(session, name)
    if quota is None or not quota.runs(now):
        return ""
    return quota.words(words.wall(quota.resets_at, zone_name, now))


@web.get("/sources/new")
def choose(request: Request) -> Response:
    return render(
        request, "source_new.html", kinds=[kind(name) for name in sorted(plugins.installed(plugins.CONNECTORS))]
    )


@web.get("/sources/new/{connector}")
def new_form(app: TheApp, request: Request, connector: str) -> Response:
    return page(request, connector, {}, {}, name=free_name(app, connector))


@web.post("/sources/new/{connector}")
def add(app: TheApp, request: Request, me: Me, connector: str, typed: Typed) -> Response:
    name = typed.get("source_name", "").strip().lower() or connector
    with app.db.read() as session:
        taken = sources.get(session, name) is not None
    wrong = name_problem(name, taken)
    return keep(app, request, me, connector, typed, {}, name, wrong, None)


@web.get("/sources/{name}")
def edit_form(app: TheApp, request: Request, name: str) -> Response:
    row = known(app, name)
    typed = {"every_s": str(row.every_s), "monthly_cap": f"{row.monthly_cap:g}"}
    return page(request, row.connector, row.options, typed, row=row, name=name)


@web.post("/sources/{name}")
def change(app: TheApp, request: Request, me: Me, name: str, typed: Typed) -> Response:
    row = known(app, name)
    if row.origin == "file" and typed.get("act") != "miss":  # which only looks
        raise HTTPException(409, f"{name} is written in earshot.toml; change it there and start again.")
    return keep(app, request, me, row.connector, typed, row.options, name, "", row)


@web.post("/sources/{name}/read")
def read_now(app: TheApp, me: Me, name: str) -> Response:
    row, now = known(app, name), app.clock.now()
    if row.state == "off":
        raise HTTPException(409, f"{name} is off. Switch it on first.")
    with app.db.begin() as session:
        until = quotas.rests_until(session, name, now)
        if until is not None:
            raise HTTPException(409, _rests(name, until, app, now))
        sources.note(session, name, state="listening", next_poll_at=now, failures=0)
        events.add(session, now, f"account:{me.id}", "source.read_now", f"source:{name}")
    app.wake.ring("listen", "heal")
    return go("/sources")


def _rests(name: str, until: datetime, app: App, now: datetime) -> str:
    at = words.wall(until, app.settings.zone, now)
    return f"{name}: its platform asked not to be asked before {at}. It is read then, without anybody's doing."


@web.post("/sources/{name}/off")
def switch_off(app: TheApp, me: Me, name: str) -> Response:
    return _switch(app, me, name, "off")


@web.post("/sources/{name}/on")
def switch_on(app: TheApp, me: Me, name: str) -> Response:
    return _switch(app, me, name, "listening")


def _switch(app: App, me: AccountRow, name: str, state: str) -> Response:
    known(app, name)
    now = app.clock.now()
    with app.db.begin() as session:
        until = quotas.rests_until(session, name, now) if state == "listening" else None
        state = "waiting" if until is not None else state
        sources.note(session, name, state=state, next_poll_at=until or now, failures=0, error="")
        events.add(session, now, f"account:{me.id}", "source.switched", f"source:{name}", state=state)
    app.wake.ring("listen", f"stream:{name}")
    return go("/sources")


def keep(
    app: App, request: Request, me: AccountRow, connector: str, typed: dict[str, str],
    before: dict[str, object], name: str, wrong: str, row: SourceRow | None,
) -> Response:  # fmt: skip
    """Try what was typed; store it when asked to and nothing stands in the way (or the person insists)."""
    model = settings_of(connector)
    options: dict[str, object] = {}
    tried, would_hear = None, None
    try:
        options = source_form.options_from(model, typed, before)
        every, cap = every_of(typed), cap_of(typed)
    except ValueError as error:
        wrong, every, cap = str(error), 60, 0.0
    with app.db.read() as session:
        every_brand = brands.all_of(session)
    if not wrong and row is not None and typed.get("act") == "miss":
        was, will = source_form.plain_of(model, row.options), source_form.plain_of(model, options)
        dropped = dropping.tried(app, name, connector, was, will, list(me.brands) or None)
        return page(request, connector, options, typed, dropped=dropped, row=row, name=name)
    if not wrong and typed.get("act") == "hear":
        would_hear = trying.hear(app, connector, options, every_brand)
    elif not wrong and not (typed.get("act") == "save" and typed.get("anyway")):
        tried = trying.probe(app, connector, options, every_brand)
    if wrong or typed.get("act") != "save" or (tried is not None and not tried.ok):
        status = 422 if wrong or (tried is not None and not tried.ok) else 200
        return page(
            request,
            connector,
            options or before,  # what is typed as it is by default is in neither, and must not come back from `before`
            typed,
            status,
            wrong=wrong,
            tried=tried,
            heard=would_hear,
            row=row,
            name=name,
        )
    stored = source_form.hidden_away(app.settings.home, name, model, options)
    _store(app, me, connector, name, stored, (every, cap), row)
    return go("/sources")


def _store(
    app: App, me: AccountRow, connector: str, name: str, options: dict[str, object], pace: tuple[int, float],
    row: SourceRow | None,
) -> None:  # fmt: skip
    now = app.clock.now()
    every, cap = pace
    with app.db.begin() as session:
        if row is None:
            fresh = SourceRow(
                name=name, connector=connector, options=options, every_s=every, monthly_cap=cap, started_at=now,
                next_poll_at=now,
            )  # fmt: skip
            sources.save(session, fresh)
        else:
            if options != row.options:  # perhaps another account: the platform's rest was not asked of that one
                quotas.release(session, name, now)
            until = quotas.rests_until(session, name, now)
            sources.note(
                session, name, options=options, every_s=every, monthly_cap=cap, failures=0, error="",
                state="listening" if until is None else "waiting", next_poll_at=until or now,
            )  # fmt: skip
        events.add(session, now, f"account:{me.id}", "source.saved", f"source:{name}", connector=connector)
    app.wake.ring("listen", f"stream:{name}")


def page(
    request: Request, connector: str, options: dict[str, object], typed: dict[str, str], status: int = 200,
    *, name: str, wrong: str = "", tried: trying.Tried | None = None, heard: preview.Preview | None = None,
    row: SourceRow | None = None, dropped: dropping.Dropped | None = None,
) -> Response:  # fmt: skip
    """The form of one source, new (`row` is None) or known."""
    told = kind(connector)
    there = f"{app_of(request).settings.address}/hooks/in/{name}"
    steps = [step.replace("https://YOUR-EARSHOT/hooks/in/NAME", there) for step in told["keys"]]
    asks = source_form.asks_of(settings_of(connector), options) if told["there"] or row is None else ()
    return render(
        request, "source_form.html", status, kind=told, steps=steps, asks=asks, name=name, row=row, wrong=wrong,
        tried=tried, heard=heard, dropped=dropped, most=MOST_SHOWN, cap=typed.get("monthly_cap", "0"),
        every=typed.get("every_s") or str(pace_of(connector)),
    )  # fmt: skip


def known(app: App, name: str) -> SourceRow:
    """The source of this name, or 404."""
    with app.db.read() as session:
        row = sources.get(session, name)
    if row is None:
        raise HTTPException(404)
    return row


def settings_of(connector: str) -> type[BaseModel]:
    """The settings of an installed connector, or 404 with the reason."""
    try:
        model: type[BaseModel] = plugins.find(plugins.CONNECTORS, connector).Settings
    except plugins.NoPlugin as error:
        raise HTTPException(404, str(error)) from None
    return model


def kind(connector: str) -> dict[str, Any]:
    """A connector for people: its name, what it says of itself, how soon it hears, where its keys come from."""
    try:
        found = plugins.find(plugins.CONNECTORS, connector)
    except plugins.NoPlugin as error:
        words = STAGE if connector == "demo" else str(error)
        return {"name": connector, "words": words, "speed": "", "there": "", "keys": []}
    speed = source_views.SPEEDS[found.latency][1]
    return {"name": connector, "words": (found.__doc__ or "").split("\n")[0], "speed": speed, "there": "yes",
            "keys": plugins.keys(found)}  # fmt: skip


def pace_of(connector: str) -> int:
    """Seconds between two reads that suit this connector."""
    try:
        return plugins.pace(plugins.find(plugins.CONNECTORS, connector))
    except plugins.NoPlugin:
        return plugins.pace(None)


def free_name(app: App, connector: str) -> str:
    """The connector's name, with a number where it is taken."""
    with app.db.read() as session:
        names = {row.name for row in sources.all_of(session)}
    return next(
        name for name in (connector, *(f"{connector}-{n}" for n in range(2, len(names) + 3))) if name not in names
    )


def name_problem(name: str, taken: bool) -> str:
    """Why a source cannot be called this; empty if it can."""
    return f"There is a source called {name} already." if taken else source_names.problem(name)


def every_of(typed: dict[str, str]) -> int:
    """Seconds between two reads. Raises ValueError."""
    text = typed.get("every_s", "60").strip() or "60"
    if not text.isdecimal() or not 5 <= int(text[:9]) <= 86_400:
        raise ValueError("Seconds between two reads: write a number from 5 to 86,400.")
    return int(text)


def cap_of(typed: dict[str, str]) -> float:
    """US dollars a month a source may cost; 0 for any. Raises ValueError."""
    text = typed.get("monthly_cap", "0").strip().lstrip("$") or "0"
    try:
        cap = float(text)
    except ValueError:
        cap = -1.0
    if not 0 <= cap <= 1_000_000:
        raise ValueError("What it may cost in a month: write US dollars as a number; 0 for no cap.")
    return cap
