"""Everywhere a customer's words can be, and how they leave."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, update
from sqlmodel import Session, col, select

from bot.store import quarantine, retold, search, switches
from bot.store.db import Database
from bot.store.tables import CaseRow, CustomerRow, DraftRow, HandleRow, MentionRow, PostRow, ReplyRow
from bot.store.tables_answering import MemoryRow
from bot.store.tables_house import DeliveryRow, QuarantineRow

FOLLOWED = ("ask", "promise", "incident")  # kinds whose messages are edited as things go on
MARKS = ("shown", "edited_at", "decided")  # what tells how they read; no words
DONE = ("sent", "refused", "withdrawn", "unsure")

CORRECTED = ("not_us", "not_complaint")  # what a person said stays: figures of old weeks must not change


def gone_with_words(session: Session, limit: int) -> list[PostRow]:
    """Posts gone at their platform whose words we still have."""
    return list(session.exec(select(PostRow).where(col(PostRow.gone_at).is_not(None), spoken()).limit(limit)).all())


def spoken() -> ColumnElement[bool]:
    """Posts with any word of their author: some have a title and no text."""
    said = (PostRow.text, PostRow.title, PostRow.author_handle, PostRow.author_name)
    return or_(*(col(words) != "" for words in said))


def older_than(session: Session, before: datetime, limit: int) -> list[PostRow]:
    """Posts heard then or earlier whose words we still have."""
    found = select(PostRow).where(col(PostRow.heard_at) <= before, spoken())
    return list(session.exec(found.order_by(col(PostRow.id)).limit(limit)).all())


def words_about(session: Session, post_ids: Sequence[int], ids_too: bool = False) -> None:
    """Take these posts' words out of mentions, drafts, outbox, search and quarantine; the name of a customer none
    of whose words are left goes with them, and with `ids_too` the platform's id. The post's own row is bury's."""
    told = session.exec(select(MentionRow).where(col(MentionRow.post_id).in_(post_ids))).all()
    case_ids = sorted({row.case_id for row in told if row.case_id is not None})
    run = session.connection().execute
    _unname(session, sorted({row.customer_id for row in told if row.customer_id is not None}), post_ids, ids_too)
    theirs = update(MentionRow).where(col(MentionRow.post_id).in_(post_ids))
    run(theirs.values(spans=[], why="", spam_why=None))
    run(theirs.where(col(MentionRow.verdict).not_in(CORRECTED)).values(verdict="gone"))
    search.forget(session, "post", list(post_ids))
    run(update(ReplyRow).where(col(ReplyRow.case_id).in_(case_ids)).values(difference=""))
    run(delete(MemoryRow).where(col(MemoryRow.case_id).in_(case_ids)))
    refs = [*(f"post:{key}" for key in post_ids), *(f"mention:{row.id}" for row in told)]
    run(update(QuarantineRow).where(col(QuarantineRow.ref).in_(refs)).values(raw=b"", why="its post was deleted"))
    to_team = col(DeliveryRow.case_id).in_(case_ids), col(DeliveryRow.audience) == "team"
    run(update(DeliveryRow).where(*to_team, col(DeliveryRow.state).in_(DONE)).values(text="", body={}))
    empty_sent(session, sorted({row.brand for row in told}))
    if ids_too:  # deleted or erased; what is only old stays in the rooms
        retold.take_back(session, case_ids)
        retold.look_again(session, case_ids)
    only = _only_of(session, case_ids, post_ids)
    if only:
        run(delete(DraftRow).where(col(DraftRow.case_id).in_(only)))
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


def empty_sent(session: Session, brands: list[str]) -> None:
    """What left for the team about no one case (digests, incidents, spikes) may quote anybody of its brand."""
    theirs = (
        col(DeliveryRow.case_id).is_(None),
        col(DeliveryRow.audience) == "team",
        col(DeliveryRow.state).in_(DONE),
        col(DeliveryRow.brand).in_([*brands, ""]),
        col(DeliveryRow.text) != "",
    )
    for row in session.exec(select(DeliveryRow).where(*theirs, col(DeliveryRow.kind).in_(FOLLOWED))):
        row.text, row.body = "", {name: row.body[name] for name in row.body if name in MARKS}
        session.add(row)
    session.flush()
    session.connection().execute(update(DeliveryRow).where(*theirs).values(text="", body={}))


def relink(session: Session, case_ids: Sequence[int], renamed: Mapping[str, str]) -> None:
    """Of cases without any words left: where their thread, our answer or its address name a post that was purged, they
    say what that one is called now."""
    only = _only_of(session, sorted(case_ids), []) if renamed else []
    if not only:
        return
    for case in session.exec(select(CaseRow).where(col(CaseRow.id).in_(only))):
        case.thread = renamed.get(case.thread, case.thread)
        session.add(case)
    receipts = select(ReplyRow.receipt_id).where(col(ReplyRow.case_id).in_(only), col(ReplyRow.receipt_id).is_not(None))
    for row in session.exec(select(PostRow).where(col(PostRow.native_id).in_(receipts))):
        row.in_reply_to, row.thread = (renamed.get(id_ or "", id_) for id_ in (row.in_reply_to, row.thread))
        session.add(row)
    ours = col(DeliveryRow.case_id).in_(only), col(DeliveryRow.audience) == "customer"
    for sent in session.exec(select(DeliveryRow).where(*ours, col(DeliveryRow.state).in_(DONE))):
        for old, new in renamed.items():
            sent.address = sent.address.replace(old, new)
        session.add(sent)
    session.flush()


def put_aside(session: Session, rows: Sequence[PostRow]) -> None:
    """What could not be read of these posts goes with them, found by the platform's ids."""
    by_source: dict[str, list[str]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row.native_id)
    for source, refs in by_source.items():
        quarantine.forget(session, source, refs)


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


def _unname(session: Session, customer_ids: list[int], post_ids: Sequence[int], ids_too: bool) -> None:
    """Customers none of whose other posts still has words lose their name and handles; their numbers stay."""
    others = select(MentionRow.customer_id).join(PostRow)
    others = others.where(col(MentionRow.customer_id).in_(customer_ids), col(MentionRow.post_id).not_in(post_ids))
    gone = sorted(set(customer_ids) - set(session.exec(others.where(spoken()))))
    session.connection().execute(update(CustomerRow).where(col(CustomerRow.id).in_(gone)).values(name=""))
    session.connection().execute(update(HandleRow).where(col(HandleRow.customer_id).in_(gone)).values(handle=""))
    if ids_too:
        for handle in session.exec(select(HandleRow).where(col(HandleRow.customer_id).in_(gone))):
            handle.author_id = f"gone:{handle.id}"
            session.add(handle)


def aside_before(session: Session, before: datetime) -> int:
    """Take the bytes out of what was put aside then or earlier. Returns of how many."""
    old = update(QuarantineRow).where(col(QuarantineRow.at) <= before, col(QuarantineRow.raw) != b"")
    return session.connection().execute(old.values(raw=b"", why="its words were kept as long as words are")).rowcount


def untidy(session: Session, now: datetime) -> None:
    """Words were taken out just now: their bytes are still in the database's files until `scrub`."""
    switches.put(session, switches.UNTIDY, {"since": now.isoformat()}, now)


def scrub(db: Database, now: datetime) -> bool:
    """Take the bytes of forgotten words out of the database's files, if there are any. False if readers stood in the
    way: try again later.

    SQLite keeps deleted words in FTS5 segments until they are merged, and in the log until it is cut. On PostgreSQL
    they are dead rows until a VACUUM.
    """
    with db.begin() as session:
        if not switches.get(session, switches.UNTIDY):
            return True
        search.merge(session)
        switches.put(session, switches.UNTIDY, {}, now)
    done = db.scrub()
    if not done:
        with db.begin() as session:
            untidy(session, now)
    return done
