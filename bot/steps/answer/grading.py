"""How bad a case is, as a person sees it. A graver one may be due sooner; a milder one is never due later."""

from bot.app import App
from bot.core.priority import Severity
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Done, Refused
from bot.store import brands, cases, events, ranking, rights, sooner

CHANGED = Refused("The case changed in this moment. Load it again.")


def grade(app: App, case_id: int, by: int, severity: str) -> Done | Refused:
    """Say how bad it is. What the brand promises to one this bad then counts from the post, where that is sooner."""
    if severity not in tuple(Severity):
        return Refused("Choose low, normal, high or critical.")
    now, actor = app.clock.now(), f"account:{by}"
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        before, brand = case.severity, brands.get(session, case.brand)
        if before == severity:
            return Refused(f"It is {severity} already.")
        weight = ranking.weigh(case.facts, severity, case.followers)
        if not cases.move(session, case, severity=severity, weight=weight):
            return CHANGED
        events.add(session, now, actor, "case.graded", f"case:{case_id}", case.brand, before=before, severity=severity)
        why = f"A person found it {severity}"
        moved = sooner.changes(session, case, brand, severity, None, why, now) if brand is not None else {}
        if moved:
            sooner.apply(session, app.settings, case, moved, actor, now)
    app.wake.ring("alert", "tell", "live")
    return Done()
