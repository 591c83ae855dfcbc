"""Clocks that stand still until a test moves them."""

from dataclasses import dataclass
from datetime import UTC, datetime

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@dataclass(slots=True)
class Later:
    """A clock for a fake server and for what reads it: called, it says its `now`, which a test may set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now
