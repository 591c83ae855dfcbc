"""Who is on call: rotas with swaps, the weeks to come, and who is called when nobody claims a case."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.app import App
from bot.core.display import one_line
from bot.core.rota import MOST_STEPS, WHO, WORDS, Chain, Rota, Turn, chain_of, turns
from bot.core.zones import zone
from bot.store import brands, events, oncall, people, rights
from bot.store.tables_house import AccountRow
from bot.store.tables_telling import ChainRow, OverrideRow, RotaRow
from bot.web import access, quicker
from bot.web.auth import Me, may_see
from bot.web.late import new_routes
from bot.web.pages import TheApp, go, render
from bot.web.quicker import Was
from bot.web.walls import Wrong, within

web = new_routes()
SHOWN = timedelta(days=35)
LONGEST_SWAP = timedelta(days=60)
Short = Annotated[str, Form(max_length=200)]
Many = Annotated[list[str] | None, Form()]


@dataclass(frozen=True, slots=True)
class TurnView:
    """Somebody's stretch on call, for a page."""

    name: str
    from_at: datetime
    until_at: datetime
    instead_of: str
    now: bool


@dataclass(frozen=True, slots=True)
class RotaView:
    """A rota, who has it, and the turns to come."""

    row: RotaRow
    names: tuple[str, ...]
    turns: tuple[TurnView, ...]
    swaps: tuple[tuple[OverrideRow, TurnView], ...]
    editable: bool


def router(_app: App) -> APIRouter:
    """The page and its forms."""
    return web


@web.get("/oncall")
def on_call(app: TheApp, request: Request, me: Me) -> Response:
    return page(app, request, me)


def page(app: App, request: Request, me: AccountRow, status: int = 200, wrong: str = "") -> Response:
    """Everything about being on call, inside this person's walls."""
    now = app.clock.now()
    with app.db.read() as session:
        rows = [row for row in oncall.rotas(session) if not row.brand or may_see(me, row.brand)]
        views = [_view(session, row, me, now) for row in rows]
        names = [each.name for each in brands.all_of(session) if not each.competitor and may_see(me, each.name)]
        workers = [row for row in people.all_of(session) if row.disabled_at is None and rights.at_least(row, "agent")]
        workers = [row for row in workers if not me.brands or set(row.brands) & set(me.brands) or not row.brands]
        written = oncall.written(session)
        chains = [(name, oncall.chain_among(written, name), name in written, quicker.mark(written.get(name)))
                  for name in ("", *names)]  # fmt: skip
    return render(
        request, "oncall.html", status, rotas=views, brands=names, workers=workers, chains=chains, whos=WHO,
        who_words=WORDS, chain_words=chain_words, most_steps=MOST_STEPS, wrong=wrong, today=_today(app, now),
        can_edit=access.allows(me.role, "lead"),
    )  # fmt: skip


def _today(app: App, now: datetime) -> str:
    return now.astimezone(zone(app.settings.zone)).date().isoformat()


def chain_words(chain: Chain) -> str:
    """A chain in a line."""
    return "; ".join(f"after {int(step.after.total_seconds() // 60)} min {WORDS[step.who]}" for step in chain)


def _view(session: Any, row: RotaRow, me: AccountRow, now: datetime) -> RotaView:
    swaps = oncall.swaps(session, row.id or 0, now)
    found = turns(oncall.as_rota(row), oncall.as_swaps(swaps), now, now + SHOWN)
    shown = tuple(
        _shown(row, rights.name_of(session, turn.person), turn.from_at, turn.until_at, now, _instead(session, turn))
        for turn in found[:8]
    )
    names = tuple(rights.name_of(session, person) for person in row.people)
    named = tuple(
        (swap, _shown(row, rights.name_of(session, swap.account_id), swap.from_at, swap.until_at, now))
        for swap in swaps
    )
    return RotaView(row, names, shown, named, not me.brands or bool(row.brand))


def _shown(row: RotaRow, name: str, start: datetime, end: datetime, now: datetime, instead_of: str = "") -> TurnView:
    """A stretch on the rota's own wall."""
    where = zone(row.zone)
    return TurnView(name, start.astimezone(where), end.astimezone(where), instead_of, start <= now < end)


def _instead(session: Any, turn: Turn) -> str:
    return rights.name_of(session, turn.instead_of) if turn.instead_of is not None else ""


@web.post("/oncall/rotas")
def new_rota(
    app: TheApp, request: Request, me: Me, name: Short = "", brand: Short = "", tz: Short = "UTC",
    starts_on: Short = "", handover: Short = "09:00", turn_days: Short = "7", person: Many = None,
) -> Response:  # fmt: skip
    now = app.clock.now()
    try:
        row = _rota(RotaRow(name="", starts_on="", changed_at=now), name, brand, tz, starts_on, handover, turn_days)
        row.people = _people(app, me, person or [])
        _sound(row)
        within(app, me, brand)
    except Wrong as error:
        return page(app, request, me, 422, str(error))
    row.changed_by = me.id
    with app.db.begin() as session:
        session.add(row)
        session.flush()
        events.add(session, now, f"account:{me.id}", "rota.made", f"rota:{row.id}", brand, people=row.people)
    return go("/oncall")


@web.post("/oncall/rotas/{rota_id}/end")
def end_rota(app: TheApp, me: Me, rota_id: int) -> Response:
    now = app.clock.now()
    with app.db.begin() as session:
        row = _mine(oncall.rota(session, rota_id), me, act=True)
        row.ended_at, row.changed_by = now, me.id
        session.add(row)
        events.add(session, now, f"account:{me.id}", "rota.ended", f"rota:{rota_id}", row.brand)
    return go("/oncall")


@web.post("/oncall/rotas/{rota_id}/swap")
def swap(
    app: TheApp, request: Request, me: Me, rota_id: int, person: Short = "", from_at: Short = "", until_at: Short = ""
) -> Response:
    """Somebody takes over for a while. An agent may take it upon themselves; a lead decides for others."""
    now = app.clock.now()
    with app.db.read() as session:
        row = _mine(oncall.rota(session, rota_id), me)
    try:
        (who,) = _people(app, me, [person or str(me.id)])
        if who != me.id and not access.allows(me.role, "lead"):
            raise Wrong("You can take over yourself; a lead decides for others.")
        start, end = _moment(from_at, row.zone, now), _moment(until_at, row.zone, now)
        if not start < end <= start + LONGEST_SWAP or end <= now:
            raise Wrong("The swap must end after it begins, in the future, and last at most 60 days.")
    except Wrong as error:
        return page(app, request, me, 422, str(error))
    made = OverrideRow(rota_id=rota_id, account_id=who, from_at=start, until_at=end, by=me.id, created_at=now)
    with app.db.begin() as session:
        session.add(made)
        session.flush()
        facts = {"who": who, "from_at": start, "until_at": end}
        events.add(session, now, f"account:{me.id}", "rota.swapped", f"rota:{rota_id}", row.brand, **facts)
    return go("/oncall")


@web.post("/oncall/swaps/{swap_id}/end")
def end_swap(app: TheApp, me: Me, swap_id: int) -> Response:
    now = app.clock.now()
    with app.db.begin() as session:
        there = session.get(OverrideRow, swap_id)
        row = _mine(oncall.rota(session, there.rota_id) if there is not None else None, me)
        assert there is not None
        if there.account_id != me.id and there.by != me.id and not access.allows(me.role, "lead"):
            raise HTTPException(403, "A lead ends the swaps of others.")
        if oncall.end_swap(session, swap_id, now):
            events.add(session, now, f"account:{me.id}", "rota.swap_ended", f"rota:{row.id}", row.brand)
    return go("/oncall")


@web.post("/oncall/chain")
def set_chain(
    app: TheApp,
    request: Request,
    me: Me,
    brand: Short = "",
    minutes: Many = None,
    who: Many = None,
    act: Short = "",
    was: Was = "",
) -> Response:
    """Who is called after how long; `act` usual takes a brand's own chain away."""
    now = app.clock.now()
    pairs = [(text.strip(), one) for text, one in zip(minutes or [], who or [], strict=False) if text.strip()]
    try:
        within(app, me, brand)
        steps = [[int(text) if text.isdecimal() and len(text) < 6 else 0, one] for text, one in pairs]
        if act != "usual":
            chain_of(steps)
    except ValueError as error:
        return page(app, request, me, 422, str(error))
    with app.db.begin() as session:
        there = session.get(ChainRow, brand)
        now_steps, wanted = there.steps if there is not None else None, None if act == "usual" else steps
        fields: list[tuple[str, object]] = [("brand", brand), ("act", act)]
        fields += [(name, value) for pair in pairs for name, value in zip(("minutes", "who"), pair, strict=True)]
        quicker.check(was, now_steps, wanted, "/oncall/chain", "/oncall#chains", _lines(now_steps, wanted), fields)
        if act == "usual":
            if there is not None:
                session.delete(there)
        else:
            session.merge(ChainRow(brand=brand, steps=steps, changed_at=now, changed_by=me.id))
        facts = {"steps": steps if act != "usual" else "usual"}
        events.add(session, now, f"account:{me.id}", "chain.changed", f"chain:{one_line(brand, 80)}", brand, **facts)
    app.wake.ring("alert")
    return go("/oncall#chains")


def _lines(there: list[Any] | None, wanted: list[Any] | None) -> list[tuple[str, object, object]]:
    now, then = ("the usual chain" if steps is None else chain_words(chain_of(steps)) for steps in (there, wanted))
    return [("Who is called", now, then)]


def _rota(row: RotaRow, name: str, brand: str, tz: str, starts_on: str, handover: str, turn_days: str) -> RotaRow:
    row.name, row.brand, row.zone = one_line(name.strip(), 80) or "On call", brand, tz.strip() or "UTC"
    try:
        row.starts_on = date.fromisoformat(starts_on.strip()).isoformat()
        row.handover = time.fromisoformat(handover.strip()).strftime("%H:%M")
    except ValueError:
        raise Wrong("Write the first day like 2026-11-23 and the hour of handing over like 09:00.") from None
    if not turn_days.strip().isdecimal() or len(turn_days) > 3:
        raise Wrong("A turn lasts 1 to 90 days.")
    row.turn_days = int(turn_days)
    return row


def _sound(row: RotaRow) -> Rota:
    try:
        return oncall.as_rota(row)
    except ValueError as error:
        raise Wrong(str(error)) from None


def _people(app: App, me: AccountRow, chosen: list[str]) -> list[int]:
    """Accounts that may answer and stand on this side of the walls, in the order given, each once."""
    found: list[int] = []
    with app.db.read() as session:
        for text in chosen:
            row = people.get(session, int(text)) if text.isdecimal() and len(text) < 10 else None
            if (
                row is None
                or not rights.at_least(row, "agent")
                or (me.brands and row.brands and not set(row.brands) & set(me.brands))
            ):
                raise Wrong("Choose people who may answer.")
            if row.id is not None and row.id not in found:
                found.append(row.id)
    return found


def _moment(text: str, tz: str, now: datetime) -> datetime:
    """A wall time of the rota's zone as a moment; empty: now."""
    if not text.strip():
        return now
    try:
        local = datetime.fromisoformat(text.strip())
        return local.replace(tzinfo=zone(tz)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Wrong("Write the time like 2026-11-23 18:00.") from None


def _mine(row: RotaRow | None, me: AccountRow, act: bool = False) -> RotaRow:
    """A rota on this side of the walls; one for every brand is changed only by who sees every brand."""
    if row is None or (row.brand and not may_see(me, row.brand)) or (act and me.brands and not row.brand):
        raise HTTPException(404)
    return row
