"""What we promised a customer and what we gave them, over all of their cases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.core import goodwill
from bot.store.tables import CaseRow
from bot.store.tables_answering import GestureRow, PromiseRow

MOST = 50
STATES = {
    "asked": "asked a lead",
    "promised": "promised",
    "given": "given",
    "confirmed": "given, and they confirmed it",
    "refused": "not given",
    "withdrawn": "taken back",
    "proposed": "perhaps promised",
    "open": "promised",
    "kept": "kept",
    "dropped": "no longer promised",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing we said we would do or gave: what, how it stands, when, in which case. `broken`: past its time."""

    what: str
    state: str
    at: str
    case_id: int
    broken: bool = False


def of_customer(session: Session, customer_id: int, at: Callable[[datetime], str]) -> list[Deed]:
    """Both, newest first. `at` turns a time into words."""
    mine = select(CaseRow.id).where(CaseRow.customer_id == customer_id)
    gestures = session.exec(
        select(GestureRow).where(GestureRow.customer_id == customer_id).order_by(col(GestureRow.id).desc()).limit(MOST)
    ).all()
    promises = session.exec(
        select(PromiseRow).where(col(PromiseRow.case_id).in_(mine)).order_by(col(PromiseRow.id).desc()).limit(MOST)
    ).all()
    dated = [(row.made_at, _gesture(row, at)) for row in gestures]
    dated += [(row.made_at, _promise(row, at)) for row in promises]
    return [deed for _, deed in sorted(dated, key=lambda pair: pair[0], reverse=True)][:MOST]


def _gesture(row: GestureRow, at: Callable[[datetime], str]) -> Deed:
    what = f"{row.kind}, {goodwill.words(row.cents, row.currency)}" if row.cents else row.kind
    return Deed(what, STATES.get(row.state, row.state), at(row.made_at), row.case_id)


def _promise(row: PromiseRow, at: Callable[[datetime], str]) -> Deed:
    state = STATES.get(row.state, row.state)
    told = f"{state}; due {at(row.due_at)}" if row.settled_at is None else state
    return Deed(
        f"“{row.words}”" if row.words else "a promise", told, at(row.made_at), row.case_id, row.broken_at is not None
    )
