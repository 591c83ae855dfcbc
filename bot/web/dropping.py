"""A source's changed settings tried on the past: which posts that named a brand would no longer have come.

They are told by how each came (core/unheard.py). What a dropped place no longer brings is the most that could be
missed: another may find some of it still. Nothing is stored, and no platform is asked.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.app import App
from bot.core import unheard
from bot.store import dropping
from bot.store.dropping import Brought
from bot.store.tables import PostRow

DAYS = 28
MOST = 2_000
"""Posts that are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What would be missing of `looked_at` posts heard since `since` (`cut`: older ones were left out).

    Of `doubted` more it is not known, the newest of them heard at `doubted_until`. `unknown`: changed
    settings of which nothing is kept that tells what they brought.
    """

    rows: tuple[Brought, ...]
    looked_at: int
    since: datetime
    cut: bool
    unknown: tuple[str, ...]
    doubted: int
    doubted_until: datetime | None

    @property
    def posts(self) -> list[PostRow]:
        """The posts, newest first, each once."""
        return list({row.post.id: row.post for row in self.rows}.values())

    @property
    def brands(self) -> list[tuple[str, int, int]]:
        """By brand: how many posts would be missing, and how many of them are in a case."""
        heard, cases = Counter(row.brand for row in self.rows), Counter(row.brand for row in self.rows if row.in_case)
        return [(name, heard[name], cases[name]) for name in sorted(heard)]


def tried(
    app: App, source: str, connector: str, before: Mapping[str, Any], after: Mapping[str, Any],
    only: Collection[str] | None,
) -> Dropped:  # fmt: skip
    """What of the last weeks these settings would not have brought; of the brands in `only`, if given."""
    less = unheard.between(source, connector, before, after)
    since = app.clock.now() - timedelta(days=DAYS)
    with app.db.read() as session:
        rows = dropping.brought(session, source, since, only, MOST + 1)
        session.expunge_all()
    seen = rows[:MOST]
    ways = unheard.ways_of(row.post for row in seen)
    judged = [(row, less.took(row.post, ways)) for row in seen]
    doubted = [row.post.heard_at for row, missing in judged if missing is None]
    return Dropped(
        tuple(row for row, missing in judged if missing),
        len({row.post.id for row in seen}), since, len(rows) > MOST, less.unknown, len(doubted),
        max(doubted, default=None),
    )  # fmt: skip
