"""Cases all of whose posts are gone: nobody can answer them, so they wait for nobody; and whose posts come back."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bot.store import cases, events
from bot.store.tables import CaseRow, MentionRow, PostRow

DELETED, ERASED = "deleted", "erased"
"""How such a case ended: its posts went at their platform, or with their author's wish."""
_OPEN = ("new", "claimed", "waiting", "snoozed")


def end(session: Session, case_ids: Sequence[int], now: datetime, how: str) -> int:
    """Resolve those of these open cases of which no post is there any more. Returns how many.

    An answered one stays answered, and figures count it as they do any that a person resolved.
    """
    ended = 0
    for case in _open_and_empty(session, case_ids):
        changes = {"resolved_at": now, "resolved_how": how, "holder": None, "lease_until": None, "look_at": None}
        if cases.move(session, case, among=_OPEN, state="resolved", snoozed_until=None, **changes):
            events.add(session, now, "earshot", "case.resolved", f"case:{case.id}", case.brand, how=how)
            ended += 1
    return ended


def back(session: Session, post_id: int, now: datetime) -> None:
    """A post is shown again: its case, if it ended because of that, is open as before and its clock never stopped."""
    ended = select(CaseRow).join(MentionRow, col(MentionRow.case_id) == CaseRow.id)
    ended = ended.where(MentionRow.post_id == post_id, CaseRow.state == "resolved", CaseRow.resolved_how == DELETED)
    for case in session.exec(ended).all():
        cases.move(session, case, **cases.as_before(case, now))
        events.add(session, now, "earshot", "case.reopened", f"case:{case.id}", case.brand)


def _open_and_empty(session: Session, case_ids: Sequence[int]) -> list[CaseRow]:
    there = (
        select(MentionRow.case_id)
        .join(PostRow, col(PostRow.id) == MentionRow.post_id)
        .where(col(MentionRow.case_id).in_(case_ids), col(PostRow.gone_at).is_(None))
    )
    empty = select(CaseRow).where(col(CaseRow.id).in_(case_ids), col(CaseRow.state).in_(_OPEN))
    return list(session.exec(empty.where(col(CaseRow.id).not_in(there))).all())
