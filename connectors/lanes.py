"""Listings walked side by side: each from its newest entry back to where we were, then given on as one walk.

Shared by the connectors whose platforms only answer newest first. `connectors/walked.py` turns the walk into pages and
keeps the place; here is how far each listing is read, when it is cut off, and what of it concerns us.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from connectors.errors import PlatformError, RateLimited, Unavailable
from connectors.shapes import once
from connectors.types import Page, Poison, Post, PostRef, Rate, Span, Want
from connectors.walked import Place, Walk, load, pages
from connectors.wanted import Wanted

_ANSWERS = ("comment", "reply")
_HEALING = 10  # a heal may read so many times more than an everyday look


@dataclass(frozen=True, slots=True)
class Told:
    """One page of a listing. `times` are those of all its entries; `after` asks for the next page, "" at the end.

    `tag` is the page's ETag; `same`: nothing changed since the ETag we sent.
    """

    posts: tuple[Post, ...] = ()
    gone: tuple[PostRef, ...] = ()
    poison: tuple[Poison, ...] = ()
    after: str = ""
    times: tuple[datetime, ...] = ()
    count: int = 0
    tag: str = ""
    same: bool = False


@dataclass(slots=True)
class Lane:
    """One listing. `all_ours`: posts that concern us whatever they say; of the others the words decide.

    `floor`: older entries were heard before. `most`: pages read at once. `best_effort`: it claims nothing as heard.
    `end`: so many entries mean that the platform itself may have cut the listing off; 0 if it never does. `turn`: the
    listing is rationed, and this is when it was asked (Unix time). `rises_from`: its oldest entry comes first; where it
    is cut short, by its length or because the platform asks for a rest, it is read on from `reached` the next time.
    """

    name: str
    ask: Callable[[str], Told]
    floor: datetime
    most: int
    all_ours: Callable[[Post], bool]
    best_effort: bool = False
    end: int = 0
    platform: str = "The platform"
    turn: int = 0
    rises_from: datetime | None = None
    reached: datetime | None = None
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
                if told.same or self._is_reached(told):
                    return
                if not after:
                    self.truncated = not self.best_effort and 0 < self.end <= sum(told.count for told in self.told)
                    return
                if after in seen or self._repeats():
                    self._circle()
                    return
                if len(self.told) >= self.most:
                    self._cut_short()
                    return
                seen.add(after)
        except PlatformError as error:
            if self.rises_from is not None and self.told and isinstance(error, RateLimited):
                self._cut_short()
            else:
                self.failure = error

    def posts(self) -> Iterator[Post]:
        """All posts of the pages read so far."""
        for told in self.told:
            yield from told.posts

    def _cut_short(self) -> None:
        """There is more than this read takes. One that rises and got on goes on from there; any other leaves a gap."""
        last = max((time for told in self.told for time in told.times), default=None)
        if self.rises_from is not None and last is not None and last > self.rises_from:
            self.reached = last
        else:
            self.truncated = not self.best_effort

    def _repeats(self) -> bool:
        """True where the page says the same as the one before it, whatever it is called."""
        return len(self.told) > 1 and bool(self.told[-1].times) and _shown(self.told[-1]) == _shown(self.told[-2])

    def _circle(self) -> None:
        """A listing that got on and then repeats its last page is cut off there: a gap opens. Any other has failed."""
        if not self._repeats() or _shown(self.told[0]) == _shown(self.told[-1]):
            raise Unavailable(f"{self.platform} leads in circles: the same next page again.")
        self.truncated = not self.best_effort

    def _is_reached(self, told: Told) -> bool:
        """Half a page below the floor ends the walk: a single old post that came back does not."""
        if self.rises_from is not None:
            return False
        older = sum(1 for time in told.times if time < self.floor)
        return bool(told.times) and older * 2 >= len(told.times)


def _shown(told: Told) -> tuple[object, ...]:
    return tuple(post.ref for post in told.posts), told.gone, told.times


@dataclass(frozen=True, slots=True)
class Bounds:
    """The stretch of one read. `resumed`: it goes on from a place, so late and returning posts are new as well.

    `known`: how old a returning post may be to be taken as late. `lost`: what lies beyond the platform's look-back.
    """

    start: datetime
    end: datetime
    resumed: bool
    until: datetime | None = None
    known: timedelta = timedelta(0)
    lost: Span | None = None

    def floor(self, overlap_s: int) -> datetime:
        """Down to when a listing is read: what was heard before is looked at a little again."""
        return self.start - timedelta(seconds=overlap_s if self.resumed else 0)

    def pages(self, most: int) -> int:
        """How many pages may be read: a heal or a backfill may take more than an everyday look."""
        return most if self.resumed or self.until is None else most * _HEALING

    def tag(self, place: Place | None, name: str) -> str:
        """The ETag to send for a listing: only where the read goes on from there."""
        return place.tags.get(name, "") if place is not None and self.resumed and self.until is None else ""

    def holds(self, post: Post) -> bool:
        """True for a post of this stretch."""
        if self.until is not None and post.created_at >= self.until:
            return False
        return post.created_at >= (self.start - self.known if self.resumed else self.start)


def bounds_of(
    want: Want, place: Place | None, now: datetime, known: timedelta, look_back: timedelta | None = None
) -> Bounds:
    """From where to where to read. `look_back`: how far the platform's listings reach; what lies before is lost."""
    until = want.until if want.until is not None and want.until <= now else None
    resumed = want.since is None and place is not None
    if want.since is not None:
        start = want.since
    elif place is not None:
        start = min(datetime.fromtimestamp(place.until, UTC), now)  # a clock set back must not silence us
    else:
        start = now - want.first_look
    oldest = start if look_back is None else now - look_back
    lost = Span(start, oldest) if start < oldest and (resumed or want.since is not None) else None
    return Bounds(max(start, oldest), until or now, resumed, until, known, lost)


def swept(
    lanes: list[Lane],
    bounds: Bounds,
    want: Want,
    now: datetime,
    *,
    us: Callable[[], Collection[str]] = tuple,
    rate: Callable[[], Rate | None] = lambda: None,
    with_more: Callable[[Walk], Walk] = lambda walk: walk,
) -> Iterator[Page]:
    """Read the lanes and give on what they found; the first failure is raised after what came before it.

    `us` names the account we answer with: what it says is ours, whatever the brand's handles are. `with_more` may ask
    the platform for what a listing does not tell; a failure of either counts like a lane's.
    """
    if not lanes or bounds.start > bounds.end:
        return
    place = load(want.cursor) or Place(int(bounds.start.timestamp()))
    walk = walked(lanes, bounds, Wanted(want))
    failure = next((lane.failure for lane in lanes if lane.failure is not None), None)
    if failure is None:
        try:
            walk = with_more(_with_ours(walk, us()))
        except PlatformError as error:
            walk, failure = replace(walk, whole=False), error
    walk = replace(walk, rate=rate())
    yield from pages(walk, place, now, int(bounds.known.total_seconds()), want.cursor)
    if failure is not None:
        raise failure


def walked(lanes: list[Lane], bounds: Bounds, wanted: Wanted) -> Walk:
    """What the lanes found, as one walk. Stops at the first lane that fails: the limit is one for all."""
    for lane in lanes:
        lane.walk()
        if lane.failure is not None:
            break
    found: dict[PostRef, Post] = {}
    for lane in lanes:
        for post in lane.posts():
            ours = lane.all_ours(post)
            if _concerns(post, wanted, ours):
                way = f"{lane.name} {post.through}".strip()
                found.setdefault(post.ref, replace(post, to_us=post.to_us or ours, through=way))
    truncated = any(lane.truncated for lane in lanes)
    start = _reached(lanes, bounds.start) if truncated else bounds.start
    end = min([bounds.end, *(lane.reached for lane in lanes if lane.reached is not None)])
    claims = start < end and any(not lane.best_effort for lane in lanes)
    return Walk(
        posts=tuple(p for p in found.values() if bounds.holds(p) and (end == bounds.end or p.created_at < end)),
        poison=once(odd for lane in lanes for told in lane.told for odd in told.poison),
        covered=Span(start, end) if claims else None,
        truncated=truncated,
        whole=all(lane.failure is None for lane in lanes),
        lost=bounds.lost,
        gone=tuple(dict.fromkeys(ref for lane in lanes for told in lane.told for ref in told.gone)),
        passed=tuple(post for post in found.values() if post.created_at < bounds.start and not bounds.holds(post)),
        tags=_tags(lanes),
        turns={lane.name: lane.turn for lane in lanes if lane.turn},
    )


def _with_ours(walk: Walk, us: Collection[str]) -> Walk:
    """The walk with our own account's posts marked; those that answer nobody are left out."""
    names = {name.casefold() for name in us if name}
    if not names:
        return walk
    marked = [
        replace(post, by_us=True, to_us=False) if post.author.handle.casefold() in names else post
        for post in walk.posts
    ]
    return replace(walk, posts=tuple(post for post in marked if not post.by_us or post.kind in _ANSWERS))


def _concerns(post: Post, wanted: Wanted, ours: bool) -> bool:
    """Ours only where it answers somebody: that stops a clock. What we say of ourselves is no mention."""
    if post.by_us or wanted.ours(post.author.handle, post.author.id):
        return post.kind in _ANSWERS
    return ours or post.to_us or wanted.in_text(f"{post.title}\n{post.text}")


def _reached(lanes: list[Lane], start: datetime) -> datetime:
    """From when on every lane was read: a truncated one reaches back to its oldest entry only."""
    oldest = [
        min((time for told in lane.told for time in told.times), default=start) for lane in lanes if lane.truncated
    ]
    return max([start, *oldest])


def _tags(lanes: list[Lane]) -> Mapping[str, str]:
    """The ETag of each listing's first page, where the platform gave one."""
    return {lane.name: lane.told[0].tag for lane in lanes if lane.told and lane.told[0].tag}
