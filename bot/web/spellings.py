"""Spellings suggested on a brand's page: one key takes one, another sends it away for good."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from bot.app import App
from bot.core.brand import Brand
from bot.core.checked import BadRules
from bot.core.spellings import Suggestion, suggest
from bot.store import brands, spellings
from bot.web.auth import Me
from bot.web.corrected import quoted
from bot.web.late import new_routes
from bot.web.pages import go
from bot.web.walls import known

SINCE = timedelta(days=28)
KINDS = ("aliases", "hashtags", "domains")
Short = Annotated[str, Form(max_length=200)]


def router(app: App) -> APIRouter:
    """One route; the suggestions themselves stand on the brand's page."""
    web = new_routes()

    @web.post("/brands/{name}/spellings")
    def settle(me: Me, name: str, form: Short = "", kind: Short = "", act: Short = "") -> Response:
        """Take a spelling, or never see it again."""
        brand, row = known(app, me, name)
        if not form.strip() or kind not in KINDS or act not in ("take", "refuse"):
            raise HTTPException(422, "Choose one of the buttons.")
        if act == "take" and row.origin == "file":
            raise HTTPException(409, f"{name} is written in earshot.toml: add {form} to its {kind} there.")
        now = app.clock.now()
        with app.db.begin() as session:
            if act == "refuse":
                spellings.refuse(session, name, form, me.id or 0, now)
            else:
                brands.save(session, taken(brand, kind, form), "web", now, f"account:{me.id}")
        app.wake.ring("listen", "match")
        return go(f"/brands/{quoted(name)}#spellings")

    return web


def taken(brand: Brand, kind: str, form: str) -> Brand:
    """The brand with one spelling more. HTTPException when the form cannot be one."""
    values = brand.model_dump() | {kind: (*getattr(brand, kind), form)}
    try:
        return Brand.model_validate(values)
    except (ValueError, BadRules):
        raise HTTPException(422, "That cannot be a name, a hashtag or a website.") from None


def of(app: App, brand: Brand) -> list[Suggestion]:
    """What to suggest for a brand, from what was heard lately."""
    with app.db.read() as session:
        heard = spellings.heard(session, brand.name, app.clock.now() - SINCE)
        refused = spellings.refused(session, brand.name)
    return suggest(brand, heard, refused)
