"""The routes as rows: who hears of which case, what a route would have done, and how each room wants to be told."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from bot.core.hours import Hours
from bot.core.routes import Asked, Room, Rule, chosen
from bot.core.storm import Pace
from bot.store.tables import CaseRow
from bot.store.tables_telling import RoomRow, RouteRow


@dataclass(frozen=True, slots=True)
class Way:
    """A responder and an address that tell the team."""

    responder: str
    address: str


def all_of(session: Session) -> list[RouteRow]:
    """Every rule in its order, those switched off included."""
    return list(session.exec(select(RouteRow).order_by(col(RouteRow.position), col(RouteRow.id))).all())


def get(session: Session, route_id: int) -> RouteRow | None:
    """One rule."""
    return session.get(RouteRow, route_id)


def last_position(session: Session) -> int:
    """Where the last rule stands."""
    return int(session.exec(select(func.coalesce(func.max(RouteRow.position), 0))).one())


def as_rule(row: RouteRow) -> Rule:
    """A row as the choice needs it."""
    return Rule(
        (row.responder, row.address), row.brand, frozenset(row.severities), frozenset(row.languages),
        frozenset(row.platforms), Hours.parse(row.zone, row.hours) if row.hours else None, row.goes_on, row.id or 0,
    )  # fmt: skip


def rules(session: Session) -> list[Rule]:
    """The rules that are switched on, in order."""
    return [as_rule(row) for row in all_of(session) if row.enabled]


def asked(case: CaseRow) -> Asked:
    """What a rule looks at in a case."""
    return Asked(case.brand, case.severity, case.language or "", case.platform)


def chooser(session: Session, usual: Sequence[Way], now: datetime) -> Callable[[CaseRow], tuple[Way, ...]]:
    """For one round: which rooms hear of a case now."""
    known, default = rules(session), [(way.responder, way.address) for way in usual]
    if not known:
        return lambda _case: tuple(usual)
    return lambda case: tuple(Way(*room) for room in chosen(known, default, asked(case), now))


def for_any(session: Session, usual: Sequence[Way], every: Sequence[Asked], now: datetime) -> tuple[Way, ...]:
    """Which rooms hear of something that is about several cases: each that hears of one of them."""
    known, default = rules(session), [(way.responder, way.address) for way in usual]
    found = [Way(*room) for one in every for room in chosen(known, default, one, now)]
    return tuple(dict.fromkeys(found))


def preview(
    session: Session, known: Sequence[Rule], usual: Sequence[Room], since: datetime, brands: Sequence[str] | None
) -> Counter[Room]:
    """How many first messages each room would have had since then, by the time each case was opened."""
    columns: tuple[Any, ...] = (
        CaseRow.brand, CaseRow.severity, CaseRow.language, CaseRow.platform, CaseRow.opened_at,
    )  # fmt: skip
    found = columns_of(*map(col, columns)).where(
        col(CaseRow.opened_at) >= since, col(CaseRow.section) == "care",
        col(CaseRow.history).is_(False), col(CaseRow.late_arrival).is_(False),
    )  # fmt: skip
    found = found if brands is None else found.where(col(CaseRow.brand).in_(list(brands)))
    counted: Counter[Room] = Counter()
    for brand, severity, language, platform, opened_at in session.connection().execute(found):
        counted.update(chosen(known, usual, Asked(brand, severity, language or "", platform), opened_at))
    return counted


def room(session: Session, way: Way) -> RoomRow | None:
    """How a room wants to be told; None for the usual way."""
    return session.get(RoomRow, (way.responder, way.address))


def pace(session: Session, way: Way) -> Pace:
    """The pace of a room."""
    row = room(session, way)
    return Pace(row.bundle_s, row.cap_hour) if row is not None else Pace()


def fallbacks(session: Session, way: Way, usual: Sequence[Way]) -> tuple[Way, ...]:
    """Where to tell what this room takes not: its own second choice, else the usual ones. Never the same responder."""
    row = room(session, way)
    if row is not None and row.fallback_responder:
        return (Way(row.fallback_responder, row.fallback_address),)
    return tuple(other for other in usual if other.responder != way.responder)


def rooms_in_use(session: Session) -> list[Way]:
    """The rooms that routes name, each once, and their fallbacks."""
    named = [Way(row.responder, row.address) for row in all_of(session) if row.enabled]
    return list(dict.fromkeys(named))
