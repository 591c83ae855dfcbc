"""First complaints of what may become an incident: after the first they are told together, two minutes at most.

An incident is recognized from eight complaints on. Until then each would ring by itself; a room that has just
heard the like can wait two minutes for the rest. What warns of a clock is never put off, nor what is critical.
"""

from collections import Counter
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.core.brand import Brand
from bot.core.themes import grams_of, words_of
from bot.store import alike, brands
from bot.store.tables import CaseRow, PostRow
from bot.store.tables_house import DeliveryRow

MARK = "alike"  # in a message's body: it waits for others that say the same
WAITS = timedelta(minutes=2)
LATELY, USUAL = timedelta(minutes=10), timedelta(days=1)
LEAST_LEFT = timedelta(minutes=15)
A_DAY = 6  # a run in so many complaints of the day before is how people complain here, and gathers nothing


def until(session: Session, case: CaseRow, post: PostRow, now: datetime) -> datetime | None:
    """Until when the word of a new case waits for others like it; None: it goes at once.

    While words of this brand wait already, a new complaint joins them, whatever it says.
    """
    if case.severity == "critical" or case.due_at - now < LEAST_LEFT:
        return None
    known = select(DeliveryRow).where(
        DeliveryRow.brand == case.brand, DeliveryRow.kind == "new", DeliveryRow.state == "waiting",
        col(DeliveryRow.next_try_at) > now, col(DeliveryRow.next_try_at) <= now + WAITS,
    )  # fmt: skip
    for row in session.exec(known.limit(20)):
        if row.body.get(MARK):
            return row.next_try_at
    return now + WAITS if _said_by_others(session, case, post, now) else None


def _said_by_others(session: Session, case: CaseRow, post: PostRow, now: datetime) -> bool:
    """Whether somebody else complained in the last minutes with a run of two words that is rare here."""
    brand = brands.get(session, case.brand)
    dropped = _names(brand) if brand is not None else frozenset()
    mine = {gram for gram in grams_of(f"{post.title}\n{post.text}", dropped) if len(gram) > 1}
    late = alike.complaints(session, case.brand, now - LATELY, now) if mine else []
    theirs = [row.text for row in late if row.post_id != str(post.id) and row.author != post.author_id]
    shared = {gram for text in theirs for gram in mine & set(grams_of(text, dropped))}
    if not shared:
        return False
    before = alike.complaints(session, case.brand, now - USUAL, now - LATELY)
    usual = Counter(gram for row in before for gram in shared & set(grams_of(row.text, dropped)))
    return any(usual[gram] < A_DAY for gram in shared)


def _names(brand: Brand) -> frozenset[str]:
    names = (brand.name, *brand.names, *brand.aliases, *brand.hashtags, *sorted(brand.accounts()))
    return frozenset(word for name in names for word in words_of(name))
