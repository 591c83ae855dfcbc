"""Messages in a room that wait for somebody: a second person, a lead's yes to a gesture, a promise to be kept.

Once it is settled, on whatever page, the message says so and has no buttons any more.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from bot.core import goodwill, room_words
from bot.core.masking import masked
from bot.core.notices import Notice
from bot.store import rights
from bot.store.incident_notices import Edit
from bot.store.notices import Way
from bot.store.tables_answering import ApprovalRow, GestureRow, PromiseRow
from bot.store.tables_house import DeliveryRow
from config.settings import Settings

KIND, PROMISE = "ask", "promise"
DECIDED = "decided"  # in the message's body once the room shows it; the words it showed are gone from there
LATELY, FOLLOWED_FOR = timedelta(days=1), timedelta(days=7)  # the older ones are looked at as a minute begins
CHUNK = 400
_Asked = TypeVar("_Asked", ApprovalRow, GestureRow)


@dataclass(frozen=True, slots=True)
class _Settled:
    """Something asked for that was settled: how its message's key begins, and what that says now."""

    key: str
    mark: str
    says: Callable[[], Notice]


def key(approval_id: int) -> str:
    """How the keys of its messages begin: one a room."""
    return f"{KIND}:{approval_id}"


def gesture_key(gesture_id: int) -> str:
    """The same for a gesture beyond the budget."""
    return f"{KIND}:gesture:{gesture_id}"


def promise_key(promise_id: int) -> str:
    """The same for a promise that broke."""
    return f"{PROMISE}:{promise_id}"


WAITING: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    (f"{KIND}:gesture:", GestureRow, ("asked",)),
    (f"{KIND}:", ApprovalRow, ("open",)),
    (f"{PROMISE}:", PromiseRow, ("proposed", "open")),
)


def still_asks(session: Session, row: DeliveryRow) -> bool:
    """False for what was settled before its message left."""
    for prefix, table, waiting in WAITING:
        number = row.key.removeprefix(prefix).partition(":")[0]
        if row.key.startswith(prefix) and number.isdecimal():
            there = session.get(table, int(number))
            return there is None or there.state in waiting
    return True


def outdated(session: Session, settings: Settings, way: Way, now: datetime, _here: Collection[str] = ()) -> Edit | None:
    """A message in this room of what somebody settled, and that still looks open there."""
    since = now - (FOLLOWED_FOR if now.second < 5 else LATELY)
    every = (_decided, _promises)
    settled = {
        f"{one.key}:{way.responder}:{way.address}": one for kind in every for one in kind(session, settings, since, now)
    }
    for there in _posted(session, list(settled)):
        return Edit(there.key, there.receipt_id, settled[there.key].says(), settled[there.key].mark)
    return None


def _decided(session: Session, settings: Settings, since: datetime, now: datetime) -> Iterator[_Settled]:
    """What somebody was asked for and answered: a second person's yes, and a lead's to a gesture."""
    rows: list[ApprovalRow | GestureRow] = [*_since(session, ApprovalRow, "open", since)]
    for row in (*rows, *_since(session, GestureRow, "asked", since)):
        gesture = isinstance(row, GestureRow)
        mark = "agreed" if gesture and row.state in goodwill.SPENT else row.state
        named = (gesture_key if gesture else key)(row.id or 0)
        yield _Settled(named, mark, partial(_decision, session, settings, row, now))


def _since(session: Session, asked: type[_Asked], waiting: str, since: datetime) -> Sequence[_Asked]:
    recent = (col(asked.state) != waiting, col(asked.decided_at) > since)
    return session.exec(select(asked).where(*recent).order_by(col(asked.id))).all()


def _decision(session: Session, settings: Settings, row: ApprovalRow | GestureRow, now: datetime) -> Notice:
    says = room_words.gesture_decided if isinstance(row, GestureRow) else room_words.decided
    return says(
        rights.name_of(session, row.by if isinstance(row, GestureRow) else row.asked_by),
        _name(session, row.decided_by), row.state, _note(settings, row.note),
        row.decided_at or now, f"{settings.address}/cases/{row.case_id}", settings.zone, now,
    )  # fmt: skip


def _promises(session: Session, settings: Settings, since: datetime, now: datetime) -> Iterator[_Settled]:
    recent = (col(PromiseRow.broken_at).is_not(None), col(PromiseRow.settled_at) > since)
    for row in session.exec(select(PromiseRow).where(*recent).order_by(col(PromiseRow.id))):
        yield _Settled(promise_key(row.id or 0), row.state, partial(_promise, session, settings, row, now))


def _promise(session: Session, settings: Settings, row: PromiseRow, now: datetime) -> Notice:
    return room_words.promise_settled(
        row.case_id, _name(session, row.settled_by), row.state, row.settled_at or now,
        f"{settings.address}/cases/{row.case_id}", settings.zone, now,
    )  # fmt: skip


def _name(session: Session, account: int | None) -> str:
    return rights.name_of(session, account) if account is not None else ""


def _note(settings: Settings, note: str) -> str:
    return masked(note) if settings.mask_personal else note


def _posted(session: Session, keys: Sequence[str]) -> Iterator[DeliveryRow]:
    """Those of these messages that stand in their room as they were sent."""
    for at in range(0, len(keys), CHUNK):
        found = select(DeliveryRow).where(
            col(DeliveryRow.key).in_(keys[at : at + CHUNK]), col(DeliveryRow.state) == "sent",
            col(DeliveryRow.receipt_id) != "",
        )  # fmt: skip
        yield from (row for row in session.exec(found.order_by(col(DeliveryRow.key))) if DECIDED not in row.body)


def edited(session: Session, edit: Edit, _now: datetime, _followed: bool) -> None:
    """The room shows it, or the message is not there any more: it is edited once."""
    row = session.get(DeliveryRow, edit.key)
    if row is not None:
        row.body = {DECIDED: edit.mark}
        session.add(row)
        session.flush()
