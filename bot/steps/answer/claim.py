"""Having a case: a lease all can see, renewed by typing, freed when its holder is gone."""

from datetime import datetime, timedelta

from bot.app import App
from bot.steps.answer.values import Claimed, Done, Refused, Taken
from bot.store import cases, events, rights
from bot.store.db import Session
from bot.store.tables import CaseRow

SHORTEST, LONGEST = timedelta(minutes=3), timedelta(minutes=15)
SHARE = 0.25  # of what is left of the window
GONE = Refused("This case is not there, or not yours to see.")


def lease(case: CaseRow, now: datetime) -> datetime:
    """How long a claim holds: a quarter of what is left, at least 3 and at most 15 minutes."""
    left = cases.window(case).due_at - now
    return now + min(max(left * SHARE, SHORTEST), LONGEST)


def claim(app: App, case_id: int, by: int, take_over: bool = False) -> Claimed | Taken | Refused:
    """Take a case. One of two who try at once gets it; the other is told who won. Taking over is explicit."""
    now = app.clock.now()
    app.hold("claim:before")
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        if case.state in ("merged", "resolved"):
            return Refused("This case is closed. Reopen it to work on it.")
        if _held_by_other(case, by, now) and not take_over:
            return Taken(case.holder or 0, rights.name_of(session, case.holder), case.lease_until)
        before = case.holder
        until, fence = lease(case, now), case.fence + (case.holder != by)
        state = "claimed" if case.state in ("new", "snoozed", "claimed") else case.state
        held = {"holder": by, "lease_until": until, "fence": fence}
        if not cases.move(session, case, among=None, state=state, snoozed_until=None, **held):
            return _lost(session, case_id)
        what = "case.taken_over" if before not in (None, by) and take_over else "case.claimed"
        events.add(session, now, f"account:{by}", what, f"case:{case_id}", case.brand, fence=fence, before=before)
    app.hold("claim:after commit")
    app.wake.ring("alert", "live")
    return Claimed(case, until, fence)


def _held_by_other(case: CaseRow, by: int, now: datetime) -> bool:
    alive = case.lease_until is not None and case.lease_until > now
    return case.holder is not None and case.holder != by and alive


def _lost(session: Session, case_id: int) -> Taken | Refused:
    """Somebody changed the case in the same instant: say who has it now."""
    session.expire_all()
    case = cases.get(session, case_id)
    if case is None or case.holder is None:
        return Refused("The case changed in this moment. Load it again.")
    return Taken(case.holder, rights.name_of(session, case.holder), case.lease_until)


def renew(app: App, case_id: int, by: int, fence: int) -> bool:
    """Writing keeps a claim. False if it is no longer yours (the fence has moved on)."""
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None or case.holder != by or case.fence != fence:
            return False
        until = max(lease(case, now), case.lease_until or now)
        return cases.move(session, case, lease_until=until)


def give_back(app: App, case_id: int, by: int) -> Done | Refused:
    """Return a case to the queue; the draft stays."""
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        if case.holder != by:
            return Refused("You do not have this case.")
        state = "new" if case.state == "claimed" else case.state
        if not cases.move(session, case, holder=None, lease_until=None, state=state, look_at=_look_again(case, now)):
            return Refused("The case changed in this moment. Load it again.")
        events.add(session, now, f"account:{by}", "case.given_back", f"case:{case_id}", case.brand)
    app.wake.ring("alert", "live")
    return Done("claim")


def _look_again(case: CaseRow, now: datetime) -> datetime | None:
    return None if case.history else now
