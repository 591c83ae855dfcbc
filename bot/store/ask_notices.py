"""The room's message that asks for a second person: once somebody decided it says so, and has no buttons any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.core import room_words
from bot.core.masking import masked
from bot.store import rights
from bot.store.incident_notices import Edit
from bot.store.notices import Way
from bot.store.tables_answering import ApprovalRow
from bot.store.tables_house import DeliveryRow
from config.settings import Settings

KIND = "ask"
DECIDED = "decided"  # in the message's body once the room shows it; the words it showed are gone from there
FOLLOWED_FOR = timedelta(days=1)


def key(approval_id: int) -> str:
    """How the keys of its messages begin: one a room."""
    return f"{KIND}:{approval_id}"


def still_asks(session: Session, row: DeliveryRow) -> bool:
    """False for a question that was decided on before it left."""
    number = row.key.split(":")[1]
    approval = session.get(ApprovalRow, int(number)) if row.kind == KIND and number.isdecimal() else None
    return approval is None or approval.state == "open"


def outdated(session: Session, settings: Settings, way: Way, now: datetime) -> Edit | None:
    """A question in this room that somebody decided on, and that still looks open there."""
    recent = (col(ApprovalRow.state) != "open", col(ApprovalRow.decided_at) > now - FOLLOWED_FOR)
    rows = session.exec(select(ApprovalRow).where(*recent).order_by(col(ApprovalRow.id))).all()
    asked = {f"{key(row.id or 0)}:{way.responder}:{way.address}": row for row in rows}
    for there in _posted(session, list(asked)):
        row = asked[there.key]
        note = masked(row.note) if settings.mask_personal else row.note
        by = rights.name_of(session, row.decided_by) if row.decided_by is not None else ""
        notice = room_words.decided(
            rights.name_of(session, row.asked_by), by, row.state, note, row.decided_at or now,
            f"{settings.address}/cases/{row.case_id}", settings.zone, now,
        )  # fmt: skip
        return Edit(there.key, there.receipt_id, notice, row.state)
    return None


def _posted(session: Session, keys: Sequence[str]) -> list[DeliveryRow]:
    """Those of these messages that stand in their room as they were sent."""
    if not keys:
        return []
    found = select(DeliveryRow).where(
        col(DeliveryRow.key).in_(keys), col(DeliveryRow.state) == "sent", col(DeliveryRow.receipt_id) != ""
    )
    return [row for row in session.exec(found.order_by(col(DeliveryRow.key))) if DECIDED not in row.body]


def edited(session: Session, edit: Edit, _now: datetime, _followed: bool) -> None:
    """The room shows it, or the message is not there any more: it is edited once."""
    row = session.get(DeliveryRow, edit.key)
    if row is not None:
        row.body = {DECIDED: edit.mark}
        session.add(row)
        session.flush()
