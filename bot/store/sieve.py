"""Search that knows more than words: which cases fit a question's operators. Bounded by what is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, false, func
from sqlmodel import Session, col, select

from bot.store import search, topics
from bot.store.asked import kept, until_news
from bot.store.search import Hit
from bot.store.tables import CaseRow, DraftRow, MentionRow, NoteRow, PostRow, ReplyRow, TagRow
from bot.store.tables_answering import PromiseRow
from bot.store.tables_house import AccountRow, SearchRow

MOST_HITS = 200  # of a word; the newest
MOST_NARROWED = 5_000  # where operators leave out most of them
SORTS = ("newest", "oldest", "due", "audience", "weight")


@dataclass(frozen=True, slots=True)
class Sieve:
    """What a question asks besides its words. None and empty ask nothing. `without`: operators to leave out.

    `assigned`: me, nobody, a colleague's name or the beginning of one. `kind`: where the words must stand.
    """

    words: str = ""
    platform: str = ""
    state: str = ""
    tagged: bool | None = None
    late: bool = False
    tag: str = ""
    author: str = ""
    before: datetime | None = None
    after: datetime | None = None
    brand: str = ""
    language: str = ""
    topic: str = ""
    severity: str = ""
    assigned: str = ""
    has: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    without: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    sort: str = ""

    @property
    def empty(self) -> bool:
        """Does it ask anything?"""
        return replace(self, sort="", kind="") == Sieve()


@dataclass(frozen=True, slots=True)
class Narrow:
    """A question as conditions on cases, for the queue. `key` names it among answers that many share: it holds who asks
    only where the question says "me", and what its words found, so that words that are gone find nothing more."""

    where: tuple[ColumnElement[bool], ...]
    key: tuple[Sieve, int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """Cases that fit, newest first, and posts that name the brand but are in no case."""

    cases: list[CaseRow]
    posts: list[tuple[MentionRow, PostRow]]
    more: bool


def find(
    session: Session, sieve: Sieve, brands: Sequence[str] | None, now: datetime, limit: int = 50, me: int = 0
) -> Found:
    """What fits, inside the brand wall. `me` is who asks, for assigned:me."""
    if not sieve.words:
        rows = _cases(session, sieve, brands, now, None, limit + 1, me)
        return Found(rows[:limit], [], len(rows) > limit)
    only_words = Sieve(words=sieve.words, sort=sieve.sort, kind=sieve.kind) == sieve
    most = MOST_HITS if only_words else MOST_NARROWED
    hits = search.find(session, sieve.words, list(brands) if brands is not None else None, most)
    ids, loose = _cases_of(session, [hit for hit in hits if sieve.kind in ("", hit.kind)])
    rows = _cases(session, sieve, brands, now, ids, limit + 1, me)
    return Found(rows[:limit], loose[:limit] if only_words else [], len(rows) > limit or len(hits) >= most)


def narrow(session: Session, sieve: Sieve, brands: Sequence[str] | None, now: datetime, me: int = 0) -> Narrow:
    """What the question asks of a case, its words too: those among the newest MOST_NARROWED hits. The wall stands in
    the query that uses it. `me` is who asks."""
    where, ids = _asked(session, sieve, now, me), list[int]()
    if sieve.words:
        ids = _said(session, sieve.words, sieve.kind, None if brands is None else tuple(brands))
        where += (col(CaseRow.id).in_(ids) if ids else false(),)
    return Narrow(where, (sieve, me if sieve.assigned == "me" else 0, tuple(ids)))


@until_news(SearchRow, MentionRow, PostRow)
def _said(session: Session, words: str, kind: str, brands: tuple[str, ...] | None) -> list[int]:
    """The cases in which these words stand. A page asks for the same ones for its list, its numbers, its tabs and its
    rail, and so do all who keep the same view open."""
    hits = search.find(session, words, list(brands) if brands is not None else None, MOST_NARROWED)
    return _cases_of(session, [hit for hit in hits if kind in ("", hit.kind)])[0]


def _asked(session: Session, sieve: Sieve, now: datetime, me: int) -> tuple[ColumnElement[bool], ...]:
    """All that a question asks but its words."""
    whose = (_assigned(session, sieve.assigned, me),) if sieve.assigned else ()
    return (*_conditions(sieve, now), *_more(sieve), *whose, *(~_named(*one) for one in sieve.without))


def _cases_of(session: Session, hits: Sequence[Hit]) -> tuple[list[int], list[tuple[MentionRow, PostRow]]]:
    """Hits as cases; posts in no case stay posts."""
    ids = {hit.case_id for hit in hits if hit.case_id is not None and hit.kind != "post"}
    wanted = {(hit.ref, hit.brand) for hit in hits if hit.kind == "post"}
    loose = []
    if wanted:
        named = select(MentionRow, PostRow).join(PostRow).where(col(MentionRow.post_id).in_({ref for ref, _ in wanted}))
        for mention, post in session.exec(named.order_by(col(MentionRow.created_at).desc())):
            if (mention.post_id, mention.brand) not in wanted:
                continue
            if post.gone_at is not None:
                continue  # its words are in the index for some moments more
            if mention.case_id is not None:
                ids.add(mention.case_id)
            else:
                loose.append((mention, post))
    return sorted(ids), loose


def _cases(
    session: Session,
    sieve: Sieve,
    brands: Sequence[str] | None,
    now: datetime,
    ids: list[int] | None,
    limit: int,
    me: int = 0,
) -> list[CaseRow]:
    if ids is not None and not ids:
        return []
    found = select(CaseRow).where(*_asked(session, sieve, now, me), CaseRow.state != "merged")
    if brands is not None:
        found = found.where(col(CaseRow.brand).in_(brands))
    if ids is not None:
        found = found.where(col(CaseRow.id).in_(ids))
    return list(session.exec(found.order_by(*_order(sieve.sort)).limit(limit)).all())


def _order(sort: str) -> tuple[Any, ...]:
    """`sort` as columns; newest first where it says nothing."""
    orders: dict[str, Any] = {
        "oldest": col(CaseRow.spoke_at),
        "due": col(CaseRow.due_at),
        "audience": func.coalesce(col(CaseRow.followers), -1).desc(),
        "weight": col(CaseRow.weight).desc(),
    }
    return orders.get(sort, col(CaseRow.spoke_at).desc()), col(CaseRow.id)


def _conditions(sieve: Sieve, now: datetime) -> list[ColumnElement[bool]]:
    case, mention = col(CaseRow.id), col(MentionRow.case_id)
    asked: list[tuple[object, ColumnElement[bool]]] = [
        (sieve.state, _state(sieve.state)),
        (sieve.late, (col(CaseRow.due_at) <= now) & (col(CaseRow.part) == "owed")),
        (sieve.tagged is not None, exists().where(mention == case, col(MentionRow.tagged).is_(bool(sieve.tagged)))),
        (sieve.before, col(CaseRow.spoke_at) < (sieve.before or now)),
        (sieve.after, col(CaseRow.spoke_at) >= (sieve.after or now)),
        (sieve.severity, col(CaseRow.severity) == sieve.severity),
    ]
    names = {"platform": sieve.platform, "tag": sieve.tag, "from": sieve.author, "brand": sieve.brand}
    named = [
        _named(key, told) for key, told in (names | {"lang": sieve.language, "topic": sieve.topic}).items() if told
    ]
    return [condition for wanted, condition in asked if wanted] + named


def _named(key: str, told: str) -> ColumnElement[bool]:
    """One operator that can also be left out."""
    case = col(CaseRow.id)
    match key:
        case "platform":
            return col(CaseRow.platform) == told
        case "brand":
            return (func.lower(col(CaseRow.brand)) == func.lower(told)) | (col(CaseRow.brand) == told)
        case "lang":
            return func.coalesce(func.lower(col(CaseRow.language)), "").like(f"{told[:2]}%")
        case "topic":
            return exists().where(col(MentionRow.case_id) == case, topics.matching(told))
        case "tag":
            return exists().where(col(TagRow.case_id) == case, col(TagRow.tag) == told)
    return _by(told)


def _more(sieve: Sieve) -> list[ColumnElement[bool]]:
    case = col(CaseRow.id)
    flags: dict[str, ColumnElement[bool]] = {
        "held": col(CaseRow.holder).is_not(None),
        "free": col(CaseRow.holder).is_(None) & col(CaseRow.assigned_to).is_(None),
        "delight": col(CaseRow.section) == "delight",
        "history": col(CaseRow.history).is_(True),
    }
    has: dict[str, ColumnElement[bool]] = {
        "note": exists().where(col(NoteRow.case_id) == case),
        "reply": exists().where(col(ReplyRow.case_id) == case),
        "draft": exists().where(col(DraftRow.case_id) == case, col(DraftRow.text) != ""),
        "promise": exists().where(col(PromiseRow.case_id) == case, col(PromiseRow.state).in_(("proposed", "open"))),
    }
    return [flags[one] for one in sieve.flags] + [has[one] for one in sieve.has]


def _assigned(session: Session, told: str, me: int) -> ColumnElement[bool]:
    """Whose a case is: who was given it, or who has claimed it."""
    given, holder = col(CaseRow.assigned_to), col(CaseRow.holder)
    if told == "me":
        return (func.coalesce(given, 0) == me) | (func.coalesce(holder, 0) == me)
    if told == "nobody":
        return given.is_(None) & holder.is_(None)
    meant = _called(session, told)
    return func.coalesce(given, 0).in_(meant) | func.coalesce(holder, 0).in_(meant) if meant else false()


def _called(session: Session, told: str) -> list[int]:
    """Who has this name; if nobody has, those whose name begins so. Compared here: SQLite knows no small letter of É,
    and who chose Ann in the form does not mean Anna."""
    every = [(key, " ".join(name.replace('"', "").casefold().split())) for key, name in _accounts(session)]
    return [key for key, name in every if name == told] or [key for key, name in every if name.startswith(told)]


@kept(AccountRow)
def _accounts(session: Session) -> list[tuple[int, str]]:
    return [(key or 0, name) for key, name in session.exec(select(AccountRow.id, AccountRow.name))]


def _state(state: str) -> ColumnElement[bool]:
    return col(CaseRow.part) == state if state in ("owed", "waiting") else col(CaseRow.state) == state


def _by(author: str) -> ColumnElement[bool]:
    same = (col(PostRow.author_handle) == author) | (col(PostRow.author_handle) == f"@{author}")
    return exists().where(col(MentionRow.case_id) == col(CaseRow.id), col(PostRow.id) == col(MentionRow.post_id), same)
