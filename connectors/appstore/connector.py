"""The App Store: the reviews of one app, newest first, with the answers that were given to them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.appstore.client import Client
from connectors.appstore.parse import page, single
from connectors.appstore.settings import Settings as StoreSettings
from connectors.http import Http
from connectors.reviews import Reviews
from connectors.types import Here, Latency, Page, Post, PostRef, Route, Want

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
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._client = Client(settings, http or Http(), self._now)
        self._reviews = Reviews(
            "The App Store",
            self._client,
            lambda thing: page(thing, settings.app_id),
            lambda thing: single(thing, settings.app_id)[:2],
            settings.overlap_s,
            settings.most_pages,
            _REMEMBERED,
        )

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was written since the cursor, or between `since` and `until`."""
        yield from self._reviews.fetch(want, self._now())

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The reviews as they are now; those taken away in `gone`. Our own answers are not looked up."""
        return self._reviews.recheck(refs)

    def conversation(self, ref: PostRef) -> Page:
        """The review and the answer to it."""
        return self._reviews.conversation(ref)

    def route(self, post: Post) -> Route:
        """Here: the key that reads reviews may answer them, if its role allows it."""
        return Here("appstore")

    def probe(self) -> str:
        """Try the key. Says how many reviews its first page holds."""
        return f"the key is good; reviews with words: {self._reviews.many()}"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()
