"""Rows as they leave for other programs, and the path of one post."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlmodel import Session, col, select

from bot.store import events
from bot.store.tables import CaseRow, MentionRow, PostRow, ReadingRow, ReplyRow
from bot.store.tables_house import DeliveryRow

PAGE = 500


def mentions(session: Session, mask: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    """Every mention with its post and its newest reading's figures, oldest first."""
    after = 0
    while True:
        found = select(MentionRow, PostRow).join(PostRow).where(col(MentionRow.id) > after).order_by(col(MentionRow.id))
        rows = session.exec(found.limit(PAGE)).all()
        if not rows:
            return
        for mention, post in rows:
            yield _mention(mention, post, mask)
        after = rows[-1][0].id or after
        session.expunge_all()


def _mention(mention: MentionRow, post: PostRow, mask: Callable[[str], str]) -> dict[str, Any]:
    gone = post.gone_at is not None  # deleted there: hidden from now on, whenever its words leave the row
    kept = ("id", "brand", "platform", "tagged", "relevance", "verdict", "case_id", "sentiment", "complaint", "urgency")
    return {
        **{key: getattr(mention, key) for key in kept},
        "post": post.native_id,
        "url": "" if gone else post.url,
        "author": "" if gone else post.author_handle,
        "text": "" if gone else mask(post.text),
        "language": mention.language or post.language,
        "created_at": post.created_at,
        "heard_at": post.heard_at,
        "history": mention.history,
        "gone": gone,
    }


def cases(session: Session, mask: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    """Every case, oldest first."""
    kept = (
        "id", "brand", "platform", "state", "section", "severity", "opened_at", "first_spoke_at", "first_due_at",
        "first_answered_at", "spoke_at", "due_at", "answered_at", "answered_how", "resolved_at", "resolved_how",
        "history", "late_arrival", "complaint", "sentiment", "language",
    )  # fmt: skip
    after = 0
    while rows := session.exec(
        select(CaseRow).where(col(CaseRow.id) > after).order_by(col(CaseRow.id)).limit(PAGE)
    ).all():
        for row in rows:
            yield {key: getattr(row, key) for key in kept} | {"resolved_how": mask(row.resolved_how)}
        after = rows[-1].id or after
        session.expunge_all()


def event_rows(session: Session, mask: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    """The audit log, oldest first; it holds no customer text."""
    for row in events.in_order(session):
        yield row.model_dump()


def path_of(session: Session, post: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row one post left behind, in the order of its path. `post` is our id, the platform's id, or its address."""
    for row in _posts(session, post):
        yield "post", row.model_dump()
        for mention in session.exec(
            select(MentionRow).where(MentionRow.post_id == row.id).order_by(col(MentionRow.id))
        ):
            yield "mention", mention.model_dump()
            for reading in session.exec(select(ReadingRow).where(ReadingRow.mention_id == mention.id)):
                yield "reading", reading.model_dump()
            if mention.case_id is not None:
                yield from _case(session, mention.case_id)
        yield from (("event", event.model_dump()) for event in events.of(session, f"post:{row.id}"))


def _posts(session: Session, post: str) -> list[PostRow]:
    if post.isdigit() and (row := session.get(PostRow, int(post))) is not None:
        return [row]
    found = select(PostRow).where((col(PostRow.native_id) == post) | (col(PostRow.url) == post))
    return list(session.exec(found).all())


def _case(session: Session, case_id: int) -> Iterator[tuple[str, dict[str, Any]]]:
    case = session.get(CaseRow, case_id)
    if case is None:
        return
    yield "case", case.model_dump()
    for reply in session.exec(select(ReplyRow).where(ReplyRow.case_id == case_id)):
        yield "reply", reply.model_dump()
    for delivery in session.exec(select(DeliveryRow).where(DeliveryRow.case_id == case_id)):
        yield "delivery", delivery.model_dump()
    yield from (("event", event.model_dump()) for event in events.of(session, f"case:{case_id}"))
