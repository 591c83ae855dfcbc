"""Everything triage needs to know of a batch of mentions, fetched in a few queries instead of many per mention."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlmodel import Session, col, select

from bot.core.behaviour import Heard
from bot.store import behaviour, numbers, pauses, posts
from bot.store.tables import CaseRow, CustomerRow, HandleRow, MentionRow, PostRow, ReadingRow, ReplyRow

Account = tuple[str, str, str]  # brand, platform, the platform's id of the author
CHUNK = 400
SAME_ISSUE = timedelta(hours=24)


@dataclass(slots=True)
class Desk:
    """A batch's readings, customers, their cases, and our own answers that are already there."""

    readings: dict[int, ReadingRow] = field(default_factory=dict)
    customers: dict[Account, int] = field(default_factory=dict)
    cases: dict[int, list[CaseRow]] = field(default_factory=dict)
    answers: dict[tuple[str, str], list[PostRow]] = field(default_factory=dict)
    parents: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    returned: set[int] = field(default_factory=set)
    told: dict[int, list[tuple[CaseRow, str]]] = field(default_factory=dict)
    paused: set[int] = field(default_factory=set)
    busy: dict[tuple[str, str], list[Heard]] = field(default_factory=dict)

    def case_of(self, mention: MentionRow, post: PostRow, thread: str) -> CaseRow | None:
        """The case this message belongs to: its own (an edit), the thread's, that of what it replies to, or the one
        that is still open from the same day, or that of the same words on whatever platform: one person with one
        problem writes more than once."""
        mine = self.cases.get(mention.customer_id or 0, [])
        if mention.case_id is not None:
            return next((case for case in mine if case.id == mention.case_id), None)
        for case in reversed(mine):
            if case.thread == thread or (
                case.id and case.id in self.parents.get((post.platform, post.in_reply_to or ""), [])
            ):
                return case
        here = next((case for case in reversed(mine) if _still_open(case, post)), None)
        return here or self.copied(mention, post)

    def copied(self, mention: MentionRow, post: PostRow) -> CaseRow | None:
        """The case in which this customer said the same words lately, on any of their accounts."""
        before = self.told.get(mention.customer_id or 0)
        if not before:
            return None
        words = behaviour.said(post.text)
        return next((case for case, text in before if behaviour.same_words(words, text)), None)

    def was_answered(self, customer_id: int, before: datetime) -> bool:
        """Whether this customer had an answer before then: only then can words of theirs say anything of recovery."""
        return any(
            case.first_answered_at is not None and case.first_answered_at < before
            for case in self.cases.get(customer_id, ())
        )

    def earlier(self, customer_id: int, before: datetime, since: datetime | None = None) -> int:
        """How many cases this customer had before then (and after `since`)."""
        mine = self.cases.get(customer_id, [])
        return sum(
            1 for case in mine if case.first_spoke_at < before and (since is None or case.first_spoke_at >= since)
        )


def _still_open(case: CaseRow, post: PostRow) -> bool:
    if case.state == "snoozed" and case.section == "care" and case.platform == post.platform:
        return post.created_at > case.words_at  # who writes anew wakes their case, wherever they write on that platform
    owed = case.state in ("new", "claimed") and case.answered_at is None and case.section == "care"
    return owed and case.platform == post.platform and abs(post.created_at - case.words_at) <= SAME_ISSUE


def laid(session: Session, due: Sequence[tuple[MentionRow, PostRow]], now: datetime) -> Desk:
    """Fetch what this batch needs; customers seen for the first time are made."""
    desk = Desk()
    desk.readings = _by_id(session, [m.reading_id for m, _ in due if m.reading_id is not None])
    desk.customers = _customers(session, due, now, desk.returned)
    ids = sorted(desk.returned)
    for at in range(0, len(ids), CHUNK):
        found = select(CaseRow).where(col(CaseRow.customer_id).in_(ids[at : at + CHUNK]), CaseRow.state != "merged")
        for case in session.exec(found.order_by(col(CaseRow.id))):
            desk.cases.setdefault(case.customer_id, []).append(case)
    batch = [post for _, post in due]
    _look_around(session, desk, batch)
    desk.busy = behaviour.busy(session, batch)
    known = {case.id: case for mine in desk.cases.values() for case in mine}
    desk.paused = pauses.paused(session, [case_id for case_id in known if case_id is not None])
    for at in range(0, len(ids), CHUNK):
        for case_id, text in behaviour.told(session, ids[at : at + CHUNK], batch):
            if (theirs := known.get(case_id)) is not None:
                desk.told.setdefault(theirs.customer_id, []).append((theirs, text))
    return desk


def _by_id(session: Session, ids: list[int]) -> dict[int, ReadingRow]:
    found: dict[int, ReadingRow] = {}
    for at in range(0, len(ids), CHUNK):
        rows = session.exec(select(ReadingRow).where(col(ReadingRow.id).in_(ids[at : at + CHUNK])))
        found |= {row.id: row for row in rows if row.id is not None}
    return found


def _customers(
    session: Session, due: Sequence[tuple[MentionRow, PostRow]], now: datetime, returned: set[int]
) -> dict[Account, int]:
    wanted = {(m.brand, p.platform, p.author_id): p for m, p in due}
    authors = sorted({account[2] for account in wanted})
    found: dict[Account, int] = {}
    for at in range(0, len(authors), CHUNK):
        for row in session.exec(select(HandleRow).where(col(HandleRow.author_id).in_(authors[at : at + CHUNK]))):
            if (post := wanted.get((row.brand, row.platform, row.author_id))) is not None:
                found[(row.brand, row.platform, row.author_id)] = row.customer_id
                row.handle = post.author_handle or row.handle
    returned |= set(found.values())
    fresh = {account: post for account, post in wanted.items() if account not in found}
    return found | _made(session, fresh, now)


def _made(session: Session, fresh: Mapping[Account, PostRow], now: datetime) -> dict[Account, int]:
    if not fresh:
        return {}
    rows = [
        {"brand": account[0], "name": post.author_name, "note": "", "tier": "", "first_heard_at": now}
        for account, post in fresh.items()
    ]
    ids = numbers.next_ids(session, CustomerRow, len(rows))
    if ids:
        numbered = [{"id": key, **row} for key, row in zip(ids, rows, strict=True)]
        session.connection().execute(insert(CustomerRow), numbered)
    else:
        inserted = insert(CustomerRow).returning(col(CustomerRow.id), sort_by_parameter_order=True)
        ids = [key for (key,) in session.connection().execute(inserted, rows) if key is not None]
    made = dict(zip(fresh, ids, strict=True))
    handles = [
        {"brand": brand, "platform": platform, "author_id": author, "handle": post.author_handle, "customer_id": key}
        for ((brand, platform, author), post), key in zip(fresh.items(), ids, strict=True)
    ]
    session.connection().execute(insert(HandleRow), handles)
    return made


def _look_around(session: Session, desk: Desk, batch: list[PostRow]) -> None:
    for platform in {post.platform for post in batch}:
        here = [post for post in batch if post.platform == platform]
        for answer in posts.own_answers_to(session, platform, [post.native_id for post in here]):
            desk.answers.setdefault((platform, answer.in_reply_to or ""), []).append(answer)
        parents = sorted({post.in_reply_to for post in here if post.in_reply_to})
        for at in range(0, len(parents), CHUNK):
            _parents(session, desk, platform, parents[at : at + CHUNK])


def _parents(session: Session, desk: Desk, platform: str, native_ids: list[str]) -> None:
    theirs = select(PostRow.native_id, MentionRow.case_id).join(MentionRow, col(MentionRow.post_id) == col(PostRow.id))
    theirs = theirs.where(PostRow.platform == platform, col(PostRow.native_id).in_(native_ids))
    ours = select(ReplyRow.receipt_id, ReplyRow.case_id).where(
        ReplyRow.platform == platform, col(ReplyRow.receipt_id).in_(native_ids)
    )
    for native_id, case_id in [*session.exec(theirs), *session.exec(ours)]:
        if case_id is not None:
            desk.parents.setdefault((platform, native_id), []).append(case_id)
