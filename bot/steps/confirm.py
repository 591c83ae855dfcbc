"""Our own posts heard on a platform → the reply they are, the window they stop."""

import re
from datetime import datetime, timedelta

from rapidfuzz.fuzz import ratio

from bot.app import App
from bot.core.folding import fold
from bot.store import cases, events, posts
from bot.store.db import Session
from bot.store.tables import CaseRow, PostRow, ReplyRow

BATCH = 100
SAME_WORDS = 85.0  # per cent: agents touch up a handed-over text before they press the platform's own button
OTHER_WORDS = 60.0  # per cent: two different answers of one company are alike by 42, one in twenty by 55 (real threads)
PUT_THERE = re.compile(r"^(?:@[\w.@-]+\s+)+|https?://\S+", re.IGNORECASE)  # by platforms: handles before, links
NOT_SURE = "An answer of ours stands there in other words. Is it yours?"
PATIENCE = timedelta(hours=1)  # an answer may be heard before the post it answers
AGAIN = timedelta(seconds=20)


def confirm_some(app: App, limit: int = BATCH) -> int:
    """Look at our own posts that may answer somebody. Returns how many were dealt with."""
    now = app.clock.now()
    with app.db.read() as session:
        if not posts.own_to_confirm(session, now, 1):
            return 0  # most looks find nothing: they hold up no writer
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
    for case in found:
        match, likeness = _looked_for(session, case, post)
        if match is not None and likeness >= OTHER_WORDS:
            _found(session, match, post, now)
            continue
        _elsewhere(session, case, post, now)
        if match is not None:  # whose words these are only a person can say; the clock stands still either way
            match.why = NOT_SURE
            session.add(match)
    return bool(found) or _in_the_conversation(session, post, now)


def _in_the_conversation(session: Session, post: PostRow, now: datetime) -> bool:
    """We answered a post we never heard, in a conversation we know: only the same words say that it is our reply."""
    known = cases.looked_for_in(session, post.platform, post.thread) if post.thread else []
    likely = [(likeness, match) for case in known for match, likeness in [_looked_for(session, case, post)] if match]
    best = max(likely, key=lambda one: one[0], default=None)
    return best is not None and best[0] >= SAME_WORDS and _found(session, best[1], post, now)


def _looked_for(session: Session, case: CaseRow, post: PostRow) -> tuple[ReplyRow | None, float]:
    """The reply of this case that the post is most like, and how much; of several only one in the same words."""
    waiting = cases.replies_looked_for(session, case.id or 0, post.platform)
    match = max(waiting, key=lambda reply: _likeness(reply.text, post.text), default=None)
    likeness = _likeness(match.text, post.text) if match is not None else 0.0
    return (match, likeness) if len(waiting) == 1 or likeness >= SAME_WORDS else (None, likeness)


def _likeness(ours: str, theirs: str) -> float:
    """Per cent of the words, without what platforms put before them or in the place of a link."""
    return ratio(*(fold(PUT_THERE.sub("", text)).strip() for text in (ours, theirs)))


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
