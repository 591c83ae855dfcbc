"""How far what was said has spread since: a case whose post many react to rises while it waits."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from bot.core import priority
from bot.store import cases, events, ranking
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_house import EventRow

SPREADS = "case.spreads"
_AS_LONG = timedelta(days=1)  # from when it is due on: what waits longer is not asked about so often
_HOUR = timedelta(hours=1)


def follow(session: Session, post: PostRow, now: datetime) -> None:
    """The platform told anew how many reacted to this post: cases that wait for us because of it are weighed anew.

    Nothing while it says about the same as before (`priority.spread`).
    """
    if (post.engagement or 0) < priority.SHOWN_REACTIONS:
        return
    waiting = select(CaseRow).join(MentionRow, col(MentionRow.case_id) == CaseRow.id)
    for case in session.exec(waiting.where(MentionRow.post_id == post.id, CaseRow.part == "owed")).all():
        before = case.facts.get("reactions") or 0
        hours = (now - _known_since(session, case, post)) / _HOUR
        growth = priority.spread(before, case.facts.get("growth", 0.0), post.engagement or 0, hours)
        if growth is None:
            continue
        facts = case.facts | {"reactions": max(before, post.engagement or 0), "growth": growth}
        if cases.move(session, case, facts=facts, weight=ranking.weigh(facts, case.severity, case.followers)):
            told = {"reactions": facts["reactions"], "before": before}
            events.add(session, now, "earshot", SPREADS, f"case:{case.id}", case.brand, **told)


def to_ask_about(session: Session, platform: str, source: str, before: datetime, limit: int) -> list[PostRow]:
    """Posts of this source in cases that wait for us, not looked at since `before`; the newest first."""
    owed = (
        select(PostRow)
        .join(MentionRow, col(MentionRow.post_id) == PostRow.id)
        .join(CaseRow, col(CaseRow.id) == MentionRow.case_id)
        .where(CaseRow.part == "owed", CaseRow.due_at > before - _AS_LONG)
        .where(PostRow.platform == platform, PostRow.source == source, col(PostRow.gone_at).is_(None))
        .where(func.coalesce(PostRow.rechecked_at, PostRow.heard_at) < before)
    )
    return list(session.exec(owed.order_by(col(CaseRow.due_at).desc()).limit(limit)).unique())


def _known_since(session: Session, case: CaseRow, post: PostRow) -> datetime:
    told = select(EventRow.at).where(EventRow.subject == f"case:{case.id}", EventRow.what == SPREADS)
    return session.exec(told.order_by(col(EventRow.id).desc()).limit(1)).first() or post.heard_at
