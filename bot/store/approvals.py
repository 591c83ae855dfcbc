"""Consent asked and given: who asked, for which exact words, and what was said to it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import union_all, update
from sqlmodel import Session, col, select

from bot.store.asked import until_news
from bot.store.parts import if_any
from bot.store.tables import CaseRow, ReplyRow
from bot.store.tables_answering import ApprovalRow, GestureRow, VariantRow


def get(session: Session, approval_id: int) -> ApprovalRow | None:
    """One request."""
    return session.get(ApprovalRow, approval_id)


@if_any(ApprovalRow)
def open_of(session: Session, case_id: int) -> ApprovalRow | None:
    """The request of this case that nobody has decided on."""
    found = select(ApprovalRow).where(ApprovalRow.case_id == case_id, ApprovalRow.state == "open")
    return session.exec(found.limit(1)).first()


@if_any(ApprovalRow)
def newest_of(session: Session, case_id: int) -> ApprovalRow | None:
    """The last request of this case, decided or not."""
    found = select(ApprovalRow).where(ApprovalRow.case_id == case_id).order_by(col(ApprovalRow.id).desc())
    return session.exec(found.limit(1)).first()


def waiting(session: Session, brands: Sequence[str] | None, limit: int = 50) -> list[tuple[ApprovalRow, CaseRow]]:
    """Open requests, the case that is due first on top."""
    found = select(ApprovalRow, CaseRow).join(CaseRow).where(ApprovalRow.state == "open")
    if brands is not None:
        found = found.where(col(ApprovalRow.brand).in_(list(brands)))
    return list(session.exec(found.order_by(col(CaseRow.due_at), col(ApprovalRow.id)).limit(limit)).all())


def count(session: Session, brands: Sequence[str] | None, but: int | None = None) -> int:
    """How many requests wait, for words and for money; without those asked by `but`, who cannot decide on them."""
    return sum(
        number
        for (brand, asked_by), number in _waits(session).items()
        if asked_by != but and (brands is None or brand in brands)
    )


@until_news(ApprovalRow, GestureRow)
def _waits(session: Session) -> dict[tuple[str, int], int]:
    """How many wait, by brand and by who asked: counted for everybody at once."""
    found = union_all(
        select(ApprovalRow.brand, ApprovalRow.asked_by).where(ApprovalRow.state == "open"),
        select(GestureRow.brand, GestureRow.by).where(GestureRow.state == "asked"),
    )
    return dict(Counter((brand, asked_by) for brand, asked_by in session.connection().execute(found)))


def variants(session: Session, approval_id: int) -> list[VariantRow]:
    """The wordings of a request, in the order they were put."""
    found = select(VariantRow).where(VariantRow.approval_id == approval_id).order_by(col(VariantRow.id))
    return list(session.exec(found).all())


def move(session: Session, approval_id: int, after: str, now: datetime, **changes: Any) -> bool:
    """Decide an open request, once: True for the one who did."""
    mine = update(ApprovalRow).where(col(ApprovalRow.id) == approval_id, col(ApprovalRow.state) == "open")
    result = session.connection().execute(mine.values(state=after, decided_at=now, **changes))
    session.expire_all()
    return result.rowcount == 1


def stands_behind(session: Session, reply: ReplyRow, digest: str) -> bool:
    """Did a second person agree with exactly these bytes of this reply? Asked again at the last moment."""
    approval = session.get(ApprovalRow, reply.approval_id) if reply.approval_id is not None else None
    if approval is None or approval.state != "approved" or reply.written_by in (None, reply.approved_by):
        return False
    chosen = session.get(VariantRow, approval.chosen) if approval.chosen is not None else None
    closing = approval.closing and reply.after_reply is not None
    if closing:
        return reply.text == approval.closing
    return chosen is not None and chosen.digest == digest and chosen.text == reply.text
