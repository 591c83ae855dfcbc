"""What our likelihoods mean for a brand, beside what people said: shown, tried on the past, switched on and off."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.brand import Brand
from bot.core.recalibrated import LEAST, Curve, called, fit
from bot.ids import digest_of
from bot.steps import recalibrate
from bot.store import recalibrating
from bot.web import rewinding
from bot.web.auth import Me
from bot.web.corrected import quoted
from bot.web.late import new_routes
from bot.web.pages import go
from bot.web.walls import known

Short = Annotated[str, Form(max_length=64)]


def router(app: App) -> APIRouter:
    """The switch; the figures themselves stand on the corrections page."""
    web = new_routes()

    @web.post("/brands/{name}/likelihoods")
    def switch(me: Me, name: str, on: Short = "", seen: Short = "") -> Response:
        """Correct this brand's likelihoods from now on, after what it changes was shown; or no more."""
        brand, _row = known(app, me, name)
        at = f"/brands/{quoted(name)}/corrections"
        found = _fitted(app, name) if on == "yes" else None
        if on == "yes" and (found is None or seen != mark(brand, found)):
            return go(f"{at}?likelihoods=try#likelihoods")
        if not recalibrate.switch(app, name, me.id or 0, found):
            raise HTTPException(403, "Likelihoods are corrected by an admin.")
        return go(f"{at}#likelihoods")

    return web


def section(app: App, request: Request, brand: Brand, tried: str, key: str) -> dict[str, Any]:
    """What the corrections page says of it. `tried`: what switching it on would have changed is worked out too."""
    now = app.clock.now()
    with app.db.read() as session:
        labels = recalibrate.labels(app, session, brand.name, now)
        on = recalibrating.is_on(session, brand.name)
        force = recalibrating.curve(session, brand.name, app.reader)
    found = force or fit(labels)
    look = _look(app, request, brand, found, key) if tried and found is not None and not on else None
    busy = rewinding.BUSY if tried and look is None and found is not None and not on else ""
    return {
        "labels": len(labels), "least": LEAST, "on": on, "acts": force is not None, "days": recalibrate.SINCE.days,
        "found": found, "rows": called(labels, found) if found is not None else [],
        "bar": found.bar(brand.queue_at) if found is not None else brand.queue_at,
        "told": look.first if look is not None else None,
        "look": look if look is not None and look.under_way else None,
        "wrong": look.wrong if look is not None else busy, "seen": mark(brand, found) if found is not None else "",
    }  # fmt: skip


def mark(brand: Brand, found: Curve) -> str:
    """What a correction is known by between showing what it would change and switching it on."""
    return digest_of(f"{found.scale:.2f} {found.shift:.2f} {brand.queue_at:g}")


def _fitted(app: App, brand: str) -> Curve | None:
    with app.db.read() as session:
        return fit(recalibrate.labels(app, session, brand, app.clock.now()))


def _look(app: App, request: Request, brand: Brand, found: Curve, key: str) -> rewinding.Look | None:
    """The past by the bar as it is, and by the bar where the corrected likelihood reaches it."""
    looks, by = request.app.state.looks, request.state.me.id
    back = f"/brands/{quoted(brand.name)}/corrections?likelihoods=try"
    return rewinding.asked(app, looks, by, brand, [recalibrating.moved(brand, found)], back=back, key=key)
