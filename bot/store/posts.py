"""Posts: each stored once, with the cursor that follows it in the same transaction."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from bot.store import edits, emptied, ghosts, masks, reach, retold
from bot.store.tables import MentionRow, PostRow, SourceRow
from bot.store.tables_desk import ErasedRow
from bot.store.tables_house import TombstoneRow
from connectors.text import storable
from connectors.types import Post, PostRef

OWN, FUTURE, TO_US = "own", "future", "to-us"
GONE, RETIRED, ERASED = "gone", "retired", "erased"
AGAIN, BACK = "again", "back"  # gone, and shown by its platform later; and the platform, asked, says it is there
YIELDS = timedelta(hours=24)  # a search index may show what is deleted for some hours
LONGEST_THROUGH = 300  # characters of the search or server that brought a post
LONGEST_ID = 500  # characters: PostgreSQL's index rows end at 2,704 bytes, and some hold two ids
OLDEST = datetime(1971, 1, 1, tzinfo=UTC)  # no platform is older; what says so has no time
CHUNK = 400  # SQLite allows 999 variables in a statement on old builds


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a page's posts. seen = new + known + changed + filtered. `hidden`: stored ones now deleted."""

    new: int = 0
    known: int = 0
    changed: int = 0
    filtered: int = 0
    hidden: int = 0


def keep(
    session: Session, source: SourceRow, posts: Sequence[Post], heard_at: datetime, is_own: Callable[[Post], bool]
) -> Kept:
    """Store posts by their reference: new ones once, edited ones anew, deleted ones never again."""
    latest = {post.ref: post for post in posts}  # the last word of a page wins
    known = _known(session, list(latest))
    known |= _purged(session, [post for ref, post in latest.items() if ref not in known])
    buried = _buried(session, [ref for ref in latest if ref not in known])
    buried |= _unwanted(session, [post for ref, post in latest.items() if ref not in known and ref not in buried])
    fresh = [post for ref, post in latest.items() if ref not in known and ref not in buried]
    new = _add(session, [_row(post, source, heard_at, OWN if is_own(post) else "") for post in fresh])
    changed = sum(_change(session, known[ref], post, heard_at) for ref, post in latest.items() if ref in known)
    repeated = len(posts) - len(latest)
    return Kept(new, len(known) + len(fresh) - new - changed + repeated, changed, len(buried))


def _add(session: Session, rows: list[dict[str, Any]]) -> int:
    """Insert posts, but for those another source stored in this very moment. Returns how many are new."""
    if not rows:
        return 0
    engine = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    there = [col(PostRow.platform), col(PostRow.native_id)]
    adding = engine.insert(PostRow).on_conflict_do_nothing(index_elements=there).returning(col(PostRow.id))
    return len(session.connection().execute(adding, rows).all())


def _row(post: Post, source: SourceRow, heard_at: datetime, flags: str) -> dict[str, Any]:
    created_at, clock = _when(post, heard_at)
    ahead = (created_at - heard_at).total_seconds() > 300
    return {
        "platform": post.ref.platform,
        "native_id": key_of(post.ref.id),
        "source": source.name,
        "url": storable(post.url),
        "author_id": key_of(post.author.id),
        "author_handle": storable(post.author.handle),
        "author_name": storable(post.author.name),
        "followers": _small(post.author.followers),
        "text": storable(post.text),
        "title": storable(post.title),
        "created_at": created_at,
        "clock": clock,
        "kind": post.kind,
        "in_reply_to": key_of(post.in_reply_to.id) if post.in_reply_to else None,
        "thread": key_of(post.thread) if post.thread else None,
        "edited_at": post.edited_at,
        "language": storable(post.language)[:35] if post.language else None,
        "rating": post.rating,
        "engagement": _small(post.engagement),
        "answer_to": storable(post.answer_to) if post.answer_to else None,
        "query": storable(post.through)[:LONGEST_THROUGH],
        "heard_at": heard_at,
        "history": source.history or created_at < source.started_at,
        "flags": " ".join(filter(None, (flags, FUTURE if ahead else "", TO_US if post.to_us else ""))),
        "next_try_at": heard_at,
        "tries": 0,
    }


def key_of(id_: str) -> str:
    """A platform's id as it is stored and compared. One too long for an index keeps its beginning and a hash."""
    plain = storable(id_)
    if len(plain) <= LONGEST_ID:
        return plain
    return f"{plain[: LONGEST_ID - 65]}#{sha256(plain.encode()).hexdigest()}"


def _when(post: Post, heard_at: datetime) -> tuple[datetime, str]:
    """When it was written, and whose word that is. The zero of somebody's clock (1 January of year 1, 1970) is none."""
    return (post.created_at, post.clock) if post.created_at >= OLDEST else (heard_at, "estimated")


def _small(number: int | None) -> int | None:
    """Counts that a platform (or a liar) sends fit the column on both engines."""
    return None if number is None else max(-1, min(number, 2_000_000_000))


def _change(session: Session, row: PostRow, post: Post, heard_at: datetime) -> int:
    """An edit is new words or a later `edited_at`; figures of reach are refreshed silently. 1 if it was an edit."""
    text, title = storable(post.text), storable(post.title)
    row.followers = _small(post.author.followers) if post.author.followers is not None else row.followers
    row.engagement = _small(post.engagement) if post.engagement is not None else row.engagement
    stars = row.rating if post.rating is None else post.rating
    if row.gone_at is None and post.engagement is not None:
        reach.follow(session, row, heard_at)
    if row.gone_at is not None and BACK in row.flags.split():
        return _exhume(session, row, post, heard_at)
    if row.gone_at is not None and AGAIN not in row.flags.split() and heard_at - row.gone_at >= YIELDS:
        row.flags = f"{row.flags} {AGAIN}".strip()  # the platform shows it again: recheck asks whether it is so
        _unmask(row, post)
    old = row.edited_at is not None and post.edited_at is not None and post.edited_at < row.edited_at
    if row.gone_at is None and not old:
        who = post.author
        ghosts.follow(session, row, (key_of(who.id), storable(who.handle), storable(who.name)), heard_at)
    if row.gone_at is not None or (text == row.text and title == row.title and stars == row.rating):
        session.add(row)
        return 0
    if old:
        return 0  # an older version, arriving late
    edits.follow(session, row, text, title, heard_at)
    row.text, row.title, row.rating, row.edited_at = text, title, stars, post.edited_at or heard_at
    row.matched_at, row.next_try_at, row.tries = None, heard_at, 0
    session.add(row)
    retold.edited(session, row.id)
    return 1


def _known(session: Session, refs: list[PostRef]) -> dict[PostRef, PostRow]:
    found: dict[PostRef, PostRow] = {}
    for platform in {ref.platform for ref in refs}:
        ids = [key_of(ref.id) for ref in refs if ref.platform == platform]
        for at in range(0, len(ids), CHUNK):
            same = select(PostRow).where(PostRow.platform == platform, col(PostRow.native_id).in_(ids[at : at + CHUNK]))
            found |= {PostRef(platform, row.native_id): row for row in session.exec(same)}
    return {ref: row for ref in refs if (row := found.get(PostRef(ref.platform, key_of(ref.id)))) is not None}


def _purged(session: Session, posts: Sequence[Post]) -> dict[PostRef, PostRow]:
    """Purged posts that are shown again: of those whose id named somebody the row keeps an id without the name."""
    key = masks.key(session) if posts else b""
    found: dict[PostRef, PostRow] = {}
    for platform in {post.ref.platform for post in posts if key}:
        hidden = {masked(key, post): post.ref for post in posts if post.ref.platform == platform}
        hidden = {id_: ref for id_, ref in hidden.items() if masks.is_masked(id_)}
        found |= {
            hidden[ref.id]: row for ref, row in _known(session, [PostRef(platform, id_) for id_ in hidden]).items()
        }
    return found


def masked(key: bytes, post: Post) -> str:
    """The id that a purged post's row keeps."""
    author = post.author
    return masks.of_id(key, post.ref.platform, key_of(post.ref.id), key_of(author.id), storable(author.handle))


def _unmask(row: PostRow, post: Post) -> None:
    """The platform shows it again: it is asked for by its own id, and stored by that if it is there."""
    row.native_id, row.author_id = key_of(post.ref.id), key_of(post.author.id)
    row.url = storable(post.url)  # some are asked for by their page
    row.thread = key_of(post.thread) if post.thread else None
    row.in_reply_to = key_of(post.in_reply_to.id) if post.in_reply_to else None


def tomb(ref: PostRef) -> str:
    """The hashed id that a deleted post leaves behind."""
    return sha256(f"{ref.platform}\x1f{key_of(ref.id)}".encode()).hexdigest()


def _buried(session: Session, refs: list[PostRef]) -> set[PostRef]:
    hashes = {tomb(ref): ref for ref in refs}
    found: set[PostRef] = set()
    keys = list(hashes)
    for at in range(0, len(keys), CHUNK):
        rows = session.exec(select(TombstoneRow.hash).where(col(TombstoneRow.hash).in_(keys[at : at + CHUNK])))
        found |= {hashes[row] for row in rows}
    return found


def due_for_match(session: Session, now: datetime, limit: int) -> list[PostRow]:
    """Posts the match step owes a look, oldest first. Our own are the confirm step's."""
    due = select(PostRow).where(
        col(PostRow.matched_at).is_(None), PostRow.next_try_at <= now, col(PostRow.flags).not_like(f"{OWN}%")
    )
    return list(session.exec(due.order_by(col(PostRow.next_try_at), col(PostRow.id)).limit(limit)).all())


def own_to_confirm(session: Session, now: datetime, limit: int) -> list[PostRow]:
    """Our own posts that may answer somebody."""
    due = select(PostRow).where(
        col(PostRow.matched_at).is_(None), PostRow.next_try_at <= now, col(PostRow.flags).like(f"{OWN}%")
    )
    return list(session.exec(due.order_by(col(PostRow.next_try_at), col(PostRow.id)).limit(limit)).all())


def still_due(session: Session, ids: Sequence[int], seen_at: datetime) -> set[int]:
    """Those of these posts that nobody matched or edited since `seen_at`; on PostgreSQL they are held until the end."""
    found: set[int] = set()
    for at in range(0, len(ids), CHUNK):
        same = select(PostRow.id).where(
            col(PostRow.id).in_(ids[at : at + CHUNK]), col(PostRow.matched_at).is_(None), PostRow.next_try_at <= seen_at
        )
        found |= {key for key in session.exec(same.order_by(col(PostRow.id)).with_for_update()) if key is not None}
    return found


def matched(session: Session, ids: Iterable[int], now: datetime) -> None:
    """These posts were looked at."""
    keys = list(ids)
    for at in range(0, len(keys), CHUNK):
        session.connection().execute(
            update(PostRow).where(col(PostRow.id).in_(keys[at : at + CHUNK])).values(matched_at=now)
        )


def by_ids(session: Session, ids: Sequence[int]) -> dict[int, PostRow]:
    """Posts by our ids."""
    found: dict[int, PostRow] = {}
    for at in range(0, len(ids), CHUNK):
        rows = session.exec(select(PostRow).where(col(PostRow.id).in_(ids[at : at + CHUNK])))
        found |= {row.id: row for row in rows if row.id is not None}
    return found


def of_mention(session: Session, mention_id: int) -> PostRow:
    """The post of a mention. Raises LookupError."""
    row = session.exec(select(PostRow).join(MentionRow).where(MentionRow.id == mention_id)).first()
    if row is None:
        raise LookupError(f"mention {mention_id} has no post")
    return row


def by_ref(session: Session, platform: str, native_id: str) -> PostRow | None:
    """A post by the platform's own id."""
    return session.exec(select(PostRow).where(PostRow.platform == platform, PostRow.native_id == native_id)).first()


def heard_by(session: Session, refs: list[PostRef], at: datetime) -> set[PostRef]:
    """Those of these that had been heard at that time."""
    return {ref for ref, row in _known(session, refs).items() if row.heard_at <= at}


def own_answers_to(session: Session, platform: str, native_ids: Sequence[str]) -> list[PostRow]:
    """Our own posts that reply to one of these."""
    rows: list[PostRow] = []
    for at in range(0, len(native_ids), CHUNK):
        found = select(PostRow).where(
            PostRow.platform == platform,
            col(PostRow.in_reply_to).in_(native_ids[at : at + CHUNK]),
            col(PostRow.flags).like(f"{OWN}%"),
        )
        rows += session.exec(found).all()
    return rows


def recheckable(
    session: Session, platform: str, before: datetime, limit: int, but_of: Collection[str] = ()
) -> list[PostRow]:
    """Stored posts not looked at again since `before`; not those of the sources `but_of`, which ask themselves."""
    due = select(PostRow).where(
        PostRow.platform == platform,
        col(PostRow.source).not_in(list(but_of)),
        col(PostRow.gone_at).is_(None) | col(PostRow.flags).like(f"%{AGAIN}"),
        (col(PostRow.rechecked_at).is_(None) & (col(PostRow.heard_at) < before)) | (col(PostRow.rechecked_at) < before),
    )
    return list(session.exec(due.order_by(col(PostRow.id)).limit(limit)).all())


def asked(session: Session, ref: PostRef, answer_to: str | None, now: datetime) -> None:
    """The platform was asked about this post: it is there, and is answered this way."""
    row = by_ref(session, ref.platform, ref.id)
    if row is not None and row.gone_at is None:
        row.answer_to, row.rechecked_at = answer_to, now
        session.add(row)


def bury(session: Session, rows: Sequence[PostRow], now: datetime, why: str = "") -> dict[str, str]:
    """Take the words and the author out of deleted posts and leave tombstones; figures stay. `why`: TombstoneRow's.

    Ids that name somebody lose the name (bot/store/masks.py). Returns what became of each of these.
    """
    key, renamed = masks.made_key(session, now) if rows else b"", dict[str, str]()
    for row in rows:
        if not masks.is_masked(row.native_id):
            _entomb(session, PostRef(row.platform, row.native_id), now, why)
        renamed |= masks.mask(key, row)
        row.text = row.title = row.author_handle = row.author_name = row.author_id = row.url = ""
        row.answer_to, row.matched_at = None, row.matched_at or now
        row.gone_at = row.gone_at or now
        session.add(row)
    session.flush()
    return renamed


def _entomb(session: Session, ref: PostRef, now: datetime, why: str) -> None:
    """The first reason stays: what a person had erased does not become what the platform had lost."""
    if session.get(TombstoneRow, tomb(ref)) is None:
        session.add(TombstoneRow(hash=tomb(ref), at=now, why=why))


def account_hash(platform: str, author_id: str) -> str:
    """How an account is known whose person was erased: a hash and nothing else."""
    return sha256(f"{platform}\x1f{key_of(author_id)}".encode()).hexdigest()


def _unwanted(session: Session, posts: Sequence[Post]) -> set[PostRef]:
    """Posts of people who were erased: what they wrote before that, and all of it where they asked for that."""
    hashes: dict[str, list[Post]] = {}
    for post in posts:
        hashes.setdefault(account_hash(post.ref.platform, post.author.id), []).append(post)
    found: set[PostRef] = set()
    keys = list(hashes)
    for at in range(0, len(keys), CHUNK):
        asked = select(ErasedRow).where(col(ErasedRow.hash).in_(keys[at : at + CHUNK]))
        for one in session.exec(asked):
            found |= {post.ref for post in hashes[one.hash] if one.blocks or post.created_at < one.at}
    return found


def back(session: Session, rows: Sequence[PostRow]) -> None:
    """The platform was asked, and does not say that these are gone: the next time it shows them they are read anew."""
    for row in rows:
        if row.gone_at is not None and AGAIN in row.flags.split():
            row.flags = " ".join((*(flag for flag in row.flags.split() if flag != AGAIN), BACK))
            session.add(row)
    session.flush()


def _exhume(session: Session, row: PostRow, post: Post, now: datetime) -> int:
    """A post that was gone with its account, which was restored, is here again. 1 if it is.

    Not one that went for another reason: a person's wish, our own retention.
    """
    stone = session.get(TombstoneRow, tomb(post.ref))
    if stone is not None and stone.why != GONE:
        return 0
    if stone is not None:
        session.delete(stone)
    row.flags = " ".join(flag for flag in row.flags.split() if flag != BACK)
    _unmask(row, post)
    row.author_handle, row.author_name = storable(post.author.handle), storable(post.author.name)
    row.url = storable(post.url)
    row.text, row.title = storable(post.text), storable(post.title)
    row.answer_to = storable(post.answer_to) if post.answer_to else None
    row.gone_at = row.matched_at = None
    row.next_try_at, row.tries = now, 0
    session.add(row)
    named = update(MentionRow).where(col(MentionRow.post_id) == row.id, col(MentionRow.verdict) == "gone")
    session.connection().execute(named.values(verdict="open"))
    emptied.back(session, row.id or 0, now)
    return 1


def still_gone(session: Session, rows: Sequence[PostRow], now: datetime) -> None:
    """Posts that were purged, shown again and asked for, and are gone after all: their ids lose the name again."""
    key = masks.made_key(session, now) if rows else b""
    for row in rows:
        row.flags = " ".join(flag for flag in row.flags.split() if flag != AGAIN)
        masks.mask(key, row)
        row.author_id = row.url = ""
        session.add(row)
    session.flush()


def drop_unmentioned(session: Session, before: datetime) -> int:
    """Delete posts heard then or earlier that named no brand. Returns how many."""
    named = select(MentionRow.post_id)
    gone = delete(PostRow).where(
        col(PostRow.heard_at) <= before, col(PostRow.matched_at).is_not(None), col(PostRow.id).not_in(named)
    )
    return session.connection().execute(gone).rowcount


def newest(session: Session, limit: int) -> list[PostRow]:
    """The last posts kept whose words are still here, newest first."""
    found = select(PostRow).where(col(PostRow.gone_at).is_(None)).order_by(col(PostRow.id).desc()).limit(limit)
    return list(session.exec(found).all())
