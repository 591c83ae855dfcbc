"""First complaints of what may become an incident: after the first they are told together, two minutes at most.

An incident is recognized from eight complaints on. Until then each would ring by itself; a room that has just
heard the like can wait two minutes for the rest. What warns of a clock is never put off, nor what is critical
or urgent.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.core.brand import Brand
from bot.core.grams import Gram, grams_of, words_of
from bot.core.priority import Bars
from bot.store import alike, brands
from bot.store.tables import CaseRow, MentionRow, PostRow
from bot.store.tables_house import DeliveryRow

MARK = "alike"  # in a message's body: it waits for others that say the same
WAITS = timedelta(minutes=2)
LATELY, USUAL = timedelta(minutes=10), timedelta(days=1)
LEAST_LEFT = timedelta(minutes=15)
A_DAY = 6  # a run in so many complaints of the day before is how people complain here, and gathers nothing


@dataclass(frozen=True, slots=True)
class Lately:
    """What a brand's complaints say: who said each run of two words in the last minutes (`late`), and in how many
    complaints of the day before it stands (`usual`). `names`: words of the brand itself, which say nothing."""

    names: frozenset[str]
    late: dict[Gram, set[str]]
    usual: Counter[Gram]


def lately(session: Session, mention_ids: Sequence[int], now: datetime) -> dict[str, Lately]:
    """Of each brand that one of these mentions complains to. Read before the transaction that opens their cases: a
    press must not wait for it."""
    fresh = (col(MentionRow.history).is_(False), col(MentionRow.complaint) >= alike.COMPLAINT)
    found = select(MentionRow.brand).where(col(MentionRow.id).in_(list(mention_ids)), *fresh).distinct()
    return {brand: _lately(session, brand, now) for brand in session.exec(found)}


def _lately(session: Session, name: str, now: datetime) -> Lately:
    brand = brands.get(session, name)
    names = _names(brand) if brand is not None else frozenset()
    late: dict[Gram, set[str]] = {}
    for row in alike.complaints(session, name, now - LATELY, now):
        for gram in _runs(names, row.text):
            late.setdefault(gram, set()).add(row.author)
    before = alike.complaints(session, name, now - USUAL, now - LATELY)
    return Lately(names, late, Counter(gram for row in before for gram in _runs(names, row.text)))


def _runs(names: frozenset[str], text: str) -> set[Gram]:
    return {gram for gram in grams_of(text, names) if len(gram) > 1}


@dataclass(slots=True)
class Bundling:
    """What one transaction asks about its new cases. `said`: what was complained lately, by brand; others are read."""

    session: Session
    now: datetime
    said: dict[str, Lately] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _ends: dict[str, datetime] = field(default_factory=dict)

    def until(self, case: CaseRow, post: PostRow, urgency: float = 0.0) -> datetime | None:
        """Until when the word of a new case waits for others like it; None: it goes at once. `urgency` as it was read.

        While words of this brand wait already, a new complaint joins them, whatever it says: but what cannot wait, an
        accident in the midst of an outage, goes at once.
        """
        if case.severity == "critical" or urgency >= Bars().urgent or case.due_at - self.now < LEAST_LEFT:
            return None
        if (end := self._end(case.brand)) is None and self._said_by_others(case.brand, post):
            end = self._ends[case.brand] = self.now + WAITS  # this one waits from now on, and the next ones with it
        return end

    def _end(self, brand: str) -> datetime | None:
        """When those that wait already will be told."""
        if brand in self._asked:
            return self._ends.get(brand)
        self._asked.add(brand)
        known = select(DeliveryRow).where(
            DeliveryRow.brand == brand, DeliveryRow.kind == "new", DeliveryRow.state == "waiting",
            col(DeliveryRow.next_try_at) > self.now, col(DeliveryRow.next_try_at) <= self.now + WAITS,
        )  # fmt: skip
        for row in self.session.exec(known.limit(20)):
            if row.body.get(MARK):
                self._ends[brand] = row.next_try_at
                return row.next_try_at
        return None

    def _said_by_others(self, brand: str, post: PostRow) -> bool:
        """Whether somebody else complained in the last minutes with a run of two words that is rare here."""
        if brand not in self.said:
            self.said[brand] = _lately(self.session, brand, self.now)
        here = self.said[brand]
        mine = _runs(here.names, f"{post.title}\n{post.text}")
        return any(here.late.get(gram, set()) - {post.author_id} and here.usual[gram] < A_DAY for gram in mine)


def _names(brand: Brand) -> frozenset[str]:
    names = (brand.name, *brand.names, *brand.aliases, *brand.hashtags, *sorted(brand.accounts()))
    return frozenset(word for name in names for word in words_of(name))
