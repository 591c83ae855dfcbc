"""The append-only, hash-chained log: who did what, when, to which ids. No customer text goes in."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, insert
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from bot.store.tables_house import EventRow

START = "0" * 64
EMPTY = "{}"
UNSEEN = ("mention.heard", "mention.read", "forecast.said", "forecast.came")  # of which no open page shows anything
_TOLD = (
    columns_of(col(EventRow.id), col(EventRow.subject))
    .where(col(EventRow.id) > bindparam("after"), col(EventRow.what).not_in(UNSEEN))
    .order_by(col(EventRow.id).desc())
)


def add(
    session: Session, at: datetime, actor: str, what: str, subject: str = "", brand: str = "", **facts: object
) -> None:
    """Append one event in the caller's transaction. `facts` are ids, counts and names of ours."""
    add_many(session, at, actor, [(what, subject, brand, facts)])


def add_many(
    session: Session, at: datetime, actor: str, happened: Sequence[tuple[str, str, str, Mapping[str, object]]]
) -> None:
    """Append several events in order: each is (what, subject, brand, facts). `begin` keeps out other writers."""
    if not happened:
        return
    session.flush()
    previous = session.exec(select(EventRow.hash).order_by(col(EventRow.id).desc()).limit(1)).first() or START
    rows = []
    for what, subject, brand, facts in happened:
        row = {"actor": actor, "what": what, "subject": subject, "brand": brand, "facts": _text(facts)}
        said = _hash_of(previous, at, *row.values())
        rows.append(row | {"at": at, "previous": previous, "hash": said})
        previous = said
    session.connection().execute(insert(EventRow), rows)


def verify(session: Session, newest: int | None = None) -> int | None:
    """The id of the first event that was changed, or whose predecessor was removed; None if the chain holds.

    `newest` looks at that many of the last events only, taking the first one's predecessor on trust.
    """
    after, previous = 0, START
    if newest is not None:
        end = last(session)
        floor = (end.id or 0) - newest if end is not None else 0
        first = session.exec(
            select(EventRow).where(col(EventRow.id) > floor).order_by(col(EventRow.id)).limit(1)
        ).first()
        after, previous = ((first.id or 1) - 1, first.previous) if first is not None else (0, START)
    vouched = _vouched(session, after)
    for row in in_order(session, after):
        left = _hash(row)
        if row.previous != previous or (left != row.hash and (row.facts, vouched.get(row.id or 0)) != (EMPTY, left)):
            return row.id
        previous = row.hash
    return None


def last(session: Session) -> EventRow | None:
    """The newest event. Who keeps its id and hash elsewhere can tell later whether the log's end was cut off."""
    return session.exec(select(EventRow).order_by(col(EventRow.id).desc()).limit(1)).first()


def stands(session: Session, number: int, its_hash: str) -> bool:
    """Is this event still there, with this hash? With `verify` it vouches for everything before it."""
    row = session.get(EventRow, number)
    return row is not None and row.hash == its_hash


def empty(session: Session, rows: Sequence[EventRow], at: datetime) -> None:
    """Take the facts out of these events: they hold words that must go. The log says so, and of what is left vouches.

    Their own hashes stay, so every other link of the chain holds; `verify` takes an emptied event only with the later
    one that names it and the hash of what is left: whoever changes more is found.
    """
    for row in rows:
        row.facts = EMPTY
        session.add(row)
    said = [("event.emptied", f"event:{row.id}", row.brand, {"event": row.id, "left": _hash(row)}) for row in rows]
    add_many(session, at, "earshot", said)


def _vouched(session: Session, after: int) -> dict[int, str]:
    """By event: the hash of what is left of it, as the log says that it was emptied."""
    found = select(EventRow.facts).where(EventRow.what == "event.emptied", col(EventRow.id) > after)
    told = [json.loads(facts) for facts in session.exec(found)]
    return {said["event"]: said["left"] for said in told if "event" in said}


def in_order(session: Session, after: int = 0) -> Iterator[EventRow]:
    """All events, oldest first, without holding them all in memory."""
    while rows := session.exec(
        select(EventRow).where(col(EventRow.id) > after).order_by(col(EventRow.id)).limit(1_000)
    ).all():
        yield from rows
        after = rows[-1].id or after
        session.expunge_all()


def of(session: Session, subject: str, limit: int = 200) -> list[EventRow]:
    """What happened to one subject (e.g. `case:12`), oldest first."""
    found = select(EventRow).where(EventRow.subject == subject).order_by(col(EventRow.id)).limit(limit)
    return list(session.exec(found).all())


def touched(session: Session, after: int) -> set[int]:
    """The cases of which the log tells anything newer than this event."""
    return {case for _, case in told(session, after) if case}


def told(session: Session, after: int, limit: int | None = None) -> list[tuple[int, int]]:
    """Events newer than this one that a page could show, newest first, each with its case (0: of something else).

    Posts that are heard and read are most of the log and change no page: what they become, a case, does.
    """
    found = _TOLD if limit is None else _TOLD.limit(limit)
    rows = session.connection().execute(found, {"after": after})
    return [(number or 0, _case_in(subject)) for number, subject in rows]


def _case_in(subject: str) -> int:
    kind, _, number = subject.partition(":")
    return int(number) if kind == "case" and number.isdecimal() else 0


def newest(session: Session, limit: int = 200, before: int | None = None) -> list[EventRow]:
    """The last events, newest first."""
    found = select(EventRow).order_by(col(EventRow.id).desc()).limit(limit)
    return list(session.exec(found if before is None else found.where(col(EventRow.id) < before)).all())


def facts_of(row: EventRow) -> dict[str, object]:
    """What an event says besides who, what and when."""
    read = json.loads(row.facts)
    return read if isinstance(read, dict) else {}


def _text(facts: Mapping[str, object]) -> str:
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, default=str)


def _hash(row: EventRow) -> str:
    return _hash_of(row.previous, row.at, row.actor, row.what, row.subject, row.brand, row.facts)


def _hash_of(previous: str, at: datetime, *words: str) -> str:
    said = "\x1f".join((previous, at.isoformat(), *words))
    return sha256(said.encode("utf-8", "replace")).hexdigest()
