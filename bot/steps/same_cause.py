"""A person says that two incidents are one, or that they are not: the cases of the one go over to the other, and may
be parted again.

Each act returns "" when it is done, else the sentence that says why not. Every case keeps its clock, answer and holder.
"""

from bot.app import App
from bot.core.incidents import JOINED, LIVE
from bot.store import events, incident_joins, incident_notices, incident_same, incidents, rights
from bot.store.db import Session
from bot.store.incident_notices import APART
from bot.store.tables_house import AccountRow
from bot.store.tables_incidents import IncidentJoinRow, IncidentRow

GONE = "There is no such incident."
QUICKER = "Somebody was quicker. Look again."
UNDO = "“Part again” on its page undoes that."


def join(app: App, incident_id: int, into: int, by: int) -> str:
    """This incident is the same as `into`, which has its cases from now on. Both take cases in until then."""
    now = app.clock.now()
    with app.db.begin() as session:
        row, other = _mine(session, incident_id, by), _mine(session, into, by)
        if row is None or other is None:
            return GONE
        if why := _why_not(row, other):
            return why
        if incident_same.join(session, app.settings, row, other, by, now) is None:
            session.rollback()
            return QUICKER
    app.wake.ring("tell", "alert", "live")
    return ""


def same(app: App, incident_id: int, host: int, by: int) -> str:
    """It is the same as the one in whose thread it is told, or as that one was joined into."""
    with app.db.read() as session:
        into = incident_joins.end_of(session, host)
    return join(app, incident_id, into, by)


def apart(app: App, incident_id: int, by: int) -> str:
    """It is another one than that in whose thread it is told: it has a message and calls of its own from now on.

    What Earshot took for the same is parted; what a person joined stays joined until that is undone.
    """
    now = app.clock.now()
    with app.db.begin() as session:
        row = _mine(session, incident_id, by)
        if row is None:
            return GONE
        made = incident_joins.of(session, incident_id) if row.state == JOINED else None
        if made is not None and made.by != incident_same.EARSHOT:
            return f"{rights.name_of(session, made.by)} said that it is the same. {UNDO}"
        if made is not None and (why := _part(app, session, row, made, by)):
            return why
        if row.state not in LIVE:
            return f"It is {row.state} already."
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
    with app.db.begin() as session:
        row = _mine(session, incident_id, by)
        made = incident_joins.of(session, incident_id) if row is not None and row.state == JOINED else None
        if row is None:
            return GONE
        if made is None:
            return f"It is {row.state} and not joined; somebody was quicker."
        if why := _part(app, session, row, made, by):
            return why
    app.wake.ring("tell", "alert", "live")
    return ""


def _part(app: App, session: Session, row: IncidentRow, made: IncidentJoinRow, by: int) -> str:
    other = _mine(session, made.into_incident, by)
    if other is None:
        return GONE
    if other.state not in LIVE:
        return f"“{other.title}” is {other.state}: {'part' if other.state == JOINED else 'open'} that one again first."
    if not incident_same.part(session, app.settings, made, row, other, by, app.clock.now()):
        session.rollback()
        return QUICKER
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


def _mine(session: Session, incident_id: int, by: int) -> IncidentRow | None:
    account = session.get(AccountRow, by)
    if account is None or not rights.at_least(account, "agent"):
        return None
    return incidents.get_for(session, account, incident_id)
