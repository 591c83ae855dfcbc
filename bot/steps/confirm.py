"""Our own posts heard on a platform → the reply they are, the window they stop."""

from datetime import datetime, timedelta

from rapidfuzz.fuzz import ratio

from bot.app import App
from bot.core.folding import fold
from bot.store import cases, events, posts
from bot.store.db import Session
from bot.store.tables import CaseRow, PostRow, ReplyRow

BATCH = 100
SAME_WORDS = 85.0  # per cent: agents touch up a handed-over text before they press the platform's own button
PATIENCE = timedelta(hours=1)  # an answer may be heard before the post it answers
AGAIN = timedelta(seconds=20)


def confirm_some(app: App, limit: int = BATCH) -> int:
    """Look at our own posts that may answer somebody. Returns how many were dealt with."""
    now = app.clock.now()
    with app.db.begin() as session:
        own = posts.own_to_confirm(session, now, limit)
        for post in own:
            if _confirm(session, post, now) or now - post.heard_at > PATIENCE or post.in_reply_to is None:
                post.matched_at = now
            else:
                post.tries, post.next_try_at = post.tries + 1, now + AGAIN * (post.tries + 1)
            session.add(post)
    if own:
        app.wake.ring("tell", "live", "recover")
    return len(own)


def _confirm(session: Session, post: PostRow, now: datetime) -> bool:
    """True when the post is settled: it stopped a window, or it was already known as the reply it is."""
    if (known := cases.reply_by_receipt(session, post.platform, post.native_id)) is not None:
        return known.state == "sent" or _found(session, known, post, now)
    if post.in_reply_to is None:
        return False
    parent = posts.by_ref(session, post.platform, post.in_reply_to)
    found = cases.of_any_post(session, parent) if parent is not None else []
    if not found:
        return False
    for case in found:
        waiting = cases.replies_looked_for(session, case.id or 0, post.platform)
        match = max(waiting, key=lambda reply: _likeness(reply.text, post.text), default=None)
        if match is not None and (len(waiting) == 1 or _likeness(match.text, post.text) >= SAME_WORDS):
            _found(session, match, post, now)
        else:
            _elsewhere(session, case, post, now)
    return True


def _likeness(ours: str, theirs: str) -> float:
    return ratio(fold(ours), fold(theirs))


def _found(session: Session, reply: ReplyRow, post: PostRow, now: datetime) -> bool:
    """The reply we looked for is there: file its words and stop the clock with its real time."""
    reply.state, reply.sent_at, reply.text = "sent", post.created_at, post.text
    reply.receipt_id, reply.receipt_url, reply.why = post.native_id, post.url, ""
    session.add(reply)
    case = cases.get(session, reply.case_id)
    if case is None:
        return True
    cases.answered(session, case, post.created_at, reply.how, now, by=reply.approved_by, reply=reply.id)
    facts = {"reply": reply.id, "post": post.id}
    events.add_many(session, now, "earshot", [("reply.confirmed", f"case:{case.id}", case.brand, facts)])
    return True


def _elsewhere(session: Session, case: CaseRow, post: PostRow, now: datetime) -> None:
    """A colleague answered on the platform itself, without Earshot."""
    if post.created_at >= case.spoke_at:
        cases.answered(session, case, post.created_at, "native", now, post_id=post.id)
