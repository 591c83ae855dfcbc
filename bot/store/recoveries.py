"""Recovery as it was judged, and whose turn it is: `recover_at` on the case is the hint."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.store.tables import CaseRow, MentionRow, PostRow, RecoveryRow

LONGEST = timedelta(days=30)


def due(session: Session, now: datetime, limit: int) -> list[CaseRow]:
    """Answered cases whose turn it is."""
    found = select(CaseRow).where(col(CaseRow.recover_at) <= now, col(CaseRow.first_answered_at).is_not(None))
    return list(session.exec(found.order_by(col(CaseRow.recover_at)).limit(limit)).all())


def said_since(session: Session, customer_id: int, since: datetime, until: datetime) -> list[tuple[MentionRow, str]]:
    """What they said of the brand in public in that stretch, oldest first, each with its text ("" once it is gone)."""
    found = select(MentionRow, PostRow.text).join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
    theirs = found.where(
        MentionRow.customer_id == customer_id, col(MentionRow.created_at) > since, col(MentionRow.created_at) <= until
    )
    return list(session.exec(theirs.order_by(col(MentionRow.created_at))).all())


def spoke(session: Session, customer_id: int, at: datetime, now: datetime) -> None:
    """The customer was heard again: their cases answered in the 30 days before are looked at."""
    mine = update(CaseRow).where(
        col(CaseRow.customer_id) == customer_id,
        col(CaseRow.first_answered_at) < at,
        col(CaseRow.first_answered_at) >= at - LONGEST,
    )
    session.connection().execute(mine.values(recover_at=now))


def look_again(session: Session, case: CaseRow, at: datetime | None) -> None:
    """When this case's turn comes next; None: never."""
    session.connection().execute(update(CaseRow).where(col(CaseRow.id) == case.id).values(recover_at=at))


def spoken(session: Session, case_id: int) -> str:
    """What the customer's words say since our answer, over the longest period; "" while they said nothing."""
    row = session.get(RecoveryRow, (case_id, LONGEST.days))
    return row.outcome if row is not None and row.outcome != "silent" else ""


def put(
    session: Session, case_id: int, days: int, outcome: str, mentions: Sequence[int], final: bool, now: datetime
) -> bool:
    """Keep a verdict. True if it is new or has changed."""
    row = session.get(RecoveryRow, (case_id, days))
    if row is not None and (row.outcome, row.final) == (outcome, final):
        return False
    kept = RecoveryRow(
        case_id=case_id, days=days, outcome=outcome, mentions=list(mentions), decided_at=now, final=final
    )
    session.merge(kept)
    return True
