"""Search that knows more than words: which cases fit a question's operators. Bounded by what is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, select

from bot.store import search
from bot.store.search import Hit
from bot.store.tables import CaseRow, MentionRow, PostRow, TagRow

MOST_HITS = 200  # of a word; the newest


@dataclass(frozen=True, slots=True)
class Sieve:
    """What a question asks besides its words. None and empty ask nothing."""

    words: str = ""
    platform: str = ""
    state: str = ""
    tagged: bool | None = None
    late: bool = False
    tag: str = ""
    author: str = ""
    before: datetime | None = None
    after: datetime | None = None

    @property
    def empty(self) -> bool:
        """Does it ask anything?"""
        return self == Sieve()


@dataclass(frozen=True, slots=True)
class Found:
    """Cases that fit, newest first, and posts that name the brand but are in no case."""

    cases: list[CaseRow]
    posts: list[tuple[MentionRow, PostRow]]
    more: bool


def find(session: Session, sieve: Sieve, brands: Sequence[str] | None, now: datetime, limit: int = 50) -> Found:
    """What fits, inside the brand wall."""
    if not sieve.words:
        rows = _cases(session, sieve, brands, now, None, limit + 1)
        return Found(rows[:limit], [], len(rows) > limit)
    hits = search.find(session, sieve.words, list(brands) if brands is not None else None, MOST_HITS)
    ids, loose = _cases_of(session, hits)
    rows = _cases(session, sieve, brands, now, ids, limit + 1)
    only_words = Sieve(words=sieve.words) == sieve
    return Found(rows[:limit], loose[:limit] if only_words else [], len(rows) > limit or len(hits) >= MOST_HITS)


def _cases_of(session: Session, hits: Sequence[Hit]) -> tuple[list[int], list[tuple[MentionRow, PostRow]]]:
    """Hits as cases; posts in no case stay posts."""
    ids = {hit.case_id for hit in hits if hit.case_id is not None}
    wanted = {(hit.ref, hit.brand) for hit in hits if hit.kind == "post"}
    loose = []
    if wanted:
        named = select(MentionRow, PostRow).join(PostRow).where(col(MentionRow.post_id).in_({ref for ref, _ in wanted}))
        for mention, post in session.exec(named.order_by(col(MentionRow.created_at).desc())):
            if (mention.post_id, mention.brand) not in wanted:
                continue
            if mention.case_id is not None:
                ids.add(mention.case_id)
            elif post.gone_at is None:
                loose.append((mention, post))
    return sorted(ids), loose


def _cases(
    session: Session, sieve: Sieve, brands: Sequence[str] | None, now: datetime, ids: list[int] | None, limit: int
) -> list[CaseRow]:
    if ids is not None and not ids:
        return []
    found = select(CaseRow).where(*_conditions(sieve, now), CaseRow.state != "merged")
    if brands is not None:
        found = found.where(col(CaseRow.brand).in_(brands))
    if ids is not None:
        found = found.where(col(CaseRow.id).in_(ids))
    return list(session.exec(found.order_by(col(CaseRow.spoke_at).desc(), col(CaseRow.id)).limit(limit)).all())


def _conditions(sieve: Sieve, now: datetime) -> list[ColumnElement[bool]]:
    case, mention = col(CaseRow.id), col(MentionRow.case_id)
    asked: list[tuple[object, ColumnElement[bool]]] = [
        (sieve.platform, col(CaseRow.platform) == sieve.platform),
        (sieve.state, _state(sieve.state)),
        (sieve.late, (col(CaseRow.due_at) <= now) & (col(CaseRow.part) == "owed")),
        (sieve.tagged is not None, exists().where(mention == case, col(MentionRow.tagged).is_(bool(sieve.tagged)))),
        (sieve.tag, exists().where(col(TagRow.case_id) == case, col(TagRow.tag) == sieve.tag)),
        (sieve.author, _by(sieve.author)),
        (sieve.before, col(CaseRow.spoke_at) < (sieve.before or now)),
        (sieve.after, col(CaseRow.spoke_at) >= (sieve.after or now)),
    ]
    return [condition for wanted, condition in asked if wanted]


def _state(state: str) -> ColumnElement[bool]:
    return col(CaseRow.part) == state if state in ("owed", "waiting") else col(CaseRow.state) == state


def _by(author: str) -> ColumnElement[bool]:
    same = (col(PostRow.author_handle) == author) | (col(PostRow.author_handle) == f"@{author}")
    return exists().where(col(MentionRow.case_id) == col(CaseRow.id), col(PostRow.id) == col(MentionRow.post_id), same)
