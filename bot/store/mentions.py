"""Mentions and their readings."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.store.tables import MentionRow, PostRow, ReadingRow


def of_posts(session: Session, post_ids: Sequence[int]) -> dict[tuple[int, str], MentionRow]:
    """Mentions these posts already have, by (post, brand)."""
    found: dict[tuple[int, str], MentionRow] = {}
    for at in range(0, len(post_ids), 400):
        rows = session.exec(select(MentionRow).where(col(MentionRow.post_id).in_(post_ids[at : at + 400])))
        found |= {(row.post_id, row.brand): row for row in rows}
    return found


def due_to_read(session: Session, now: datetime, limit: int) -> list[tuple[MentionRow, PostRow]]:
    """Mentions nobody has read: what is heard now before the past, each in the order of its place in the line."""
    found: list[tuple[MentionRow, PostRow]] = []
    for past in (False, True):  # two questions: to sort by it, too, every mention that waits would be read each time
        due = (
            select(MentionRow, PostRow)
            .join(PostRow)
            .where(col(MentionRow.read_at).is_(None), MentionRow.next_try_at <= now, MentionRow.history == past)
            .order_by(col(MentionRow.next_try_at), col(MentionRow.id))
            .limit(limit - len(found))
        )
        found += [(mention, post) for mention, post in session.exec(due)] if len(found) < limit else []
    return found


def line(session: Session, most: int) -> list[str]:
    """The sources of those that nobody has read yet, of so many at most: whose posts wait."""
    found = select(PostRow.source).join(MentionRow).where(col(MentionRow.read_at).is_(None))
    return list(session.exec(found.limit(most)).all())


def due_to_triage(session: Session, now: datetime, limit: int) -> list[int]:
    """The ids of read mentions that nobody has decided on, in the order the customers spoke."""
    due = (
        select(MentionRow.created_at, MentionRow.id)
        .where(
            col(MentionRow.triaged_at).is_(None), col(MentionRow.read_at).is_not(None), MentionRow.next_try_at <= now
        )
        .order_by(col(MentionRow.next_try_at), col(MentionRow.created_at), col(MentionRow.id))
        .limit(limit)
    )
    return [key for _spoke_at, key in sorted(session.exec(due)) if key is not None]


def untriaged(session: Session, ids: Sequence[int]) -> list[tuple[MentionRow, PostRow]]:
    """Those of these mentions that nobody has decided on yet, in the order the customers spoke."""
    found = select(MentionRow, PostRow).join(PostRow).where(col(MentionRow.id).in_(list(ids)))
    found = found.where(col(MentionRow.triaged_at).is_(None), col(MentionRow.read_at).is_not(None))
    found = found.with_for_update(of=MentionRow).order_by(col(MentionRow.created_at), col(MentionRow.id))
    return [(mention, post) for mention, post in session.exec(found)]


def still_unread(session: Session, ids: Sequence[int], seen_at: datetime) -> set[int]:
    """Those of these mentions that nobody read or edited since `seen_at`; on PostgreSQL they are held until the end."""
    same = select(MentionRow.id).where(
        col(MentionRow.id).in_(list(ids)), col(MentionRow.read_at).is_(None), MentionRow.next_try_at <= seen_at
    )
    return {key for key in session.exec(same.order_by(col(MentionRow.id)).with_for_update()) if key is not None}


def put_off(session: Session, ids: Sequence[int], until: datetime) -> None:
    """These could not be handled now: one more try counted, later."""
    session.connection().execute(
        update(MentionRow)
        .where(col(MentionRow.id).in_(list(ids)))
        .values(next_try_at=until, tries=col(MentionRow.tries) + 1)
    )


def get(session: Session, mention_id: int) -> MentionRow | None:
    """One mention."""
    return session.get(MentionRow, mention_id)


def readings(session: Session, mention_id: int) -> list[ReadingRow]:
    """All readings of a mention, oldest first."""
    found = select(ReadingRow).where(ReadingRow.mention_id == mention_id).order_by(col(ReadingRow.id))
    return list(session.exec(found).all())


def of_case(session: Session, case_id: int) -> list[tuple[MentionRow, PostRow]]:
    """A case's messages, oldest first."""
    found = select(MentionRow, PostRow).join(PostRow).where(MentionRow.case_id == case_id)
    return [(m, p) for m, p in session.exec(found.order_by(col(PostRow.created_at), col(PostRow.id)))]


def calm(
    session: Session, brands: Sequence[str] | None, since: datetime, limit: int = 10
) -> list[tuple[MentionRow, PostRow]]:
    """Read and not queued: a few newest ones, for people who want to check what is thrown away."""
    found = (
        select(MentionRow, PostRow)
        .join(PostRow)
        .where(MentionRow.verdict == "calm", col(MentionRow.created_at) >= since)
        .order_by(col(MentionRow.id).desc())
        .limit(limit)
    )
    if brands is not None:
        found = found.where(col(MentionRow.brand).in_(brands))
    return [(mention, post) for mention, post in session.exec(found)]


def backlog(session: Session, now: datetime) -> timedelta:
    """How long the oldest unread mention has waited."""
    oldest = session.exec(
        select(MentionRow.heard_at)
        .where(col(MentionRow.read_at).is_(None))
        .order_by(col(MentionRow.next_try_at))
        .limit(1)
    ).first()
    return now - oldest if oldest is not None else timedelta(0)
