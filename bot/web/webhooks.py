"""Web hooks: out, which programs are told what, each telling and again; in, which sources are posted to."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot import ids, plugins
from bot.app import App
from bot.core import signing
from bot.store import events, outhooks, people, sources
from bot.store.tables import SourceRow
from bot.store.tables_desk import HookRow
from bot.web.auth import Me, brands_of, may_see
from bot.web.late import new_routes
from bot.web.pages import go, render
from config import secrets
from connectors.addresses import check
from connectors.errors import PlatformError

Short = Annotated[str, Form(max_length=500)]


def router(app: App) -> APIRouter:
    """The page and its acts."""
    web = new_routes()
    _making(web, app)
    _ending(web, app)
    return web


def page(app: App, request: Request, me: Me, status: int = 200, **said: str) -> Response:
    """Which there are, and what they were told."""
    seen = brands_of(me)
    with app.db.read() as session:
        hooks, told = outhooks.all_of(session, seen), outhooks.told(session, seen)
        names = [name for name in sorted(people.brand_names(session)) if seen is None or name in seen]
        doors = [row for row in sources.all_of(session) if is_hooked(row)]
    said = {"wrong": "", "done": "", "secret": ""} | said
    return render(
        request, "webhooks.html", status, hooks=hooks, told=told, whats=outhooks.WHATS, brands=names, doors=doors,
        failing=sum(one.state in ("refused", "unsure") for one in told), **said,
    )  # fmt: skip


def is_hooked(row: SourceRow) -> bool:
    """Is this source posted to?"""
    try:
        return bool(getattr(plugins.find(plugins.CONNECTORS, row.connector), "hooked", False))
    except plugins.NoPlugin:
        return False


def _making(web: APIRouter, app: App) -> None:
    @web.get("/webhooks")
    def hooks(request: Request, me: Me, said: str = "") -> Response:
        """Who is told what."""
        return page(app, request, me, done="It is told again." if said == "again" else "")

    @web.post("/webhooks")
    def add(
        request: Request,
        me: Me,
        name: Short = "",
        url: Short = "",
        what: Annotated[list[str] | None, Form()] = None,
        brand: Annotated[list[str] | None, Form()] = None,
    ) -> Response:
        """One more program is told; its secret is shown once."""
        whats, brands = [one for one in what or [] if one in outhooks.WHATS], brand or []
        wrong = _refusal(app, me, url.strip(), whats, brands)
        if wrong:
            return page(app, request, me, 422, wrong=wrong)
        now, secret = app.clock.now(), signing.secret_of(ids.noise(32))
        place = secrets.keep(app.settings.home, f"hook-{ids.digest_of(secret)[:16]}", secret)
        with app.db.begin() as session:
            called = " ".join(name.split())[:60] or (urlsplit(url).hostname or "hook")
            row = HookRow(name=called, url=url.strip(), whats=whats, brands=brands, secret=place, by=me.id or 0, at=now)
            outhooks.add(session, row)
            events.add(session, now, f"account:{me.id}", "hook.made", f"hook:{row.id}", "", whats=len(whats))
        return page(app, request, me, secret=secret)


def _ending(web: APIRouter, app: App) -> None:
    @web.post("/webhooks/{hook_id}/end")
    def end(me: Me, hook_id: int) -> Response:
        """It is told nothing more."""
        now = app.clock.now()
        with app.db.begin() as session:
            row = outhooks.get(session, hook_id, brands_of(me))
            if row is None:
                raise HTTPException(404)
            outhooks.end(session, row, now)
            events.add(session, now, f"account:{me.id}", "hook.ended", f"hook:{hook_id}")
        return go("/webhooks")

    @web.post("/webhooks/again")
    def again(me: Me, key: Short = "") -> Response:
        """The same bytes under the same id, once more."""
        now = app.clock.now()
        with app.db.begin() as session:
            if not outhooks.replay(session, key, brands_of(me), now):
                raise HTTPException(404)
            events.add(session, now, f"account:{me.id}", "hook.replayed", f"hook:{key.split(':')[1]}", "", key=key)
        app.wake.ring("hooks")
        return go("/webhooks?said=again")


def _refusal(app: App, me: Me, url: str, whats: list[str], brands: list[str]) -> str:
    """Why this hook cannot be; empty if it can."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        return "Write the whole address, with https:// in front and no password in it."
    if parts.scheme == "http" and not app.settings.private_addresses:
        return "Use https: what is told should not be readable on the way."
    try:
        check(url, private_ok=app.settings.private_addresses)
    except PlatformError as error:
        return str(error)
    if not whats:
        return "Tick at least one thing to be told."
    if (me.brands and not brands) or any(not may_see(me, one) for one in brands):
        return "Choose among the brands you see."
    return ""
