"""The kill switch: one press stops all sending, and it survives a restart."""

from bot.app import App
from bot.core.display import one_line
from bot.steps.answer.values import Done, Refused
from bot.store import events, rights, switches
from bot.store.tables_house import AccountRow


def pause_sending(app: App, by: int, why: str) -> Done | Refused:
    """Stop everything that would leave for a customer, approved or not. Any agent may."""
    reason = one_line(why).strip()[:200]
    if not reason:
        return Refused("Say why sending is paused: the others will read it.")
    now = app.clock.now()
    with app.db.begin() as session:
        if not rights.at_least(session.get(AccountRow, by), "agent"):
            return Refused("Only people who answer may pause sending.")
        content = {"paused": True, "by": by, "name": rights.name_of(session, by), "why": reason, "at": now.isoformat()}
        switches.put(session, "sending", content, now)
        events.add(session, now, f"account:{by}", "sending.paused")
    app.wake.ring("deliver", "live")
    return Done("resume_sending")


def resume_sending(app: App, by: int) -> Done | Refused:
    """Let approved replies leave again. A lead decides."""
    now = app.clock.now()
    with app.db.begin() as session:
        if not rights.at_least(session.get(AccountRow, by), "lead"):
            return Refused("A lead switches sending on again.")
        switches.put(session, "sending", {"paused": False}, now)
        events.add(session, now, f"account:{by}", "sending.resumed")
    app.wake.ring("deliver", "live")
    return Done("pause_sending")
