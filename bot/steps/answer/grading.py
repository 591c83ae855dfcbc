"""How bad a case is, as a person sees it. A graver one may be due sooner; a milder one is never due later.

What was promised for resolving it stays the strictest of all it was ever taken for; only a person who says so with a
milder one lets go of that.
"""

from datetime import datetime

from bot.app import App
from bot.core.priority import Severity
from bot.core.promised import worse
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Done, Refused
from bot.store import brands, cases, events, grades, ranking, rights, sooner
from bot.store.db import Session
from bot.store.tables import CaseRow
from config.settings import Settings

CHANGED = Refused("The case changed in this moment. Load it again.")


def grade(app: App, case_id: int, by: int, severity: str, more_time: bool = False) -> Done | Refused:
    """Say how bad it is. What the brand promises to one this bad then counts from the post, where that is sooner.

    `more_time`: a milder one is given the time to resolve that is promised to it, too.
    """
    if severity not in tuple(Severity):
        return Refused("Choose low, normal, high or critical.")
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        if case.severity == severity:
            return Refused(f"It is {severity} already.")
        if not put_severity(session, app.settings, case, by, severity, more_time, app.clock.now()):
            return CHANGED
    app.wake.ring("alert", "tell", "live")
    return Done()


def put_severity(
    session: Session, settings: Settings, case: CaseRow, by: int, severity: str, more_time: bool, now: datetime
) -> bool:  # fmt: skip
    """Grade it in the caller's transaction. False when the case changed in this moment."""
    before, brand, actor = case.severity, brands.get(session, case.brand), f"account:{by}"
    weight = ranking.weigh(case.facts, severity, case.followers)
    if not cases.move(session, case, severity=severity, weight=weight):
        return False
    told: dict[str, object] = {"before": before, "severity": severity}
    told |= {grades.LET_GO: True} if more_time and worse(before, severity) else {}
    events.add(session, now, actor, "case.graded", f"case:{case.id}", case.brand, **told)
    why = f"A person found it {severity}"
    moved = sooner.changes(session, case, brand, severity, None, why, now) if brand is not None else {}
    if moved:
        sooner.apply(session, settings, case, moved, actor, now)
    return True
