"""Everything of one platform: what must go when our access to it ends (X: within ten business days)."""

from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from bot.store.persons import ERASED
from bot.store.tables import CaseRow, HandleRow, PostRow, ReplyRow, SourceRow
from bot.store.tables_house import DeliveryRow, QuarantineRow


def heard_by(session: Session, platform: str) -> list[str]:
    """Sources of this platform that still hear: what they bring would come back."""
    theirs = select(SourceRow.name).where(SourceRow.connector == platform)
    return sorted(session.exec(theirs.where(col(SourceRow.state).in_(("listening", "waiting")))))


def left(session: Session, platform: str) -> int:
    """How many of its posts still have an id of theirs."""
    return int(session.exec(select(func.count()).select_from(PostRow).where(*_ours(platform))).one())


def held(session: Session) -> list[str]:
    """The platforms of all posts and sources, by name: what may be named."""
    known = select(PostRow.platform).union(select(SourceRow.connector))
    return sorted(str(name) for (name,) in session.connection().execute(known))


def posts_of(session: Session, platform: str, limit: int) -> list[PostRow]:
    """Some of those."""
    return list(session.exec(select(PostRow).where(*_ours(platform)).order_by(col(PostRow.id)).limit(limit)))


def _ours(platform: str):  # type: ignore[no-untyped-def]
    return PostRow.platform == platform, col(PostRow.native_id).not_like(f"{ERASED}%")


def finish(session: Session, platform: str, now: datetime) -> None:
    """Once its posts are gone: accounts, threads, the addresses of our answers, what could not be read."""
    run = session.connection().execute
    for handle in session.exec(select(HandleRow).where(HandleRow.platform == platform)):
        handle.author_id, handle.handle = f"{ERASED}{handle.id}", ""
        session.add(handle)
    cases = session.exec(select(CaseRow).where(CaseRow.platform == platform)).all()
    for case in cases:
        case.thread, case.followers, case.version = f"{ERASED}{case.id}", None, case.version + 1
        session.add(case)
    replies = update(ReplyRow).where(col(ReplyRow.platform) == platform)
    run(replies.values(receipt_id="", receipt_url=""))
    sent = update(DeliveryRow).where(col(DeliveryRow.responder) == platform, col(DeliveryRow.audience) == "customer")
    run(sent.values(address="", receipt_url=""))
    sources = select(SourceRow.name).where(SourceRow.connector == platform)
    run(update(QuarantineRow).where(col(QuarantineRow.source).in_(sources)).values(raw=b"", why="purged", ref=""))
    session.flush()
