"""From a draft to the outbox: nothing gets there but the exact words a person approved."""

from datetime import timedelta

from bot.app import App
from bot.core.display import storable
from bot.core.drafts import Breach, Visibility
from bot.core.reply import breaches
from bot.steps.answer.claim import GONE
from bot.steps.answer.ready import (
    OVERTAKEN,
    Hands,
    Letter,
    Overtaken,
    Ready,
    draft_of,
    held_by_other,
    queue,
    queue_closing,
    ready,
    write_down,
)
from bot.steps.answer.values import Handed, Queued, Refused, Saved, Stopped
from bot.steps.answer.way import link_with
from bot.store import answering, approvals, incidents, limits, rights
from bot.store.tables import DraftRow

LONGEST = 20_000  # characters of a draft
ASKED = Refused("A second person was asked about these words. Take the question back to change them.")


def save_draft(app: App, case_id: int, by: int, text: str, visibility: Visibility = "public") -> Saved | Refused:
    """Keep an unsent reply; it outlives the claim of who wrote it."""
    now, words = app.clock.now(), storable(text)[:LONGEST]
    with app.db.begin() as session:
        case = rights.case_for(session, by, case_id)
        if case is None:
            return GONE
        if held_by_other(case, by, now):
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
        draft = draft_of(app, session, case, by, text, visibility, now)
        found = breaches(draft, limits.boundaries(session, case.brand), now)
        return (*found, *answering.consent_for(session, case, by), *incidents.guarded(session, case_id, text))


def answer(
    app: App, case_id: int, by: int, text: str, visibility: Visibility = "public", draft_version: int | None = None,
    letter: Letter | None = None,
) -> Queued | Stopped | Refused:  # fmt: skip
    """Approve these exact words and queue them; they leave after the seconds of undo, once."""
    try:
        return _answered(app, case_id, by, letter or Letter(text, visibility), draft_version)
    except Overtaken:
        return OVERTAKEN


def _answered(app: App, case_id: int, by: int, letter: Letter, seen: int | None) -> Queued | Stopped | Refused:
    now, hands = app.clock.now(), Hands(by, by)
    with app.db.begin() as session:
        made = ready(app, session, case_id, hands, letter, seen, now)
        if not isinstance(made, Ready):
            return made
        if approvals.open_of(session, case_id) is not None:
            return ASKED
        if made.post.platform not in app.responders or not made.post.answer_to:
            return Refused(f"This post cannot be answered from here: open it on {made.post.platform}.")
        leaves_at = now + timedelta(seconds=app.settings.undo_s)
        reply = write_down(session, made, "here", "queued", hands, letter, now)
        queue(session, made, reply, leaves_at, now)
        queue_closing(session, made, reply, hands, leaves_at, now)
        reply_id = reply.id or 0
    app.wake.ring("deliver", "live")
    return Queued(reply_id, leaves_at)


def hand_over(app: App, case_id: int, by: int, text: str, letter: Letter | None = None) -> Handed | Stopped | Refused:
    """Check these words, open the platform's own composer with them, and look for them there from now on."""
    try:
        return _handed(app, case_id, by, letter or Letter(text))
    except Overtaken:
        return OVERTAKEN


def _handed(app: App, case_id: int, by: int, letter: Letter) -> Handed | Stopped | Refused:
    now, hands = app.clock.now(), Hands(by, by)
    with app.db.begin() as session:
        made = ready(app, session, case_id, hands, letter, None, now)
        if not isinstance(made, Ready):
            return made
        if approvals.open_of(session, case_id) is not None:
            return ASKED
        url = link_with(made.post, letter.text)
        if not url:
            return Refused("There is no page on which this post could be answered.")
        reply_id = write_down(session, made, "native", "looking", hands, letter, now).id or 0
    app.wake.ring("confirm", "live")
    return Handed(reply_id, url)
