"""Discourse: every new post of a forum from its list of latest posts, or what its search finds."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from connectors.discourse.client import Client
from connectors.discourse.parse import hits, latest, place_of, post, single
from connectors.discourse.settings import Settings as DiscourseSettings
from connectors.errors import Unavailable
from connectors.http import Http
from connectors.lanes import Bounds, Lane, Told, bounds_of, swept
from connectors.shapes import rows, sorted_out
from connectors.types import Here, Latency, Native, Page, Post, PostRef, Route, Want
from connectors.walked import Place, load

_REMEMBERED = timedelta(days=2)
_MOST_HITS = 50


class Discourse:
    """A forum that runs on Discourse: every post in it, or a search. Needs its address; a key of the forum answers."""

    platform: ClassVar[str] = "discourse"
    Settings: ClassVar[type[DiscourseSettings]] = DiscourseSettings
    latency: ClassVar[Latency] = Latency.MINUTES
    every_s: ClassVar[int] = 120

    def __init__(
        self, settings: DiscourseSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._client = Client(settings, http or Http())

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was written since the cursor, or between `since` and `until`."""
        now, place = self._now(), load(want.cursor)
        bounds = bounds_of(want, place, now, _REMEMBERED)
        lanes = self._searches(want, bounds) if self._settings.hear == "search" else [self._latest(bounds, place)]
        yield from swept(lanes, bounds, want, now, us=lambda: (self._settings.api_user,))

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The posts as they are now; deleted and hidden ones in `gone`."""
        places = [(ref, place_of(ref.id, self._settings.base_url)) for ref in refs]
        told = [(ref, self._client.post(*place)) for ref, place in places if place is not None]
        found = [ref if thing is None else single(thing, self._settings.base_url) for ref, thing in told]
        return Page(
            posts=tuple(each for each in found if isinstance(each, Post)),
            gone=tuple(each for each in found if isinstance(each, PostRef)),
        )

    def conversation(self, ref: PostRef) -> Page:
        """The posts of the topic around this one, oldest first."""
        place = place_of(ref.id, self._settings.base_url)
        thing = self._client.around(*place) if place is not None else None
        if thing is None:
            return Page(gone=(ref,))
        stream = thing.get("post_stream") if isinstance(thing, dict) else None
        things = rows(stream, "posts", "Discourse")
        posts, gone, odd = sorted_out(things, lambda each: post(each, self._settings.base_url), "Discourse")
        return Page(tuple(sorted(posts, key=lambda each: each.created_at)), gone=tuple(gone), poison=tuple(odd))

    def route(self, post: Post) -> Route:
        """Here with a key; otherwise in the forum itself."""
        if self._settings.account:
            return Here("discourse")
        return Native(post.url, "No key of this forum is set, so the answer is given in the forum itself.")

    def probe(self) -> str:
        """Ask the forum what it is called, and whether its posts can be read."""
        thing = self._client.about()
        about = thing.get("about") if isinstance(thing, dict) else None
        if not isinstance(about, dict):
            raise Unavailable("This answers, but not as a Discourse forum does.")
        latest(self._client.latest().json(), self._settings.base_url)
        who = f", signed in as {self._settings.api_user}" if self._settings.account else "; answers are given in it"
        return f"the forum “{str(about.get('title') or 'without a name')[:80]}” can be read{who}"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()

    def _latest(self, bounds: Bounds, place: Place | None) -> Lane:
        floor, most = bounds.floor(self._settings.overlap_s), bounds.pages(self._settings.most_pages)
        ask = functools.partial(self._page, bounds.tag(place, "latest"))
        return Lane("latest", ask, floor, most, self._ours, platform="Discourse")

    def _page(self, tag: str, before: str) -> Told:
        answer = self._client.latest(before, "" if before else tag)
        if answer.status == 304:
            return Told(same=True, tag=tag)
        told = latest(answer.json(), self._settings.base_url, before)
        return replace(told, tag=answer.headers.get("etag", "")[:200])

    def _searches(self, want: Want, bounds: Bounds) -> list[Lane]:
        names = (*want.terms, *(handle.lstrip("@") for handle in want.handles))
        clean = dict.fromkeys(" ".join(name.replace('"', " ").casefold().split()) for name in names)
        floor = bounds.floor(self._settings.overlap_s)
        return [
            Lane(
                f"search {name}", functools.partial(self._found, name, floor), floor, bounds.pages(3), self._ours,
                platform="Discourse",
            )
            for name in clean if name
        ]  # fmt: skip

    def _found(self, name: str, floor: datetime, page: str) -> Told:
        """A search tells only the beginnings of posts, newest first: each is read until they are old."""
        numbers = hits(self._client.search(f'"{name}"', int(page or 1)))
        things: list[Any] = []
        for number in numbers[:_MOST_HITS]:
            thing = self._client.by_id(number)
            things += [] if thing is None else [thing]
            found = single(thing, self._settings.base_url) if thing is not None else None
            if isinstance(found, Post) and found.created_at < floor:
                break
        told = latest({"latest_posts": things}, self._settings.base_url)
        old = any(time < floor for time in told.times)
        return replace(told, after=str(int(page or 1) + 1) if numbers and not old else "")

    def _ours(self, _post: Post) -> bool:
        return self._settings.ours
