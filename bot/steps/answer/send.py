"""From a draft to the outbox: nothing gets there but the exact words a person approved."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core.display import storable
from bot.core.drafts import Breach, Draft, Visibility
from bot.core.reply import Approved, approve, breaches
from bot.steps.answer.claim import GONE
from bot.steps.answer.values import Done, Handed, Queued, Refused, Saved, Stopped
from bot.steps.answer.way import link_with, newest
from bot.store import cases, events, limits, mentions, outbox, rights
from bot.store.db import Session
from bot.store.tables import CaseRow, DraftRow, MentionRow, PostRow, ReplyRow
from bot.store.tables_house import DeliveryRow

LONGEST = 20_000  # characters of a draft
OVERTAKEN = Refused("The case changed in this moment. Load it again.")
CHANGED = Refused("The draft changed since you saw it. Read it again, then send.")


class _Overtaken(Exception):
    """Somebody else changed the case between our look and our write: nothing of ours stays."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """What an approved reply answers."""

    case: CaseRow
    mention: MentionRow
    post: PostRow
    approved: Approved


def save_draft(app: App, case_id: int, by: int, text: str, visibility: Visibility = "public") -> Saved | Refused:
    """Keep an unsent reply; it outlives the claim of who wrote it."""
    now, words = app.clock.now(), storable(text)[:LONGEST]
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        if _held_by_other(case, by, now):
            return Refused(f"{rights.name_of(session, case.holder)} has this case; your words are still in your box.")
        row = session.get(DraftRow, case_id)
        if row is None:
            row = DraftRow(case_id=case_id, by=by, text=words, visibility=visibility, changed_at=now)
        elif (row.text, row.visibility) != (words, visibility):
            row.by, row.text, row.visibility, row.changed_at, row.version = by, words, visibility, now, row.version + 1
        session.add(row)
        return Saved(row.version)


def check(app: App, case_id: int, by: int, text: str, visibility: Visibility = "public") -> tuple[Breach, ...]:
    """What in these words crosses a boundary, while they are typed."""
    now = app.clock.now()
    with app.db.read() as session:
        case = rights.case_for(session, by, case_id)
        if case is None or not text.strip():
            return ()
        draft = _draft(app, session, case, by, text, visibility, now)
        return breaches(draft, limits.boundaries(session, case.brand), now)


def _draft(
    app: App, session: Session, case: CaseRow, by: int, text: str, visibility: Visibility, now: datetime
) -> Draft:
    responder = app.responders.get(case.platform)
    longest = responder.longest if responder is not None else None
    return limits.draft_of(
        session, case, text, by, visibility, longest=longest, language=app.language_of(text), now=now
    )


def answer(
    app: App, case_id: int, by: int, text: str, visibility: Visibility = "public", draft_version: int | None = None
) -> Queued | Stopped | Refused:
    """Approve these exact words and queue them; they leave after the seconds of undo, once."""
    try:
        return _answered(app, case_id, by, text, visibility, draft_version)
    except _Overtaken:
        return OVERTAKEN


def _answered(
    app: App, case_id: int, by: int, text: str, visibility: Visibility, draft_version: int | None
) -> Queued | Stopped | Refused:
    now = app.clock.now()
    with app.db.begin() as session:
        ready = _ready(app, session, case_id, by, text, visibility, draft_version, now)
        if not isinstance(ready, _Ready):
            return ready
        if ready.post.platform not in app.responders or not ready.post.answer_to:
            return Refused(f"This post cannot be answered from here: open it on {ready.post.platform}.")
        leaves_at = now + timedelta(seconds=app.settings.undo_s)
        reply = _reply(session, ready, "here", "queued", by, visibility, now)
        row = DeliveryRow(
            key=f"reply:{reply.id}:{ready.approved.digest[:16]}", kind="reply", audience="customer",
            responder=ready.post.platform, address=ready.post.answer_to, text=ready.approved.text,
            brand=ready.case.brand, case_id=case_id, reply_id=reply.id, urgent_by=ready.case.due_at, created_at=now,
            next_try_at=leaves_at,
        )  # fmt: skip
        outbox.add(session, row)
        reply_id = reply.id or 0
    app.wake.ring("deliver", "live")
    return Queued(reply_id, leaves_at)


def hand_over(app: App, case_id: int, by: int, text: str) -> Handed | Stopped | Refused:
    """Check these words, open the platform's own composer with them, and look for them there from now on."""
    try:
        return _handed(app, case_id, by, text)
    except _Overtaken:
        return OVERTAKEN


def _handed(app: App, case_id: int, by: int, text: str) -> Handed | Stopped | Refused:
    now = app.clock.now()
    with app.db.begin() as session:
        ready = _ready(app, session, case_id, by, text, "public", None, now)
        if not isinstance(ready, _Ready):
            return ready
        url = link_with(ready.post, text)
        if not url:
            return Refused("There is no page on which this post could be answered.")
        reply = _reply(session, ready, "native", "looking", by, "public", now)
        reply_id = reply.id or 0
    app.wake.ring("confirm", "live")
    return Handed(reply_id, url)


def _ready(
    app: App,
    session: Session,
    case_id: int,
    by: int,
    text: str,
    visibility: Visibility,
    seen: int | None,
    now: datetime,
) -> _Ready | Stopped | Refused:
    """Everything that must hold before a reply may be approved."""
    case = rights.case_for(session, by, case_id)
    if case is None:
        return GONE
    refusal = _hindrance(session, case, by, seen, now)
    if refusal is not None:
        return refusal
    found = newest(mentions.of_case(session, case_id))
    if found is None:
        return Refused("The post is gone; there is nothing left to answer.")
    draft = _draft(app, session, case, by, text, visibility, now)
    result = approve(draft, limits.boundaries(session, case.brand), f"account:{by}", now)
    if not isinstance(result, Approved):
        return Stopped(result)
    return _Ready(case, *found, result)


def _hindrance(session: Session, case: CaseRow, by: int, seen: int | None, now: datetime) -> Refused | None:
    if _held_by_other(case, by, now):
        return Refused(f"{rights.name_of(session, case.holder)} has this case. Take it over first.")
    row = session.get(DraftRow, case.id)
    if row is not None and seen is not None and row.version != seen:
        return CHANGED
    pending = [
        reply for reply in cases.replies(session, case.id or 0) if reply.state in ("queued", "unsure", "looking")
    ]
    if pending:
        words = {
            "queued": "A reply is already on its way.",
            "unsure": "We do not know yet whether the last reply arrived. Decide that first.",
            "looking": "We are looking for the reply that was handed over. Say whether it was posted first.",
        }
        return Refused(words[pending[0].state])
    return None


def _held_by_other(case: CaseRow, by: int, now: datetime) -> bool:
    return case.holder not in (None, by) and case.lease_until is not None and case.lease_until > now


def _reply(
    session: Session, ready: _Ready, how: str, state: str, by: int, visibility: Visibility, now: datetime
) -> ReplyRow:
    """Write the reply down. Raises _Overtaken: of two who answer in one instant, one does."""
    case = ready.case
    lease = now + timedelta(minutes=5)
    held: dict[str, Any] = {"holder": by, "lease_until": lease, "fence": case.fence + 1, "state": "claimed"}
    if not cases.move(session, case, **(held if case.holder is None else {})):
        raise _Overtaken
    reply = ReplyRow(
        case_id=case.id or 0, mention_id=ready.mention.id or 0, how=how, platform=ready.post.platform,
        text=ready.approved.text, visibility=visibility, approved_by=by, approved_at=now,
        boundaries=ready.approved.rules, state=state,
    )  # fmt: skip
    session.add(reply)
    draft = session.get(DraftRow, case.id)
    if draft is not None:
        session.delete(draft)
    session.flush()
    facts = {"reply": reply.id, "rules": reply.boundaries, "digest": ready.approved.digest, "how": how}
    events.add_many(session, now, f"account:{by}", [("reply.approved", f"case:{case.id}", case.brand, facts)])
    return reply


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
        events.add(
            session, now, f"account:{by}", "reply.withdrawn", f"case:{reply.case_id}", case.brand, reply=reply_id
        )
    app.wake.ring("live")
    return True


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
            cases.answered(session, case, reply.approved_at, reply.how, now, by=reply.approved_by, reply=key)
        else:
            _back_to_draft(session, reply, "refused", by, now)
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
