"""Topics of a brand, which mentions are in them, and what people did to them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, update
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from bot.core.likeness import said
from bot.core.topics import Group, Told, Weights, distinct
from bot.store import events
from bot.store.asked import kept
from bot.store.parts import if_any
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_topics import TopicRow, TopicRunRow

NONE = 0
"""mention.topic_id of a post that fits no topic."""

LONGEST = 2_000  # characters of a post that are looked at
CHUNK = 400
_HANDLE = re.compile(r"[@＠]\w+")
LIKELY = 0.5  # relevance from which a mention is about us
NOT_OURS = ("not_us", "gone")


@dataclass(frozen=True, slots=True)
class Listed:
    """A topic with how many of its posts were written in the last 7 and 28 days, its merged parts counted in."""

    row: TopicRow
    week: int
    month: int
    parts: tuple[TopicRow, ...] = ()


def unsorted(session: Session, limit: int) -> list[tuple[MentionRow, PostRow]]:
    """Read mentions nobody has put to a topic yet, the newest first."""
    found = select(MentionRow, PostRow).join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
    found = found.where(col(MentionRow.topic_id).is_(None), col(MentionRow.triaged_at).is_not(None))
    return [(m, p) for m, p in session.exec(found.order_by(col(MentionRow.created_at).desc()).limit(limit))]


def words_of(session: Session, brands: Sequence[str]) -> dict[str, dict[int, Weights]]:
    """The words of every topic of these brands, merged and hidden ones included: they keep taking their posts."""
    found: dict[str, dict[int, Weights]] = {brand: {} for brand in brands}
    for row in session.exec(select(TopicRow).where(col(TopicRow.brand).in_(list(brands)))):
        found[row.brand][row.id or 0] = {str(word): float(weight) for word, weight, _ in row.words}
    return found


def put(session: Session, topics: Mapping[int, int]) -> None:
    """Write mentions' topics: mention id → topic id (0: none)."""
    by_topic: dict[int, list[int]] = {}
    for mention_id, topic_id in topics.items():
        by_topic.setdefault(topic_id, []).append(mention_id)
    for topic_id, ids in by_topic.items():
        for at in range(0, len(ids), CHUNK):
            mine = update(MentionRow).where(col(MentionRow.id).in_(ids[at : at + CHUNK]))
            session.connection().execute(mine.values(topic_id=topic_id))


def told(mention_id: int, author: str, text: str, names: Sequence[str]) -> Told:
    """A post as topics see it."""
    text = text[:LONGEST]
    return Told(mention_id, author, said(_HANDLE.sub(" ", text), names), text)


def left_over(session: Session, brand: str, names: Sequence[str], since: datetime, limit: int) -> list[Told]:
    """Posts about a brand that fit no topic, the newest first, in the order of their ids."""
    rows = columns_of(col(MentionRow.id), col(PostRow.platform), col(PostRow.author_id), _text())
    rows = rows.join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
    rows = rows.where(col(MentionRow.brand) == brand, col(MentionRow.topic_id) == NONE, *_ours(since))
    found = session.connection().execute(rows.order_by(col(MentionRow.created_at).desc()).limit(limit))
    return sorted(
        (told(key or 0, f"{site}:{who}", text, names) for key, site, who, text in found), key=lambda one: one.id
    )


def settled(session: Session, brand: str, names: Sequence[str], since: datetime, limit: int) -> list[Told]:
    """Posts about a brand that are in a topic: what new ones must differ from."""
    rows = columns_of(col(MentionRow.id), col(PostRow.platform), col(PostRow.author_id), _text())
    rows = rows.join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
    rows = rows.where(col(MentionRow.brand) == brand, col(MentionRow.topic_id) > NONE, *_ours(since))
    found = session.connection().execute(rows.order_by(col(MentionRow.created_at).desc()).limit(limit))
    return [told(key or 0, f"{site}:{who}", text, names) for key, site, who, text in found]


def _text() -> ColumnElement[str]:
    return func.substr(col(PostRow.title) + " " + col(PostRow.text), 1, LONGEST)


def _ours(since: datetime) -> tuple[ColumnElement[bool], ...]:
    mention = col(MentionRow.created_at) >= since, col(MentionRow.verdict).not_in(NOT_OURS)
    return *mention, col(MentionRow.relevance) >= LIKELY, col(PostRow.gone_at).is_(None)


def add(session: Session, brand: str, found: Group, now: datetime, actor: str = "earshot") -> TopicRow:
    """Keep a new topic and put its posts to it. What a person made (`actor`) has that person's name for it."""
    taken = session.exec(select(TopicRow.name).where(TopicRow.brand == brand)).all()
    words = [[word, weight, found.written.get(word, word)] for word, weight in found.words.items()]
    called, posts = distinct(taken, found.name), len(found.posts)
    by = "" if actor == "earshot" else actor
    row = TopicRow(brand=brand, name=called, named_by=by, words=words, posts=posts, made_at=now)
    session.add(row)
    session.flush()
    put(session, dict.fromkeys(found.posts, row.id or 0))
    events.add(session, now, actor, "topic.made" if by else "topic.found", f"topic:{row.id}", brand, posts=row.posts)
    return row


def run(session: Session, brand: str) -> TopicRunRow | None:
    """When new topics were last looked for."""
    return session.get(TopicRunRow, brand)


def ran(session: Session, brand: str, now: datetime, left: int) -> None:
    """New topics were looked for among so many posts."""
    session.merge(TopicRunRow(brand=brand, at=now, left_over=left))


def listed(session: Session, brand: str, now: datetime) -> list[Listed]:
    """A brand's topics, the most written of first; hidden ones at the end; merged ones as parts of theirs."""
    rows = session.exec(select(TopicRow).where(TopicRow.brand == brand).order_by(col(TopicRow.id))).all()
    week, month = (_counted(session, brand, now - timedelta(days=days)) for days in (7, 28))
    found = []
    for row in rows:
        if row.merged_into is None:
            parts = tuple(one for one in rows if one.merged_into == row.id)
            ids = [one.id or 0 for one in (row, *parts)]
            found.append(
                Listed(row, sum(week.get(key, 0) for key in ids), sum(month.get(key, 0) for key in ids), parts)
            )
    return sorted(found, key=lambda one: (one.row.hidden, -one.month, one.row.name))


def _counted(session: Session, brand: str, since: datetime) -> dict[int, int]:
    rows = columns_of(col(MentionRow.topic_id), func.count()).where(
        col(MentionRow.brand) == brand, col(MentionRow.created_at) >= since, col(MentionRow.topic_id) > NONE
    )
    return {topic or 0: count for topic, count in session.connection().execute(rows.group_by(col(MentionRow.topic_id)))}


def owed(
    session: Session, brands: Sequence[str] | None, *also: ColumnElement[bool]
) -> list[tuple[TopicRow, int]]:  # fmt: skip
    """The shown topics of these brands (None: all) with how many cases of each are owed an answer; the most first.
    `also` narrows the cases."""
    seen = select(TopicRow)
    found = columns_of(col(MentionRow.topic_id), col(MentionRow.case_id)).distinct().where(
        col(CaseRow.id) == col(MentionRow.case_id), col(CaseRow.part) == "owed", col(MentionRow.topic_id) > NONE, *also
    )  # fmt: skip
    if brands is not None:
        seen, found = seen.where(col(TopicRow.brand).in_(brands)), found.where(col(CaseRow.brand).in_(brands))
    rows = {row.id or 0: row for row in session.exec(seen)}
    cases: dict[int, set[int]] = {}
    for topic, case in session.connection().execute(found):
        if (row := rows.get(topic or 0)) is not None:
            cases.setdefault(row.merged_into or row.id or 0, set()).add(case or 0)
    shown = [(rows[key], len(some)) for key, some in cases.items() if key in rows and not rows[key].hidden]
    return sorted(shown, key=lambda one: (-one[1], one[0].name))


def any_of(session: Session, brands: Sequence[str] | None) -> bool:
    """Has one of these brands (None: all) a topic that is shown, so that a door to the waiting cases by topic helps?"""
    return any(brands is None or name in brands for name in _brands_with(session))


@kept(TopicRow)
def _brands_with(session: Session) -> list[str]:
    return list(session.exec(select(TopicRow.brand).where(col(TopicRow.hidden).is_(False)).distinct()))


def shown(session: Session, brand: str) -> dict[int, str]:
    """The name each topic of a brand is shown under, by its number; a merged one's is the other's, hidden ones have
    none."""
    rows = {row.id or 0: row for row in session.exec(select(TopicRow).where(TopicRow.brand == brand))}
    heads = {key: rows.get(row.merged_into, row) if row.merged_into else row for key, row in rows.items()}
    return {key: head.name for key, head in sorted(heads.items()) if not head.hidden}


def of_posts(session: Session, brand: str, posts: Sequence[int], names: Sequence[str]) -> list[Told]:
    """These posts as topics see them, by their mentions' numbers; those that are gone are left out."""
    found: list[Told] = []
    for at in range(0, len(posts), CHUNK):
        rows = columns_of(col(MentionRow.id), col(PostRow.platform), col(PostRow.author_id), _text())
        rows = rows.join(PostRow, col(PostRow.id) == col(MentionRow.post_id)).where(
            col(MentionRow.brand) == brand, col(PostRow.gone_at).is_(None),
            col(MentionRow.post_id).in_(posts[at : at + CHUNK]),
        )  # fmt: skip
        found += [
            told(key or 0, f"{site}:{who}", text, names)
            for key, site, who, text in session.connection().execute(rows.order_by(col(MentionRow.id)))
        ]
    return found


def get(session: Session, brand: str, topic_id: int) -> TopicRow | None:
    """One topic of this brand."""
    row = session.get(TopicRow, topic_id)
    return row if row is not None and row.brand == brand else None


@if_any(TopicRow)
def of_case(session: Session, case_id: int) -> list[str]:
    """The names of the shown topics a case's messages are in, each once, the newest message's first."""
    rows = select(TopicRow).join(MentionRow, col(MentionRow.topic_id) == col(TopicRow.id))
    rows = rows.where(MentionRow.case_id == case_id).order_by(col(MentionRow.created_at).desc())
    found = [_shown_as(session, row) for row in session.exec(rows.limit(50))]
    return list(dict.fromkeys(row.name for row in found if row is not None and not row.hidden))


def _shown_as(session: Session, row: TopicRow) -> TopicRow | None:
    return row if row.merged_into is None else session.get(TopicRow, row.merged_into)


def matching(told: str) -> ColumnElement[bool]:
    """Mentions whose topic, or the one it was merged into, has this name (lower case)."""
    own = select(TopicRow.id).where(func.lower(col(TopicRow.name)) == told)
    parts = select(TopicRow.id).where(col(TopicRow.merged_into).in_(own))
    return col(MentionRow.topic_id).in_(own) | col(MentionRow.topic_id).in_(parts)


def rename(session: Session, row: TopicRow, name: str, now: datetime, actor: str) -> bool:
    """Give a topic a person's name. False if another topic of the brand has it."""
    others = select(TopicRow.name).where(TopicRow.brand == row.brand, TopicRow.id != row.id)
    if name.casefold() in {other.casefold() for other in session.exec(others)}:
        return False
    row.name, row.named_by = name, actor
    _changed(session, row, "topic.renamed", now, actor)
    return True


def hide(session: Session, row: TopicRow, hidden: bool, now: datetime, actor: str) -> None:
    """Show a topic in lists and filters, or not. Its posts stay in it."""
    row.hidden = hidden
    _changed(session, row, "topic.hidden" if hidden else "topic.shown", now, actor)


def merge(session: Session, row: TopicRow, into: TopicRow, now: datetime, actor: str) -> bool:
    """Show a topic as part of another. False where that would be itself or go in a circle."""
    if row.id == into.id or into.merged_into is not None or row.merged_into is not None:
        return False
    for part in session.exec(select(TopicRow).where(TopicRow.merged_into == row.id)):
        part.merged_into = into.id
        session.add(part)
    row.merged_into = into.id
    _changed(session, row, "topic.merged", now, actor, into=into.id)
    return True


def part(session: Session, row: TopicRow, now: datetime, actor: str) -> None:
    """Show a merged topic by itself again."""
    row.merged_into = None
    _changed(session, row, "topic.parted", now, actor)


def _changed(session: Session, row: TopicRow, what: str, now: datetime, actor: str, **facts: object) -> None:
    session.add(row)
    events.add(session, now, actor, what, f"topic:{row.id}", row.brand, **facts)
