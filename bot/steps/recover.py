"""The customer's next words → recovery: judged after 7 and 30 days, by what they say in public and nothing else."""

from datetime import datetime, timedelta
from typing import cast

from bot.app import App
from bot.core.afterwards import after_our_answer, leaving
from bot.core.recovery import COMPLAINT_BAR, PERIODS, Sentiment, Words, recovery
from bot.store import events, recoveries, retold
from bot.store.db import Session
from bot.store.tables import CaseRow, MentionRow

BATCH = 100


def recover_some(app: App, limit: int = BATCH) -> int:
    """Look at answered cases whose customer spoke again, or whose time is over. Returns how many were judged."""
    now = app.clock.now()
    with app.db.begin() as session:
        due = recoveries.due(session, now, limit)
        for case in due:
            _judge(session, case, now)
    if due:
        app.wake.ring("tell")
    return len(due)


def _judge(session: Session, case: CaseRow, now: datetime) -> None:
    answered = case.first_answered_at
    assert answered is not None
    key = case.id or 0
    later = recoveries.said_since(session, case.customer_id, answered, answered + timedelta(days=max(PERIODS)))
    before = Words(str(key), case.first_spoke_at, _tone(case.sentiment), case.complaint or 0.0)
    verdicts = recovery(before, answered, [_words(row, text) for row, text in later], now)
    changed = False
    for verdict in verdicts:
        deciding = [int(mention) for mention in verdict.deciding]
        if recoveries.put(session, key, verdict.days, str(verdict.outcome), deciding, verdict.final, now):
            changed = True
            facts = {"days": verdict.days, "outcome": str(verdict.outcome), "final": verdict.final}
            events.add_many(session, now, "earshot", [("case.recovery", f"case:{key}", case.brand, facts)])
    if changed:
        retold.look_again(session, [key])
    ends = [answered + timedelta(days=verdict.days) for verdict in verdicts if not verdict.final]
    recoveries.look_again(session, case, min(ends, default=None))


def _words(row: MentionRow, text: str) -> Words:
    complaint, read = row.complaint or 0.0, _tone(row.sentiment)
    tone = after_our_answer(text, read, complaint >= COMPLAINT_BAR)
    leaves = read != "positive" and leaving(text)  # "the last time I flew with you was lovely"
    return Words(str(row.id), row.created_at, tone, complaint, leaves)


def _tone(label: str | None) -> Sentiment:
    return cast(Sentiment, label) if label in ("negative", "neutral", "positive") else "neutral"
