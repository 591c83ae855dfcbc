"""Other programs that are told what happens: which, of what, and what became of each telling."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from bot.store import outbox, switches
from bot.store.tables_desk import HookRow
from bot.store.tables_house import DeliveryRow, EventRow

AUDIENCE, KIND = "hook", "hook"
AT_ONCE = 500  # events looked at in one transaction
SHOWN = 100
_DUE = ("waiting", "unsure")
CURSOR = "hooks:cursor"
WHATS = (
    "case.opened", "case.joined", "case.claimed", "case.given_back", "case.taken_over", "case.assigned",
    "case.snoozed", "case.woken", "case.resolved", "case.reopened", "case.answered", "case.merged", "case.split",
    "case.not_us", "case.not_complaint", "case.put_back", "case.recovery", "note.added", "tag.added", "tag.removed",
    "reply.approved", "reply.sent", "reply.refused", "reply.withdrawn", "customer.erased", "source.stopped",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One telling: its key, to whom, of what, how it stands."""

    key: str
    hook: str
    what: str
    subject: str
    state: str
    tries: int
    at: datetime
    sent_at: datetime | None
    error: str


def all_of(session: Session, brands: Sequence[str] | None) -> list[HookRow]:
    """Living hooks inside these walls, oldest first."""
    rows = session.exec(select(HookRow).where(col(HookRow.ended_at).is_(None)).order_by(col(HookRow.id)))
    return [row for row in rows if _inside(row, brands)]


def _inside(row: HookRow, brands: Sequence[str] | None) -> bool:
    return brands is None or (bool(row.brands) and set(row.brands) <= set(brands))


def get(session: Session, hook_id: int, brands: Sequence[str] | None = None) -> HookRow | None:
    """One living hook inside these walls."""
    row = session.get(HookRow, hook_id)
    return row if row is not None and row.ended_at is None and _inside(row, brands) else None


def add(session: Session, row: HookRow) -> HookRow:
    """A new hook; it is told of what happens from now on."""
    if not switches.get(session, CURSOR):
        switches.put(session, CURSOR, {"event": _newest(session)}, row.at)
    session.add(row)
    session.flush()
    return row


def _newest(session: Session) -> int:
    return session.exec(select(func.max(EventRow.id))).one() or 0


def end(session: Session, row: HookRow, now: datetime) -> None:
    """It is told nothing more."""
    row.ended_at = now
    session.add(row)
    waiting = select(DeliveryRow.key).where(
        DeliveryRow.audience == AUDIENCE, DeliveryRow.address == str(row.id), DeliveryRow.state == "waiting"
    )
    for key in session.exec(waiting).all():
        outbox.move(session, key, "waiting", "withdrawn", error="The hook was ended.")


def anything_new(session: Session) -> bool:
    """Did anything happen since the last look?"""
    return _newest(session) > int(switches.get(session, CURSOR).get("event", 0))


def collect(session: Session, now: datetime) -> int:
    """What happened since the last look goes into the outbox, once for each hook that wants it. How many events."""
    after = int(switches.get(session, CURSOR).get("event", 0))
    rows = session.exec(
        select(EventRow).where(col(EventRow.id) > after).order_by(col(EventRow.id)).limit(AT_ONCE)
    ).all()
    hooks = all_of(session, None)
    for row in rows:
        for hook in hooks:
            if row.what in hook.whats and (not hook.brands or row.brand in hook.brands):
                outbox.add(session, _delivery(hook, row, now))
    if rows:
        switches.put(session, CURSOR, {"event": rows[-1].id}, now)
    return len(rows)


def _delivery(hook: HookRow, event: EventRow, now: datetime, again: str = "") -> DeliveryRow:
    return DeliveryRow(
        key=f"hook:{hook.id}:{event.id}{again}", kind=KIND, audience=AUDIENCE, responder="webhook",
        address=str(hook.id), text=json.dumps(_body(event), ensure_ascii=False), brand=event.brand, created_at=now,
        next_try_at=now,
    )  # fmt: skip


def _body(event: EventRow) -> dict[str, Any]:
    """Ids, times and names of ours; a customer's words and name are asked for at the API, if at all."""
    return {
        "type": event.what,
        "id": event.id,
        "at": event.at.isoformat().replace("+00:00", "Z"),
        "brand": event.brand,
        "subject": event.subject,
        "facts": json.loads(event.facts),
    }


def waiting(session: Session, now: datetime) -> list[str]:
    """Hooks that are owed a telling whose time has come, whichever has waited longest first."""
    mine = DeliveryRow.audience == AUDIENCE, col(DeliveryRow.state).in_(_DUE), DeliveryRow.next_try_at <= now
    found = select(DeliveryRow.address).where(*mine).group_by(col(DeliveryRow.address))
    return list(session.exec(found.order_by(func.min(DeliveryRow.next_try_at))).all())


def due(session: Session, now: datetime, hook: str) -> DeliveryRow | None:
    """The next telling of a hook. One whose answer was lost is told again: receivers know its id."""
    found = outbox.due(session, now, AUDIENCE, _DUE, 1, address=hook)
    return found[0] if found else None


def told(session: Session, brands: Sequence[str] | None, limit: int = SHOWN) -> list[Told]:
    """The newest tellings inside these walls."""
    names = {str(row.id): row.name for row in all_of(session, brands)}
    found = select(DeliveryRow).where(DeliveryRow.audience == AUDIENCE, col(DeliveryRow.address).in_(list(names)))
    rows = session.exec(found.order_by(col(DeliveryRow.created_at).desc(), col(DeliveryRow.key).desc()).limit(limit))
    return [_told(row, names[row.address]) for row in rows]


def _told(row: DeliveryRow, name: str) -> Told:
    body = json.loads(row.text or "{}")
    return Told(
        row.key, name, str(body.get("type", "")), str(body.get("subject", "")), row.state, row.tries, row.created_at,
        row.sent_at, row.error,
    )  # fmt: skip


def replay(session: Session, key: str, brands: Sequence[str] | None, now: datetime) -> bool:
    """Tell it again: the same bytes under the same id. False where there is no such telling on this side."""
    row = outbox.get(session, key)
    if row is None or row.audience != AUDIENCE or get(session, int(row.address), brands) is None:
        return False
    if row.state in ("waiting", "sending"):
        return True
    return outbox.move(session, key, row.state, "waiting", next_try_at=now, tries=0, error="")


def tidy(session: Session, before: datetime) -> int:
    """Forget tellings that were settled before then. How many."""
    old = delete(DeliveryRow).where(
        col(DeliveryRow.audience) == AUDIENCE,
        col(DeliveryRow.created_at) < before,
        col(DeliveryRow.state).in_(("sent", "refused", "withdrawn")),
    )
    return int(session.connection().execute(old).rowcount)
