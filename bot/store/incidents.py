"""Incidents and their cases: who belongs, what is held back meanwhile, who is still owed an answer."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case as choose
from sqlalchemy import func, or_, update
from sqlmodel import Session, col, select

from bot.core.drafts import Breach
from bot.core.incidents import JOINED, KNOWN, LIVE, WITHIN, Count, bare_frame, says_one
from bot.store import events
from bot.store.asked import kept
from bot.store.incident_joins import held, wordings
from bot.store.parts import if_any
from bot.store.tables import CaseRow, PostRow
from bot.store.tables_house import AccountRow, DeliveryRow
from bot.store.tables_incidents import IncidentCaseRow, IncidentNoteRow, IncidentRow

CHUNK = 400
GRAVER = ("notable", "high", "extreme")
ALONE = "This is the holding statement alone. Each customer gets a line of their own with it."


@dataclass(frozen=True, slots=True)
class Joining:
    """A case that becomes part of an incident, and the words that say why."""

    case_id: int
    why: str


def get(session: Session, incident_id: int) -> IncidentRow | None:
    """One incident."""
    return session.get(IncidentRow, incident_id)


def get_for(session: Session, account: AccountRow, incident_id: int) -> IncidentRow | None:
    """The incident, if its brand is on this side of the account's walls; an unknown and a forbidden one look alike."""
    row = session.get(IncidentRow, incident_id)
    return row if row is not None and (not account.brands or row.brand in account.brands) else None


def of_brands(session: Session, brands: Collection[str] | None, limit: int = 100) -> list[IncidentRow]:
    """Incidents of these brands (None: all), those that go on first, then the newest."""
    rank = choose({state: number for number, state in enumerate(KNOWN)}, value=col(IncidentRow.state), else_=len(KNOWN))
    found = select(IncidentRow).order_by(rank, col(IncidentRow.started_at).desc(), col(IncidentRow.id).desc())
    if brands is not None:
        found = found.where(col(IncidentRow.brand).in_(list(brands)))
    return list(session.exec(found.limit(limit)).all())


@kept(IncidentRow)
def going(session: Session, brands: tuple[str, ...] | None) -> list[IncidentRow]:
    """Incidents of these brands (None: all) that go on."""
    return [one for one in of_brands(session, brands) if one.state in KNOWN]


def live(session: Session, brand: str | None = None) -> list[IncidentRow]:
    """Incidents that take cases in, the oldest first."""
    found = select(IncidentRow).where(col(IncidentRow.state).in_(LIVE)).order_by(col(IncidentRow.id))
    return list(session.exec(found if brand is None else found.where(IncidentRow.brand == brand)).all())


def others(one: IncidentRow, going: Iterable[IncidentRow]) -> list[IncidentRow]:
    """Those of the same brand that go on beside it: it may be the same as one of them, first that in whose thread it
    is told."""
    if one.state not in LIVE:
        return []
    found = [other for other in going if other.state in LIVE and other.brand == one.brand and other.id != one.id]
    return sorted(found, key=lambda other: other.id != one.told_in)


def called_for(session: Session, row: IncidentRow) -> bool:
    """Whether the room was called for another one of this brand in the half hour before, as grave or graver: one outage
    told in many words is proposed in several, and the people it calls are there already."""
    return beside(session, row) is not None


def beside(session: Session, row: IncidentRow) -> IncidentRow | None:
    """The first one of this brand that was told in the half hour before, goes on, and is as grave or graver."""
    before = select(IncidentRow).where(
        IncidentRow.brand == row.brand, col(IncidentRow.id) < row.id, col(IncidentRow.state).in_(LIVE),
        col(IncidentRow.proposed_at) >= row.proposed_at - WITHIN, col(IncidentRow.told_at).is_not(None),
    )  # fmt: skip
    grave, found = GRAVER.index(row.severity), session.exec(before.order_by(col(IncidentRow.id)))
    return next((one for one in found if GRAVER.index(one.severity) >= grave), None)


def of_late(session: Session, now: datetime) -> list[IncidentRow]:
    """Incidents that go on, or ended within a day."""
    lately = or_(col(IncidentRow.state).in_(KNOWN), col(IncidentRow.ended_at) > now - timedelta(days=1))
    return list(session.exec(select(IncidentRow).where(lately).order_by(col(IncidentRow.id))).all())


def asked(session: Session, incident_id: int) -> list[tuple[str, str, str]]:
    """What routes look at in its cases: severity, language and platform, each combination once."""
    found = (
        select(CaseRow.severity, CaseRow.language, CaseRow.platform)
        .join(IncidentCaseRow, col(IncidentCaseRow.case_id) == col(CaseRow.id))
        .where(IncidentCaseRow.incident_id == incident_id, col(IncidentCaseRow.left_at).is_(None))
    )
    return sorted({(severity, language or "", platform) for severity, language, platform in session.exec(found)})


def between(session: Session, brand: str, start: datetime, end: datetime) -> list[IncidentRow]:
    """A brand's incidents that began in this stretch, the dismissed and joined ones left out, oldest first."""
    found = select(IncidentRow).where(
        IncidentRow.brand == brand,
        col(IncidentRow.state).not_in(("dismissed", JOINED)),
        col(IncidentRow.started_at) >= start,
        col(IncidentRow.started_at) < end,
    )
    return list(session.exec(found.order_by(col(IncidentRow.started_at))).all())


def add(session: Session, row: IncidentRow, at: datetime, actor: str) -> IncidentRow:
    """A new incident, with its first event. Its id is set."""
    session.add(row)
    session.flush()
    what = "incident.proposed" if row.state == "proposed" else "incident.opened"
    events.add(session, at, actor, what, subject(row), row.brand, origin=row.origin, severity=row.severity)
    return row


def subject(row: IncidentRow) -> str:
    """How events name it."""
    return f"incident:{row.id}"


def move(session: Session, row: IncidentRow, **changes: object) -> bool:
    """Compare and set on the version the caller saw. True for the winner; its row shows the change."""
    mine = update(IncidentRow).where(col(IncidentRow.id) == row.id, col(IncidentRow.version) == row.version)
    done = session.connection().execute(mine.values(version=row.version + 1, **changes)).rowcount == 1
    session.refresh(row)
    return done


def happened(session: Session, row: IncidentRow, what: str, at: datetime, actor: str) -> None:
    """What a person decided about it goes into the log."""
    events.add(session, at, actor, what, subject(row), row.brand)


def take_in(session: Session, opened: Sequence[tuple[CaseRow, PostRow]], now: datetime) -> set[int]:
    """Cases just opened that say what a live incident is about become part of it. Returns their ids."""
    mine = [(case, post) for case, post in opened if case.section == "care" and not case.history]
    if not mine or not (going := live(session)):
        return set()
    ways, taken = wordings(session, going), set[int]()
    for incident in going:
        joining = [
            Joining(case.id or 0, f"says “{why}”")
            for case, post in mine
            if case.brand == incident.brand
            and case.id not in taken
            and post.created_at >= incident.started_at
            and (why := says_one(f"{post.title}\n{post.text}", ways[incident.id or 0]))
        ]
        taken |= join(session, incident, joining, now, "earshot")
    return taken


def join(session: Session, incident: IncidentRow, joining: Sequence[Joining], now: datetime, actor: str) -> set[int]:
    """These cases become part of it, what waits to be said of them is held back. Returns those that are new to it."""
    known = _rows(session, incident.id or 0, [one.case_id for one in joining])
    fresh = [one for one in joining if one.case_id not in known or known[one.case_id].left_at is not None]
    by = int(actor.partition(":")[2]) if actor.startswith("account:") else None
    for one in fresh:
        new = IncidentCaseRow(incident_id=incident.id or 0, case_id=one.case_id, joined_at=now)
        row = known.setdefault(one.case_id, new)
        row.joined_at, row.joined_by, row.why, row.left_at, row.settled_at = now, by, one.why, None, None
        session.add(row)
    ids = {one.case_id for one in fresh}
    if ids:
        session.flush()
        _hold(session, incident.id or 0, ids)
        events.add(session, now, actor, "incident.joined", subject(incident), incident.brand, cases=sorted(ids))
    return ids


def _rows(session: Session, incident_id: int, case_ids: Sequence[int]) -> dict[int, IncidentCaseRow]:
    found: dict[int, IncidentCaseRow] = {}
    for ids in _chunks(case_ids):
        mine = select(IncidentCaseRow).where(
            IncidentCaseRow.incident_id == incident_id, col(IncidentCaseRow.case_id).in_(ids)
        )
        found |= {row.case_id: row for row in session.exec(mine)}
    return found


def _chunks(ids: Iterable[int]) -> Iterable[list[int]]:
    every = sorted(set(ids))
    return [every[at : at + CHUNK] for at in range(0, len(every), CHUNK)]


def _hold(session: Session, incident_id: int, case_ids: Collection[int]) -> None:
    for ids in _chunks(case_ids):
        waiting = update(DeliveryRow).where(
            col(DeliveryRow.case_id).in_(ids),
            col(DeliveryRow.audience) == "team",
            col(DeliveryRow.state) == "waiting",
        )
        session.connection().execute(waiting.values(state="withdrawn", error=held(incident_id)))


def leave(session: Session, incident: IncidentRow, case_id: int, now: datetime, actor: str) -> bool:
    """A person takes a case out; it rings by itself again. False if it was not in."""
    row = session.get(IncidentCaseRow, (incident.id, case_id))
    if row is None or row.left_at is not None:
        return False
    row.left_at = now
    session.add(row)
    session.flush()
    events.add(session, now, actor, "incident.left", subject(incident), incident.brand, case=case_id)
    _release(session, incident.id or 0, [case_id], now)
    return True


def release(session: Session, incident: IncidentRow, now: datetime) -> None:
    """The incident speaks for its cases no longer: what was held back is said, and their clocks are looked at anew."""
    _release(session, incident.id or 0, member_ids(session, incident.id or 0), now)


def _release(session: Session, incident_id: int, case_ids: Sequence[int], now: datetime) -> None:
    run = session.connection().execute
    for ids in _chunks(case_ids):
        mine = update(DeliveryRow).where(col(DeliveryRow.case_id).in_(ids), col(DeliveryRow.state) == "withdrawn")
        run(mine.where(col(DeliveryRow.error) == held(incident_id)).values(state="waiting", next_try_at=now, error=""))
        owed = update(CaseRow).where(
            col(CaseRow.id).in_(ids),
            col(CaseRow.answered_at).is_(None),
            col(CaseRow.state).in_(("new", "claimed", "snoozed")),
            col(CaseRow.history).is_(False),
            col(CaseRow.late_arrival).is_(False),
        )
        run(owed.values(told="", look_at=now))
    session.expire_all()


def spoken_for(session: Session, case_ids: Collection[int]) -> set[int]:
    """Which of these cases do not ring by themselves, because an incident speaks for them."""
    found: set[int] = set()
    for ids in _chunks(case_ids):
        mine = (
            select(IncidentCaseRow.case_id)
            .join(IncidentRow, col(IncidentRow.id) == col(IncidentCaseRow.incident_id))
            .where(
                col(IncidentCaseRow.case_id).in_(ids),
                col(IncidentCaseRow.left_at).is_(None),
                col(IncidentRow.state).in_(KNOWN),
            )
        )
        found.update(session.exec(mine))
    return found


@if_any(IncidentCaseRow)
def of_case(session: Session, case_id: int) -> tuple[IncidentRow, IncidentCaseRow] | None:
    """The newest incident a case is part of, dismissed ones left out."""
    found = (
        select(IncidentRow, IncidentCaseRow)
        .join(IncidentCaseRow, col(IncidentCaseRow.incident_id) == col(IncidentRow.id))
        .where(
            IncidentCaseRow.case_id == case_id,
            col(IncidentCaseRow.left_at).is_(None),
            IncidentRow.state != "dismissed",
        )
        .order_by(col(IncidentRow.id).desc())
    )
    return session.exec(found.limit(1)).first()


def member_ids(session: Session, incident_id: int) -> list[int]:
    """The cases that are part of it."""
    found = select(IncidentCaseRow.case_id).where(
        IncidentCaseRow.incident_id == incident_id, col(IncidentCaseRow.left_at).is_(None)
    )
    return list(session.exec(found.order_by(col(IncidentCaseRow.case_id))).all())


def count(session: Session, incident_id: int, now: datetime) -> Count:
    """How many cases, how many without an answer, how many of those late, and when the next one is due."""
    owed = (col(CaseRow.answered_at).is_(None)) & (col(CaseRow.state).in_(("new", "claimed", "snoozed")))
    late = owed & (col(CaseRow.due_at) <= now)
    found = (
        select(
            func.count(),
            func.sum(choose((owed, 1), else_=0)),
            func.sum(choose((late, 1), else_=0)),
            func.min(choose((owed & (col(CaseRow.due_at) > now), col(CaseRow.due_at)), else_=None)),
        )
        .select_from(IncidentCaseRow)
        .join(CaseRow, col(CaseRow.id) == col(IncidentCaseRow.case_id))
        .where(IncidentCaseRow.incident_id == incident_id, col(IncidentCaseRow.left_at).is_(None))
    )
    members, open_, overdue, due = session.exec(found).one()
    return Count(int(members or 0), int(open_ or 0), int(overdue or 0), due)


def counts(session: Session, rows: Sequence[IncidentRow], now: datetime) -> Mapping[int, Count]:
    """The same for several."""
    return {row.id or 0: count(session, row.id or 0, now) for row in rows}


def note(session: Session, incident: IncidentRow, by: int, text: str, now: datetime) -> None:
    """Write down what a person wants kept with it."""
    session.add(IncidentNoteRow(incident_id=incident.id or 0, by=by, text=text, at=now))
    session.flush()
    events.add(session, now, f"account:{by}", "incident.noted", subject(incident), incident.brand)


def notes(session: Session, incident_id: int) -> list[IncidentNoteRow]:
    """Notes, oldest first."""
    found = select(IncidentNoteRow).where(IncidentNoteRow.incident_id == incident_id)
    return list(session.exec(found.order_by(col(IncidentNoteRow.id))).all())


def settle(session: Session, incident: IncidentRow, case_id: int, by: int, why: str, now: datetime) -> bool:
    """A person says that nothing more is owed to this customer, and why. False if it is no case of it."""
    row = session.get(IncidentCaseRow, (incident.id, case_id))
    if row is None or row.left_at is not None:
        return False
    row.settled_at, row.settled_by, row.settled_why = now, by, why
    session.add(row)
    session.flush()
    events.add(session, now, f"account:{by}", "incident.settled", subject(incident), incident.brand, case=case_id)
    return True


def guarded(session: Session, case_id: int, text: str) -> tuple[Breach, ...]:
    """The holding statement without a line of one's own stops an answer; empty where it is not used alone."""
    found = of_case(session, case_id)
    if found is None or not bare_frame(found[0].statement, text):
        return ()
    return (Breach("holding", "stop", ALONE, ("Add what is true of this customer.",)),)
