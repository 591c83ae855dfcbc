"""Taking a piece of material for a case: all that it does happens in one transaction or not at all; so does undoing.

Only a person's press takes one. What it does stands in the log as if each part had been done by hand, and once more as
a whole (`macro.taken`): that is what undoing reads, so no page has to be believed about what was before.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.app import App
from bot.core.priority import Severity
from bot.steps.answer.arrange import AWAKE, CHANGED, hidden, put_tag, put_with
from bot.steps.answer.grading import put_severity
from bot.steps.answer.values import Applied, Other, Refused, TakenBack
from bot.store import cases, events, labels, rights, snippets
from bot.store.db import Session
from bot.store.tables import CaseRow
from bot.store.tables_answering import SnippetRow

NOT_THERE = Refused("There is no such material for this case any more.")
NOTHING = Refused("There is nothing of yours to take back here.")
NOT_AWAKE = Refused("The case is snoozed or done already. Nothing was changed.")


class _Stop(Exception):
    """One part cannot be done, so none is."""

    def __init__(self, why: Refused) -> None:
        super().__init__(why.why)
        self.why = why


def take(
    app: App, snippet_id: int, by: int, case_id: int, until: datetime | None = None, seen: str = ""
) -> Applied | Refused | Other:  # fmt: skip
    """Do what it does to this case, and count that it was taken. `until`: when its snooze ends, where it snoozes.

    `seen`: the mark of what the page said that it does; where a lead has changed that since, nothing is done. "" from
    who saw none.
    """
    now = app.clock.now()
    try:
        with app.db.begin() as session:
            case, row = rights.case_for(session, by, case_id), snippets.get(session, snippet_id)
            if case is None or row is None or row.brand != case.brand:
                return NOT_THERE
            if seen not in ("", snippets.mark(row)):
                return Other(snippets.mark(row))
            row.used += 1
            session.add(row)
            did = _do(app, session, case, row, by, until, now)
            if did:
                facts = {"snippet": row.id, **did}
                events.add(session, now, f"account:{by}", snippets.TAKEN, f"case:{case_id}", case.brand, **facts)
    except _Stop as stop:
        return stop.why
    app.wake.ring("alert", "tell", "live")
    return Applied(tuple(did))


def _do(
    app: App, session: Session, case: CaseRow, row: SnippetRow, by: int, until: datetime | None, now: datetime
) -> dict[str, Any]:  # fmt: skip
    """Each part that changes something, as the log keeps it."""
    did: dict[str, Any] = {}
    if row.severity in tuple(Severity) and row.severity != case.severity:
        did["severity"] = [case.severity, row.severity]
        _sure(put_severity(session, app.settings, case, by, row.severity, False, now) or CHANGED)
    if row.tag and (number := _sure(put_tag(session, case, by, row.tag, True, now))):
        did["label"] = number
    to = {"me": by, "nobody": None}.get(row.assign, int(row.assign) if row.assign.isdecimal() else None)
    if row.assign and to != case.assigned_to:
        did["assigned"] = [case.assigned_to, to]
        _sure(put_with(session, case, by, to, now))
    if row.snooze and until is not None:
        did["snoozed"] = until.isoformat()
        before = case.state
        _sure(cases.move(session, case, among=AWAKE, **hidden(until)) or NOT_AWAKE)
        facts = {"before": before, "macro": row.id}
        events.add(session, now, f"account:{by}", "case.snoozed", f"case:{case.id}", case.brand, **facts)
    return did


def _sure(done: Any) -> Any:
    """What a part came to. Raises _Stop where it was refused."""
    if isinstance(done, Refused):
        raise _Stop(done)
    return done


def take_back(app: App, case_id: int, by: int) -> TakenBack | Refused:
    """Undo what this person's last piece of material did to the case. What somebody changed since stays as it is."""
    now = app.clock.now()
    try:
        with app.db.begin() as session:
            case = rights.case_for(session, by, case_id)
            done = snippets.last_taken(session, case_id, by) if case is not None else None
            if case is None or done is None:
                return NOTHING
            left = _undo(app, session, case, events.facts_of(done), by, now)
            facts = {"taken": done.id, "left": list(left)}
            events.add(session, now, f"account:{by}", snippets.TAKEN_BACK, f"case:{case_id}", case.brand, **facts)
    except _Stop as stop:
        return stop.why
    app.wake.ring("alert", "tell", "live")
    return TakenBack(left)


def _undo(
    app: App, session: Session, case: CaseRow, did: Mapping[str, Any], by: int, now: datetime
) -> tuple[str, ...]:  # fmt: skip
    """What was left as it is."""
    left = []
    if "snoozed" in did:
        if case.state == "snoozed" and case.snoozed_until == datetime.fromisoformat(did["snoozed"]):
            _sure(cases.move(session, case, **cases.as_before(case, now)) or CHANGED)
            events.add(session, now, f"account:{by}", "case.reopened", f"case:{case.id}", case.brand)
        else:
            left.append("snoozed")
    if "assigned" in did:
        before, to = did["assigned"]
        left += ["assigned"] if case.assigned_to != to else []
        _sure(put_with(session, case, by, before, now) if case.assigned_to == to else None)
    if "label" in did:
        label = labels.words(session, did["label"])
        _sure(put_tag(session, case, by, label, False, now) if label else None)
    if "severity" in did:
        before, to = did["severity"]
        left += ["severity"] if case.severity != to else []
        _sure(case.severity != to or put_severity(session, app.settings, case, by, before, True, now) or CHANGED)
    return tuple(left)
