"""Complaints of late that no incident speaks for, and what is usual: for finding the one cause of many."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sql
from sqlalchemy import exists, func
from sqlmodel import Session, col, select

from bot.core.priority import Bars
from bot.core.recovery import Sentiment
from bot.core.week import Said
from bot.store.tables import MentionRow, PostRow
from bot.store.tables_incidents import IncidentCaseRow

COMPLAINT = Bars().complaint
MOST = 600
_COLUMNS = (
    col(MentionRow.case_id), col(PostRow.id), col(MentionRow.created_at), col(MentionRow.platform),
    col(MentionRow.tagged), col(MentionRow.sentiment), col(PostRow.title), col(PostRow.text), col(PostRow.author_id),
)  # fmt: skip


def loose(session: Session, brand: str, since: datetime, until: datetime) -> dict[str, tuple[Said, int]]:
    """Complaints with a case that is part of no incident, by post: their words and their case. The newest 600."""
    joined = exists().where(
        col(IncidentCaseRow.case_id) == col(MentionRow.case_id), col(IncidentCaseRow.left_at).is_(None)
    )
    rows = _said(session, brand, since, until, True, col(MentionRow.case_id).is_not(None), ~joined)
    return {one.post_id: (one, case) for one, case in rows if case is not None}


def complaints(session: Session, brand: str, since: datetime, until: datetime) -> list[Said]:
    """Complaints of this stretch, the newest 600."""
    return [one for one, _case in _said(session, brand, since, until, True)]


def others(session: Session, brand: str, since: datetime, until: datetime) -> list[Said]:
    """Mentions of this stretch that complain of nothing, the newest 600."""
    return [one for one, _case in _said(session, brand, since, until, False)]


def newest(session: Session, brand: str, since: datetime) -> tuple[int, int]:
    """How many complaints there are since then, and the newest one's id: unchanged, there is nothing new to look at."""
    found = select(func.count(), func.max(MentionRow.id)).where(
        *_where(brand, True), col(MentionRow.created_at) > since
    )
    many, last = session.exec(found).one()
    return int(many), int(last or 0)


def _where(brand: str, complains: bool) -> tuple[Any, ...]:
    chance = col(MentionRow.complaint)
    about = (chance >= COMPLAINT, MentionRow.verdict != "not_complaint") if complains else (chance < COMPLAINT,)
    return MentionRow.brand == brand, col(MentionRow.history).is_(False), MentionRow.verdict != "not_us", *about


def _said(
    session: Session, brand: str, since: datetime, until: datetime, complains: bool, *more: Any
) -> list[tuple[Said, int | None]]:
    at = col(MentionRow.created_at)
    found = (
        sql.select(*_COLUMNS)  # no whole rows: making 600 of them takes Python four times as long
        .select_from(MentionRow)
        .join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
        .where(*_where(brand, complains), at > since, at <= until, col(PostRow.gone_at).is_(None), *more)
        .order_by(at.desc())
        .limit(MOST)
    )
    rows: Iterable[Any] = session.connection().execute(found)
    return [(_one(brand, *row), case) for case, *row in rows]


def _one(
    brand: str, post: int, at: datetime, platform: str, tagged: bool, tone: str | None, title: str, text: str, who: str
) -> Said:
    said = cast("Sentiment | None", tone)
    return Said(str(post), at, platform, brand, tagged, True, said, f"{title}\n{text}".strip(), who)
