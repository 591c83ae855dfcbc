"""Being here: on shift or away, and taking the next case."""

from datetime import datetime

from bot.app import App
from bot.steps.answer.claim import lease
from bot.steps.answer.values import Claimed, Done, Refused
from bot.store import cases, events, rights, sieve, workers
from bot.store.db import Session
from bot.store.sieve import Sieve
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow

NOBODY = Refused("Nobody waits whom you could take. What others hold or were given stays theirs while they are here.")
NOBODY_FITS = Refused("Nobody who fits this filter waits whom you could take. Clear it, or take the next of all.")


def away(app: App, by: int, gone: bool) -> Done | Refused:
    """This person steps away, or is back: rules give to who is here."""
    now = app.clock.now()
    with app.db.begin() as session:
        account = session.get(AccountRow, by)
        if account is None or not rights.at_least(account, "viewer"):
            return Refused("You have no account here any more.")
        if (workers.get(session, by).away_since is not None) is not gone:
            workers.change(session, by, away_since=now if gone else None)
            events.add(session, now, f"account:{by}", "shift.away" if gone else "shift.here", f"account:{by}")
    app.wake.ring("give", "live")
    return Done("here" if gone else "away")


def take_next(app: App, by: int, asked: Sieve | None = None) -> Claimed | Refused:
    """Claim the case where being early helps most, of those that are this person's or nobody's, and of these only what
    fits `asked`. In one transaction: however many press at once, each gets another case."""
    now = app.clock.now()
    with app.db.begin() as session:
        account = session.get(AccountRow, by)
        case = _next(session, account, asked, now) if account and rights.at_least(account, "agent") else None
        if case is None:
            return NOBODY if asked is None else NOBODY_FITS
        until, fence = lease(case, now), case.fence + (case.holder != by)
        if not cases.move(session, case, state="claimed", holder=by, lease_until=until, fence=fence):
            return NOBODY
        facts = {"fence": fence, "before": None, "next": True}
        events.add(session, now, f"account:{by}", "case.claimed", f"case:{case.id}", case.brand, **facts)
    app.wake.ring("alert", "live")
    return Claimed(case, until, fence)


def _next(session: Session, me: AccountRow, asked: Sieve | None, now: datetime) -> CaseRow | None:
    if asked is None:
        return workers.for_me(session, me, now)
    narrow = sieve.narrow(session, asked, list(me.brands) or None, now, me.id or 0)
    return workers.for_me(session, me, now, *narrow.where)
