"""Drills: what became of a script's posts in the sandbox, and the debriefs that are kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.core.debrief import Answer, Played
from bot.core.masking import masked
from bot.store import cases
from bot.store.tables import CaseRow, MentionRow, PostRow, ReplyRow
from bot.store.tables_house import AccountRow, EventRow
from bot.store.tables_incidents import DrillRow, IncidentCaseRow, IncidentRow


def played(session: Session, posts: Sequence[tuple[str, str, datetime, bool]]) -> list[Played]:
    """Each post of a script (platform, id, when written, owed an answer) and what became of it."""
    found = {
        (post.platform, post.native_id): (post.heard_at, case)
        for post, case in session.exec(
            select(PostRow, CaseRow)
            .join(MentionRow, col(MentionRow.post_id) == col(PostRow.id), isouter=True)
            .join(CaseRow, col(CaseRow.id) == col(MentionRow.case_id), isouter=True)
        )
    }
    claims = _claims(session)
    return [_one(found.get((on, key)), claims, key, at, owed) for on, key, at, owed in posts]


def _one(
    found: tuple[datetime, CaseRow | None] | None, claims: dict[str, datetime], key: str, at: datetime, owed: bool
) -> Played:
    if found is None:
        return Played(key, at, owed)
    heard_at, case = found
    if case is None:
        return Played(key, at, owed, heard_at)
    window = replace(cases.first_window(case), spoke_at=at)  # the promise of its case, from its own words on
    claimed_at = claims.get(f"case:{case.id}")
    return Played(
        key, at, owed, heard_at, case.id, claimed_at, case.first_answered_at, window.due_at, window.target
    )  # fmt: skip


def _claims(session: Session) -> dict[str, datetime]:
    found = select(EventRow.subject, func.min(EventRow.at)).where(EventRow.what == "case.claimed")
    return dict(session.exec(found.group_by(col(EventRow.subject))).all())


def answers(session: Session) -> list[Answer]:
    """Every answer that left, or was posted by hand."""
    found = select(ReplyRow.case_id, ReplyRow.text).where(col(ReplyRow.state).in_(("sent", "looking")))
    return [Answer(case, text) for case, text in session.exec(found)]


def proposed_at(session: Session) -> datetime | None:
    """When the first incident was proposed or declared."""
    return session.exec(select(func.min(IncidentRow.proposed_at))).one()


def members(session: Session) -> dict[str, str]:
    """People's names by the Slack member id that they have here."""
    found = select(AccountRow.slack_user, AccountRow.name).where(AccountRow.slack_user != "")
    return dict(session.exec(found).all())


def keep(session: Session, name: str, start: datetime, end: datetime, facts: dict[str, Any]) -> int:
    """A debrief is kept; its number."""
    row = DrillRow(name=name, started_at=start, ended_at=end, debrief=facts)
    session.add(row)
    session.flush()
    return row.id or 0


def newest(session: Session, limit: int = 50) -> list[DrillRow]:
    """Drills, the newest first."""
    return list(session.exec(select(DrillRow).order_by(col(DrillRow.id).desc()).limit(limit)).all())


def get(session: Session, drill_id: int) -> DrillRow | None:
    """One drill."""
    return session.get(DrillRow, drill_id)


def recorded(session: Session, incident_id: int) -> list[dict[str, object]]:
    """An incident's posts as lines of a script: customers are numbered, personal data in their words is masked.

    ValueError when there is no such incident or none of its words are left.
    """
    found = (
        select(PostRow)
        .join(MentionRow, col(MentionRow.post_id) == col(PostRow.id))
        .join(IncidentCaseRow, col(IncidentCaseRow.case_id) == col(MentionRow.case_id))
        .where(IncidentCaseRow.incident_id == incident_id, col(PostRow.gone_at).is_(None), PostRow.text != "")
        .order_by(col(PostRow.created_at), col(PostRow.id))
    )
    rows = list({row.id: row for row in session.exec(found)}.values())
    if not rows:
        raise ValueError(f"There is no incident {incident_id} with words that could be played.")
    start = rows[0].created_at
    known: dict[tuple[str, str], str] = {}
    for row in rows:
        known.setdefault((row.platform, row.author_id), f"customer{len(known) + 1}")
    return [
        {
            "id": f"r{number}",
            "at": round((row.created_at - start).total_seconds() / 60, 3),
            "on": row.platform,
            "who": known[row.platform, row.author_id],
            "text": _unnamed(masked(row.text), row),
            "followers": row.followers or 0,
        }
        for number, row in enumerate(rows, 1)
    ]


def _unnamed(text: str, row: PostRow) -> str:
    for name in (row.author_handle, row.author_name):
        text = text.replace(name, "…") if len(name) > 2 else text
    return text
