"""What else a case holds, for programs: tags, whose it is, notes, and our answers in the words that stand there."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from bot.store import cases, lists, posts
from bot.store.db import Session
from bot.store.tables import CaseRow, MentionRow, NoteRow, PostRow, ReplyRow

How = Literal["here", "native", "platform"]


class PersonOut(BaseModel):
    """Somebody of ours that a case names by number."""

    id: int
    name: str


class NoteOut(BaseModel):
    """An internal note. `by` is a person's number."""

    id: int
    by: int
    at: datetime
    text: str


class ReplyOut(BaseModel):
    """An answer of ours, sent or not; `text` is what was approved; `difference` is what a later look saw.

    `how`: here (sent by Earshot), native (handed over and posted by a person), platform (a colleague's own words, heard
    there; `id`, `written_by` and `approved_by` are null, and the text is empty once it is deleted).
    """

    id: int | None
    how: How
    state: str
    visibility: str
    platform: str
    text: str
    difference: str
    written_by: int | None
    approved_by: int | None
    approved_at: datetime | None
    sent_at: datetime | None
    url: str


class CaseHolds(BaseModel):
    """The rest of a case; `people` names every person in it."""

    tags: list[str]
    assigned_to: int | None
    holder: int | None
    snoozed_until: datetime | None
    notes: list[NoteOut]
    replies: list[ReplyOut]
    people: list[PersonOut]


def holds(session: Session, case: CaseRow, said: Sequence[tuple[MentionRow, PostRow]]) -> CaseHolds:
    """What a case on this side of the wall holds beside what its customer said."""
    number = case.id or 0
    notes = [_note(row) for row in cases.notes(session, number)]
    rows = cases.replies(session, number)
    replies = [*map(_reply, rows), *_heard(session, rows, said)]
    people = {case.assigned_to, case.holder, *(one.by for one in notes)}
    people |= {who for one in replies for who in (one.written_by, one.approved_by)}
    names = lists.names(session, [who for who in people if who is not None])
    return CaseHolds(
        tags=list(cases.tags(session, number)), assigned_to=case.assigned_to, holder=case.holder,
        snoozed_until=case.snoozed_until, notes=notes,
        replies=sorted(replies, key=lambda one: one.sent_at or one.approved_at or case.spoke_at),
        people=[PersonOut(id=who, name=name) for who, name in names.items()],
    )  # fmt: skip


def _note(row: NoteRow) -> NoteOut:
    return NoteOut(id=row.id or 0, by=row.by, at=row.at, text=row.text)


def _reply(row: ReplyRow) -> ReplyOut:
    return ReplyOut(
        id=row.id, how="native" if row.how == "native" else "here", state=row.state, visibility=row.visibility,
        platform=row.platform, text=row.text, difference=row.difference, written_by=row.written_by or row.approved_by,
        approved_by=row.approved_by, approved_at=row.approved_at, sent_at=row.sent_at, url=row.receipt_url,
    )  # fmt: skip


def _heard(
    session: Session, rows: Sequence[ReplyRow], said: Sequence[tuple[MentionRow, PostRow]]
) -> Iterator[ReplyOut]:
    """Answers of colleagues that were heard on the platform and are none of the replies known here."""
    known = {(row.platform, row.receipt_id) for row in rows}
    for platform in sorted({post.platform for _, post in said}):
        asked = [post.native_id for _, post in said if post.platform == platform]
        for post in posts.own_answers_to(session, platform, asked):
            if (platform, post.native_id) not in known:
                yield _colleagues(post)


def _colleagues(post: PostRow) -> ReplyOut:
    gone = post.gone_at is not None
    return ReplyOut(
        id=None, how="platform", state="taken_back" if gone else "sent", visibility="public", platform=post.platform,
        text="" if gone else post.text, difference="", written_by=None, approved_by=None, approved_at=None,
        sent_at=post.created_at, url="" if gone else post.url,
    )  # fmt: skip
