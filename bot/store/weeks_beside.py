"""Rows for what stands beside a week's figures: incidents, the act of service, what was kept out of the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.core.beside import Act, Surge, Thrown, Trouble
from bot.core.recall import recall
from bot.core.themes import Quote
from bot.core.week import Week
from bot.store import audits, incidents, rights, spikes
from bot.store.audits import Verdicts
from bot.store.tables import CaseRow, CustomerRow, MentionRow, PostRow, RecoveryRow, ReplyRow
from bot.store.tables_incidents import StoryRow

SAMPLED_FOR = timedelta(days=28)
DECIDED_IN = timedelta(days=90)
THROWN = {"calm": "calm", "not_us": "not-us", "not_complaint": "not-complaint"}  # verdict: name of its list
LOOKED = ("looked-at", "missed")
MOST_CANDIDATES = 30


def troubles(session: Session, brand: str, week: Week, now: datetime) -> tuple[Trouble, ...]:
    """The incidents that began in the week."""
    found = []
    for row in incidents.between(session, brand, week.span.start, week.span.end):
        count = incidents.count(session, row.id or 0, now)
        found.append(Trouble(row.id or 0, row.title, row.state, row.started_at, row.fixed_at or row.ended_at,
                             count.members, count.answered, count.late))  # fmt: skip
    return tuple(found)


def surges(session: Session, brand: str, week: Week) -> tuple[Surge, ...]:
    """The spikes of the week, oldest first."""
    rows = spikes.between(session, brand, week.span.start, week.span.end)
    return tuple(spikes.stories(session, rows))


def thrown(session: Session, brand: str, week: Week) -> Thrown | None:
    """What was kept out of the queue in the week, and the sample of the four weeks until its end; None of nothing."""
    span = week.span
    found = select(MentionRow.verdict, MentionRow.post_id).where(
        MentionRow.brand == brand, col(MentionRow.created_at) >= span.start, col(MentionRow.created_at) < span.end,
        col(MentionRow.verdict).in_(THROWN),
    )  # fmt: skip
    posts: dict[str, list[str]] = {name: [] for name in (*THROWN.values(), *LOOKED)}
    for verdict, post in session.exec(found.order_by(col(MentionRow.created_at), col(MentionRow.id))):
        posts[THROWN[verdict]].append(str(post))
    parts, caught, draws = audits.result(session, brand, span.end - SAMPLED_FOR)
    sample = recall(parts, caught) if draws else None
    for post, label in audits.labelled(session, brand, span.end - SAMPLED_FOR):
        posts["looked-at"].append(str(post))
        posts["missed"] += [str(post)] if label == "yes" else []
    calm, not_us, no_complaint = (len(posts[name]) for name in THROWN.values())
    if not (calm or not_us or no_complaint or sample is not None):
        return None
    return Thrown(calm, not_us, no_complaint, sample, {name: tuple(dict.fromkeys(ids)) for name, ids in posts.items()})


def decided(session: Session, brand: str, week: Week) -> Verdicts:
    """What people did with the cases of the three months until the week's end."""
    return audits.verdicts(session, brand, week.span.end - DECIDED_IN, week.span.end)


def act(session: Session, brand: str, week: Week) -> Act | None:
    """The act of service that was chosen and consented to, while its words are still here."""
    row = told(session, brand, week.label)
    if row is None:
        return None
    before, after = _words(session, row.case_id)
    reply = _reply(session, row.case_id)
    if before is None or not reply:
        return None
    return Act(row.case_id, rights.name_of(session, row.agent) if row.named else "", row.why, before, reply, after)


def told(session: Session, brand: str, week: str) -> StoryRow | None:
    """The newest story of a week that its agent agreed to."""
    found = select(StoryRow).where(
        StoryRow.brand == brand,
        StoryRow.week == week,
        col(StoryRow.consented_at).is_not(None),
        col(StoryRow.declined_at).is_(None),
    )
    return session.exec(found.order_by(col(StoryRow.id).desc()).limit(1)).first()


def stories(session: Session, brand: str, week: str) -> list[StoryRow]:
    """Everything chosen for a week, the newest first."""
    found = select(StoryRow).where(StoryRow.brand == brand, StoryRow.week == week)
    return list(session.exec(found.order_by(col(StoryRow.id).desc())).all())


def asked_of(session: Session, account_id: int) -> list[StoryRow]:
    """Stories that wait for this person's word."""
    found = select(StoryRow).where(
        StoryRow.agent == account_id, col(StoryRow.consented_at).is_(None), col(StoryRow.declined_at).is_(None)
    )
    return list(session.exec(found.order_by(col(StoryRow.id))).all())


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case worth telling: who answered it, what was said before, what we answered, what was said afterwards."""

    case_id: int
    agent: int
    name: str
    before: Quote
    answer: str
    after: Quote | None


def candidates(session: Session, brand: str, week: Week) -> list[Candidate]:
    """Cases a person of ours answered whose customers spoke better of us, or who had something good to tell.

    Ordered by when the customer last spoke, the newest first; how fast the answer was plays no part.
    """
    span = week.span
    better = select(RecoveryRow.case_id).where(RecoveryRow.outcome == "recovered")
    found = (
        select(CaseRow)
        .where(
            CaseRow.brand == brand,
            col(CaseRow.answered_by).is_not(None),
            col(CaseRow.first_answered_at) >= week.before.span.start,
            col(CaseRow.first_answered_at) < span.end,
            (col(CaseRow.id).in_(better)) | (CaseRow.section == "delight"),
        )
        .order_by(col(CaseRow.words_at).desc())
        .limit(MOST_CANDIDATES)
    )
    made = []
    for case in session.exec(found):
        before, after = _words(session, case.id or 0)
        reply = _reply(session, case.id or 0)
        if before is not None and reply and case.answered_by is not None:
            name = rights.name_of(session, case.answered_by)
            made.append(Candidate(case.id or 0, case.answered_by, name, before, reply, after))
    return made


def _words(session: Session, case_id: int) -> tuple[Quote | None, Quote | None]:
    """The customer's first words of a case, and their newest public ones about the brand after our answer."""
    case = session.get(CaseRow, case_id)
    if case is None or session.get(CustomerRow, case.customer_id) is None:
        return None, None
    mine: Any = select(PostRow).join(MentionRow, col(MentionRow.post_id) == col(PostRow.id))
    mine = mine.where(col(PostRow.gone_at).is_(None), PostRow.text != "")
    first = mine.where(MentionRow.case_id == case_id).order_by(col(PostRow.created_at)).limit(1)
    later = mine.where(
        MentionRow.brand == case.brand,
        MentionRow.customer_id == case.customer_id,
        col(PostRow.created_at) > (case.first_answered_at or case.spoke_at),
    )
    before = _quote(session.exec(first).first())
    return before, _quote(session.exec(later.order_by(col(PostRow.created_at).desc()).limit(1)).first())


def _quote(post: PostRow | None) -> Quote | None:
    return Quote(str(post.id), post.text, post.platform, post.created_at) if post is not None else None


def _reply(session: Session, case_id: int) -> str:
    found = select(ReplyRow.text).where(ReplyRow.case_id == case_id, col(ReplyRow.state).in_(("sent", "looking")))
    return session.exec(found.order_by(col(ReplyRow.id)).limit(1)).first() or ""


def stamp(session: Session, brand: str, week: Week) -> Sequence[object]:
    """Changes whenever what stands beside the figures could."""
    span = week.span
    shown = [(row.id, row.version, row.state) for row in incidents.between(session, brand, span.start, span.end)]
    chosen = [(row.id, row.consented_at, row.declined_at) for row in stories(session, brand, week.label)]
    parts, caught, draws = audits.result(session, brand, span.end - SAMPLED_FOR)
    looked = tuple((part.name, part.labelled) for part in parts)
    rang = tuple(row.id for row in spikes.between(session, brand, span.start, span.end))
    return tuple(shown), tuple(chosen), rang, draws, looked, caught.queued, decided(session, brand, week)
