"""Who is here or away, how much each has, how each brand gives its cases; and giving, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from bot.core.giving import How, Wanted, Worker, choose
from bot.core.languages import foreign
from bot.store import brands, cases, events, rights, switches
from bot.store.asked import kept
from bot.store.tables import CaseRow, TagRow
from bot.store.tables_desk import WorkerRow
from bot.store.tables_house import AccountRow, BrandRow, SessionRow

HERE = timedelta(minutes=10)  # an open page asks every ten seconds: whoever was silent so long has gone
CAPACITY = 8
MOST = 200
CAN_HAVE = ("agent", "lead", "admin", "operator")


@dataclass(frozen=True, slots=True)
class Rule:
    """How a brand gives its cases, and how many one person has at most unless their own number says otherwise."""

    how: How = How.OFF
    capacity: int = CAPACITY


@dataclass(frozen=True, slots=True)
class Present:
    """A colleague who has Earshot open, or is away."""

    id: int
    name: str
    away: bool


def rule(session: Session, brand: str) -> Rule:
    """A brand's rule; off until somebody sets one."""
    kept = switches.get(session, f"giving:{brand}")
    how = kept.get("how", "off")
    return Rule(How(how) if how in list(How) else How.OFF, int(kept.get("capacity", CAPACITY)))


def set_rule(session: Session, brand: str, chosen: Rule, now: datetime) -> None:
    """From now on this brand gives its cases so."""
    switches.put(session, f"giving:{brand}", {"how": chosen.how.value, "capacity": chosen.capacity}, now)


def get(session: Session, account_id: int) -> WorkerRow:
    """How somebody works; a row that is not stored yet for who never said anything."""
    return _known(session).get(account_id) or WorkerRow(account_id=account_id)


@kept(WorkerRow)
def _known(session: Session) -> dict[int, WorkerRow]:
    """Of everybody, in one question for all pages."""
    return {row.account_id: row for row in session.exec(select(WorkerRow))}


def change(session: Session, account_id: int, **changes: Any) -> None:
    """Change how somebody works."""
    row = get(session, account_id)
    for name, value in changes.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()


def here(session: Session, me: AccountRow, now: datetime) -> list[Present]:
    """Colleagues who have Earshot open now and share a brand with this person, by name."""
    since = now - HERE
    known = [one for one in _lately(session, since.replace(second=0, microsecond=0)) if one[2] > since]
    return [Present(row.id or 0, row.name, away is not None) for row, away, _ in known if _share(me, row)][:MOST]


@kept(AccountRow, WorkerRow, SessionRow)
def _lately(session: Session, since: datetime) -> list[tuple[AccountRow, datetime | None, datetime]]:
    """Who had Earshot open since then, by name: since when they are away, and when they were last seen."""
    seen = func.max(col(SessionRow.seen_at))
    last = (
        columns_of(col(SessionRow.account_id).label("who"), seen.label("at"))
        .where(col(SessionRow.ended_at).is_(None), col(SessionRow.seen_at) > since)
        .group_by(col(SessionRow.account_id))
        .subquery()
    )
    rows = session.exec(
        select(AccountRow, WorkerRow.away_since, last.c.at)
        .join(last, last.c.who == col(AccountRow.id))
        .join(WorkerRow, col(WorkerRow.account_id) == col(AccountRow.id), isouter=True)
        .where(col(AccountRow.disabled_at).is_(None))
        .order_by(col(AccountRow.name))
    )
    return [(row, away, at) for row, away, at in rows]


def _share(me: AccountRow, other: AccountRow) -> bool:
    return not me.brands or not other.brands or bool(set(me.brands) & set(other.brands))


def loads(session: Session, account_ids: Sequence[int]) -> dict[int, int]:
    """How many cases that wait for an answer each of these has."""
    found = (
        select(CaseRow.assigned_to, func.count())
        .where(col(CaseRow.assigned_to).in_(account_ids), CaseRow.part == "owed")
        .group_by(col(CaseRow.assigned_to))
    )
    return {key: number for key, number in session.exec(found) if key is not None}


def on_shift(session: Session, brand: str, capacity: int, now: datetime) -> list[Worker]:
    """Who is here and may have this brand's cases."""
    seen = select(SessionRow.account_id).where(col(SessionRow.ended_at).is_(None), SessionRow.seen_at > now - HERE)
    rows = session.exec(
        select(AccountRow, WorkerRow)
        .join(WorkerRow, col(WorkerRow.account_id) == col(AccountRow.id), isouter=True)
        .where(col(AccountRow.id).in_(seen), col(AccountRow.role).in_(CAN_HAVE), col(AccountRow.disabled_at).is_(None))
        .limit(MOST)
    ).all()
    able = [(one, how) for one, how in rows if rights.sees(one, brand) and _is_here(how)]
    load = loads(session, [one.id or 0 for one, _ in able])
    return [_worker(one.id or 0, how, load.get(one.id or 0, 0), capacity) for one, how in able]


def _is_here(how: WorkerRow | None) -> bool:
    return how is None or how.away_since is None


def any_rule(session: Session) -> bool:
    """Does any brand give its cases by a rule?"""
    return any(rule(session, brand).how is not How.OFF for brand in session.exec(select(BrandRow.name)).all())


def _worker(account_id: int, how: WorkerRow | None, load: int, capacity: int) -> Worker:
    if how is None:
        return Worker(account_id, load, capacity)
    return Worker(
        account_id,
        load,
        how.capacity or capacity,
        frozenset(how.languages),
        frozenset(how.skills),
        how.given_at,
    )


def hand_out(session: Session, now: datetime, only: Sequence[CaseRow] | None = None, limit: int = MOST) -> int:
    """Give cases nobody has to who is here, by each brand's rule, the soonest due first. Returns how many."""
    given = 0
    for brand in session.exec(select(BrandRow.name)).all():
        chosen = rule(session, brand)
        if chosen.how is How.OFF:
            continue
        waiting = [one for one in only if one.brand == brand and _free(one)] if only is not None else None
        if waiting is None:
            waiting = _unassigned(session, brand, limit)
        if waiting:
            given += _give(session, brand, chosen, sorted(waiting, key=lambda one: one.due_at), now)
    return given


def _free(case: CaseRow) -> bool:
    return case.part == "owed" and case.assigned_to is None and case.holder is None and not case.history


def _unassigned(session: Session, brand: str, limit: int) -> list[CaseRow]:
    found = select(CaseRow).where(
        CaseRow.brand == brand,
        CaseRow.part == "owed",
        col(CaseRow.assigned_to).is_(None),
        col(CaseRow.holder).is_(None),
        col(CaseRow.history).is_(False),
    )
    return list(session.exec(found.order_by(col(CaseRow.due_at)).limit(limit)).all())


def _give(session: Session, brand: str, chosen: Rule, waiting: Sequence[CaseRow], now: datetime) -> int:
    workers = {one.id: one for one in on_shift(session, brand, chosen.capacity, now)}
    given = 0
    for case in waiting:
        one = choose(chosen.how, list(workers.values()), _wanted(session, case, chosen.how))
        if one is None:
            break
        if not cases.move(session, case, assigned_to=one.id):
            continue
        workers[one.id] = replace(one, load=one.load + 1, given_at=now + timedelta(microseconds=given))
        facts = {"to": one.id, "before": None, "rule": chosen.how.value}
        events.add(session, now, "earshot", "case.assigned", f"case:{case.id}", brand, **facts)
        change(session, one.id, given_at=workers[one.id].given_at)
        given += 1
    return given


def _wanted(session: Session, case: CaseRow, how: How) -> Wanted:
    if how is How.LAST:
        found = select(CaseRow.answered_by).where(
            CaseRow.customer_id == case.customer_id, col(CaseRow.answered_by).is_not(None)
        )
        rows = session.exec(found.order_by(col(CaseRow.answered_at).desc()).limit(10))
        return Wanted(helped=tuple(dict.fromkeys(by for by in rows if by is not None)))
    if how is not How.SKILL:
        return Wanted()
    tags = set(session.exec(select(TagRow.tag).where(TagRow.case_id == case.id)))
    cause = str(case.facts.get("cause", "")).casefold()
    brand = brands.get(session, case.brand)
    spoken = brand.answers_in() if brand is not None else ()
    instead = frozenset(spoken if foreign(case.language, spoken) else ())
    return Wanted((case.language or "").casefold(), frozenset(tags | {cause} - {""}), instead=instead)


def give_back_of_absent(session: Session, now: datetime) -> int:
    """Cases given to people who went away, and that they do not hold, wait for somebody again. How many."""
    away = select(WorkerRow.account_id).where(col(WorkerRow.away_since).is_not(None))
    found = select(CaseRow).where(
        col(CaseRow.assigned_to).in_(away), CaseRow.part == "owed", col(CaseRow.holder).is_(None)
    )
    freed = 0
    ruled: dict[str, bool] = {}
    for case in session.exec(found.limit(MOST)).all():
        if case.brand not in ruled:
            ruled[case.brand] = rule(session, case.brand).how is not How.OFF
        before = case.assigned_to
        if ruled[case.brand] and cases.move(session, case, assigned_to=None):
            facts = {"to": None, "before": before, "rule": "away"}
            events.add(session, now, "earshot", "case.assigned", f"case:{case.id}", case.brand, **facts)
            freed += 1
    return freed


def let_go(session: Session, account_id: int, now: datetime, actor: str) -> int:
    """Cases of somebody who cannot work on them any more (shut out, another role, other brands) are nobody's: what they
    were given waits for anybody, what they hold is freed by the next sweep, drafts stay. How many."""
    account = session.get(AccountRow, account_id, populate_existing=True)
    works, freed = rights.at_least(account, "agent"), 0
    theirs = (col(CaseRow.assigned_to) == account_id) | (col(CaseRow.holder) == account_id)
    for case in session.exec(select(CaseRow).where(theirs, col(CaseRow.part) != "closed")).all():
        if works and account is not None and rights.sees(account, case.brand):
            continue
        given = case.assigned_to == account_id
        changes: dict[str, Any] = {"assigned_to": None} if given else {}
        if case.holder == account_id:
            changes["lease_until"] = min(now, case.lease_until or now)
        if not cases.move(session, case, **changes):
            continue
        freed += 1
        if given:
            facts = {"to": None, "before": account_id, "rule": "gone"}
            events.add(session, now, actor, "case.assigned", f"case:{case.id}", case.brand, **facts)
    return freed


def for_me(session: Session, me: AccountRow, now: datetime, *also: ColumnElement[bool]) -> CaseRow | None:
    """The case this person should take next: of those given to them, to nobody or to somebody who is away, that nobody
    holds, in queue order. `also` narrows them."""
    free = col(CaseRow.holder).is_(None) | (col(CaseRow.lease_until) <= now)
    away = select(WorkerRow.account_id).where(col(WorkerRow.away_since).is_not(None))
    given = col(CaseRow.assigned_to)
    mine = given.is_(None) | (given == me.id) | given.in_(away)
    found = cases.owed(session, list(me.brands) or None, now, 3, free, mine, *also)
    return next(iter((*found.next, *found.late, *found.window)), None)
