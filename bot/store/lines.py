"""What rang in a room and is to be written anew there: its words were deleted, or what it called for is done.

store/retold.py marks them. A case's own message follows its case (rooms.py); calls, warnings and joint messages do not.
"""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, col, select

from bot.core import house_words, room_words
from bot.core import notices as words
from bot.core.notices import Notice
from bot.core.standing import SEVERITY
from bot.store import notices, outbox
from bot.store.incident_notices import Edit
from bot.store.notices import Way
from bot.store.retold import EMPTYING, OVER
from bot.store.tables import CaseRow, SourceRow
from bot.store.tables_house import DeliveryRow
from config.settings import Settings


def rooms(session: Session) -> list[Way]:
    """Where a message is to be written anew."""
    found = select(DeliveryRow.responder, DeliveryRow.address).where(DeliveryRow.state == EMPTYING).distinct()
    return [Way(*where) for where in session.exec(found)]


def outdated(session: Session, settings: Settings, way: Way, now: datetime, _here: Collection[str] = ()) -> Edit | None:
    """A message in this room that is to be written anew, and what it says then; the most overdue case's first."""
    found = select(DeliveryRow).where(
        DeliveryRow.state == EMPTYING, DeliveryRow.responder == way.responder, DeliveryRow.address == way.address
    )
    by_need = col(DeliveryRow.urgent_by).is_(None), col(DeliveryRow.urgent_by), col(DeliveryRow.key)
    row = session.exec(found.order_by(*by_need).limit(1)).first()
    if row is None:
        return None
    notice, mark = _reads(session, settings, row, now)
    return Edit(row.key, row.receipt_id, notice, mark)


def _reads(session: Session, settings: Settings, row: DeliveryRow, now: datetime) -> tuple[Notice, str]:
    if row.kind == "source":
        return _source(session, settings, row, now), OVER
    case = session.get(CaseRow, row.case_id) if row.case_id is not None and row.kind in SEVERITY else None
    seen = notices.view(session, settings, case, now) if case is not None else None
    if seen is None or seen.gone:
        return room_words.emptied(f"{settings.address}/"), OVER
    return (words.shown(seen, now), "") if words.still_calls(seen) else (words.over(seen, now), OVER)


def _source(session: Session, settings: Settings, row: DeliveryRow, now: datetime) -> Notice:
    source = session.get(SourceRow, row.key.split(":")[1])
    name = source.name if source is not None else "The source"
    return house_words.source_back(name, f"{settings.address}/sources", settings.zone, now)


def edited(session: Session, edit: Edit, _now: datetime, _followed: bool) -> None:
    """It is written anew, or not there any more."""
    outbox.move(session, edit.key, EMPTYING, "sent", text=edit.mark)
