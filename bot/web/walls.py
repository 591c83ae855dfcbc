"""The walls around brands, for pages that name one: what is behind a wall answers as if it did not exist."""

from fastapi import HTTPException

from bot.app import App
from bot.core.brand import Brand
from bot.store import brands
from bot.store.tables_house import AccountRow, BrandRow
from bot.web.auth import may_see


class Wrong(ValueError):
    """The form does not fit. The sentence says what to write instead."""


def known(app: App, me: AccountRow, name: str) -> tuple[Brand, BrandRow]:
    """The brand, if it is on this side of the wall; else 404, whichever it is."""
    with app.db.read() as session:
        brand, row = brands.get(session, name), brands.row(session, name)
    if brand is None or row is None or not may_see(me, name):
        raise HTTPException(404)
    return brand, row


def within(app: App, me: AccountRow, brand: str) -> None:
    """Whether a person may make a rule for this brand, or for every brand (""). Raises Wrong with why not."""
    with app.db.read() as session:
        there = not brand or brands.get(session, brand) is not None
    if not there or (brand and not may_see(me, brand)):
        raise Wrong("One of these brands does not exist.")
    if not brand and me.brands:
        raise Wrong("Choose a brand: you do not see them all yourself.")
