"""What one source brought of late that named a brand: what may be heard no longer when its settings change."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from bot.store.tables import MentionRow, PostRow


@dataclass(frozen=True, slots=True)
class Brought:
    """A post of the source, which brand it named, and whether it is in a case."""

    post: PostRow
    brand: str
    in_case: bool


def brought(session: Session, source: str, since: datetime, only: Collection[str] | None, limit: int) -> list[Brought]:
    """The newest of what named a brand (of `only`, if given) and was not taken for a namesake, newest first."""
    found = (
        select(PostRow, MentionRow)
        .join(MentionRow, col(MentionRow.post_id) == col(PostRow.id))
        .where(
            PostRow.source == source,
            col(PostRow.heard_at) >= since,
            col(PostRow.gone_at).is_(None),
            or_(MentionRow.verdict != "not_us", col(MentionRow.verdict_by).is_not(None)),
        )
    )
    if only is not None:
        found = found.where(col(MentionRow.brand).in_(list(only)))
    rows = session.exec(found.order_by(col(MentionRow.id).desc()).limit(limit))
    return [Brought(post, mention.brand, mention.case_id is not None) for post, mention in rows]
