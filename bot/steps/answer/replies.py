"""What happens to a reply after Send: taken back, decided by a person, deleted again, or said somewhere else."""

from datetime import datetime
from typing import Any

from bot.app import App
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Done, Refused
from bot.store import cases, events, outbox, rights
from bot.store.db import Session
from bot.store.tables import CaseRow, DraftRow, ReplyRow
from bot.store.tables_house import DeliveryRow
from bot.store.unsaid import take_back
from connectors.errors import PlatformError, Rejected, Unsure
from responders.types import Receipt, Withdraws


def undo(app: App, reply_id: int, by: int) -> bool:
    """Take a reply back before it leaves; its words return to the composer. False if it is too late."""
    now = app.clock.now()
    with app.db.begin() as session:
        reply, case = _mine(session, reply_id, by)
        if reply is None or case is None or reply.state not in ("queued", "looking", "held"):
            return False
        row = _delivery(session, reply)
        if reply.state == "queued" and (row is None or not outbox.move(session, row.key, "waiting", "withdrawn")):
            return False
        _back_to_draft(session, reply, "withdrawn", by, now)
        _with_it(session, reply, now)
        take_back(session, reply, case, now)
        events.add(
            session, now, f"account:{by}", "reply.withdrawn", f"case:{reply.case_id}", case.brand, reply=reply_id
        )
    app.wake.ring("live")
    return True


def _with_it(session: Session, reply: ReplyRow, now: datetime) -> None:
    """The closing sentence goes with the private words it belongs to."""
    for other in cases.replies(session, reply.case_id):
        row = _delivery(session, other) if other.after_reply == reply.id and other.state == "queued" else None
        if row is not None and outbox.move(session, row.key, "waiting", "withdrawn"):
            other.state = "withdrawn"
            session.add(other)
    session.flush()


def decide(app: App, reply_id: int, by: int, posted: bool) -> bool:
    """A person looked at the platform and says whether the reply is there. False if there is nothing to decide."""
    now = app.clock.now()
    with app.db.begin() as session:
        reply, case = _mine(session, reply_id, by)
        if reply is None or case is None or reply.state not in ("unsure", "looking"):
            return False
        row, key = _delivery(session, reply), reply.id
        if row is not None and not outbox.move(session, row.key, row.state, "sent" if posted else "refused"):
            return False
        what = "reply.said_posted" if posted else "reply.said_not_posted"
        if posted:
            reply.state, reply.sent_at, reply.why = "sent", reply.approved_at, "a person found it on the platform"
            session.add(reply)
            who = reply.written_by or reply.approved_by
            cases.answered(session, case, reply.approved_at, reply.how, now, by=who, reply=key)
        else:
            _back_to_draft(session, reply, "refused", by, now)
            take_back(session, reply, case, now)
        events.add(session, now, f"account:{by}", what, f"case:{case.id}", case.brand, reply=key)
    app.wake.ring("live", "tell")
    return True


def _mine(session: Session, reply_id: int, by: int) -> tuple[ReplyRow | None, CaseRow | None]:
    reply = cases.reply(session, reply_id)
    return reply, rights.case_for(session, by, reply.case_id) if reply is not None else None


def _delivery(session: Session, reply: ReplyRow) -> DeliveryRow | None:
    return next((row for row in outbox.of_case(session, reply.case_id) if row.reply_id == reply.id), None)


def _back_to_draft(session: Session, reply: ReplyRow, state: str, by: int, now: datetime) -> None:
    reply.state = state
    session.add(reply)
    if session.get(DraftRow, reply.case_id) is None:
        row = DraftRow(case_id=reply.case_id, by=by, text=reply.text, visibility=reply.visibility, changed_at=now)
        session.add(row)
    session.flush()


def said_elsewhere(app: App, case_id: int, by: int, at: datetime) -> Done | Refused:
    """A person answered where Earshot cannot see it (by phone, in private): they say when, and it is on record."""
    now = app.clock.now()
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        if not case.spoke_at <= at <= now:
            return Refused("Say a time between the customer's post and now.")
        if not cases.answered(session, case, at, "elsewhere", now, by=by):
            return Refused("This case was answered already.")
    app.wake.ring("live", "tell")
    return Done()


def withdraw(app: App, reply_id: int, by: int) -> Done | Refused:
    """Delete a reply that was sent, where the platform lets us. Who has read it has read it; the clock runs again."""
    now = app.clock.now()
    with app.db.read() as session:
        reply, case = _mine(session, reply_id, by)
        if reply is not None:
            session.expunge(reply)
    if reply is None or case is None or reply.state != "sent":
        return Refused("There is no sent reply to take back.")
    responder = app.responders.get(reply.platform)
    if not isinstance(responder, Withdraws) or not reply.receipt_id:
        return Refused("This platform does not let us delete what was posted. Delete it there, or write a correction.")
    try:
        responder.withdraw(Receipt(reply.receipt_id, reply.receipt_url, reply.sent_at))
    except Unsure:
        return Refused("We do not know whether it was deleted: look at the platform, then press again if it stands.")
    except Rejected as error:
        return Refused(f"{reply.platform} did not delete it: {error}")
    except PlatformError as error:
        return Refused(f"It could not be deleted now: {error} It still stands there; try again.")
    return _taken_back(app, reply_id, by, now)


def _taken_back(app: App, reply_id: int, by: int, now: datetime) -> Done | Refused:
    with app.db.begin() as session:
        reply, case = _mine(session, reply_id, by)
        if reply is None or case is None or reply.state != "sent":
            return Refused("It is deleted on the platform; the case changed in this moment. Load it again.")
        reply.state, reply.why = "taken_back", "deleted by us on the platform; who has read it has read it"
        session.add(reply)
        take_back(session, reply, case, now)
        others = [one for one in cases.replies(session, reply.case_id) if one.state == "sent"]
        if not others and case.answered_how != "elsewhere":
            cases.move(session, case, **_owed_again(case, now))
        events.add(session, now, f"account:{by}", "reply.taken_back", f"case:{case.id}", case.brand, reply=reply_id)
    app.wake.ring("live", "alert")
    return Done()


def _owed_again(case: CaseRow, now: datetime) -> dict[str, Any]:
    """An answer that was deleted is none: the customer's clock goes on from their post."""
    state = case.state if case.state in ("resolved", "merged") else "claimed" if case.holder is not None else "new"
    look = None if case.history or case.late_arrival else now
    changes = {"answered_at": None, "answered_by": None, "answered_how": "", "state": state, "look_at": look}
    return changes | ({"first_answered_at": None} if case.first_spoke_at == case.spoke_at else {})
