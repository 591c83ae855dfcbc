"""What an incident's page shows: its cases, what we said, who is still owed an answer, reach, what was not heard."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from bot.store import emptied, incident_joins
from bot.store.incidents import member_ids
from bot.store.tables import CaseRow, MentionRow, PostRow, ReplyRow
from bot.store.tables_house import EventRow, GapRow
from bot.store.tables_incidents import IncidentCaseRow, IncidentRow, SpikeRow

MEMBERS = 100
AT_ONCE = 400
OWED_NOTHING = ("not_us", "not_complaint", emptied.DELETED, emptied.ERASED)
"""How cases end whose customer is owed no answer: it was no complaint to us, or nobody can answer it any more."""
SAID = ("sent", "looking", "queued")


@dataclass(frozen=True, slots=True)
class Member:
    """One case of an incident, its customer's first post of it, and when we last answered it."""

    case: CaseRow
    membership: IncidentCaseRow
    post: PostRow | None
    answered_at: datetime | None

    def owed_since(self, fixed_at: datetime | None) -> bool:
        """Whether this customer has not heard since it was fixed (or at all), and nobody said that this is fine."""
        if self.membership.settled_at is not None or self.case.state == "merged":
            return False
        if self.case.resolved_how in OWED_NOTHING:
            return False
        return self.answered_at is None or (fixed_at is not None and self.answered_at < fixed_at)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far it was heard: people who wrote, their followers (an estimate of who could see it), reactions."""

    authors: int
    followers: int
    reactions: int
    posts: int


def members(session: Session, incident: IncidentRow, limit: int | None = MEMBERS) -> list[Member]:
    """Its cases, the first due first."""
    found = (
        select(CaseRow, IncidentCaseRow)
        .join(IncidentCaseRow, col(IncidentCaseRow.case_id) == col(CaseRow.id))
        .where(IncidentCaseRow.incident_id == incident.id, col(IncidentCaseRow.left_at).is_(None))
        .order_by(col(CaseRow.due_at), col(CaseRow.id))
    )
    rows = list(session.exec(found if limit is None else found.limit(limit)).all())
    ids = [case.id or 0 for case, _row in rows]
    posts, answers = _first_posts(session, ids), _answers(session, ids)
    return [Member(case, row, posts.get(case.id or 0), _latest(answers.get(case.id or 0), case)) for case, row in rows]


def _latest(reply: datetime | None, case: CaseRow) -> datetime | None:
    known = [at for at in (reply, case.answered_at, case.first_answered_at) if at is not None]
    return max(known, default=None)


def _first_posts(session: Session, ids: Sequence[int]) -> dict[int, PostRow]:
    found: dict[int, PostRow] = {}
    for at in range(0, len(ids), AT_ONCE):
        mine = (
            select(MentionRow.case_id, PostRow)
            .join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
            .where(col(MentionRow.case_id).in_(ids[at : at + AT_ONCE]), col(PostRow.gone_at).is_(None))
            .order_by(col(PostRow.created_at).desc())
        )
        found |= {case: post for case, post in session.exec(mine) if case is not None}
    return found


def _answers(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for at in range(0, len(ids), AT_ONCE):
        mine = (
            select(ReplyRow.case_id, func.max(ReplyRow.sent_at))
            .where(col(ReplyRow.case_id).in_(ids[at : at + AT_ONCE]), ReplyRow.state == "sent")
            .group_by(col(ReplyRow.case_id))
        )
        found |= {case: sent for case, sent in session.exec(mine) if sent is not None}
    return found


def owed(session: Session, incident: IncidentRow) -> list[Member]:
    """The circle-back list: everybody of it who has not heard since it was fixed. None is left out."""
    return [one for one in members(session, incident, None) if one.owed_since(incident.fixed_at)]


def said(session: Session, incident: IncidentRow, limit: int = 20) -> list[ReplyRow]:
    """What we told its customers, newest first."""
    ids = member_ids(session, incident.id or 0)
    rows: list[ReplyRow] = []
    for at in range(0, len(ids), AT_ONCE):
        mine = select(ReplyRow).where(col(ReplyRow.case_id).in_(ids[at : at + AT_ONCE]), col(ReplyRow.state).in_(SAID))
        rows += session.exec(mine.order_by(col(ReplyRow.approved_at).desc()).limit(limit))
    return sorted(rows, key=lambda row: row.approved_at, reverse=True)[:limit]


def reach(session: Session, incident: IncidentRow) -> Reach:
    """Followers are counted once an author, at the most they were seen with."""
    ids = member_ids(session, incident.id or 0)
    authors: dict[tuple[str, str], int] = {}
    reactions = posts = 0
    for at in range(0, len(ids), AT_ONCE):
        mine = (
            select(PostRow.platform, PostRow.author_id, PostRow.followers, PostRow.engagement)
            .join(MentionRow, col(MentionRow.post_id) == col(PostRow.id))
            .where(col(MentionRow.case_id).in_(ids[at : at + AT_ONCE]))
        )
        for platform, author, followers, engagement in session.exec(mine):
            key = (platform, author)
            authors[key] = max(authors.get(key, 0), followers or 0)
            reactions += engagement or 0
            posts += 1
    return Reach(len(authors), sum(authors.values()), reactions, posts)


def _said_of(incident_id: int) -> tuple[ColumnElement[bool], ...]:
    """Posts that are still there, of the cases that are part of it."""
    return (
        col(IncidentCaseRow.incident_id) == incident_id,
        col(IncidentCaseRow.left_at).is_(None),
        col(MentionRow.case_id) == col(IncidentCaseRow.case_id),
        col(PostRow.id) == col(MentionRow.post_id),
        col(PostRow.gone_at).is_(None),
    )


def quotes(session: Session, incident_id: int, limit: int) -> list[str]:
    """What the first of its customers say, one post each; words that two say alike once."""
    found = select(IncidentCaseRow.case_id, PostRow.text, PostRow.title).where(*_said_of(incident_id))
    rows = session.exec(found.order_by(col(IncidentCaseRow.case_id), col(PostRow.id)).limit(8 * limit)).all()
    firsts = {case: text or title for case, text, title in reversed(rows) if text or title}
    return list(dict.fromkeys(firsts[case] for case in sorted(firsts)))[:limit]


def answerable(session: Session, incident_id: int, here: Collection[str]) -> int:
    """How many of its cases have a post that can be answered from Earshot, which speaks on the platforms `here`."""
    found = select(func.count(func.distinct(IncidentCaseRow.case_id))).where(
        *_said_of(incident_id), col(PostRow.platform).in_(sorted(here)), PostRow.answer_to != ""
    )
    return int(session.exec(found).one())


def followers(session: Session, incident_id: int) -> int:
    """The followers of those who wrote, together: once an author, at the most they were seen with."""
    each = columns_of(func.max(PostRow.followers).label("most")).where(*_said_of(incident_id))
    authors = each.group_by(col(PostRow.platform), col(PostRow.author_id)).subquery()
    return int(session.connection().execute(columns_of(func.sum(authors.c.most))).scalar_one() or 0)


def lost(session: Session, start: datetime, end: datetime) -> list[GapRow]:
    """What was not heard in this stretch, or heard late."""
    found = select(GapRow).where(col(GapRow.to_at) > start, col(GapRow.from_at) < end)
    return list(session.exec(found.order_by(col(GapRow.from_at)).limit(50)).all())


def timeline(session: Session, incident: IncidentRow, limit: int = 200) -> list[EventRow]:
    """What happened to it, oldest first."""
    found = select(EventRow).where(EventRow.subject == f"incident:{incident.id}")
    return list(session.exec(found.order_by(col(EventRow.id)).limit(limit)).all())


def spikes(session: Session, incident: IncidentRow) -> list[SpikeRow]:
    """The spikes that belong to it, or to what was joined into it."""
    ours = {incident.id or 0, *(row.from_incident for row in incident_joins.into(session, [incident.id or 0]))}
    found = select(SpikeRow).where(col(SpikeRow.incident_id).in_(sorted(ours))).order_by(col(SpikeRow.at))
    return list(session.exec(found).all())


def own_lines(session: Session, incident: IncidentRow) -> list[str]:
    """Everything already approved for its customers, for the same-line check."""
    ids = member_ids(session, incident.id or 0)
    texts: list[str] = []
    for at in range(0, len(ids), AT_ONCE):
        mine = select(ReplyRow.text).where(col(ReplyRow.case_id).in_(ids[at : at + AT_ONCE]))
        texts += session.exec(mine)
    return texts
