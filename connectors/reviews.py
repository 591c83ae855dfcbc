"""What app stores have in common: one app's reviews, newest first, each with the answer that was given to it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from connectors.lanes import Lane, Told, bounds_of, swept
from connectors.types import Page, Post, PostRef, Rate, Want
from connectors.walked import load


class Asks(Protocol):
    """A store's client: a page of reviews after a cursor, and one review (None once it was taken away)."""

    rate: Rate | None

    def page(self, cursor: str, /) -> Any: ...
    def review(self, id_: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Reviews:
    """One app's reviews on one store. `page` and `single` read what its client brings; both may raise Unavailable.

    `known` is how long reviews that were given on are remembered, `look_back` how far the store's listing reaches.
    """

    name: str
    client: Asks
    page: Callable[[Any], Told]
    single: Callable[[Any], tuple[Post, Post | None]]
    overlap_s: int
    most_pages: int
    known: timedelta
    look_back: timedelta | None = None

    def fetch(self, want: Want, now: datetime) -> Iterator[Page]:
        """What was written or changed since the cursor, or between `since` and `until`."""
        bounds = bounds_of(want, load(want.cursor), now, self.known, self.look_back)
        floor, most = bounds.floor(self.overlap_s), bounds.pages(self.most_pages)
        lane = Lane("reviews", self.told, floor, most, lambda post: not post.by_us, platform=self.name)
        yield from swept([lane], bounds, want, now, rate=lambda: self.client.rate)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The reviews as they are now; those taken away in `gone`. Our own answers are not looked up."""
        posts: list[Post] = []
        gone: list[PostRef] = []
        for ref in refs:
            if "/" in ref.id:
                continue
            thing = self.client.review(ref.id)
            if thing is None:
                gone.append(ref)
            else:
                posts.append(self.single(thing)[0])
        return Page(posts=tuple(posts), gone=tuple(gone))

    def conversation(self, ref: PostRef) -> Page:
        """The review and the answer to it."""
        thing = self.client.review(ref.id.partition("/")[0])
        if thing is None:
            return Page(gone=(ref,))
        said, answer = self.single(thing)
        return Page(posts=(said,) if answer is None else (said, answer))

    def many(self) -> str:
        """How many reviews the first page holds, in words."""
        told = self.told("")
        return f"{told.count} or more" if told.after else str(told.count)

    def told(self, cursor: str) -> Told:
        """One page of the listing."""
        return self.page(self.client.page(cursor))
