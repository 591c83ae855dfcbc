"""Many rows in one go: mentions, what search finds them by, and their events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col, select

from bot.store import events, search
from bot.store.tables import MentionRow, PostRow, ReadingRow
from bot.store.tables_house import SearchRow


def add_mentions(session: Session, rows: list[dict[str, Any]], posts: Mapping[int, PostRow], now: datetime) -> None:
    """Insert mentions that do not exist yet, findable at once."""
    if not rows:
        return
    _lock_out_twins(session, rows)
    if not rows:
        return
    session.connection().execute(insert(MentionRow), rows)
    words = [
        {
            "kind": "post",
            "ref": row["post_id"],
            "brand": row["brand"],
            "words": search.words_of(said(posts[row["post_id"]])),
        }
        for row in rows
    ]
    session.connection().execute(insert(SearchRow), words)
    events.add_many(
        session,
        now,
        "earshot",
        [
            (
                "mention.heard",
                f"post:{row['post_id']}",
                row["brand"],
                {"tagged": row["tagged"], "verdict": row["verdict"]},
            )
            for row in rows
        ],
    )


def said(post: PostRow) -> str:
    """What a post is found by: its words, and who wrote it."""
    return f"{post.author_handle} {post.author_name} {post.title} {post.text}"


def _lock_out_twins(session: Session, rows: list[dict[str, Any]]) -> None:
    """On PostgreSQL two machines may match the same post: the later one finds the mention there and leaves it."""
    there: set[tuple[int, str]] = set()
    ids = [row["post_id"] for row in rows]
    for at in range(0, len(ids), 400):
        found = session.exec(
            select(MentionRow.post_id, MentionRow.brand).where(col(MentionRow.post_id).in_(ids[at : at + 400]))
        )
        there |= {(post_id, brand) for post_id, brand in found}
    rows[:] = [row for row in rows if (row["post_id"], row["brand"]) not in there]


def add_readings(
    session: Session, rows: Sequence[dict[str, Any]], seen: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Insert readings and put each mention's newest figures on its row.

    `rows` are ReadingRow values; `seen` the mention's: id, sentiment, complaint, urgency, language.
    """
    if rows:
        ids = session.connection().execute(
            insert(ReadingRow).returning(col(ReadingRow.id), col(ReadingRow.mention_id)), list(rows)
        )
        reading_of = {mention_id: reading_id for reading_id, mention_id in ids}
    else:
        reading_of = {}
    if seen:
        figures: dict[str, Any] = {key: bindparam(key) for key in seen[0] if key != "id"}
        mine = update(MentionRow).where(col(MentionRow.id) == bindparam("key"))
        mine = mine.values(read_at=now, next_try_at=now, tries=0, reading_id=bindparam("newest"), **figures)
        new = [{**mention, "key": mention["id"], "newest": reading_of.get(mention["id"])} for mention in seen]
        for row in new:
            del row["id"]
        session.connection().execute(mine, new)
    events.add_many(
        session,
        now,
        "earshot",
        [("mention.read", f"mention:{m['id']}", "", {key: m[key] for key in ("sentiment", "complaint")}) for m in seen],
    )
