"""Which digest was sent last, and digests in the outbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.store import events, outbox, switches, unsubscribed
from bot.store.tables import PostRow
from bot.store.tables_house import DeliveryRow

KIND = "digest"
QUOTED = "quoted"  # in a message's body: digest/fragments.py
DELETED = "(deleted by its author since)"
DONE = ("sent", "refused", "unsure", "withdrawn")


def last(session: Session, brand: str) -> str:
    """The label of the last week dealt with ("2026-W47"); "" before the first."""
    return str(switches.get(session, _key(brand)).get("week", ""))


def begin(session: Session, brand: str, week: str, now: datetime) -> None:
    """A brand is met for the first time: digests start with the week after this one."""
    switches.put(session, _key(brand), {"week": week}, now)


def queue(
    session: Session, brand: str, before: str, week: str, rows: Sequence[DeliveryRow], now: datetime
) -> int | None:
    """Queue a week's digest and remember that it was, in the caller's transaction. Returns how many messages.

    None if another process was quicker: `before` is no longer the last week dealt with.
    """
    if last(session, brand) != before:
        return None
    switches.put(session, _key(brand), {"week": week}, now)
    added = sum(outbox.add(session, row) for row in unsubscribed.wanted(session, rows, now))
    events.add(session, now, "earshot", "digest.queued", f"brand:{brand}", brand, week=week, messages=added)
    return added


def empty_sent(session: Session) -> int:
    """Take the words out of digests that have left: what their customers delete must not stay here. How many."""
    gone = update(DeliveryRow).where(
        col(DeliveryRow.kind) == KIND, col(DeliveryRow.state).in_(DONE), col(DeliveryRow.text) != ""
    )
    return int(session.connection().execute(gone.values(text="", body={})).rowcount)


def still_wanted(session: Session, row: DeliveryRow) -> bool:
    """False for a mail whose reader left after it was queued."""
    return row.responder != "email" or not unsubscribed.is_out(session, row.address, row.brand)


def of_the_living(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """A message's body without the words of posts that were deleted, or forgotten, after it was queued."""
    quoted = body.get(QUOTED, [])
    there = select(PostRow.id).where(
        col(PostRow.id).in_([int(one["post"]) for one in quoted]), col(PostRow.gone_at).is_(None), PostRow.text != ""
    )
    alive = {str(key) for key in session.exec(there)} if quoted else set()
    html, plain = str(body.get("html", "")), str(body.get("mail", ""))
    for one in quoted:
        if one["post"] not in alive:
            html, plain = html.replace(one["html"], DELETED), plain.replace(one["text"], DELETED)
    return {**body, "html": html, "mail": plain} if quoted else body


def _key(brand: str) -> str:
    return f"digest:{brand}"
