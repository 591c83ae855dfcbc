"""What must hold before a reply may be written down, and writing it down with all that follows from its words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core import goodwill
from bot.core.drafts import Breach, Draft, Visibility
from bot.core.guards import given_in
from bot.core.promises import promises as promised_in
from bot.core.reply import Approved, approve
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Refused, Stopped
from bot.steps.answer.way import newest, why_not_private
from bot.store import (
    answering,
    brands,
    cases,
    events,
    gestures,
    incidents,
    limits,
    mentions,
    outbox,
    promises,
    rights,
    writing,
)
from bot.store.db import Session
from bot.store.tables import CaseRow, DraftRow, MentionRow, PostRow, ReplyRow
from bot.store.tables_answering import GestureRow, PromiseRow
from bot.store.tables_house import DeliveryRow
from responders import privately

OVERTAKEN = Refused("The case changed in this moment. Load it again.")
CHANGED = Refused("The draft changed since you saw it. Read it again, then send.")
HOLDS = timedelta(minutes=5)
AFTER = timedelta(seconds=1)  # a closing sentence leaves after the private words it speaks of
PENDING = {
    "queued": "A reply is already on its way.",
    "unsure": "We do not know yet whether the last reply arrived. Decide that first.",
    "looking": "We are looking for the reply that was handed over. Say whether it was posted first.",
}


class Overtaken(Exception):
    """Somebody else changed the case between our look and our write: nothing of ours stays."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What an agent sends: the words, who may read them, the public closing sentence of private ones, and which of
    the promises in them (by their place in the text) are confirmed, or are none."""

    text: str
    visibility: Visibility = "public"
    closing: str = ""
    keeps: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hands:
    """Who wrote the words, who approved them, and the consent this rests on, if any."""

    writer: int
    approver: int
    approval: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """What an approved reply answers."""

    case: CaseRow
    mention: MentionRow
    post: PostRow
    approved: Approved
    closing: Approved | None = None


def draft_of(
    app: App, session: Session, case: CaseRow, by: int, text: str, visibility: Visibility, now: datetime
) -> Draft:
    """These words as the boundaries see them."""
    responder = app.responders.get(case.platform)
    longest = responder.longest if responder is not None else None
    if visibility == "private":
        longest = privately.longest(case.platform, longest)
    return writing.draft_of(
        session, case, text, by, visibility,
        longest=longest, language=app.language_of(text), now=now, sounds=app.sounds_of(text),
    )  # fmt: skip


def ready(
    app: App, session: Session, case_id: int, hands: Hands, letter: Letter, seen: int | None, now: datetime
) -> Ready | Stopped | Refused:
    """Everything that must hold before a reply may be approved."""
    case = rights.case_for(session, hands.approver, case_id)
    if case is None:
        return GONE
    refusal = hindrance(session, case, hands.writer, seen, now)
    if refusal is not None:
        return refusal
    found = newest(mentions.of_case(session, case_id))
    if found is None:
        return Refused("The post is gone; there is nothing left to answer.")
    if letter.visibility == "private" and (why := why_not_private(session, case, found[1], now)):
        return Refused(f"{why}.")
    if letter.closing.strip() and letter.visibility != "private":
        return Refused("A closing sentence belongs to a private message. Choose private, or take it out.")
    result = _approved(app, session, case, hands, letter.text, letter.visibility, now)
    if not isinstance(result, Approved):
        return Stopped(result)
    closing = _approved(app, session, case, hands, letter.closing, "public", now) if letter.closing.strip() else None
    if closing is not None and not isinstance(closing, Approved):
        return Stopped(closing)
    return Ready(case, *found, result, closing)


def _approved(
    app: App, session: Session, case: CaseRow, hands: Hands, text: str, visibility: Visibility, now: datetime
) -> Approved | tuple[Breach, ...]:
    draft = draft_of(app, session, case, hands.writer, text, visibility, now)
    result = approve(draft, limits.boundaries(session, case.brand), f"account:{hands.approver}", now)
    if hands.approval is not None:
        return result
    asked = (*answering.consent_for(session, case, hands.writer), *incidents.guarded(session, case.id or 0, text))
    if not asked:
        return result
    return (*(result if not isinstance(result, Approved) else result.over), *asked)


def hindrance(session: Session, case: CaseRow, by: int, seen: int | None, now: datetime) -> Refused | None:
    """Why this person may not answer now, whatever the words; None if they may."""
    if held_by_other(case, by, now):
        return Refused(f"{rights.name_of(session, case.holder)} has this case. Take it over first.")
    row = session.get(DraftRow, case.id)
    if row is not None and seen is not None and row.version != seen:
        return CHANGED
    pending = [reply for reply in cases.replies(session, case.id or 0) if reply.state in PENDING]
    return Refused(PENDING[pending[0].state]) if pending else None


def held_by_other(case: CaseRow, by: int, now: datetime) -> bool:
    """Does somebody else hold the case?"""
    return case.holder not in (None, by) and case.lease_until is not None and case.lease_until > now


def write_down(
    session: Session, made: Ready, how: str, state: str, hands: Hands, letter: Letter, now: datetime
) -> ReplyRow:
    """Write the reply down, and what it gives and promises. Raises Overtaken: of two at once, one does."""
    case = made.case
    lease = now + HOLDS
    held: dict[str, Any] = {"holder": hands.writer, "lease_until": lease, "fence": case.fence + 1, "state": "claimed"}
    if not cases.move(session, case, **(held if case.holder is None else {})):
        raise Overtaken
    reply = _reply(session, made, made.approved, how, state, hands, letter.visibility, now)
    draft = session.get(DraftRow, case.id)
    if draft is not None:
        session.delete(draft)
        session.flush()
    _give(session, made, reply, hands, now)
    _promise(session, made, reply, hands.writer, letter, now)
    return reply


def _reply(
    session: Session,
    made: Ready,
    approved: Approved,
    how: str,
    state: str,
    hands: Hands,
    visibility: str,
    now: datetime,
) -> ReplyRow:
    reply = ReplyRow(
        case_id=made.case.id or 0, mention_id=made.mention.id or 0, how=how, platform=made.post.platform,
        text=approved.text, visibility=visibility, approved_by=hands.approver, approved_at=now,
        boundaries=approved.rules, state=state,
        written_by=hands.writer if hands.approval is not None else None, approval_id=hands.approval,
    )  # fmt: skip
    session.add(reply)
    session.flush()
    facts = {"reply": reply.id, "rules": reply.boundaries, "digest": approved.digest, "how": how}
    facts |= {"approval": hands.approval, "writer": hands.writer} if hands.approval is not None else {}
    told = ("reply.approved", f"case:{made.case.id}", made.case.brand, facts)
    events.add_many(session, now, f"account:{hands.approver}", [told])
    return reply


def queue(session: Session, made: Ready, reply: ReplyRow, leaves_at: datetime, now: datetime) -> None:
    """Into the outbox: the reply, and after it the public closing sentence of a private one."""
    _queue(session, made, made.approved, reply, leaves_at, now)


def queue_closing(
    session: Session, made: Ready, reply: ReplyRow, hands: Hands, leaves_at: datetime, now: datetime
) -> None:
    """The closing sentence waits in the outbox until the private words before it have arrived."""
    if made.closing is None:
        return
    closing = _reply(session, made, made.closing, "here", "queued", hands, "public", now)
    closing.after_reply = reply.id
    session.add(closing)
    _queue(session, made, made.closing, closing, leaves_at + AFTER, now)


def _queue(
    session: Session, made: Ready, approved: Approved, reply: ReplyRow, leaves_at: datetime, now: datetime
) -> None:
    case = made.case
    row = DeliveryRow(
        key=f"reply:{reply.id}:{approved.digest[:16]}", kind="reply", audience="customer",
        responder=made.post.platform, address=made.post.answer_to or "", text=approved.text, brand=case.brand,
        case_id=case.id, reply_id=reply.id, urgent_by=case.due_at, created_at=now, next_try_at=leaves_at,
    )  # fmt: skip
    outbox.add(session, row)


def _give(session: Session, made: Ready, reply: ReplyRow, hands: Hands, now: datetime) -> None:
    """What the words give and the ledger does not hold yet is written there, in the same breath."""
    case, purse = made.case, answering.settings(session, made.case.brand).purse
    named = sum(goodwill.cents(one.value) for one in given_in(reply.text, limits.boundaries(session, case.brand)))
    missing = named - gestures.promised(session, case.id or 0)
    if missing <= 0:
        return
    row = GestureRow(
        brand=case.brand, case_id=case.id or 0, customer_id=case.customer_id, by=hands.writer, cents=missing,
        currency=purse.currency, kind=purse.kinds[0], because="named in the reply",
        month=gestures.month(session, case.brand, now), token=f"reply:{reply.id}", made_at=now, reply_id=reply.id,
        decided_by=hands.approver if hands.approval is not None else None,
        decided_at=now if hands.approval is not None else None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    facts = {"gesture": row.id, "cents": missing, "currency": purse.currency, "reply": reply.id}
    events.add_many(
        session, now, f"account:{hands.writer}", [("gesture.promised", f"case:{case.id}", case.brand, facts)]
    )


def _promise(session: Session, made: Ready, reply: ReplyRow, by: int, letter: Letter, now: datetime) -> None:
    """What the words commit us to becomes due, each with its own clock."""
    case, brand = made.case, brands.get(session, made.case.brand)
    found = promised_in(reply.text, now, brand.zone if brand is not None else "UTC")
    happened: list[tuple[str, str, str, dict[str, object]]] = []
    for one in found:
        if one.key in letter.drops:
            continue
        row = PromiseRow(
            brand=case.brand, case_id=case.id or 0, reply_id=reply.id, by=by, words=one.words[:200], due_at=one.due_at,
            made_at=now, state="open" if one.key in letter.keeps else "proposed",
        )  # fmt: skip
        session.add(row)
        session.flush()
        facts: dict[str, object] = {"promise": row.id, "due_at": row.due_at, "reply": reply.id}
        happened.append(("promise.made", f"case:{case.id}", case.brand, facts))
    events.add_many(session, now, f"account:{by}", happened)
    promises.put_on_case(session, case)
