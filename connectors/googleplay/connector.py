"""Google Play: the reviews of one app, last changed first, with the answers that were given to them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.googleplay.client import Client
from connectors.googleplay.parse import page, single
from connectors.googleplay.settings import Settings as PlaySettings
from connectors.http import Http
from connectors.lanes import Lane, Told, bounds_of, swept
from connectors.types import Here, Latency, Page, Post, PostRef, Route, Want
from connectors.walked import load

_LOOK_BACK = timedelta(days=7) - timedelta(minutes=5)
_REMEMBERED = timedelta(days=7)


class GooglePlay:
    """Reviews of your app on Google Play, with their stars. Needs a service account that may reply to reviews."""

    platform: ClassVar[str] = "googleplay"
    Settings: ClassVar[type[PlaySettings]] = PlaySettings
    latency: ClassVar[Latency] = Latency.BEST_EFFORT
    every_s: ClassVar[int] = 600

    def __init__(
        self, settings: PlaySettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._client = Client(settings, http or Http(), self._now)

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was written or changed since the cursor, or between `since` and `until`: one week at most."""
        now = self._now()
        bounds = bounds_of(want, load(want.cursor), now, _REMEMBERED, _LOOK_BACK)
        floor, most = bounds.floor(self._settings.overlap_s), bounds.pages(self._settings.most_pages)
        lane = Lane("reviews", self._page, floor, most, lambda post: not post.by_us, platform="Google Play")
        yield from swept([lane], bounds, want, now)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The reviews as they are now; those taken away in `gone`. Our own answers are not looked up."""
        posts: list[Post] = []
        gone: list[PostRef] = []
        for ref in refs:
            if "/" in ref.id:
                continue
            thing = self._client.review(ref.id)
            if thing is None:
                gone.append(ref)
            else:
                posts.append(single(thing, self._settings.package)[0])
        return Page(posts=tuple(posts), gone=tuple(gone))

    def conversation(self, ref: PostRef) -> Page:
        """The review and the answer to it."""
        thing = self._client.review(ref.id.partition("/")[0])
        if thing is None:
            return Page(gone=(ref,))
        said, answer = single(thing, self._settings.package)
        return Page(posts=(said,) if answer is None else (said, answer))

    def route(self, post: Post) -> Route:
        """Here: the key that reads reviews may answer them."""
        return Here("googleplay")

    def probe(self) -> str:
        """Try the key. Says how many reviews of the last week there are."""
        told = self._page("")
        many = f"{told.count} or more" if told.after else str(told.count)
        return f"the key is good; reviews with words in the last week: {many}"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()

    def _page(self, token: str) -> Told:
        return page(self._client.page(token), self._settings.package)
