"""A person says that two incidents are one: the cases of the one go over to the other, and may be parted again.

Each act returns "" when it is done, else the sentence that says why not. Every case keeps its clock, answer and holder.
"""

from datetime import datetime
from typing import Any

from bot.app import App
from bot.core.incidents import JOINED, LIVE
from bot.store import events, incident_joins, incident_notices, incidents, rights
from bot.store.db import Session
from bot.store.incident_joins import OURS, TAKEN
from bot.store.incident_notices import APART
from bot.store.tables_house import AccountRow
from bot.store.tables_incidents import IncidentJoinRow, IncidentRow

GONE = "There is no such incident."
QUICKER = "Somebody was quicker. Look again."


def join(app: App, incident_id: int, into: int, by: int) -> str:
    """This incident is the same as `into`, which has its cases from now on. Both take cases in until then."""
    now = app.clock.now()
    with app.db.begin() as session:
        row, other = _mine(session, incident_id, by), _mine(session, into, by)
        if row is None or other is None:
            return GONE
        if why := _why_not(row, other):
            return why
        kept: dict[str, Any] = {"ours": incident_joins.before(row, OURS), "theirs": incident_joins.before(other, TAKEN)}
        taken = _taken(row, other)
        if not incidents.move(session, row, state=JOINED, ended_at=now) or not incidents.move(session, other, **taken):
            session.rollback()
            return QUICKER
        moved = incidents.member_ids(session, incident_id)
        kept["left"] = incident_joins.before(other, TAKEN)
        kept["statement"] = "statement" in taken
        made = IncidentJoinRow(from_incident=incident_id, into_incident=into, moved=moved, before=kept, by=by, at=now)
        session.add(made)
        session.flush()
        incident_joins.go_over(session, incident_id, into, moved, now)
        _happened(session, made, row, other, ("incident.same", "incident.took"), now, by)
        incident_notices.unless_beside(session, app.settings, other, now)
        incident_notices.same(session, app.settings, other, row, made, now)
    app.wake.ring("tell", "alert", "live")
    return ""


def same(app: App, incident_id: int, host: int, by: int) -> str:
    """It is the same as the one in whose thread it is told, or as that one was joined into."""
    with app.db.read() as session:
        into = incident_joins.end_of(session, host)
    return join(app, incident_id, into, by)


def apart(app: App, incident_id: int, by: int) -> str:
    """It is another one than that in whose thread it is told: it has a message and calls of its own from now on."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = _mine(session, incident_id, by)
        if row is None:
            return GONE
        if row.state not in LIVE:
            went = incident_joins.of(session, incident_id) if row.state == JOINED else None
            who = f": {rights.name_of(session, went.by)} said so. “Part again” on its page undoes it" if went else ""
            return f"It is {row.state} already{who}."
        if row.told_in is None:
            return "It is told by itself already."
        host = row.told_in
        if not incidents.move(session, row, told_in=None):
            session.rollback()
            return QUICKER
        events.add(session, now, f"account:{by}", APART, incidents.subject(row), row.brand, incident=host)
        incident_notices.first(session, app.settings, row, now, apart=True)
    app.wake.ring("tell", "alert", "live")
    return ""


def part(app: App, incident_id: int, by: int) -> str:
    """A joined incident goes on by itself again, with the cases it brought that nobody took out meanwhile."""
    now = app.clock.now()
    with app.db.begin() as session:
        row = _mine(session, incident_id, by)
        made = incident_joins.of(session, incident_id) if row is not None and row.state == JOINED else None
        other = _mine(session, made.into_incident, by) if made is not None else None
        if row is None or made is None or other is None:
            return GONE if row is None else f"It is {row.state} and not joined; somebody was quicker."
        if other.state not in LIVE:
            return (
                f"“{other.title}” is {other.state}: {'part' if other.state == JOINED else 'open'} that one again first."
            )
        there = set(incidents.member_ids(session, other.id or 0))
        ours, theirs = incident_joins.back(made.before["ours"]), _given_back(made, row, other)
        if not incidents.move(session, row, **ours) or not incidents.move(session, other, **theirs):
            session.rollback()
            return QUICKER
        made.moved, made.undone_at = [case for case in made.moved if case in there], now
        session.add(made)
        session.flush()
        incident_joins.go_over(session, other.id or 0, incident_id, made.moved, now)
        _happened(session, made, row, other, ("incident.parted", "incident.gave"), now, by)
        incident_notices.same(session, app.settings, other, row, made, now)
    app.wake.ring("tell", "alert", "live")
    return ""


def _why_not(row: IncidentRow, other: IncidentRow) -> str:
    if row.id == other.id:
        return "It is that incident already."
    if row.brand != other.brand:
        return f"“{other.title}” is about {other.brand}: incidents of two brands stay two."
    ended = next((one for one in (row, other) if one.state not in LIVE), None)
    return (
        f"“{ended.title}” is {ended.state} already; only those that go on can be joined." if ended is not None else ""
    )


def _taken(row: IncidentRow, other: IncidentRow) -> dict[str, object]:
    """What the one that stays takes from the other: the graver word, the earlier beginning, who leads, a statement."""
    taken: dict[str, object] = {"started_at": min(row.started_at, other.started_at)}
    if incidents.GRAVER.index(row.severity) > incidents.GRAVER.index(other.severity):
        taken["severity"] = row.severity
    if row.state == "open" and other.state == "proposed":
        taken |= {"state": "open", "opened_at": row.opened_at}
    if other.led_by is None and row.led_by is not None:
        taken["led_by"] = row.led_by
    if not other.statement and row.statement:
        taken["statement"] = row.statement
    return taken


def _given_back(made: IncidentJoinRow, row: IncidentRow, other: IncidentRow) -> dict[str, Any]:
    """What the other took, where nobody has changed it since."""
    was, left, now_is = made.before["theirs"], made.before["left"], incident_joins.before(other, TAKEN)
    back = incident_joins.back({name: was[name] for name in TAKEN if now_is[name] == left[name] != was[name]})
    if made.before.get("statement") and other.statement == row.statement:
        back["statement"] = ""
    return back


def _happened(
    session: Session, made: IncidentJoinRow, row: IncidentRow, other: IncidentRow, what: tuple[str, str], now: datetime,
    by: int,
) -> None:  # fmt: skip
    for one, its, beside in ((row, what[0], other), (other, what[1], row)):
        events.add(
            session, now, f"account:{by}", its, incidents.subject(one), one.brand, cases=made.moved, incident=beside.id
        )


def _mine(session: Session, incident_id: int, by: int) -> IncidentRow | None:
    account = session.get(AccountRow, by)
    if account is None or not rights.at_least(account, "agent"):
        return None
    return incidents.get_for(session, account, incident_id)
