"""A feed of more items than are read at once: its ends each time, its middle piece by piece over the next reads. Pure.

New items stand at one end or the other, which differs from feed to feed. Where they come first everything moves back,
towards what is still to be read, so a sweep towards the end passes nothing by; where the first ones drop out it looks
at a few again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.rss.cursor import Place, key, moment
from connectors.types import Post, Span


@dataclass(frozen=True, slots=True)
class Cut:
    """Which items are read now: `head` at the front, `tail` at the end, from `begin` up to `stop` in between.

    `following`: where the next cut begins, 0 once all were read.
    """

    held: int
    head: int
    tail: int
    begin: int = 0
    stop: int = 0
    following: int = 0

    @property
    def most(self) -> int:
        """How many items are read."""
        return self.head + self.tail + self.stop - self.begin

    @property
    def whole(self) -> bool:
        """True where the feed is read as it is."""
        return self.most >= self.held


def cut(held: int, most: int, at: int) -> Cut:
    """Of `held` items, `most` at once: both ends, and where a sweep stands at `at`, a piece of the middle."""
    if held <= most:
        return Cut(held, held, 0)
    if not at:
        half = most // 2
        return Cut(held, most - half, half, following=most - half)
    quarter = most // 4
    begin = max(quarter, min(at, held - quarter) - quarter // 4)
    stop = min(begin + most - 2 * quarter, held - quarter)
    return Cut(held, quarter, quarter, begin, stop, 0 if stop >= held - quarter else stop)


def swept(place: Place, after: Place, told: Cut, posts: Sequence[Post], floor: datetime, now: datetime) -> Place:
    """`after`, with where the sweep stands. One begins on the first look, and where new items fill an end.

    `since`: what is claimed as heard once it is done begins there; `floor`: older items of a first look are history.
    """
    if told.whole:
        return after
    if not place.at:
        second = int(floor.timestamp())
        return replace(after, sweep=told.following, since=second, floor=second)
    if not overrun(place, told, posts):
        return replace(after, sweep=told.following if place.sweep else 0, since=place.since, floor=place.floor)
    begun = int(now.timestamp()) if place.sweep else place.at
    return replace(after, sweep=told.head, since=begun)


def overrun(place: Place, told: Cut, posts: Sequence[Post]) -> bool:
    """True where every item of one end is new: they may reach into what was not read."""
    ends = (posts[: told.head], posts[len(posts) - told.tail :])
    return bool(place.seen) and any(end and _all_new(place.seen, end) for end in ends)


def claimed(place: Place, after: Place, now: datetime) -> tuple[Span | None, Span | None]:
    """(lost, covered) of a read of a feed that is being swept; (None, None) where it is not."""
    lost = None
    if place.sweep and after.sweep and after.since != place.since:
        lost = Span(moment(place.since), now)  # flooded again before the middle was read
    if after.sweep:
        return lost, Span(moment(after.since), moment(after.since))
    return None, Span(moment(place.since), now) if place.sweep else None


def words(held: int, most: int, at: int) -> str:
    """What the operator is told of a feed that holds more than is read at once; "" for any other."""
    if held <= most:
        return ""
    if at:
        return f"It holds {held:,} items, read {most:,} at a time (max_items): the middle follows over the next reads."
    return f"It holds {held:,} items; the middle was read, now {most:,} at its ends are each time (max_items)."


def _all_new(seen: Collection[str], posts: Sequence[Post]) -> bool:
    return not any(key(post) in seen for post in posts)
