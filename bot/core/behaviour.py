"""How much an account behaves like a machine: by how often it posts, whether it repeats itself, how often it links.

Never by what it thinks: an angry customer who writes ten times in ten ways is a customer. Whoever repeats the same
words without a link is doubted at most; only fast repetition with links is set aside. The figures are ours, by hand.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log2

from bot.core.folding import fold

SPAN = timedelta(hours=24)
FEWEST = 6
"""Posts in a day below which nobody is a machine."""

DOUBTED, VARIED = 0.6, 0.85
"""Most that can be said of who hardly links, and of who does not repeat words."""

_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_HANDLE = re.compile(r"@\w+")
_NOISE = re.compile(r"[\W\d_]+")

Heard = tuple[datetime, str]
"""When an account posted, and what."""


@dataclass(frozen=True, slots=True)
class Habits:
    """A day of one account: how many posts, how many of them in the same words, how many with a link."""

    posts: int = 0
    same: int = 0
    links: int = 0

    @property
    def machine(self) -> float:
        """How much this looks like a machine, 0…1."""
        if self.posts < FEWEST:
            return 0.0
        same, links = self.same / self.posts, self.links / self.posts
        odds = -4.0 + 3.0 * same + 2.5 * links + 1.2 * log2(self.posts / FEWEST)
        found = 1 / (1 + exp(-odds))
        most = DOUBTED if links < 0.5 else VARIED if same < 0.5 else 1.0
        return round(min(found, most), 2)

    @property
    def words(self) -> str:
        """The same, as a person can check it."""
        return f"{self.posts} posts in a day, {self.same} in the same words, {self.links} with a link"


def habits(heard: Sequence[Heard], at: datetime) -> Habits:
    """An account's day up to `at`."""
    day = [text for when, text in heard if at - SPAN < when <= at]
    if not day:
        return Habits()
    same = Counter(map(bare, day)).most_common(1)[0][1]
    return Habits(len(day), same if same > 1 else 0, sum(1 for text in day if _LINK.search(text)))


def bare(text: str) -> str:
    """A text without links, handles, digits and signs: what is left is repeated word for word or not."""
    return fold(_NOISE.sub("", _HANDLE.sub("", _LINK.sub(" ", text[:600]))))
