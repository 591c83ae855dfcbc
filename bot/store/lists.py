"""Reads for the queue and the case page. Each is bounded by what is asked, never by how much was heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from bot.store import ranking
from bot.store.asked import kept, newest, until_news, until_news_of_each, while_nothing_happens
from bot.store.tables import CaseRow, DraftRow, MentionRow, PostRow, ReplyRow, TagRow
from bot.store.tables_house import AccountRow, BrandRow, DeliveryRow

CUT = 600  # characters of a post that a list needs
RECENT = 300  # replies
UNSETTLED, SETTLED = ("queued", "held", "unsure"), ("sent", "refused")
_THEIRS = (col(CaseRow.holder) == bindparam("me")) | (col(CaseRow.assigned_to) == bindparam("me"))
_MINE = columns_of(func.count()).select_from(CaseRow).where(_THEIRS, col(CaseRow.part) == "owed")
MOST_SAID = 200  # messages of one case that a page shows; a flood in one thread must not grow the page


@dataclass(frozen=True, slots=True)
class Face:
    """What a list shows of a case: its customer's newest words and where they stand. `text` is cut at CUT."""

    case_id: int
    mention_id: int
    text: str
    spans: list[list[object]]
    tagged: bool
    name: str
    handle: str
    platform: str
    url: str
    answer_to: str | None
    created_at: datetime
    gone: bool


@dataclass(frozen=True, slots=True)
class Leaving:
    """A reply on its way: who gets it, when it leaves (or left), and how that stands."""

    reply_id: int
    case_id: int
    name: str
    state: str
    leaves_at: datetime | None
    sent_at: datetime | None
    why: str


@until_news_of_each(MentionRow, PostRow)
def faces(session: Session, case_ids: Sequence[int]) -> dict[int, Face]:
    """The newest words of each of these cases; a case without a stored message is left out."""
    if not case_ids:
        return {}
    place = func.row_number().over(
        partition_by=col(MentionRow.case_id), order_by=(col(MentionRow.created_at).desc(), col(MentionRow.id).desc())
    )
    newest = (
        columns_of(col(MentionRow.id).label("id"), place.label("place"))
        .where(col(MentionRow.case_id).in_(list(case_ids)))
        .subquery()
    )
    shown = (
        col(MentionRow.case_id),
        col(MentionRow.id),
        func.substr(col(PostRow.text), 1, CUT),
        col(MentionRow.spans),
        col(MentionRow.tagged),
        col(PostRow.author_name),
        col(PostRow.author_handle),
        col(PostRow.platform),
        col(PostRow.url),
        col(PostRow.answer_to),
        col(PostRow.created_at),
        col(PostRow.gone_at).is_not(None),
    )
    found = (
        columns_of(*shown)
        .join(newest, newest.c.id == col(MentionRow.id))
        .join(PostRow, col(PostRow.id) == col(MentionRow.post_id))
        .where(newest.c.place == 1)
    )
    return {row[0]: Face(*row) for row in session.connection().execute(found)}


def names(session: Session, ids: Sequence[int | None]) -> dict[int, str]:
    """Names of these accounts."""
    wanted = {number for number in ids if number is not None}
    everybody = _everybody(session) if wanted else {}
    return {number: everybody[number] for number in sorted(wanted) if number in everybody}


@kept(AccountRow)
def _everybody(session: Session) -> dict[int, str]:
    return {number: name for number, name in session.exec(select(AccountRow.id, AccountRow.name)) if number is not None}


@kept(AccountRow)
def people(session: Session, brand: str, limit: int = 200) -> list[AccountRow]:
    """Who can be given a case of this brand, by name."""
    found = select(AccountRow).where(
        col(AccountRow.disabled_at).is_(None), col(AccountRow.role).in_(("agent", "lead", "admin", "operator"))
    )
    rows = session.exec(found.order_by(col(AccountRow.name)).limit(limit)).all()
    return [row for row in rows if not row.brands or brand in row.brands]


@until_news_of_each(TagRow)
def tags(session: Session, case_ids: Sequence[int]) -> dict[int, list[str]]:
    """Labels of these cases. Nobody may change a list in it."""
    found: dict[int, list[str]] = {}
    if case_ids:
        rows = select(TagRow).where(col(TagRow.case_id).in_(list(case_ids))).order_by(col(TagRow.tag))
        for row in session.exec(rows):
            found.setdefault(row.case_id, []).append(row.tag)
    return found


def drafts(session: Session, case_ids: Sequence[int]) -> dict[int, int]:
    """Which of these cases hold an unsent reply, and whose (account id)."""
    if not case_ids:
        return {}
    rows = select(DraftRow.case_id, DraftRow.by).where(col(DraftRow.case_id).in_(list(case_ids)), DraftRow.text != "")
    return dict(session.exec(rows).all())


def rows(session: Session, case_ids: Sequence[int], brands: Sequence[str] | None) -> list[CaseRow]:
    """These cases as they are now, in the order asked, inside the brand wall."""
    if not case_ids:
        return []
    found = ranking.rows_of(session, case_ids)
    return [found[key] for key in case_ids if key in found and (brands is None or found[key].brand in brands)]


def mine(
    session: Session, account_id: int, brands: Sequence[str] | None, limit: int = 50, *also: ColumnElement[bool]
) -> list[CaseRow]:
    """Cases this person holds or was given and that are not done: those owed an answer first, the soonest due of them
    first. `also` narrows them."""
    found = _walled(brands).where(theirs(account_id), col(CaseRow.part) != "closed", *also)
    order = (col(CaseRow.part) != "owed", col(CaseRow.due_at), col(CaseRow.id))
    return list(session.exec(found.order_by(*order).limit(limit)).all())


def theirs(account_id: int) -> ColumnElement[bool]:
    """Held by this person, or given to them."""
    return (col(CaseRow.holder) == account_id) | (col(CaseRow.assigned_to) == account_id)


def count_mine(session: Session, account_id: int, brands: Sequence[str] | None) -> int:
    """How many open cases this person holds or was given."""
    return _count_mine(session, account_id, None if brands is None else tuple(brands))


@until_news(CaseRow)
def _count_mine(session: Session, account_id: int, brands: tuple[str, ...] | None) -> int:
    if brands is None:
        return int(session.connection().execute(_MINE, {"me": account_id}).scalar_one())
    found = _MINE.where(col(CaseRow.brand).in_(brands))
    return int(session.connection().execute(found, {"me": account_id}).scalar_one())


def newest_id(session: Session) -> int:
    """The id of the newest case; 0 before the first."""
    return newest(session)[1]


def opened_after(
    session: Session, case_id: int, brands: Sequence[str] | None, *also: ColumnElement[bool], limit: int = 100
) -> int:
    """How many cases that want an answer were opened after this one, counted up to `limit`. `also` narrows them."""
    newer = _walled(brands).where(
        col(CaseRow.id) > case_id,
        CaseRow.part == "owed",
        col(CaseRow.history).is_(False),
        *also,
    )
    return len(session.exec(newer.order_by(col(CaseRow.id)).limit(limit)).all())


def due_between(
    session: Session, brands: Sequence[str] | None, start: datetime, end: datetime, limit: int = 200
) -> list[tuple[datetime, datetime]]:
    """When answers are owed in this stretch, soonest first, each with the time its last quarter begins."""
    asked = ("due", None if brands is None else tuple(brands), end - start, limit)

    def ask() -> list[tuple[datetime, datetime]]:
        return _due_between(session, brands, start, end, limit)

    return while_nothing_happens(session, asked, start, ask, lambda found: len(found) == limit)


def _due_between(
    session: Session, brands: Sequence[str] | None, start: datetime, end: datetime, limit: int
) -> list[tuple[datetime, datetime]]:
    found = select(CaseRow.due_at, CaseRow.at_risk_at).where(
        CaseRow.part == "owed",
        CaseRow.due_at >= start,
        CaseRow.due_at < end,
    )
    if brands is not None:
        found = found.where(col(CaseRow.brand).in_(brands))
    return [(due, risk) for due, risk in session.exec(found.order_by(col(CaseRow.due_at)).limit(limit))]


def first_words(session: Session, case_id: int, limit: int = MOST_SAID) -> list[tuple[MentionRow, PostRow]]:
    """A case's newest messages (at most `limit`), oldest first."""
    found = select(MentionRow, PostRow).join(PostRow).where(MentionRow.case_id == case_id)
    newest = found.order_by(col(MentionRow.created_at).desc(), col(MentionRow.id).desc()).limit(limit)
    return [(mention, post) for mention, post in session.exec(newest)][::-1]


def reply(session: Session, reply_id: int) -> ReplyRow | None:
    """One reply."""
    return session.get(ReplyRow, reply_id)


def leaving(session: Session, account_id: int, since: datetime, limit: int = 3) -> list[Leaving]:
    """This person's replies that wait or need a decision, and those that left or failed since then; newest first.

    Of the settled ones only the newest RECENT of everybody are looked through: the strip must not grow with the table.
    """
    if account_id not in _senders(session, since.replace(second=0, microsecond=0)):
        return []
    settled = _settled(session, since.replace(microsecond=0))
    its_delivery = (col(DeliveryRow.case_id) == col(ReplyRow.case_id)) & (col(DeliveryRow.reply_id) == col(ReplyRow.id))
    found = (
        select(ReplyRow, DeliveryRow.next_try_at, PostRow.author_name, PostRow.author_handle)
        .join(MentionRow, col(MentionRow.id) == ReplyRow.mention_id)
        .join(PostRow, col(PostRow.id) == MentionRow.post_id)
        .join(DeliveryRow, its_delivery, isouter=True)
        .where(
            (col(ReplyRow.approved_by) == account_id) | (col(ReplyRow.written_by) == account_id),
            col(ReplyRow.state).in_(UNSETTLED) | col(ReplyRow.id).in_(settled),
        )
        .order_by(col(ReplyRow.id).desc())
        .limit(limit)
    )
    return [
        Leaving(row.id or 0, row.case_id, name or handle, row.state, leaves, row.sent_at, row.why)
        for row, leaves, name, handle in session.exec(found)
    ]


@kept(ReplyRow)
def _settled(session: Session, since: datetime) -> list[int | None]:
    """Replies that left or failed since then, of everybody."""
    return list(session.exec(select(ReplyRow.id).where(_left_since(since))))


@until_news(ReplyRow)
def _senders(session: Session, since: datetime) -> frozenset[int | None]:
    """Who has replies that wait or need a decision, or that left or failed since then: of most people nobody asks."""
    asked = select(ReplyRow.approved_by, ReplyRow.written_by).distinct()
    found = session.exec(asked.where(col(ReplyRow.state).in_(UNSETTLED) | _left_since(since)))
    return frozenset(one for pair in found for one in pair)


def _left_since(since: datetime) -> ColumnElement[bool]:
    newest = columns_of(func.max(ReplyRow.id)).scalar_subquery()
    recent = (col(ReplyRow.id) > newest - RECENT) & (col(ReplyRow.approved_at) >= since)
    return recent & col(ReplyRow.state).in_(SETTLED)


def many_brands(session: Session, brands: Sequence[str] | None) -> bool:
    """Does this person see cases of more than one brand (competitors have none), so that each must name its own?"""
    return sum(brands is None or name in brands for name in brand_names(session)) > 1


@kept(BrandRow)
def brand_names(session: Session) -> list[str]:
    """The brands that have cases, as they are called; competitors have none."""
    return [row.name for row in session.exec(select(BrandRow)) if not row.definition.get("competitor")]


def anything_heard(session: Session) -> bool:
    """Was any mention ever kept?"""
    return session.exec(select(MentionRow.id).limit(1)).first() is not None


def _walled(brands: Sequence[str] | None):  # type: ignore[no-untyped-def]
    found = select(CaseRow)
    return found if brands is None else found.where(col(CaseRow.brand).in_(brands))
