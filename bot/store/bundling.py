"""First complaints of what may become an incident: after the first they are told together, two minutes at most.

An incident is recognized from eight complaints on. Until then each would ring by itself; a room that has just
heard the like can wait two minutes for the rest. What warns of a clock is never put off, nor what is critical.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.core.brand import Brand
from bot.core.themes import Gram, grams_of, words_of
from bot.store import alike, brands
from bot.store.tables import CaseRow, PostRow
from bot.store.tables_house import DeliveryRow

MARK = "alike"  # in a message's body: it waits for others that say the same
WAITS = timedelta(minutes=2)
LATELY, USUAL = timedelta(minutes=10), timedelta(days=1)
LEAST_LEFT = timedelta(minutes=15)
A_DAY = 6  # a run in so many complaints of the day before is how people complain here, and gathers nothing


@dataclass(slots=True)
class Bundling:
    """What one transaction asks about its new cases: a flood of them must not read the same complaints again for each.

    `late`: who said each run of two words in the last minutes. `usual`: in how many complaints of the day before.
    """

    session: Session
    now: datetime
    _ends: dict[str, datetime] = field(default_factory=dict)
    _dropped: dict[str, frozenset[str]] = field(default_factory=dict)
    _late: dict[str, dict[Gram, set[str]]] = field(default_factory=dict)
    _usual: dict[str, Counter[Gram]] = field(default_factory=dict)

    def until(self, case: CaseRow, post: PostRow) -> datetime | None:
        """Until when the word of a new case waits for others like it; None: it goes at once.

        While words of this brand wait already, a new complaint joins them, whatever it says.
        """
        if case.severity == "critical" or case.due_at - self.now < LEAST_LEFT:
            return None
        return self._end(case.brand) or (self.now + WAITS if self._said_by_others(case.brand, post) else None)

    def _end(self, brand: str) -> datetime | None:
        """When those that wait already will be told."""
        if brand in self._ends:
            return self._ends[brand]
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
        mine = self._runs(brand, f"{post.title}\n{post.text}")
        late = self._said_late(brand) if mine else {}
        shared = [gram for gram in mine if late.get(gram, set()) - {post.author_id}]
        return any(self._said_usually(brand)[gram] < A_DAY for gram in shared)

    def _said_late(self, brand: str) -> dict[Gram, set[str]]:
        if brand not in self._late:
            found = self._late[brand] = {}
            for row in alike.complaints(self.session, brand, self.now - LATELY, self.now):
                for gram in self._runs(brand, row.text):
                    found.setdefault(gram, set()).add(row.author)
        return self._late[brand]

    def _said_usually(self, brand: str) -> Counter[Gram]:
        if brand not in self._usual:
            before = alike.complaints(self.session, brand, self.now - USUAL, self.now - LATELY)
            self._usual[brand] = Counter(gram for row in before for gram in self._runs(brand, row.text))
        return self._usual[brand]

    def _runs(self, name: str, text: str) -> set[Gram]:
        if name not in self._dropped:
            brand = brands.get(self.session, name)
            self._dropped[name] = _names(brand) if brand is not None else frozenset()
        return {gram for gram in grams_of(text, self._dropped[name]) if len(gram) > 1}


def _names(brand: Brand) -> frozenset[str]:
    names = (brand.name, *brand.names, *brand.aliases, *brand.hashtags, *sorted(brand.accounts()))
    return frozenset(word for name in names for word in words_of(name))
