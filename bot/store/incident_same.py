"""Two incidents that are one: what goes over, what is kept for undoing, and what the log and the rooms hear of it.

The caller says that both go on, that they are of one brand, and who says so: an account, or Earshot itself (`EARSHOT`).
"""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.core.incidents import JOINED, one_burst
from bot.store import events, incident_joins, incident_notices, incidents
from bot.store.incident_joins import EARSHOT, OURS, TAKEN
from bot.store.tables_incidents import IncidentJoinRow, IncidentRow
from config.settings import Settings

__all__ = ["EARSHOT", "is_one", "join", "part"]


def is_one(session: Session, row: IncidentRow, other: IncidentRow) -> bool:
    """Whether both began so suddenly and so close together that Earshot takes them for one, until a person parts them.

    Once a person parted what it had put into the other one, it takes nothing more for the same.
    """
    if incident_joins.doubted(session, other.id or 0):
        return False
    ours, theirs = (incident_joins.spoken_at(session, one.id or 0) for one in (row, other))
    return one_burst(theirs, ours)


def join(
    session: Session, settings: Settings, row: IncidentRow, other: IncidentRow, by: int, now: datetime
) -> IncidentJoinRow | None:
    """The cases of `row` are of `other` from now on. None: somebody was quicker, and nothing may be kept of it."""
    kept: dict[str, Any] = {"ours": incident_joins.before(row, OURS), "theirs": incident_joins.before(other, TAKEN)}
    taken = _taken(row, other)
    if not incidents.move(session, row, state=JOINED, ended_at=now) or not incidents.move(session, other, **taken):
        return None
    moved = incidents.member_ids(session, row.id or 0)
    kept["left"] = incident_joins.before(other, TAKEN)
    kept["statement"] = "statement" in taken
    made = IncidentJoinRow(
        from_incident=row.id or 0, into_incident=other.id or 0, moved=moved, before=kept, by=by, at=now
    )
    session.add(made)
    session.flush()
    incident_joins.go_over(session, row.id or 0, other.id or 0, moved, now)
    _happened(session, made, row, other, ("incident.same", "incident.took"), now, by)
    incident_notices.unless_beside(session, settings, other, now)
    incident_notices.same(session, settings, other, row, made, now)
    return made


def part(
    session: Session, settings: Settings, made: IncidentJoinRow, row: IncidentRow, other: IncidentRow, by: int,
    now: datetime,
) -> bool:  # fmt: skip
    """`row` goes on by itself again, with the cases it brought that nobody took out. False: somebody was quicker."""
    there = set(incidents.member_ids(session, other.id or 0))
    ours, theirs = incident_joins.back(made.before["ours"]), _given_back(made, row, other)
    if not incidents.move(session, row, **ours) or not incidents.move(session, other, **theirs):
        return False
    made.moved, made.undone_at = [case for case in made.moved if case in there], now
    session.add(made)
    session.flush()
    incident_joins.go_over(session, other.id or 0, row.id or 0, made.moved, now)
    _happened(session, made, row, other, ("incident.parted", "incident.gave"), now, by)
    incident_notices.same(session, settings, other, row, made, now)
    return True


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
    actor = "earshot" if by == EARSHOT else f"account:{by}"
    for one, its, beside in ((row, what[0], other), (other, what[1], row)):
        events.add(session, now, actor, its, incidents.subject(one), one.brand, cases=made.moved, incident=beside.id)
