"""Everywhere a customer's words can be, and how they leave."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from bot.store import search
from bot.store.tables import CaseRow, DraftRow, MentionRow, PostRow, ReplyRow
from bot.store.tables_house import DeliveryRow, QuarantineRow


def gone_with_words(session: Session, limit: int) -> list[PostRow]:
    """Posts gone at their platform whose words we still have."""
    found = select(PostRow).where(
        col(PostRow.gone_at).is_not(None), (PostRow.text != "") | (PostRow.author_handle != "")
    )
    return list(session.exec(found.limit(limit)).all())


def older_than(session: Session, before: datetime, limit: int) -> list[PostRow]:
    """Posts heard before then whose words we still have."""
    found = select(PostRow).where(col(PostRow.heard_at) < before, PostRow.text != "")
    return list(session.exec(found.order_by(col(PostRow.id)).limit(limit)).all())


def words_about(session: Session, post_ids: Sequence[int]) -> None:
    """Take these posts' words out of mentions, drafts, outbox, search and quarantine; the post's own row is bury's."""
    found = select(MentionRow.case_id).where(
        col(MentionRow.post_id).in_(post_ids), col(MentionRow.case_id).is_not(None)
    )
    case_ids = [key for key in session.exec(found) if key is not None]
    run = session.connection().execute
    run(update(MentionRow).where(col(MentionRow.post_id).in_(post_ids)).values(spans=[], why="", verdict="gone"))
    search.forget(session, "post", list(post_ids))
    refs = [f"post:{key}" for key in post_ids]
    run(update(QuarantineRow).where(col(QuarantineRow.ref).in_(refs)).values(raw=b"", why="its post was deleted"))
    only = _only_of(session, case_ids, post_ids)
    if only:
        run(delete(DraftRow).where(col(DraftRow.case_id).in_(only)))
        run(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.case_id).in_(only),
                col(DeliveryRow.audience) == "team",
                col(DeliveryRow.state) != "waiting",
            )
            .values(text="", body={})
        )
        run(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.case_id).in_(only),
                col(DeliveryRow.audience) == "team",
                col(DeliveryRow.state) == "waiting",
            )
            .values(state="withdrawn", text="", body={})
        )
        run(
            update(ReplyRow)
            .where(col(ReplyRow.case_id).in_(only), col(ReplyRow.state) == "queued")
            .values(state="held", why="The post was deleted.")
        )
        run(
            update(CaseRow)
            .where(col(CaseRow.id).in_(only))
            .values(why="the post was deleted", version=CaseRow.version + 1)
        )


def _only_of(session: Session, case_ids: list[int], post_ids: Sequence[int]) -> list[int]:
    """Cases all of whose messages are among these posts."""
    if not case_ids:
        return []
    others = session.exec(
        select(MentionRow.case_id)
        .join(PostRow)
        .where(col(MentionRow.case_id).in_(case_ids), col(MentionRow.post_id).not_in(post_ids), PostRow.text != "")
    )
    return sorted(set(case_ids) - set(others))
