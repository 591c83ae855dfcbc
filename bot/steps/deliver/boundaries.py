"""The boundaries once more, on the exact words that leave, under the rules as they are now (P-31)."""

from dataclasses import replace
from datetime import datetime

from bot.app import App
from bot.core.drafts import Draft
from bot.core.reply import allowed, breaches
from bot.store import limits
from bot.store.db import Session
from bot.store.tables import CaseRow, ReplyRow


def stopped_by(app: App, session: Session, case: CaseRow, reply: ReplyRow, now: datetime) -> str:
    """Why these words must not leave, "" if they may. If the check itself breaks, nothing leaves."""
    try:
        found = breaches(_draft(app, session, case, reply, now), limits.boundaries(session, case.brand), now)
    except Exception as error:  # noqa: BLE001  fail closed: the reply is held and the agent reads why
        return f"The boundaries could not be checked ({type(error).__name__}), so it did not leave."
    if allowed(found):
        return ""
    first = next(one for one in found if one.severity != "note")
    return f"A boundary stopped it at the last moment: {first.why}"


def _draft(app: App, session: Session, case: CaseRow, reply: ReplyRow, now: datetime) -> Draft:
    responder = app.responders.get(reply.platform)
    draft = limits.draft_of(
        session, case, reply.text, reply.approved_by, "private" if reply.visibility == "private" else "public",
        longest=responder.longest if responder is not None else None, language=app.language_of(reply.text), now=now,
    )  # fmt: skip
    # What was approved after these words may have copied them; that is its trouble, not theirs.
    before = tuple(one for one in draft.setting.recent if one.sent_at is None or one.sent_at < reply.approved_at)
    return replace(draft, setting=replace(draft.setting, recent=before))
