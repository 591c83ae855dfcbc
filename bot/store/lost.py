"""Messages to the team whose answer was lost: each may stand in its room, or not.

Where a responder can look (responders/types.py, Recalls) they are looked up before anything of them is said again.
Where not, each is said once more, marked, and never a third time: `fence` counts the copies that may stand there, also
those inside joint messages.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, update
from sqlmodel import Session, col, select

from bot.core.standing import SEVERITY
from bot.store import notices, outbox, retold, rooms, routing
from bot.store.channels import Channel
from bot.store.notices import Way
from bot.store.tables_house import DeliveryRow, NoticeRow
from config.settings import Settings
from responders.types import Receipt

LOST = "lost"  # a delivery's state: sent perhaps, to be looked up
WHY = "the answer was lost"
UNCOUNTED = "uncounted"  # in the body: most likely nothing was posted, the room was gone or we died
MOST_COPIES = 2


def ways(session: Session) -> list[Way]:
    """Rooms in which something is to be looked up."""
    found = select(DeliveryRow.responder, DeliveryRow.address).where(DeliveryRow.state == LOST).distinct()
    return [Way(*where) for where in session.exec(found)]


def of_room(session: Session, way: Way) -> list[DeliveryRow]:
    """What is to be looked up in a room."""
    found = select(DeliveryRow).where(
        DeliveryRow.state == LOST, DeliveryRow.responder == way.responder, DeliveryRow.address == way.address
    )
    return list(session.exec(found.order_by(col(DeliveryRow.key))).all())


def known_as(session: Session, way: Way) -> str:
    """The room's id as its platform names it, learnt from what was posted there; its address where nothing was."""
    found = select(DeliveryRow.receipt_id).where(
        DeliveryRow.responder == way.responder, DeliveryRow.address == way.address,
        col(DeliveryRow.state).in_(retold.TOLD), col(DeliveryRow.receipt_id).contains(":"),
        col(DeliveryRow.receipt_id).not_like("summary:%"),
    )  # fmt: skip
    last = session.exec(found.order_by(col(DeliveryRow.sent_at).desc()).limit(1)).first()
    return last.rpartition(":")[0] if last is not None else way.address


def untold_since(session: Session, settings: Settings, way: Way, channel: Channel, now: datetime) -> datetime | None:
    """Since when messages of unknown fate are told again after an outage: only where no second way has told them."""
    if routing.fallbacks(session, way, notices.second_ways(settings)):
        return None
    return channel.lost_since(now)


def begin(session: Session, row: DeliveryRow, gone: bool) -> None:
    """Its answer was lost. `gone`: the room turned out to be away, or the process died over it."""
    body = row.body | {UNCOUNTED: True} if gone else {name: row.body[name] for name in row.body if name != UNCOUNTED}
    outbox.move(session, row.key, "sending", LOST, body=body, error=WHY)


def found(session: Session, row: DeliveryRow, receipt: Receipt, way: Way, now: datetime) -> None:
    """It stands there. A case's first message is followed from now on; it is brought up to its case at once."""
    key, kind, case_id = row.key, row.kind, row.case_id
    at, state = receipt.sent_at or now, retold.after(row)
    outbox.move(session, key, LOST, state, receipt_id=receipt.id, receipt_url=receipt.url, sent_at=at, error="")
    if kind == "summary":
        rooms.release(session, key, "sent", now)
    elif kind in SEVERITY and case_id is not None and rooms.place_of(session, case_id, way) is None:
        rooms.placed(session, NoticeRow(
            case_id=case_id, responder=way.responder, address=way.address, receipt_id=receipt.id,
            shown=rooms.mark(0, ""), posted_at=now,
        ))  # fmt: skip


def not_found(session: Session, row: DeliveryRow, now: datetime) -> None:
    """It is not there: it is said as if it had never been tried."""
    body = {name: row.body[name] for name in row.body if name != UNCOUNTED}
    outbox.move(session, row.key, LOST, "waiting", body=body, next_try_at=now, error="")


def unseen(session: Session, row: DeliveryRow, before: str, now: datetime, counted: bool) -> list[int]:
    """Nobody can look. Said once more, marked, or never again. Returns the cases whose message was given up."""
    key, kind, case_id, copies = row.key, row.kind, row.case_id, row.fence + counted
    body = {name: row.body[name] for name in row.body if name != UNCOUNTED} | {"repeat": True}
    if counted and kind == "summary":
        outbox.move(session, key, before, "unsure", error=WHY)
        return _members(session, key, now)
    if copies < MOST_COPIES:
        outbox.move(session, key, before, "waiting", body=body, fence=copies, next_try_at=now, error=WHY)
        return []
    outbox.move(session, key, before, "unsure", body=body, fence=copies, error="both answers were lost")
    return [case_id] if case_id is not None and kind in SEVERITY else []


def _members(session: Session, key: str, now: datetime) -> list[int]:
    """Those told together once more count a copy each; they go on by themselves, or were told often enough."""
    mine = (col(DeliveryRow.receipt_id) == key, col(DeliveryRow.state) == "sending")
    often = col(DeliveryRow.fence) + 1 >= MOST_COPIES
    given_up = session.exec(select(DeliveryRow.case_id).where(*mine, often).distinct()).all()
    changes: dict[str, Any] = {
        "state": case((often, "unsure"), else_="waiting"), "fence": DeliveryRow.fence + 1, "receipt_id": "",
        "next_try_at": now, "tried_at": now, "error": WHY,
    }  # fmt: skip
    session.connection().execute(update(DeliveryRow).where(*mine).values(**changes))
    session.expire_all()
    return [number for number in given_up if number is not None]


def may_be_there(rows: Sequence[DeliveryRow]) -> bool:
    """Whether a copy of any of these may stand in the room: the next one is marked."""
    return any(row.fence > 0 or row.body.get("repeat") for row in rows)
