"""Which messages in the team's rooms no longer read as they should, marked in the transaction that changed that.

A case's own message follows its version (rooms.py). What rang beside it (calls, warnings, joint messages) is rewritten
once: lines.py does that. Each function here is cheap where nothing was told.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, update
from sqlmodel import Session, col, select

from bot.core.standing import STEPS
from bot.store.tables import MentionRow
from bot.store.tables_house import DeliveryRow, NoticeRow

EMPTYING = "emptying"  # a delivery's state: it was sent, and its message is to be written anew
TOLD = ("sent", EMPTYING)  # a message in one of these stands in its room
EMPTIED = "emptied"  # in the body of one under way: its words were deleted while it was
OVER = "over"  # as text of one that rang, once its message says that it is over: it is followed no longer
EDITABLE = ("slack", "discord")
TOGETHER = "summary:"  # the key of a joint message, which its members have as their receipt
CALLS = ("at_risk", "late", *STEPS)


def edited(session: Session, post_id: int | None) -> None:
    """Its author wrote it anew: what quotes it in the rooms follows."""
    mine = select(MentionRow.case_id).where(MentionRow.post_id == post_id, col(MentionRow.case_id).is_not(None))
    case_ids = [key for key in session.exec(mine) if key is not None]
    if case_ids:
        look_again(session, case_ids)
        take_back(session, case_ids)


def look_again(session: Session, case_ids: Sequence[int]) -> None:
    """What these cases' own messages show is compared with the cases anew, whatever their version."""
    mine = update(NoticeRow).where(col(NoticeRow.case_id).in_(case_ids))
    older = literal("00000000").concat(func.substr(NoticeRow.shown, 9))
    session.connection().execute(mine.values(shown=older))


def take_back(session: Session, case_ids: Sequence[int]) -> None:
    """Words of these cases were deleted: write anew what rang of them, in their threads and beside other cases."""
    mine = *_rang(case_ids), col(DeliveryRow.state) == "sent"
    joint = col(DeliveryRow.receipt_id).startswith(TOGETHER)
    own = select(NoticeRow.receipt_id).where(col(NoticeRow.case_id).in_(case_ids))
    single = (*mine, col(DeliveryRow.receipt_id).contains(":"), ~joint, col(DeliveryRow.receipt_id).not_in(own))
    keys = session.exec(select(DeliveryRow.receipt_id).where(*mine, joint).distinct()).all()
    _on_its_way(session, case_ids)
    run, empty = session.connection().execute, update(DeliveryRow).values(state=EMPTYING)
    run(empty.where(*single, col(DeliveryRow.text) != OVER))
    run(empty.where(col(DeliveryRow.key).in_(keys), col(DeliveryRow.state) == "sent"))


def calls_over(session: Session, case_id: int, responder: str, address: str, own_receipt: str) -> None:
    """Somebody has this case, or it needs nobody: what called for somebody in this room says so."""
    over = update(DeliveryRow).where(
        *_rang([case_id]), col(DeliveryRow.state) == "sent", col(DeliveryRow.kind).in_(CALLS),
        col(DeliveryRow.responder) == responder, col(DeliveryRow.address) == address,
        col(DeliveryRow.receipt_id).contains(":"), col(DeliveryRow.receipt_id) != own_receipt,
        ~col(DeliveryRow.receipt_id).startswith(TOGETHER), col(DeliveryRow.text) != OVER,
    )  # fmt: skip
    session.connection().execute(over.values(state=EMPTYING))


def heard_again(session: Session, source: str, since: datetime | None) -> None:
    """A source that was not heard `since` then is again: the warning in the rooms says so, or is not said any more."""
    if since is None:
        return
    mine = update(DeliveryRow).where(col(DeliveryRow.key).startswith(f"{outage_key(source, since)}:", autoescape=True))
    told = col(DeliveryRow.state) == "sent", col(DeliveryRow.responder).in_(EDITABLE)
    run = session.connection().execute
    run(mine.where(*told, col(DeliveryRow.receipt_id).contains(":")).values(state=EMPTYING))
    run(mine.where(col(DeliveryRow.state) == "waiting").values(state="withdrawn", error="settled before it was said"))


def outage_key(source: str, since: datetime | None) -> str:
    """How the keys of the warnings of one outage of a source begin."""
    return f"source:{source}:{int(since.timestamp()) if since is not None else 0}"


def after(row: DeliveryRow) -> str:
    """The state of a message that is known to stand in its room."""
    return EMPTYING if row.body.get(EMPTIED) else "sent"


def _rang(case_ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        col(DeliveryRow.case_id).in_(case_ids),
        col(DeliveryRow.audience) == "team",
        col(DeliveryRow.responder).in_(EDITABLE),
    )


def _on_its_way(session: Session, case_ids: Sequence[int]) -> None:
    """What is leaving in this moment, or may stand there, is written anew once it is known where."""
    under_way = col(DeliveryRow.state).in_(("sending", "lost"))
    theirs = session.exec(select(DeliveryRow).where(*_rang(case_ids), under_way)).all()
    together = {row.receipt_id for row in theirs if row.receipt_id.startswith(TOGETHER)}
    joint = session.exec(select(DeliveryRow).where(col(DeliveryRow.key).in_(together), under_way)).all()
    for row in (*theirs, *joint):
        row.body = row.body | {EMPTIED: True}
        session.add(row)
    session.flush()
