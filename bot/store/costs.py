"""What hearing cost, by source, query and UTC day; and what it brought."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from bot.core.priority import Bars
from bot.core.spending import LOOKS, OURS, Query, Spending
from bot.store import switches
from bot.store.posts import CHUNK, key_of
from bot.store.tables import MentionRow, PostRow, SourceRow
from bot.store.tables_hearing import CostRow
from connectors.types import Bill, Page

COMPLAINT = Bars().complaint


def add(session: Session, source: str, page: Page, now: datetime) -> None:
    """Write down a page's cost under its queries; what no bill names under the empty query."""
    billed = sum((float(bill.cost) for bill in page.bills), 0.0)
    rest = float(page.cost) - billed
    if rest > 1e-9:
        _add(session, source, "", rest, 0 if page.bills else len(page.posts), now)
    for bill in page.bills:
        if bill.cost or bill.found:
            _add(session, source, bill.query, float(bill.cost), len(bill.found), now)


def _add(session: Session, source: str, query: str, dollars: float, posts: int, now: datetime) -> None:
    key = (source, query, f"{now:%Y-%m-%d}")
    row = session.get(CostRow, key) or CostRow(source=source, query=query, day=key[2])
    row.dollars, row.posts = row.dollars + dollars, row.posts + posts
    session.add(row)


def found_by(session: Session, page: Page, bill: Bill) -> None:
    """Note on posts which query found them first."""
    ids = [key_of(id_) for id_ in bill.found]
    for platform in {post.ref.platform for post in page.posts}:
        for at in range(0, len(ids), CHUNK):
            theirs = update(PostRow).where(
                col(PostRow.platform) == platform,
                col(PostRow.native_id).in_(ids[at : at + CHUNK]),
                col(PostRow.query) == "",
            )
            session.connection().execute(theirs.values(query=bill.query))


def look(session: Session, source: str, dollars: Decimal, now: datetime) -> None:
    """Book what asking again about posts we have cost: it counts towards the cap as hearing does."""
    if dollars:
        spent = update(SourceRow).where(col(SourceRow.name) == source)
        session.connection().execute(spent.values(spent=SourceRow.spent + float(dollars)))
        _add(session, source, LOOKS, float(dollars), 0, now)


def spending(session: Session, source: SourceRow, now: datetime, useful: bool = True) -> Spending:
    """A source's month under its cap. `useful`: with what each query heard; without, it only says what is left."""
    return Spending(tuple(of_month(session, source, now, useful)), source.monthly_cap, now)


def close_stream(session: Session, source: SourceRow, now: datetime) -> None:
    """Until the day ends (UTC) this source's stream is not followed under this cap: it is read from time to time."""
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    switches.put(session, f"stream:{source.name}", {"until": tomorrow.isoformat(), "cap": source.monthly_cap}, now)


def is_closed(session: Session, source: SourceRow, now: datetime) -> bool:
    """Whether the stream was closed today, to stay within the cap it still has."""
    told = switches.get(session, f"stream:{source.name}")
    return bool(told) and told["cap"] == source.monthly_cap and now < datetime.fromisoformat(told["until"])


def of_month(session: Session, source: SourceRow, now: datetime, useful: bool = True) -> list[Query]:
    """Every query of a source that cost something this UTC month, the dearest first."""
    today = f"{now:%Y-%m-%d}"
    by_query: dict[str, list[CostRow]] = defaultdict(list)
    for row in _of_month(session, source.name, now):
        by_query[row.query].append(row)
    heard = _complaints(session, source.name, now) if by_query and useful else {}
    heard[OURS] = sum(number for query, number in heard.items() if query == OURS or query not in by_query)
    made = [
        Query(
            name=query,
            month=sum(row.dollars for row in rows),
            today=sum(row.dollars for row in rows if row.day == today),
            posts=sum(row.posts for row in rows),
            complaints=heard.get(query, 0),
            since=min(row.day for row in rows),
        )
        for query, rows in by_query.items()
    ]
    return sorted(made, key=lambda one: (-one.month, one.name))


def _of_month(session: Session, source: str, now: datetime) -> list[CostRow]:
    of = select(CostRow).where(CostRow.source == source, col(CostRow.day).startswith(f"{now:%Y-%m}"))
    return list(session.exec(of).all())


def _complaints(session: Session, source: str, now: datetime) -> dict[str, int]:
    """Complaints heard this month by the query that found them."""
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = select(PostRow.query, func.count(func.distinct(PostRow.id))).join(MentionRow)
    found = found.where(
        PostRow.source == source,
        col(MentionRow.heard_at) >= start,
        col(MentionRow.complaint) >= COMPLAINT,
        col(MentionRow.verdict).not_in(("not_complaint", "not_us")),
    )
    return {query: int(number) for query, number in session.exec(found.group_by(col(PostRow.query)))}
