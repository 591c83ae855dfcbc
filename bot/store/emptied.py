"""Cases all of whose posts are gone: nobody can answer them, so they wait for nobody; and whose posts come back."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from bot.store import cases, events, switches
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_house import EventRow

DELETED, ERASED = "deleted", "erased"
"""How such a case ended: its posts went at their platform, or with their author's wish."""
_OPEN = ("new", "claimed", "waiting", "snoozed")
_OLD = "emptied old"  # the switch that says how far the look at older cases has come
WINDOW = 1_000  # cases looked at in one transaction
_WENT = ("post.purged", "post.erased", "post.retired")


def end(session: Session, case_ids: Sequence[int], now: datetime, how: str) -> int:
    """Resolve those of these open cases of which no post is there any more. Returns how many.

    An answered one stays answered, and figures count it as they do any that a person resolved.
    """
    return sum(_ended(session, case, now, how) for case in _open_and_empty(session, case_ids))


def end_old(session: Session, now: datetime) -> bool:
    """End the next of the cases whose posts went while a version ran that left them open. False when all are done."""
    at = switches.get(session, _OLD) or {"at": 0, "until": session.exec(select(func.max(CaseRow.id))).one() or 0}
    start, until = int(at["at"]), int(at["until"])
    if start >= until:
        return False
    here = select(CaseRow.id).where(col(CaseRow.id) > start, col(CaseRow.id) <= start + WINDOW)
    ids = [key for key in session.exec(here.where(col(CaseRow.state).in_(_OPEN))) if key is not None]
    for case in _open_and_empty(session, ids):
        if how := _went(session, case):
            _ended(session, case, now, how)
    switches.put(session, _OLD, {"at": start + WINDOW, "until": until}, now)
    return True


def _went(session: Session, case: CaseRow) -> str:
    """How all posts of a case went, as the log has it; "" where one did not, or only grew too old to be kept."""
    theirs = {f"post:{key}" for key in session.exec(select(MentionRow.post_id).where(MentionRow.case_id == case.id))}
    told = select(EventRow.subject, EventRow.what).where(
        col(EventRow.subject).in_(theirs), col(EventRow.what).in_(_WENT)
    )
    went = dict(session.exec(told.order_by(col(EventRow.id))).all())
    if not theirs or went.keys() != theirs or "post.retired" in went.values():
        return ""
    return ERASED if set(went.values()) == {"post.erased"} else DELETED


def _ended(session: Session, case: CaseRow, now: datetime, how: str) -> bool:
    changes = {"resolved_at": now, "resolved_how": how, "holder": None, "lease_until": None, "look_at": None}
    if not cases.move(session, case, among=_OPEN, state="resolved", snoozed_until=None, **changes):
        return False
    events.add(session, now, "earshot", "case.resolved", f"case:{case.id}", case.brand, how=how)
    return True


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
