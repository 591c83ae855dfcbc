"""Stack Exchange: questions with our tags and what is said below them, and a search for our names."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.errors import Unavailable
from connectors.http import Http
from connectors.lanes import Bounds, Lane, Told, bounds_of, swept
from connectors.shapes import rows
from connectors.stackexchange.client import MOST_IDS, Client
from connectors.stackexchange.parse import hits, page, tags_of
from connectors.stackexchange.settings import Settings as StackSettings
from connectors.types import Closed, Latency, Native, Page, Post, PostRef, Route, Want
from connectors.walked import Place, load

_REMEMBERED = timedelta(days=7)
_MOST_NAMES = 5
_BY_HAND = "Stack Exchange takes answers only from people: its own page opens, the text is copied for you."


class StackExchange:
    """Questions with your tags, what is said below, and posts that name you. A free key lets it read more often."""

    platform: ClassVar[str] = "stackexchange"
    Settings: ClassVar[type[StackSettings]] = StackSettings
    latency: ClassVar[Latency] = Latency.MINUTES
    every_s: ClassVar[int] = 1800

    def __init__(
        self, settings: StackSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._client = Client(settings, http or Http(), self._now)

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was written since the cursor, or between `since` and `until`. Cut short, it goes on there next time."""
        now, place = self._now(), load(want.cursor)
        bounds = bounds_of(want, place, now, _REMEMBERED)
        lanes = [lane for site in self._settings.sites for lane in self._lanes(site, want, bounds, place)]
        yield from swept(lanes, bounds, want, now, rate=lambda: self._client.rate)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The posts as they are now; deleted ones in `gone`."""
        posts: list[Post] = []
        gone: list[PostRef] = []
        asked: dict[tuple[str, bool], list[PostRef]] = {}
        for ref in [ref for ref in refs if ref.id.count("/") == 2]:
            site, kind, _ = ref.id.split("/")
            asked.setdefault((site, kind == "c"), []).append(ref)
        for (site, are_comments), some in asked.items():
            for at in range(0, len(some), MOST_IDS):
                here = self._looked_up(site, are_comments, some[at : at + MOST_IDS])
                posts += here.values()
                gone += [ref for ref in some[at : at + MOST_IDS] if ref.id not in here]
        return Page(posts=tuple(posts), gone=tuple(gone))

    def route(self, post: Post) -> Route:
        """By hand, on the site itself."""
        return Native(post.url, _BY_HAND) if post.url else Closed("This post has no page to answer on.")

    def probe(self) -> str:
        """Ask each site for its figures. Says what is left of the day's quota."""
        for site in self._settings.sites:
            rows(self._client.info(site), "items", "Stack Exchange")
        left = self._client.rate.left if self._client.rate is not None else "an unknown number of"
        return f"{', '.join(self._settings.sites)} can be read; {left} questions left today"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()

    def _lanes(self, site: str, want: Want, bounds: Bounds, place: Place | None) -> list[Lane]:
        settings, floor = self._settings, bounds.floor(self._settings.overlap_s)
        lanes: list[Lane] = []

        def lane(name: str, ask: Callable[[str], Told], ours: bool) -> Lane:
            most = bounds.pages(settings.most_pages)
            judge: Callable[[Post], bool] = (lambda _post: True) if ours else (lambda _post: False)
            rises = bounds.start
            return Lane(f"{site} {name}", ask, floor, most, judge, platform="Stack Exchange", rises_from=rises)

        if settings.tags:
            lanes.append(lane("tags", functools.partial(self._tagged, site, floor, bounds.end), True))
        known = _questions(site, place) if settings.below and settings.tags else []
        for what in ("answers", "comments") if known else ():
            ask = functools.partial(self._below, what, site, known, floor, bounds.end)
            lanes.append(lane(what, ask, True))
        for name in names_of(want)[:_MOST_NAMES] if settings.search else ():
            ask = functools.partial(self._found, site, name, floor, bounds.end)
            lanes.append(lane(f"search {name}", ask, False))
        return lanes

    def _tagged(self, site: str, since: datetime, until: datetime, at: str) -> Told:
        """Which of our tags a question has is written down with how it came."""
        answer = self._client.tagged(site, self._settings.tags, since, until, at)
        told, tags = page(answer, site, at), tags_of(answer, site)
        ours = {id_: " ".join(tag for tag in self._settings.tags if tag in own) for id_, own in tags.items()}
        kept = tuple(replace(post, to_us=True, through=ours.get(post.ref.id, "")) for post in told.posts)
        return replace(told, posts=kept)

    def _below(self, what: str, site: str, ids: Sequence[str], since: datetime, until: datetime, at: str) -> Told:
        return page(self._client.below(what, site, ids, since, until, at), site, at)

    def _found(self, site: str, name: str, since: datetime, until: datetime, at: str) -> Told:
        """A search tells numbers; the posts behind them are read whole."""
        numbers, more = hits(self._client.excerpts(site, name, since, until, at))
        told = page(self._client.posts(site, numbers), site) if numbers else Told()
        return replace(told, after=str(int(at or 1) + 1) if more else "")

    def _looked_up(self, site: str, are_comments: bool, refs: Sequence[PostRef]) -> dict[str, Post]:
        ids = [ref.id.rpartition("/")[2] for ref in refs]
        told = page((self._client.comments if are_comments else self._client.posts)(site, ids), site)
        if told.poison:
            raise Unavailable("Stack Exchange answered with a post that cannot be read.")
        wanted = {ref.id for ref in refs}
        return {post.ref.id: post for post in told.posts if post.ref.id in wanted}


def names_of(want: Want) -> list[str]:
    """What to search for: each name once."""
    clean = dict.fromkeys(" ".join(name.replace('"', " ").casefold().split()) for name in want.terms)
    return [name for name in clean if name]


def _questions(site: str, place: Place | None) -> list[str]:
    """Questions given lately, the newest hundred: below them people go on."""
    prefix = f"{site}/q/"
    known = [id_.removeprefix(prefix) for id_ in place.seen if id_.startswith(prefix)] if place is not None else []
    return known[-MOST_IDS:]
