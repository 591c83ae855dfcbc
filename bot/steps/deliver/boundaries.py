"""The boundaries once more, on the exact words that leave, under the rules as they are now (P-31)."""

from dataclasses import replace
from datetime import datetime

from bot.app import App
from bot.core.drafts import Breach, Draft
from bot.core.reply import allowed, breaches, digest_of
from bot.store import answering, approvals, limits, writing
from bot.store.db import Session
from bot.store.tables import CaseRow, ReplyRow
from responders import privately

NOT_THESE = "A second person agreed with other words than these, so they did not leave."


def stopped_by(app: App, session: Session, case: CaseRow, reply: ReplyRow, now: datetime) -> str:
    """Why these words must not leave, "" if they may. If the check itself breaks, nothing leaves."""
    try:
        return _stopped_by(app, session, case, reply, now)
    except Exception as error:  # noqa: BLE001  fail closed: the reply is held and the agent reads why
        return f"The boundaries could not be checked ({type(error).__name__}), so it did not leave."


def _stopped_by(app: App, session: Session, case: CaseRow, reply: ReplyRow, now: datetime) -> str:
    found = breaches(_draft(app, session, case, reply, now), limits.boundaries(session, case.brand), now)
    agreed = reply.approval_id is not None and approvals.stands_behind(session, reply, digest_of(reply.text))
    if reply.approval_id is not None and not agreed:
        return NOT_THESE
    if not agreed:
        found = (*found, *_consent(session, case, reply))
    left = [one for one in found if not (agreed and one.severity == "second_person")]
    if allowed(left):
        return ""
    first = next(one for one in left if one.severity != "note")
    return f"A boundary stopped it at the last moment: {first.why}"


def _consent(session: Session, case: CaseRow, reply: ReplyRow) -> tuple[Breach, ...]:
    """Rules may have become stricter since Send."""
    return answering.consent_for(session, case, reply.approved_by)


def _draft(app: App, session: Session, case: CaseRow, reply: ReplyRow, now: datetime) -> Draft:
    responder = app.responders.get(reply.platform)
    longest = responder.longest if responder is not None else None
    longest = privately.longest(reply.platform, longest) if reply.visibility == "private" else longest
    draft = writing.draft_of(
        session, case, reply.text, reply.written_by or reply.approved_by,
        "private" if reply.visibility == "private" else "public",
        longest=longest, language=app.language_of(reply.text), now=now, sounds=app.sounds_of(reply.text),
    )  # fmt: skip
    # What was approved after these words may have copied them; that is its trouble, not theirs.
    before = tuple(one for one in draft.setting.recent if one.sent_at is None or one.sent_at < reply.approved_at)
    return replace(draft, setting=replace(draft.setting, recent=before))
