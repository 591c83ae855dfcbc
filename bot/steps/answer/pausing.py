"""The team's clock stands still only while the customer owes us an answer, and a message of ours proves it."""

from bot.app import App
from bot.core.team_clock import asks
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Done, Refused
from bot.store import cases, events, pauses, rights
from bot.store.db import Session
from bot.store.tables import CaseRow, ReplyRow
from bot.store.tables_answering import PauseRow

NO_EVIDENCE = Refused("Our clock pauses only after a message of ours that asks them something. Ask first.")


def pause_clock(app: App, case_id: int, by: int) -> Done | Refused:
    """Pause the team's clock from the moment we asked. The customer's clock runs on."""
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        if any(row.to_at is None for row in pauses.of_case(session, case_id)):
            return Refused("Our clock is paused already.")
        reply = evidence(session, case)
        if reply is None or reply.sent_at is None:
            return NO_EVIDENCE
        session.add(PauseRow(case_id=case_id, from_at=reply.sent_at, by=by, reply_id=reply.id or 0))
        subject = f"case:{case_id}"
        events.add(session, now, f"account:{by}", "clock.paused", subject, case.brand, reply=reply.id)
    app.wake.ring("live")
    return Done()


def resume_clock(app: App, case_id: int, by: int) -> Done | Refused:
    """Start it again before the customer writes."""
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        if not pauses.end(session, case_id, now, f"account:{by}"):
            return Refused("Our clock is not paused.")
        events.add(session, now, f"account:{by}", "clock.resumed", f"case:{case_id}", case.brand)
    app.wake.ring("live")
    return Done()


def evidence(session: Session, case: CaseRow) -> ReplyRow | None:
    """The message of ours that asks something and that the customer has not answered; None without one."""
    sent = [one for one in cases.replies(session, case.id or 0) if one.state == "sent" and one.sent_at is not None]
    after = [one for one in sent if one.sent_at is not None and one.sent_at >= case.words_at and asks(one.text)]
    return after[-1] if after else None
