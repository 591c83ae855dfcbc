"""Rotas, swaps and chains: who is on call, and who is called at which step when nobody claims."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlmodel import Session, col, select, update

from bot.core.rota import USUAL, Chain, Rota, Swap, Who, chain_of, next_one, on_call
from bot.store import rights
from bot.store.tables_house import AccountRow
from bot.store.tables_telling import ChainRow, OverrideRow, RotaRow

_FIRST = {"lead": 0, "agent": 1, "admin": 2, "operator": 3}


def rotas(session: Session) -> list[RotaRow]:
    """Every rota in use, by name."""
    found = select(RotaRow).where(col(RotaRow.ended_at).is_(None))
    return list(session.exec(found.order_by(col(RotaRow.name), col(RotaRow.id))).all())


def rota(session: Session, rota_id: int) -> RotaRow | None:
    """One rota that is in use."""
    row = session.get(RotaRow, rota_id)
    return row if row is not None and row.ended_at is None else None


def rota_for(session: Session, brand: str) -> RotaRow | None:
    """The brand's own rota, else the one for every brand."""
    every = rotas(session)
    return next((row for name in (brand, "") for row in every if row.brand == name), None)


def as_rota(row: RotaRow) -> Rota:
    """A row as the arithmetic needs it."""
    return Rota(
        tuple(row.people), row.zone, date.fromisoformat(row.starts_on), time.fromisoformat(row.handover), row.turn_days
    )


def swaps(session: Session, rota_id: int, after: datetime) -> list[OverrideRow]:
    """Swaps that are not over, the one made first first."""
    found = select(OverrideRow).where(
        OverrideRow.rota_id == rota_id, col(OverrideRow.ended_at).is_(None), OverrideRow.until_at > after
    )
    return list(session.exec(found.order_by(col(OverrideRow.id))).all())


def as_swaps(rows: Sequence[OverrideRow]) -> list[Swap]:
    """Rows as the arithmetic needs them."""
    return [Swap(row.account_id, row.from_at, row.until_at) for row in rows]


def end_swap(session: Session, swap_id: int, now: datetime) -> bool:
    """A swap no longer counts. False if it did not before."""
    ended = update(OverrideRow).where(col(OverrideRow.id) == swap_id, col(OverrideRow.ended_at).is_(None))
    return session.exec(ended.values(ended_at=now)).rowcount == 1


def chain(session: Session, brand: str) -> Chain:
    """Who is called when, for this brand: its own steps, else those for every brand, else the usual ones."""
    return chain_among(written(session), brand)


def chain_among(known: Mapping[str, list[Any]], brand: str) -> Chain:
    """The same from `written`, for many brands at once. ValueError for steps that cannot be read."""
    return next((chain_of(known[name]) for name in (brand, "") if name in known), USUAL)


def written(session: Session) -> dict[str, list[Any]]:
    """The steps of every chain that was written down, as they are stored, by brand ("" for all)."""
    return {row.brand: row.steps for row in session.exec(select(ChainRow)).all()}


def chains(session: Session) -> dict[str, Chain]:
    """Every chain that was written down, by brand ("" for all)."""
    return {brand: chain_of(steps) for brand, steps in written(session).items()}


def called(session: Session, brand: str, step: int, now: datetime) -> list[AccountRow]:
    """The people of a step of the brand's chain, most needed first. An empty list: nobody fits, everybody is told."""
    steps = chain(session, brand)
    who: Who = steps[min(step, len(steps)) - 1].who
    every = people(session, brand)
    if who == "all":
        return every
    if who == "lead":
        return [row for row in every if row.role == "lead"]
    return _in_turn(session, brand, who, every, any(later.who == "lead" for later in steps[step:]), now)


def _in_turn(
    session: Session, brand: str, who: Who, every: list[AccountRow], leads_later: bool, now: datetime
) -> list[AccountRow]:
    row = rota_for(session, brand)
    if row is None:  # no rota: leads first, unless they have a later step of their own; then those who answer
        if leads_later:
            every = sorted(every, key=lambda one: one.role == "lead")
        reached = [one for one in every if one.slack_user] or every
        return reached[:1] if who == "oncall" else reached[1:2]
    here, changed = as_rota(row), as_swaps(swaps(session, row.id or 0, now))
    number = on_call(here, changed, now) if who == "oncall" else next_one(here, changed, now)
    return [one for one in every if one.id == number] or every[:1]


def in_turn(session: Session, brand: str, now: datetime) -> int | None:
    """Whose turn it is by the brand's rota; None without one, or while it is nobody's."""
    row = rota_for(session, brand)
    return on_call(as_rota(row), as_swaps(swaps(session, row.id or 0, now)), now) if row is not None else None


def people(session: Session, brand: str) -> list[AccountRow]:
    """Everybody who may answer for a brand: leads first, then agents, by account."""
    found = select(AccountRow).where(col(AccountRow.disabled_at).is_(None))
    able = [row for row in session.exec(found) if rights.sees(row, brand) and rights.at_least(row, "agent")]
    return sorted(able, key=lambda row: (_FIRST[row.role], row.id or 0))
