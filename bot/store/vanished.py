"""Accounts that left their platform: all their posts are hidden at once. Those that return are asked for again."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from bot.store import masks
from bot.store.posts import AGAIN, CHUNK, OLDEST, account_hash, key_of
from bot.store.tables import PostRow
from bot.store.tables_house import TombstoneRow
from connectors.types import AuthorRef

LATELY = timedelta(hours=3)  # who deletes post after post does not make us ask for all of them each time
NOBODY = ("", "unknown")  # what stands where a platform does not name an author
ACCOUNT = "account"  # TombstoneRow.why: the hash is that of an account which is gone


def hide(session: Session, accounts: Collection[AuthorRef], now: datetime) -> int:
    """Posts of these accounts count as deleted from now on; the forget step takes their words out. Returns how many.

    Few of those a platform names ever wrote to us: of these a hash is kept, so that their return is noticed.
    """
    hidden = 0
    for platform, ids in _by_platform(accounts):
        theirs = update(PostRow).where(
            col(PostRow.platform) == platform, col(PostRow.author_id).in_(ids), col(PostRow.gone_at).is_(None)
        )
        authors = session.connection().execute(theirs.values(gone_at=now).returning(col(PostRow.author_id))).scalars()
        found = list(authors)
        hidden += len(found)
        for author in set(found):
            session.merge(TombstoneRow(hash=account_hash(platform, author), at=now, why=ACCOUNT))
    return hidden


def doubt(session: Session, gone: Collection[PostRow], now: datetime) -> None:
    """Where asking found a post gone, its author may be: what else they wrote is asked about at once, not in a day."""
    for platform in sorted({row.platform for row in gone}):
        ids = sorted({row.author_id for row in gone if row.platform == platform and row.author_id not in NOBODY})
        looked = func.coalesce(col(PostRow.rechecked_at), col(PostRow.heard_at))
        theirs = update(PostRow).where(
            col(PostRow.platform) == platform,
            col(PostRow.author_id).in_(ids),
            col(PostRow.gone_at).is_(None),
            looked < now - LATELY,
        )
        session.connection().execute(theirs.values(rechecked_at=OLDEST))


def back(session: Session, accounts: Collection[AuthorRef]) -> int:
    """These accounts are there again: what we hid of them is asked for anew, and shown if the platform still has it.

    Only posts whose own id names their author can be found: of the others nothing is left by which to find them.
    They are heard again when the platform shows them again. Returns how many posts are asked for.
    """
    asked = 0
    for platform, ids in _by_platform(accounts):
        hashes = {account_hash(platform, id_): id_ for id_ in ids}
        known = select(TombstoneRow.hash).where(
            col(TombstoneRow.hash).in_(list(hashes)), col(TombstoneRow.why) == ACCOUNT
        )
        for hash_ in list(session.exec(known)):
            name, key = hashes[hash_], masks.key(session)
            named = col(PostRow.native_id).contains(name, autoescape=True)
            if key:
                named |= col(PostRow.native_id).contains(masks.of_name(key, platform, name), autoescape=True)
            gone = select(PostRow).where(PostRow.platform == platform, col(PostRow.gone_at).is_not(None), named)
            for row in session.exec(gone):
                told = masks.unmasked(key, platform, name, [row.native_id, row.in_reply_to, row.thread])
                row.native_id, row.in_reply_to, row.thread = told
                row.flags = " ".join((*(flag for flag in row.flags.split() if flag != AGAIN), AGAIN))
                row.rechecked_at = OLDEST
                session.add(row)
                asked += 1
            session.connection().execute(delete(TombstoneRow).where(col(TombstoneRow.hash) == hash_))
    return asked


def _by_platform(accounts: Collection[AuthorRef]) -> list[tuple[str, list[str]]]:
    """The accounts' ids as they are stored, by platform, as many at once as a statement takes."""
    found = []
    for platform in sorted({one.platform for one in accounts}):
        ids = sorted({key_of(one.id) for one in accounts if one.platform == platform and one.id})
        found += [(platform, ids[at : at + CHUNK]) for at in range(0, len(ids), CHUNK)]
    return found
