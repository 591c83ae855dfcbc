"""A platform's limit as it last told it, and how long a source rests so that the rest of it lasts. Pure."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT = 0.05  # of all calls: for answers, and for posts that are looked at again
AFTER = timedelta(seconds=1)  # their second is not ours


@dataclass(frozen=True, slots=True)
class Quota:
    """`left` of `of` calls (0: not told) until `resets_at`; one read takes about `each` of them."""

    left: int
    of: int
    resets_at: datetime
    each: float = 1.0

    def runs(self, now: datetime) -> bool:
        """True until the count starts again."""
        return now < self.resets_at

    def spare(self, now: datetime) -> bool:
        """True where something else than hearing may ask, too: a gap that is healed, posts looked at again."""
        return not self.runs(now) or self.left > max(self.of * KEPT, self.each)

    def rest(self, now: datetime, wanted: timedelta) -> timedelta | None:
        """How long to rest where `wanted` would use the calls up before the reset; None where it would not.

        With less left than a read takes nothing is asked before the reset.
        """
        if not self.runs(now):
            return None
        reads = math.floor((self.left - self.of * KEPT) / max(self.each, 1.0))
        rest = (self.resets_at - now) / reads if reads >= 1 else self.resets_at - now + AFTER
        return rest if rest > wanted else None

    def words(self, until: str) -> str:
        """ "12 of 300 calls left until 11:15"; `until` is the reset on the reader's own clock."""
        of = f" of {self.of:,}" if self.of else ""
        return f"{self.left:,}{of} call{'s' if of or self.left != 1 else ''} left until {until}"


def learnt(before: Quota | None, left: int, of: int, resets_at: datetime, *, one_read: bool) -> Quota:
    """The limit as it is told now. What one read takes is learnt from reads alone, each half as much as all before."""
    each = before.each if before is not None else 1.0
    same = before is not None and before.of == of and abs(before.resets_at - resets_at) < timedelta(seconds=30)
    if before is not None and same and one_read and left < before.left:
        each = (each + before.left - left) / 2
    return Quota(left, of, resets_at, each)
