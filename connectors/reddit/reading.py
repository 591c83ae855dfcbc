"""One read of Reddit: every listing walked from its newest entry back to where we were."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.errors import PlatformError, Unavailable
from connectors.reddit.parse import Told
from connectors.types import Poison, Post, PostRef, Span
from connectors.walked import Walk
from connectors.wanted import Wanted

REMEMBERED = timedelta(days=7)  # how long a post is known: listings bring old ones back (praw issue 2090)
END = 900  # listings end near a thousand entries, however many there were
FEED_END = 95  # a public feed at a hundred


@dataclass(slots=True)
class Lane:
    """One listing. `whole`: everything in it concerns us; else the words decide. `best_effort`: it claims nothing.

    `end`: so many entries mean that the listing may have been cut off by Reddit itself.
    """

    name: str
    ask: Callable[[str], Told]
    floor: datetime
    most: int
    all_ours: Callable[[Post], bool]
    best_effort: bool = False
    end: int = END
    told: list[Told] = field(default_factory=list)
    truncated: bool = False
    failure: PlatformError | None = None

    def walk(self) -> None:
        """Read until most of a page is older than the floor. A failure keeps what was read before it."""
        seen: set[str] = set()
        after = ""
        try:
            while True:
                told = self.ask(after)
                self.told.append(told)
                after = told.after
                if self._is_reached(told):
                    return
                if not after:
                    self.truncated = not self.best_effort and sum(told.count for told in self.told) >= self.end
                    return
                if after in seen:
                    self._circle()
                    return
                if len(self.told) >= self.most:
                    self.truncated = not self.best_effort
                    return
                seen.add(after)
        except PlatformError as error:
            self.failure = error

    def _circle(self) -> None:
        """A listing that got on and then repeats its last page is cut off there: a gap opens. Any other has failed."""
        shown = [[post.ref for post in told.posts] for told in self.told]
        if len(shown) < 3 or shown[-1] != shown[-2]:
            raise Unavailable("Reddit leads in circles: the same next page again.")
        self.truncated = not self.best_effort

    def posts(self) -> Iterator[Post]:
        for told in self.told:
            yield from told.posts

    def _is_reached(self, told: Told) -> bool:
        """Half a page below the floor ends the walk: a single old post that came back does not."""
        older = sum(1 for time in told.times if time < self.floor)
        return bool(told.times) and older * 2 >= len(told.times)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The stretch of one read. `resumed`: it goes on from a place, so late and returning posts are new as well."""

    start: datetime
    end: datetime
    resumed: bool
    until: datetime | None = None

    def holds(self, post: Post) -> bool:
        """True for a post of this stretch."""
        if self.until is not None and post.created_at >= self.until:
            return False
        return post.created_at >= (self.start - REMEMBERED if self.resumed else self.start)


def walked(lanes: list[Lane], bounds: Bounds, wanted: Wanted) -> Walk:
    """What the lanes found, as one walk. Stops at the first lane that fails: the limit is one for all."""
    for lane in lanes:
        lane.walk()
        if lane.failure is not None:
            break
    found: dict[PostRef, Post] = {}
    for lane in lanes:
        for post in lane.posts():
            if _concerns(lane, post, wanted):
                found.setdefault(post.ref, post)
    truncated = any(lane.truncated for lane in lanes)
    start = _reached(lanes, bounds.start) if truncated else bounds.start
    inside = tuple(post for post in found.values() if bounds.holds(post))
    return Walk(
        posts=inside,
        poison=tuple(_odd(lanes)),
        covered=Span(start, bounds.end) if start < bounds.end else None,
        truncated=truncated,
        whole=all(lane.failure is None for lane in lanes),
        gone=tuple(dict.fromkeys(ref for lane in lanes for told in lane.told for ref in told.gone)),
        passed=tuple(post for post in found.values() if post.created_at < bounds.start and not bounds.holds(post)),
    )


def _concerns(lane: Lane, post: Post, wanted: Wanted) -> bool:
    """Ours only where it answers somebody: that stops a clock. What we say of ourselves is no mention."""
    if wanted.ours(post.author.handle, post.author.id):
        return post.kind == "comment"
    return lane.all_ours(post) or wanted.in_text(f"{post.title}\n{post.text}")


def _reached(lanes: list[Lane], start: datetime) -> datetime:
    """From when on every lane was read: a truncated one reaches back to its oldest entry only."""
    oldest = [
        min((time for told in lane.told for time in told.times), default=start) for lane in lanes if lane.truncated
    ]
    return max([start, *oldest])


def _odd(lanes: list[Lane]) -> Iterator[Poison]:
    seen: set[bytes] = set()
    for lane in lanes:
        for told in lane.told:
            for odd in told.poison:
                if odd.raw not in seen:
                    seen.add(odd.raw)
                    yield odd
