"""What rang in a room and holds words that were deleted since: each such message is emptied there, once.

A case's own message follows its case (rooms.py); calls, warnings and joint messages do not.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.core import room_words
from bot.store import outbox
from bot.store.incident_notices import Edit
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow, NoticeRow
from config.settings import Settings

EMPTYING = "emptying"  # a delivery's state: it was sent, and its message is to be emptied
EMPTIED = "emptied"  # in the body of one under way: its words were deleted while it was
EDITABLE = ("slack", "discord")
TOGETHER = "summary:"  # the key of a joint message, which its members have as their receipt


def take_back(session: Session, case_ids: Sequence[int]) -> None:
    """Words of these cases were deleted: empty what rang of them, in their threads and beside other cases."""
    mine = (
        col(DeliveryRow.case_id).in_(case_ids), col(DeliveryRow.audience) == "team",
        col(DeliveryRow.responder).in_(EDITABLE), col(DeliveryRow.state) == "sent",
    )  # fmt: skip
    joint = col(DeliveryRow.receipt_id).startswith(TOGETHER)
    own = select(NoticeRow.receipt_id).where(col(NoticeRow.case_id).in_(case_ids))
    single = (*mine, col(DeliveryRow.receipt_id).contains(":"), ~joint, col(DeliveryRow.receipt_id).not_in(own))
    keys = session.exec(select(DeliveryRow.receipt_id).where(*mine, joint).distinct()).all()
    _on_its_way(session, case_ids)
    run, empty = session.connection().execute, update(DeliveryRow).values(state=EMPTYING)
    run(empty.where(*single))
    run(empty.where(col(DeliveryRow.key).in_(keys), col(DeliveryRow.state) == "sent"))


def _on_its_way(session: Session, case_ids: Sequence[int]) -> None:
    """What is leaving in this moment, or may stand there, is emptied once it is known where."""
    under_way = (col(DeliveryRow.state).in_(("sending", "lost")), col(DeliveryRow.responder).in_(EDITABLE))
    mine = select(DeliveryRow).where(col(DeliveryRow.case_id).in_(case_ids), *under_way)
    theirs = session.exec(mine.where(DeliveryRow.audience == "team")).all()
    together = {row.receipt_id for row in theirs if row.receipt_id.startswith(TOGETHER)}
    joint = session.exec(select(DeliveryRow).where(col(DeliveryRow.key).in_(together), *under_way)).all()
    for row in (*theirs, *joint):
        row.body = row.body | {EMPTIED: True}
        session.add(row)
    session.flush()


def after(row: DeliveryRow) -> str:
    """The state of a message that is known to stand in its room."""
    return EMPTYING if row.body.get(EMPTIED) else "sent"


def rooms(session: Session) -> list[Way]:
    """Where a message is to be emptied."""
    found = select(DeliveryRow.responder, DeliveryRow.address).where(DeliveryRow.state == EMPTYING).distinct()
    return [Way(*where) for where in session.exec(found)]


def outdated(session: Session, settings: Settings, way: Way, _now: datetime) -> Edit | None:
    """A message in this room that is to be emptied."""
    found = select(DeliveryRow.key, DeliveryRow.receipt_id).where(
        DeliveryRow.state == EMPTYING, DeliveryRow.responder == way.responder, DeliveryRow.address == way.address
    )
    first = session.exec(found.order_by(col(DeliveryRow.key)).limit(1)).first()
    return Edit(*first, room_words.emptied(f"{settings.address}/"), EMPTYING) if first is not None else None


def edited(session: Session, edit: Edit, _now: datetime, _followed: bool) -> None:
    """It is empty, or not there any more."""
    outbox.move(session, edit.key, EMPTYING, "sent")
