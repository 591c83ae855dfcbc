"""Leaving the digest: a signed link per reader, one press, or the mail program's own button (RFC 8058).

These routes stand outside the log-in and carry no form token: the signature in the address names whom they are for.
Looking changes nothing, for mail scanners open every link.
"""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.store import unsubscribed
from bot.web.late import new_routes
from bot.web.pages import render

UNKNOWN = "This link is not one of ours, or was cut short. Copy it whole from the mail."


def router(app: App) -> APIRouter:
    """The question and the answer."""
    web = new_routes()

    def whose(carried: str) -> tuple[str, str]:
        with app.db.read() as session:
            found = unsubscribed.read(session, carried)
        if found is None:
            raise HTTPException(404, UNKNOWN)
        return found

    @web.get("/unsubscribe/{carried}")
    def ask(request: Request, carried: str) -> Response:
        address, brand = whose(carried)
        with app.db.read() as session:
            out = unsubscribed.is_out(session, address, brand)
        return render(request, "unsubscribe.html", carried=carried, address=address, brand=brand, out=out)

    @web.post("/unsubscribe/{carried}")
    def leave(request: Request, carried: str) -> Response:
        return _done(request, carried, *whose(carried), out=True)

    @web.post("/unsubscribe/{carried}/undo")
    def come_back(request: Request, carried: str) -> Response:
        return _done(request, carried, *whose(carried), out=False)

    def _done(request: Request, carried: str, address: str, brand: str, *, out: bool) -> Response:
        now = app.clock.now()
        with app.db.begin() as session:
            (unsubscribed.stop if out else unsubscribed.again)(session, address, brand, now)
        return render(request, "unsubscribe.html", carried=carried, address=address, brand=brand, out=out)

    return web
