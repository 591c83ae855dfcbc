"""The cases of a week: who was owed an answer, and what became of those who had one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.core.recovery import Outcome
from bot.core.week import Owed, Turned, Week
from bot.store.tables import CaseRow, MentionRow, RecoveryRow
from connectors.types import Span

ANSWERED = 0.05
AFTER_DAYS = 7  # the verdict that is final when the week after the answer's is over
AT_ONCE = 5_000  # ids in one query: both engines take more
CLOSED = ("not_us", "not_complaint")


@dataclass(frozen=True, slots=True)
class Opened:
    """One case by its first window. `post_id` is the post that opened it, "" if it cannot be told."""

    case_id: int
    post_id: str
    platform: str
    state: str
    history: bool
    heard_at: datetime
    spoke_at: datetime
    due_at: datetime
    answered_at: datetime | None

    @property
    def is_closed(self) -> bool:
        """A person closed it without an answer."""
        return self.state == "resolved" and self.answered_at is None


def opened(session: Session, brand: str, week: Week) -> list[Opened]:
    """The cases of this week and the one before, by when their customer first spoke; corrected ones are left out."""
    span = Span(week.before.span.start, week.span.end)
    columns: tuple[Any, ...] = (
        CaseRow.platform,
        CaseRow.state,
        CaseRow.history,
        CaseRow.heard_at,
        CaseRow.first_spoke_at,
        CaseRow.first_due_at,
        CaseRow.first_answered_at,
    )
    found: Any = select(CaseRow.id, func.min(MentionRow.post_id), *columns)
    found = (
        found.join(MentionRow, _first_words(), isouter=True)
        .where(
            CaseRow.brand == brand,
            CaseRow.section == "care",
            CaseRow.state != "merged",
            col(CaseRow.resolved_how).not_in(CLOSED),
            col(CaseRow.spoke_at) >= span.start,  # has an index; the first words are never later
            col(CaseRow.first_spoke_at) >= span.start,
            col(CaseRow.first_spoke_at) < span.end,
        )
        .group_by(col(CaseRow.id), *columns)
        .order_by(col(CaseRow.first_spoke_at), col(CaseRow.id))
    )
    return [Opened(case, _text(post), *rest) for case, post, *rest in session.exec(found)]


def owed(cases: Sequence[Opened]) -> list[Owed]:
    """Those that count for the figures of answering.

    Left out: what was closed without an answer, and imported cases where no answer of ours was imported with them:
    how fast we were cannot be known from those.
    """
    known = answers_known(cases)
    return [
        Owed(
            case.post_id,
            case.platform,
            case.spoke_at,
            case.due_at,
            None if case.history else case.heard_at,
            case.answered_at,
        )
        for case in cases
        if not case.is_closed and (known or not case.history)
    ]


def answers_known(cases: Sequence[Opened]) -> bool:
    """True if imported cases came with answers of ours, so that their waiting times mean something: one in twenty did.

    A file of customers' posts with an answer here and there says nothing of how fast we were.
    """
    imported = [case for case in cases if case.history]
    return sum(case.answered_at is not None for case in imported) > ANSWERED * len(imported)


def promise(cases: Sequence[Opened]) -> int | None:
    """The window in minutes if nine in ten of these cases had the same one; None otherwise."""
    lengths = Counter(round((case.due_at - case.spoke_at).total_seconds() / 60) for case in cases)
    length, n = max(lengths.items(), key=lambda pair: pair[1], default=(0, 0))
    return length if n and n >= 0.9 * len(cases) else None


def turned(session: Session, brand: str, week: Week) -> list[Turned]:
    """What became of customers answered in the week before, within seven days of our answer."""
    found = (
        select(CaseRow.id, CaseRow.first_answered_at, RecoveryRow.outcome, RecoveryRow.mentions)
        .join(RecoveryRow, col(RecoveryRow.case_id) == col(CaseRow.id))
        .where(*_answered(brand, week.before.span), RecoveryRow.days == AFTER_DAYS)
        .order_by(col(CaseRow.first_answered_at), col(CaseRow.id))
    )
    known = list(session.exec(found))
    first = _first_posts(session, brand, week.before.span) if known else {}
    posts = _posts_of(session, {mention for *_rest, mentions in known for mention in mentions})
    return [
        Turned(_text(first.get(case)), at, Outcome(outcome), tuple(str(posts[m]) for m in mentions if m in posts))
        for case, at, outcome, mentions in known
        if at is not None
    ]


def _first_posts(session: Session, brand: str, span: Span) -> dict[int | None, int | None]:
    """The posts that opened the cases answered in this stretch."""
    found = (
        select(CaseRow.id, func.min(MentionRow.post_id))
        .join(MentionRow, _first_words(), isouter=True)
        .where(*_answered(brand, span))
        .group_by(col(CaseRow.id))
    )
    return {case: post for case, post in session.exec(found)}


def _first_words() -> Any:
    return (col(MentionRow.case_id) == col(CaseRow.id)) & (col(MentionRow.created_at) == col(CaseRow.first_spoke_at))


def _answered(brand: str, span: Span) -> tuple[Any, ...]:
    at = col(CaseRow.first_answered_at)
    return CaseRow.brand == brand, at >= span.start, at < span.end


def _posts_of(session: Session, mentions: Iterable[int]) -> dict[int, int]:
    """Which post each of these mentions is of."""
    ids = sorted(mentions)
    found: dict[int, int] = {}
    for at in range(0, len(ids), AT_ONCE):
        rows = select(MentionRow.id, MentionRow.post_id).where(col(MentionRow.id).in_(ids[at : at + AT_ONCE]))
        found |= {mention: post for mention, post in session.exec(rows) if mention is not None}
    return found


def _text(post: object) -> str:
    return str(post) if post is not None else ""
