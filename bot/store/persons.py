"""A person in every place we have them, and how they leave all of those: what the law calls erasure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, tuple_, update
from sqlmodel import Session, col, select

from bot.store import labels, posts, quotes, rights, search
from bot.store.tables import CaseRow, CustomerRow, DraftRow, HandleRow, MentionRow, NoteRow, PostRow, ReplyRow, TagRow
from bot.store.tables_answering import ApprovalRow, GestureRow, MemoryRow, PromiseRow, VariantRow
from bot.store.tables_desk import ErasedRow, JoinedRow
from bot.store.tables_house import AccountRow, DeliveryRow, NoticeRow
from bot.store.tables_incidents import IncidentCaseRow, StoryRow

ERASED = "erased:"
CHUNK = 300


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as all our brands know them: customers, accounts (platform, the platform's id), cases."""

    customers: tuple[int, ...]
    accounts: tuple[tuple[str, str], ...]
    cases: tuple[int, ...]
    names: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Places:
    """How much of a person is where: what a preview shows and a receipt repeats."""

    accounts: int
    posts: int
    cases: int
    notes: int
    drafts: int
    replies: int
    messages: int


def of(session: Session, customer_id: int) -> Person:
    """The person behind a customer: their accounts, and every brand's customer who has one of those."""
    customers, accounts, names = {customer_id}, set[tuple[str, str]](), set[str]()
    while True:
        handles = session.exec(select(HandleRow).where(col(HandleRow.customer_id).in_(customers))).all()
        names |= {one.handle for one in handles}
        accounts |= {(one.platform, one.author_id) for one in handles}
        same = select(HandleRow.customer_id).where(
            tuple_(col(HandleRow.platform), col(HandleRow.author_id)).in_(sorted(accounts))
        )
        found = customers | set(session.exec(same))
        if found == customers:
            break
        customers = found
    names |= set(session.exec(select(CustomerRow.name).where(col(CustomerRow.id).in_(customers))))
    cases = session.exec(select(CaseRow.id).where(col(CaseRow.customer_id).in_(customers))).all()
    return Person(
        tuple(sorted(customers)),
        tuple(sorted(accounts)),
        tuple(sorted(key for key in cases if key is not None)),
        tuple(sorted(names - {""})),
    )


def places(session: Session, person: Person) -> Places:
    """How much of them is where."""
    in_cases = {
        "notes": select(func.count()).select_from(NoteRow).where(col(NoteRow.case_id).in_(person.cases)),
        "drafts": select(func.count()).select_from(DraftRow).where(col(DraftRow.case_id).in_(person.cases)),
        "replies": select(func.count()).select_from(ReplyRow).where(col(ReplyRow.case_id).in_(person.cases)),
        "messages": select(func.count()).select_from(NoticeRow).where(col(NoticeRow.case_id).in_(person.cases)),
        "posts": select(func.count()).select_from(PostRow).where(_theirs(person)),
    }
    counted = {name: int(session.exec(found).one()) for name, found in in_cases.items()}
    return Places(accounts=len(person.accounts), cases=len(person.cases), **counted)


def _theirs(person: Person):  # type: ignore[no-untyped-def]
    return tuple_(col(PostRow.platform), col(PostRow.author_id)).in_(person.accounts)


def ask(session: Session, person: Person, now: datetime, objects: bool) -> None:
    """From now on this person is to be erased; `objects`: nothing they write later is kept either."""
    run = session.connection().execute
    run(update(CustomerRow).where(col(CustomerRow.id).in_(person.customers)).values(forget_at=now))
    for platform, author in person.accounts:
        session.merge(ErasedRow(hash=posts.account_hash(platform, author), at=now, blocks=objects))
    session.flush()


def waiting(session: Session) -> int | None:
    """A customer who was asked to be forgotten and still has an account here."""
    found = (
        select(CustomerRow.id)
        .join(HandleRow, col(HandleRow.customer_id) == col(CustomerRow.id))
        .where(col(CustomerRow.forget_at).is_not(None), col(HandleRow.author_id).not_like(f"{ERASED}%"))
    )
    return session.exec(found.limit(1)).first()


def posts_of(session: Session, person: Person, limit: int | None = None) -> list[PostRow]:
    """Their posts that still have an author's id; `limit` None: all."""
    return list(session.exec(select(PostRow).where(_theirs(person)).order_by(col(PostRow.id)).limit(limit)).all())


def within_reach(session: Session, customer_id: int, by: int | None) -> CustomerRow | None:
    """The customer, if this account may erase or copy what is held of them; None: the console, which may.

    A person is one in all brands, so this takes an admin of all brands: one of some would change what others see, or
    leave half of it, and a refusal that depended on the other brands would tell who is known there.
    """
    row = session.get(CustomerRow, customer_id)
    if row is None or by is None:
        return row
    account = session.get(AccountRow, by)
    allowed = account is not None and rights.at_least(account, "admin") and not account.brands
    return row if allowed else None


def unlink(session: Session, rows: Sequence[PostRow]) -> None:
    """After the words, the ids: nothing in these rows leads to a person or a place of theirs any more."""
    for row in rows:
        row.author_id, row.native_id = f"{ERASED}{row.id}", f"{ERASED}{row.id}"
        row.in_reply_to = row.thread = row.answer_to = None
        row.followers, row.url = None, ""
        session.add(row)
    session.flush()


def unname(session: Session, person: Person, sources: Sequence[str], now: datetime) -> None:
    """Their names, and what they said, leave what we wrote: first, because it needs the names."""
    known = select(CustomerRow.brand).where(col(CustomerRow.id).in_(person.customers))
    quotes.without(session, person.cases, sources, person.names, now)
    if person.names:
        quotes.unname(session, sorted(set(session.exec(known))), person.names)


def finish(session: Session, person: Person, now: datetime) -> None:
    """The rest of a person once their posts are gone: names, accounts, notes, drafts, what was written of them."""
    run = session.connection().execute
    for at in range(0, len(person.cases), CHUNK):
        _empty_cases(session, list(person.cases[at : at + CHUNK]), now)
    run(update(CustomerRow).where(col(CustomerRow.id).in_(person.customers)).values(name="", note="", tier=""))
    for handle in session.exec(select(HandleRow).where(col(HandleRow.customer_id).in_(person.customers))):
        handle.author_id, handle.handle = f"{ERASED}{handle.id}", ""
        session.add(handle)
    run(delete(JoinedRow).where(col(JoinedRow.to_customer).in_(person.customers)))
    session.flush()


def _empty_cases(session: Session, case_ids: list[int], now: datetime) -> None:
    run = session.connection().execute
    notes = session.exec(select(NoteRow.id).where(col(NoteRow.case_id).in_(case_ids))).all()
    search.forget(session, "note", [key for key in notes if key is not None])
    run(update(NoteRow).where(col(NoteRow.case_id).in_(case_ids)).values(text=""))
    run(delete(DraftRow).where(col(DraftRow.case_id).in_(case_ids)))
    run(delete(MemoryRow).where(col(MemoryRow.case_id).in_(case_ids)))
    run(update(GestureRow).where(col(GestureRow.case_id).in_(case_ids)).values(because="", note=""))
    run(update(PromiseRow).where(col(PromiseRow.case_id).in_(case_ids)).values(words=""))
    asked = select(ApprovalRow.id).where(col(ApprovalRow.case_id).in_(case_ids))
    run(update(VariantRow).where(col(VariantRow.approval_id).in_(asked)).values(text="", facts={}))
    theirs = update(ApprovalRow).where(col(ApprovalRow.case_id).in_(case_ids))
    run(theirs.values(closing="", note="", why=""))
    run(theirs.where(col(ApprovalRow.state) == "open").values(state="withdrawn", decided_at=now))
    run(update(StoryRow).where(col(StoryRow.case_id).in_(case_ids)).values(why="", declined_at=now))
    run(update(IncidentCaseRow).where(col(IncidentCaseRow.case_id).in_(case_ids)).values(why="", settled_why=""))
    run(delete(TagRow).where(col(TagRow.case_id).in_(case_ids)))
    labels.forget(session, case_ids, now, lambda tag: False)
    run(update(ReplyRow).where(col(ReplyRow.case_id).in_(case_ids)).values(receipt_url="", difference=""))
    left = update(DeliveryRow).where(col(DeliveryRow.case_id).in_(case_ids), col(DeliveryRow.audience) == "customer")
    gone = {"address": "", "receipt_url": "", "body": {}, "error": ""}
    run(left.where(col(DeliveryRow.state).in_(("sent", "refused", "withdrawn"))).values(**gone))
    for case in session.exec(select(CaseRow).where(col(CaseRow.id).in_(case_ids))):
        case.thread, case.followers, case.why = f"{ERASED}{case.id}", None, "erased"
        case.version += 1  # so that the messages of the team's rooms are written anew, without any words
        session.add(case)
    run(update(NoticeRow).where(col(NoticeRow.case_id).in_(case_ids)).values(posted_at=now))
    session.flush()


def cases_of_posts(session: Session, post_ids: Sequence[int]) -> list[int]:
    """The cases these posts are messages of."""
    found = select(MentionRow.case_id).where(
        col(MentionRow.post_id).in_(post_ids), col(MentionRow.case_id).is_not(None)
    )
    return sorted({key for key in session.exec(found) if key is not None})
