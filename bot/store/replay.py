"""Telling a room again what it was told: for a receiver that lost what it had, or was away longer than we waited."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from bot.core.standing import SEVERITY
from bot.store import outbox
from bot.store.retold import TOLD
from bot.store.routing import Way
from bot.store.tables_house import DeliveryRow

MOST = 1_000
KIND = "replay"


def queue(session: Session, way: Way, since: datetime, brands: Sequence[str] | None, now: datetime) -> int:
    """Queue again what was sent there since then, oldest first, each under its first name. How many messages.

    A receiver that acts once on each name may ask for this as often as it likes.
    """
    told = select(DeliveryRow).where(
        DeliveryRow.audience == "team", DeliveryRow.responder == way.responder, DeliveryRow.address == way.address,
        col(DeliveryRow.state).in_(TOLD), col(DeliveryRow.sent_at) >= since, col(DeliveryRow.kind).in_(SEVERITY),
    )  # fmt: skip
    told = told if brands is None else told.where(col(DeliveryRow.brand).in_(list(brands)))
    rows = session.exec(told.order_by(col(DeliveryRow.sent_at), col(DeliveryRow.key)).limit(MOST)).all()
    return sum(
        outbox.add(session, DeliveryRow(
            key=f"replay:{now.isoformat()}:{row.key}", kind=KIND, audience="team", responder=way.responder,
            address=way.address, body={"of": row.key, "kind": row.kind}, brand=row.brand, case_id=row.case_id,
            created_at=now, next_try_at=now,
        ))
        for row in rows
    )  # fmt: skip
