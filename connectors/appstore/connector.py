"""The App Store: the reviews of one app, newest first, with the answers that were given to them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.appstore.client import Client
from connectors.appstore.parse import page, single
from connectors.appstore.settings import Settings as StoreSettings
from connectors.http import Http
from connectors.lanes import Lane, Told, bounds_of, swept
from connectors.types import Here, Latency, Page, Post, PostRef, Route, Want
from connectors.walked import load

_REMEMBERED = timedelta(days=14)


class AppStore:
    """Reviews of your app on the App Store, with their stars. Needs a key of App Store Connect."""

    platform: ClassVar[str] = "appstore"
    Settings: ClassVar[type[StoreSettings]] = StoreSettings
    latency: ClassVar[Latency] = Latency.BEST_EFFORT
    every_s: ClassVar[int] = 900

    def __init__(
        self, settings: StoreSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._client = Client(settings, http or Http(), self._now)

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was written since the cursor, or between `since` and `until`."""
        now = self._now()
        bounds = bounds_of(want, load(want.cursor), now, _REMEMBERED)
        floor, most = bounds.floor(self._settings.overlap_s), bounds.pages(self._settings.most_pages)
        lane = Lane("reviews", self._page, floor, most, lambda post: not post.by_us, platform="The App Store")
        yield from swept([lane], bounds, want, now, rate=lambda: self._client.rate)

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
                posts.append(single(thing, self._settings.app_id)[0])
        return Page(posts=tuple(posts), gone=tuple(gone))

    def conversation(self, ref: PostRef) -> Page:
        """The review and the answer to it."""
        thing = self._client.review(ref.id.partition("/")[0])
        if thing is None:
            return Page(gone=(ref,))
        said, answer, _ = single(thing, self._settings.app_id)
        return Page(posts=(said,) if answer is None else (said, answer))

    def route(self, post: Post) -> Route:
        """Here: the key that reads reviews may answer them, if its role allows it."""
        return Here("appstore")

    def probe(self) -> str:
        """Try the key. Says how many reviews its first page holds."""
        told = self._page("")
        many = f"{told.count} or more" if told.after else str(told.count)
        return f"the key is good; reviews with words: {many}"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()

    def _page(self, cursor: str) -> Told:
        return page(self._client.page(cursor), self._settings.app_id)
