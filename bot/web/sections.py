"""The parts of the queue as rows: what a page of it shows, what stands before and after a case there, what is next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.store import cases, lists, narrowed, viewing, workers
from bot.store.cases import Sections
from bot.store.db import Session
from bot.store.sieve import Narrow
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow
from bot.web import filters, place, views
from bot.web.auth import brands_of
from bot.web.place import Place

OWED = ("next", "late", "window")
NEAR = 20  # cases of each part among which next and previous are looked for


def parts(
    session: Session, me: int, brands: list[str] | None, view: str, now: datetime, rows: int, narrow: Narrow | None
) -> list[tuple[str, list[CaseRow]]]:
    """What a view of the queue shows, part by part, in order; `rows` of each part at most."""
    also = narrow.where if narrow is not None else ()
    if view == "mine":
        mine = lists.mine(session, me, brands, rows, *also)
        owed = [row for row in mine if row.part == "owed"]
        return [("mine", owed), ("rest", [row for row in mine if row not in owed])]
    if view != "everyone":
        part = place.PART_OF[view]
        return [(part, _plain(session, brands, part, rows, narrow))]
    found: Sections = cases.owed(session, brands, now, rows, *also, named=narrow.key if narrow is not None else None)
    asked = [(key, list[CaseRow](getattr(found, key))) for key in OWED]
    return [*asked, ("delight", _plain(session, brands, "delight", rows, narrow))]


def _plain(
    session: Session, brands: list[str] | None, part: str, rows: int, narrow: Narrow | None
) -> list[CaseRow]:  # fmt: skip
    if narrow is None:
        return cases.plain(session, brands, part, rows)
    return narrowed.plain(session, brands, part, rows, narrow)


def neighbours(
    session: Session, me: AccountRow, case_id: int, here: Place, tz: str, now: datetime
) -> dict[str, Any] | None:
    """Where a case stands among those of this queue, and which are before and after it."""
    asked = filters.asked(session, me, here, tz, now)
    view, narrow = filters.seen(here.view, asked), filters.narrow(session, me, asked, now)
    found = parts(session, me.id or 0, brands_of(me), view, now, NEAR, narrow)
    order = [row.id for part, rows in found for row in rows if part != "delight" or view == "delight"]
    if case_id not in order:
        return {"words": "", "before": None, "after": order[0]} if order else None
    at = order.index(case_id)
    return {
        "words": f"{at + 1} of {len(order)}",
        "before": order[at - 1] if at else None,
        "after": order[at + 1] if at + 1 < len(order) else None,
    }


def following(session: Session, me: AccountRow, here: Place, tz: str, now: datetime) -> CaseRow | None:
    """The case that comes next for who works through this queue: free, or theirs."""
    asked = filters.asked(session, me, here, tz, now)
    view, narrow = filters.seen(here.view, asked), filters.narrow(session, me, asked, now)
    if view in place.PART_OF:
        found = parts(session, me.id or 0, brands_of(me), view, now, NEAR, narrow)
        return next((row for row in found[0][1] if _free(row, me.id, now)), None)
    mine: Sequence[Any] = (lists.theirs(me.id or 0),) if view == "mine" else ()
    return workers.for_me(session, me, now, *(narrow.where if narrow is not None else ()), *mine)


def called(session: Session, me: AccountRow, here: Place) -> str:
    """What this queue is called: Queue, Mine, or the name of its saved view."""
    row = viewing.get(session, here.kept, me) if here.kept else None
    return views.flat(row.name, 30) if row is not None else {"mine": "Mine"}.get(here.view, "Queue")


def _free(row: CaseRow, me: int | None, now: datetime) -> bool:
    held = row.holder is not None and row.lease_until is not None and row.lease_until > now
    return (not held or row.holder == me) and row.assigned_to in (None, me)
