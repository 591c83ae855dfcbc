"""Being here: on shift or away, and taking the next case."""

from bot.app import App
from bot.steps.answer.claim import lease
from bot.steps.answer.values import Claimed, Done, Refused
from bot.store import cases, events, rights, workers
from bot.store.tables_house import AccountRow

NOBODY = Refused("Nobody waits whom you could take. What others hold or were given stays theirs.")


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


def take_next(app: App, by: int) -> Claimed | Refused:
    """Claim the case where being early helps most, of those that are this person's or nobody's. In one transaction:
    however many press at once, each gets another case."""
    now = app.clock.now()
    with app.db.begin() as session:
        account = session.get(AccountRow, by)
        case = workers.for_me(session, account, now) if account and rights.at_least(account, "agent") else None
        if case is None:
            return NOBODY
        until, fence = lease(case, now), case.fence + (case.holder != by)
        if not cases.move(session, case, state="claimed", holder=by, lease_until=until, fence=fence):
            return NOBODY
        facts = {"fence": fence, "before": None, "next": True}
        events.add(session, now, f"account:{by}", "case.claimed", f"case:{case.id}", case.brand, **facts)
    app.wake.ring("alert", "live")
    return Claimed(case, until, fence)
