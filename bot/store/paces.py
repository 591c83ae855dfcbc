"""How it goes here, measured: what answers took lately, how many cases come, who answers now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, pstdev

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from bot.core.forecast import MOST, Pace, Waiting
from bot.store.tables import CaseRow
from bot.store.tables_house import AccountRow, PresenceRow

LATELY = timedelta(days=7)
MEASURED = 2_000  # answers at most
LONGEST_GAP = timedelta(minutes=45)  # longer between two answers of one person is a break, not work
HERE = timedelta(minutes=5)
ANSWERED = timedelta(minutes=20)
HOUR = timedelta(hours=1)
NEWEST = 20_000  # cases that are looked through


def pace(session: Session, brands: Sequence[str] | None, now: datetime) -> Pace:
    """The stretch between two answers of one person is what an answer takes, with all that belongs to it."""
    done = select(CaseRow.answered_by, CaseRow.answered_at).where(
        _recent(session),
        col(CaseRow.answered_at) >= now - LATELY,
        col(CaseRow.answered_by).is_not(None),
        *_wall(brands),
    )
    rows = session.exec(done.order_by(col(CaseRow.answered_at).desc()).limit(MEASURED)).all()
    times: dict[int, list[datetime]] = {}
    for who, at in rows:
        if who is not None and at is not None:
            times.setdefault(who, []).append(at)
    gaps = [gap for each in times.values() for gap in _gaps(sorted(each))]
    mean = fmean(gaps) if gaps else 0.0
    spread = pstdev(gaps) / mean if len(gaps) > 1 and mean else 1.0
    return Pace(mean, spread, len(gaps), _arrivals(session, brands, now), _promised(session, brands))


def _gaps(times: list[datetime]) -> list[float]:
    spans = [after - before for before, after in pairwise(times)]
    return [_minutes(span) for span in spans if timedelta() < span <= LONGEST_GAP]


def _arrivals(session: Session, brands: Sequence[str] | None, now: datetime) -> float:
    """New cases that want an answer, a minute, in the last hour."""
    came = select(func.count()).select_from(CaseRow)
    lately = (_recent(session), CaseRow.opened_at >= now - HOUR)
    came = came.where(*lately, CaseRow.section == "care", col(CaseRow.history).is_(False))
    return int(session.exec(came.where(*_wall(brands))).one()) / 60


def _promised(session: Session, brands: Sequence[str] | None) -> float:
    newest = select(CaseRow.first_spoke_at, CaseRow.first_due_at).where(*_wall(brands))
    rows = session.exec(newest.order_by(col(CaseRow.id).desc()).limit(20)).all()
    spans = sorted((due - spoke).total_seconds() / 60 for spoke, due in rows)
    return spans[len(spans) // 2] if spans else 60.0


def waiting(session: Session, brands: Sequence[str] | None, now: datetime) -> list[tuple[int, Waiting]]:
    """Those who are owed an answer and can still be kept, the soonest due first, then the late ones; with their ids."""
    quiet = (col(CaseRow.history).is_(False), col(CaseRow.late_arrival).is_(False))
    owed: tuple[ColumnElement[bool], ...] = (col(CaseRow.part) == "owed", *quiet, *_wall(brands))
    due_at = col(CaseRow.due_at)
    columns = select(CaseRow.id, CaseRow.due_at, CaseRow.at_risk_at, CaseRow.lease_until).where(*owed)
    found: list[tuple[int, Waiting]] = []
    for where, order in ((due_at > now, due_at), (due_at <= now, due_at.desc())):
        for key, due, risk, lease in session.exec(columns.where(where).order_by(order).limit(MOST - len(found))).all():
            held = lease is not None and lease > now
            found.append((key or 0, Waiting(_minutes(due - now), _minutes(risk - now), held)))
    return found


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60


def agents(session: Session, brands: Sequence[str] | None, now: datetime) -> int:
    """Who answers now: has a case on the screen, holds one, or answered in the last minutes; inside the wall."""
    present = set(session.exec(select(PresenceRow.account_id).where(PresenceRow.at >= now - HERE)))
    holding = set(session.exec(select(CaseRow.holder).where(col(CaseRow.lease_until) > now, *_wall(brands))))
    answered = (_recent(session), col(CaseRow.answered_at) >= now - ANSWERED, *_wall(brands))
    lately = set(session.exec(select(CaseRow.answered_by).where(*answered)))
    ids = [key for key in present | holding | lately if key is not None]
    known = session.exec(select(AccountRow).where(col(AccountRow.id).in_(ids), col(AccountRow.role) != "viewer")).all()
    return sum(1 for row in known if not row.brands or brands is None or set(row.brands) & set(brands))


def _recent(session: Session) -> ColumnElement[bool]:
    """The newest cases by number: what is measured each minute must not grow with the table."""
    newest = session.exec(select(func.max(CaseRow.id))).one() or 0
    return col(CaseRow.id) > newest - NEWEST


def _wall(brands: Sequence[str] | None) -> tuple[ColumnElement[bool], ...]:
    return () if brands is None else (col(CaseRow.brand).in_(list(brands)),)


def walls(session: Session) -> list[list[str] | None]:
    """The different walls people look through: each needs a forecast of its own."""
    rows = session.exec(select(AccountRow.brands).where(col(AccountRow.disabled_at).is_(None))).all()
    distinct = {tuple(sorted(brands)) for brands in rows}
    return [list(one) or None for one in sorted(distinct)]
