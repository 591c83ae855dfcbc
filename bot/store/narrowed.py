"""The queue under a filter: how many cases of each part fit, and what stands outside of it.

One scan of the open cases answers for all parts, and looks that ask the same share it while nothing happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from bot.store import cases
from bot.store.asked import kept, until_news, while_nothing_happens
from bot.store.sieve import Narrow
from bot.store.tables import CaseRow, TagRow
from bot.store.tables_house import AccountRow

OPEN = ("owed", "waiting", "snoozed", "delight")
MOST_TAGS = 60


@dataclass(frozen=True, slots=True)
class Choices:
    """What open cases can be narrowed by: platforms, languages and tags that any of them has; people by name."""

    platforms: list[str]
    languages: list[str]
    tags: list[str]
    people: list[str]


def counts(session: Session, brands: Sequence[str] | None, now: datetime, narrow: Narrow, me: int) -> dict[str, int]:
    """As `cases.counts`, of those that fit; `mine` of those that `me` holds or was given, `broken` whose promise is.

    In a long queue they may be three seconds old, as the numbers of all of it are: few fit, but all are looked through.
    """
    wall = None if brands is None else tuple(brands)
    asked, whole = ("narrowed", wall, narrow.key, me), cases.counts(session, brands, now)

    def count() -> dict[str, int]:
        return _counted(session, wall, now, narrow.where, me)

    return while_nothing_happens(session, asked, now, count, lambda _found: max(whole.values()) > cases.MANY)


def all_broken(session: Session, brands: Sequence[str] | None, now: datetime) -> int:
    """How many cases, whatever their part, have a promise of ours that is past its time."""
    wall = None if brands is None else tuple(brands)
    return while_nothing_happens(session, ("broken", wall), now, lambda: _broken(session, wall, now, ()))


def plain(session: Session, brands: Sequence[str] | None, part: str, limit: int, narrow: Narrow) -> list[CaseRow]:
    """As `cases.plain`, of those that fit."""
    wall = None if brands is None else tuple(brands)
    found = select(CaseRow).where(CaseRow.part == part, *_wall(wall), *narrow.where)
    return list(session.exec(found.order_by(cases.PLAIN[part], col(CaseRow.id)).limit(limit)).all())


def _counted(
    session: Session, brands: tuple[str, ...] | None, now: datetime, where: Sequence[ColumnElement[bool]], me: int
) -> dict[str, int]:
    due, risk, part = col(CaseRow.due_at), col(CaseRow.at_risk_at), col(CaseRow.part)
    theirs = (col(CaseRow.holder) == me) | (col(CaseRow.assigned_to) == me)
    each: dict[str, Any] = {
        "next": (part == "owed") & (risk <= now) & (due > now),
        "late": (part == "owed") & (due <= now),
        "window": (part == "owed") & (risk > now),
        "mine": (part == "owed") & theirs,
    } | {name: part == name for name in ("waiting", "snoozed", "delight")}
    columns = [func.count(case((fits, 1))).label(name) for name, fits in each.items()]
    asked = columns_of(*columns).where(part.in_(OPEN), *_wall(brands), *where)
    found = dict(session.connection().execute(asked).one()._mapping)
    return found | {"broken": _broken(session, brands, now, where)}


def _broken(
    session: Session, brands: tuple[str, ...] | None, now: datetime, where: Sequence[ColumnElement[bool]]
) -> int:
    past = (col(CaseRow.promised_at).is_not(None), col(CaseRow.promised_at) <= now, CaseRow.state != "merged")
    found = select(func.count()).select_from(CaseRow).where(*past, *_wall(brands), *where)
    return int(session.exec(found).one())


def choices(session: Session, brands: Sequence[str] | None) -> Choices:
    """What the form offers, from the open cases on this side of the wall."""
    wall = None if brands is None else tuple(brands)
    return Choices(*_of_cases(session, wall), _tags(session, wall), _people(session, wall))


@until_news(CaseRow)
def _of_cases(session: Session, brands: tuple[str, ...] | None) -> tuple[list[str], list[str]]:
    there = columns_of(col(CaseRow.platform), func.lower(func.substr(func.coalesce(CaseRow.language, ""), 1, 2)))
    rows = session.connection().execute(there.where(col(CaseRow.part).in_(OPEN), *_wall(brands)).distinct()).all()
    return sorted({platform for platform, _ in rows}), sorted({language for _, language in rows if language})


@until_news(CaseRow, TagRow)
def _tags(session: Session, brands: tuple[str, ...] | None) -> list[str]:
    """The tags most open cases have, in alphabetical order."""
    found = columns_of(col(TagRow.tag)).join(CaseRow, col(CaseRow.id) == col(TagRow.case_id))
    found = found.where(col(CaseRow.part).in_(OPEN), *_wall(brands)).group_by(col(TagRow.tag))
    rows = session.connection().execute(found.order_by(func.count().desc(), col(TagRow.tag)).limit(MOST_TAGS))
    return sorted(tag for (tag,) in rows)


@kept(AccountRow)
def _people(session: Session, brands: tuple[str, ...] | None) -> list[str]:
    """Who can have a case of one of these brands, by name."""
    working = col(AccountRow.role).in_(("agent", "lead", "admin", "operator"))
    rows = session.exec(select(AccountRow).where(col(AccountRow.disabled_at).is_(None), working))
    return sorted({row.name for row in rows if brands is None or not row.brands or set(row.brands) & set(brands)})


def _wall(brands: tuple[str, ...] | None) -> tuple[ColumnElement[bool], ...]:
    return () if brands is None else (col(CaseRow.brand).in_(brands),)
