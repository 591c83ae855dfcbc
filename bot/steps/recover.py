"""The customer's next words → recovery: judged after 7 and 30 days, by what they say in public and nothing else."""

from datetime import datetime, timedelta
from typing import cast

from bot.app import App
from bot.core.recovery import PERIODS, Sentiment, Words, recovery
from bot.store import customers, events, recoveries
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
    return len(due)


def _judge(session: Session, case: CaseRow, now: datetime) -> None:
    answered = case.first_answered_at
    assert answered is not None
    key = case.id or 0
    later = customers.words_since(session, case.customer_id, answered, answered + timedelta(days=max(PERIODS)))
    before = Words(str(key), case.first_spoke_at, _tone(case.sentiment), case.complaint or 0.0)
    verdicts = recovery(before, answered, [_words(row) for row in later], now)
    for verdict in verdicts:
        deciding = [int(mention) for mention in verdict.deciding]
        if recoveries.put(session, key, verdict.days, str(verdict.outcome), deciding, verdict.final, now):
            facts = {"days": verdict.days, "outcome": str(verdict.outcome), "final": verdict.final}
            events.add_many(session, now, "earshot", [("case.recovery", f"case:{key}", case.brand, facts)])
    ends = [answered + timedelta(days=verdict.days) for verdict in verdicts if not verdict.final]
    recoveries.look_again(session, case, min(ends, default=None))


def _words(row: MentionRow) -> Words:
    return Words(str(row.id), row.created_at, _tone(row.sentiment), row.complaint or 0.0)


def _tone(label: str | None) -> Sentiment:
    return cast(Sentiment, label) if label in ("negative", "neutral", "positive") else "neutral"
