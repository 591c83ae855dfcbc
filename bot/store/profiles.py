"""What we know of our customers as people: found by name, listed by who came back, and how their cases ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from bot.store.tables import CaseRow, CustomerRow, HandleRow, MentionRow, PostRow, RecoveryRow

QUOTE = 240  # characters of their later words that a page shows
RECENT = 400  # of the newest cases, whose customers the list is made of


@dataclass(frozen=True, slots=True)
class Known:
    """One customer in a list."""

    id: int
    brand: str
    name: str
    tier: str
    handles: tuple[str, ...]
    platforms: tuple[str, ...]
    cases: int
    newest_at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """What a customer's later public words say of a case: `outcome` of core/recovery.py and the words themselves."""

    outcome: str
    days: int
    final: bool
    quote: str
    at: datetime | None
    url: str


def listed(session: Session, brands: Sequence[str] | None, words: str = "", limit: int = 50) -> list[Known]:
    """Customers who fit these words (a name or account), or those of the newest cases; newest first."""
    ids = _named(session, brands, words, limit) if words.strip() else _recent(session, brands, limit)
    if not ids:
        return []
    numbers = columns_of(col(CaseRow.customer_id), func.count(), func.max(col(CaseRow.spoke_at)))
    numbers = numbers.where(col(CaseRow.customer_id).in_(ids)).group_by(col(CaseRow.customer_id))
    counted = {row[0]: (row[1], row[2]) for row in session.connection().execute(numbers)}
    handles: dict[int, list[HandleRow]] = {}
    for handle in session.exec(
        select(HandleRow).where(col(HandleRow.customer_id).in_(ids)).order_by(col(HandleRow.id))
    ):
        handles.setdefault(handle.customer_id, []).append(handle)
    rows = session.exec(select(CustomerRow).where(col(CustomerRow.id).in_(ids))).all()
    made = [_known(row, handles.get(row.id or 0, []), counted.get(row.id or 0)) for row in rows]
    return sorted(made, key=lambda one: one.newest_at, reverse=True)[:limit]


def _known(row: CustomerRow, handles: list[HandleRow], counted: tuple[int, datetime] | None) -> Known:
    return Known(
        id=row.id or 0,
        brand=row.brand,
        name=row.name,
        tier=row.tier,
        handles=tuple(one.handle for one in handles if one.handle),
        platforms=tuple(dict.fromkeys(one.platform for one in handles)),
        cases=counted[0] if counted else 0,
        newest_at=counted[1] if counted else row.first_heard_at,
    )


def _recent(session: Session, brands: Sequence[str] | None, limit: int) -> list[int]:
    newest = session.exec(select(func.max(CaseRow.id))).one() or 0
    found = select(CaseRow.customer_id).where(col(CaseRow.id) > newest - RECENT)
    if brands is not None:
        found = found.where(col(CaseRow.brand).in_(brands))
    rows = session.exec(found.order_by(col(CaseRow.id).desc()).limit(RECENT))
    return list(dict.fromkeys(rows))[:limit]


def _named(session: Session, brands: Sequence[str] | None, words: str, limit: int) -> list[int]:
    start = words.strip().removeprefix("@").casefold()
    like = start.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    handles = select(HandleRow.customer_id).where(func.lower(HandleRow.handle).like(like, escape="\\"))
    named = select(CustomerRow.id).where(func.lower(CustomerRow.name).like(like, escape="\\"))
    if brands is not None:
        handles = handles.where(col(HandleRow.brand).in_(brands))
        named = named.where(col(CustomerRow.brand).in_(brands))
    found = [*session.exec(handles.limit(limit)), *session.exec(named.limit(limit))]
    return [key for key in dict.fromkeys(found) if key is not None][:limit]


def endings(session: Session, case_ids: Sequence[int]) -> dict[int, Ending]:
    """How these cases ended in the customer's own words: the last look at each, with its newest quote."""
    if not case_ids:
        return {}
    rows = session.exec(
        select(RecoveryRow).where(col(RecoveryRow.case_id).in_(case_ids)).order_by(col(RecoveryRow.days))
    )
    last = {row.case_id: row for row in rows}
    wanted = {row.mentions[-1] for row in last.values() if row.mentions}
    said = (
        select(MentionRow.id, PostRow)
        .join(PostRow)
        .where(col(MentionRow.id).in_(wanted), col(PostRow.gone_at).is_(None))
    )
    words = dict(session.exec(said).all()) if wanted else {}
    return {key: _ending(row, words.get(row.mentions[-1]) if row.mentions else None) for key, row in last.items()}


def _ending(row: RecoveryRow, post: PostRow | None) -> Ending:
    return Ending(
        outcome=row.outcome,
        days=row.days,
        final=row.final,
        quote=post.text[:QUOTE] if post is not None else "",
        at=post.created_at if post is not None else None,
        url=post.url if post is not None else "",
    )


def agents(session: Session, case_ids: Sequence[int]) -> dict[int, int]:
    """Who answered each of these cases (account ids)."""
    rows = select(CaseRow.id, CaseRow.answered_by).where(
        col(CaseRow.id).in_(case_ids), col(CaseRow.answered_by).is_not(None)
    )
    return {case: by for case, by in session.exec(rows) if case is not None and by is not None}


def change(session: Session, row: CustomerRow, *, name: str, tier: str, note: str) -> list[str]:
    """Change what we wrote of a customer. Returns which of the fields changed."""
    changed = [key for key, new in (("name", name), ("tier", tier), ("note", note)) if getattr(row, key) != new]
    row.name, row.tier, row.note = name, tier, note
    session.add(row)
    session.flush()
    return changed
