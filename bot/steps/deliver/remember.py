"""What became of a reply, written in one transaction with all that follows from it."""

from datetime import datetime

from bot.store import cases, events, outbox, search
from bot.store.db import Session
from bot.store.tables import ReplyRow
from bot.store.tables_house import DeliveryRow
from bot.store.unsaid import take_back
from responders.types import Receipt


def record_sent(session: Session, row: DeliveryRow, receipt: Receipt, now: datetime) -> None:
    """The platform has it: reply, clock, search and log in the same breath."""
    reply = cases.reply(session, row.reply_id or 0)
    key, before, case_id, brand = row.key, row.state, row.case_id, row.brand
    at = receipt.sent_at or now
    moved = outbox.move(
        session, key, before, "sent", receipt_id=receipt.id, receipt_url=receipt.url, sent_at=at, error=""
    )
    if not moved or reply is None:
        return
    reply.state, reply.sent_at, reply.why = "sent", at, ""
    reply.receipt_id, reply.receipt_url = receipt.id, receipt.url
    session.add(reply)
    session.flush()
    events.add(session, now, "earshot", "reply.sent", f"case:{reply.case_id}", brand, reply=reply.id, sent_at=at)
    case = cases.get(session, reply.case_id)
    if case is not None:
        search.index(session, "reply", reply.id or 0, case.brand, reply.text, case_id or reply.case_id)
        if case.spoke_at <= reply.approved_at:  # else they have written again since, and that is not answered yet
            cases.answered(session, case, at, "here", now, by=reply.written_by or reply.approved_by, reply=reply.id)


def hold_back(
    session: Session, row: DeliveryRow, reply: ReplyRow, why: str, now: datetime, state: str = "held",
    difference: str = "",
) -> None:  # fmt: skip
    """It does not leave, and the agent reads why. Nobody was promised or given anything by it."""
    key, before, brand = row.key, row.state, row.brand
    if not outbox.move(session, key, before, "refused", error=why[:300]):
        return
    if reply.state in ("queued", "unsure"):
        reply.state, reply.why, reply.difference = state, why, difference
        session.add(reply)
        session.flush()
        case = cases.get(session, reply.case_id)
        if case is not None:
            take_back(session, reply, case, now)
    events.add(session, now, "earshot", f"reply.{state}", f"case:{reply.case_id}", brand, reply=reply.id)
