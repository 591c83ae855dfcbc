"""Which cases stand first, chosen among many by a few narrow columns; whole rows are read for the chosen only."""

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, String, cast, literal, union_all
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from bot.core import priority
from bot.core.policy import Policy
from bot.core.priority import Facts, Severity
from bot.core.promised import moved_by, plain
from bot.core.window import Sooner, State, Window
from bot.store.asked import newest, until_news_of_each, while_nothing_happens
from bot.store.events import touched
from bot.store.tables import CaseRow

WIDER = 4  # candidates for each place
MOST_EVENTS = 500  # after more the whole order is made anew
_NARROW: tuple[Any, ...] = (
    col(CaseRow.id),
    col(CaseRow.spoke_at),
    col(CaseRow.heard_at),
    col(CaseRow.due_at),
    col(CaseRow.answered_at),
    col(CaseRow.promised_at),
    col(CaseRow.severity),
    col(CaseRow.followers),
    cast(CaseRow.policy, String).label("policy"),  # as text: a page parses each policy once, not once a row
    cast(CaseRow.facts, String).label("facts"),
)
Key = tuple[float, datetime, int]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the queue: which cases, and the order of time among them."""

    where: Sequence[ColumnElement[bool]]
    by_time: Any


def in_order(
    session: Session, parts: Mapping[str, Part], now: datetime, limit: int, named: Hashable = None
) -> dict[str, list[CaseRow]]:
    """The first cases of each part by worth, exactly ordered among those most pressing by time and those weightiest.

    What is neither among the 4 × limit most pressing nor the 4 × limit weightiest cannot be near the front, so the
    page reads a bounded number of rows however long the queue is. Fewer than that by time are all there are.
    Three statements for all parts together, the last of which looks share; with a name for the question the order is
    shared while nothing happens, and that of a long queue is brought up to date for three seconds: only the cases that
    something happened to are asked for again, and placed among the others.
    """
    likely = _up_to_date(session, parts, now, limit, named)
    chosen = {name: [one for _, _, one in sorted(found.values())[:limit]] for name, found in likely.items()}
    wanted = sorted({one for ids in chosen.values() for one in ids})
    rows = rows_of(session, wanted)
    return {name: [rows[one] for one in ids if one in rows] for name, ids in chosen.items()}


@until_news_of_each(CaseRow)
def rows_of(session: Session, ids: Sequence[int]) -> dict[int, CaseRow]:
    """These cases, by id. All looks share them: nobody may change one but while writing."""
    if not ids:
        return {}
    return {row.id or 0: row for row in session.exec(select(CaseRow).where(col(CaseRow.id).in_(list(ids))))}


def _up_to_date(
    session: Session, parts: Mapping[str, Part], now: datetime, limit: int, named: Hashable
) -> dict[str, dict[int, Key]]:
    if named is None:
        return _likely(session, parts, now, limit)
    event = newest(session)[0]

    def ask() -> tuple[int, dict[str, dict[int, Key]]]:
        return event, _likely(session, parts, now, limit)

    def long(known: tuple[int, dict[str, dict[int, Key]]]) -> bool:
        return any(len(found) >= limit * WIDER for found in known[1].values()) and event - known[0] <= MOST_EVENTS

    then, likely = while_nothing_happens(session, named, now, ask, long)
    moved = touched(session, then) if event != then else set()
    if not moved:
        return likely
    again = _candidates(session, {name: (_of(part, moved), part.by_time) for name, part in parts.items()}, now, limit)
    return {
        name: {one: key for one, key in found.items() if one not in moved} | again[name]
        for name, found in likely.items()
    }


def _of(part: Part, ids: set[int]) -> Part:
    return Part((*part.where, col(CaseRow.id).in_(sorted(ids))), part.by_time)


def _likely(session: Session, parts: Mapping[str, Part], now: datetime, limit: int) -> dict[str, dict[int, Key]]:
    """Of each part those that can be near its front, with what they sort by."""
    likely = _candidates(session, {name: (part, part.by_time) for name, part in parts.items()}, now, limit)
    full = {name: (parts[name], col(CaseRow.weight).desc()) for name in parts if len(likely[name]) == limit * WIDER}
    for name, more in _candidates(session, full, now, limit).items():
        likely[name] |= more
    return likely


def _candidates(
    session: Session, asked: Mapping[str, tuple[Part, Any]], now: datetime, limit: int
) -> dict[str, dict[int, Key]]:
    """The first 4 × limit of each part in the order given, each with the key it sorts by."""
    found: dict[str, dict[int, Key]] = {name: {} for name in asked}
    if not asked:
        return found
    several = [
        columns_of(
            columns_of(literal(name, String).label("name"), *_NARROW)
            .where(*part.where)
            .order_by(order)
            .limit(limit * WIDER)
            .subquery()
        )
        for name, (part, order) in asked.items()
    ]
    for row in session.connection().execute(union_all(*several)):
        found[row.name][row.id] = _key_of(row, now)
    return found


def key(case: CaseRow, now: datetime) -> Key:
    """What a case sorts by: worth, then due time, then id, so that equals never swap."""
    return _key(case, json.dumps(case.policy), json.dumps(case.facts), now)


def _key_of(row: Row[Any], now: datetime) -> Key:
    return _key(row, row.policy, row.facts, now)


def _key(case: Any, its_policy: str, facts: str, now: datetime) -> Key:
    promised_by, moved = promise(its_policy)
    here = Window.of(promised_by, case.spoke_at, case.heard_at, case.answered_at, moved)
    promised = case.promised_at - now if case.promised_at is not None else None
    late = case.answered_at is None and now >= here.due_at
    worth = _weight(facts, case.severity, case.followers) * priority.pressure(here.left(now), promised, late)
    return -worth, case.due_at, case.id or 0


@lru_cache(maxsize=4_096)
def promise(text: str) -> tuple[Policy, Sooner | None]:
    """The policy a case was promised by and what made it stricter, parsed once."""
    raw = json.loads(text)
    return _policy(json.dumps(plain(raw) or {"window_minutes": 60})), moved_by(raw)


@lru_cache(maxsize=256)
def _policy(text: str) -> Policy:
    """Many cases share one, whatever moved each of them."""
    return Policy.parse(json.loads(text))


def weigh(facts: Mapping[str, Any], severity: str, followers: int | None) -> float:
    """The part of a case's worth that time does not change, as it is kept on the case."""
    return _weight(json.dumps(facts), severity, followers)


@lru_cache(maxsize=4_096)
def _weight(facts: str, severity: str, followers: int | None) -> float:
    """The part of the worth that time does not change."""
    known = json.loads(facts) | {"followers": followers}
    return priority.weight(Facts(State.OPEN, timedelta(), Severity(severity), **known))
