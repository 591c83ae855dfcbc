"""Google Play: the reviews of one app, last changed first, with the answers that were given to them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.googleplay.client import Client
from connectors.googleplay.parse import page, single
from connectors.googleplay.settings import Settings as PlaySettings
from connectors.http import Http
from connectors.reviews import Reviews
from connectors.types import Here, Latency, Page, Post, PostRef, Route, Want

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
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._client = Client(settings, http or Http(), self._now)
        self._reviews = Reviews(
            "Google Play",
            self._client,
            lambda thing: page(thing, settings.package),
            lambda thing: single(thing, settings.package),
            settings.overlap_s,
            settings.most_pages,
            _REMEMBERED,
            _LOOK_BACK,
        )

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was written or changed since the cursor, or between `since` and `until`: one week at most."""
        yield from self._reviews.fetch(want, self._now())

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The reviews as they are now; those taken away in `gone`. Our own answers are not looked up."""
        return self._reviews.recheck(refs)

    def conversation(self, ref: PostRef) -> Page:
        """The review and the answer to it."""
        return self._reviews.conversation(ref)

    def route(self, post: Post) -> Route:
        """Here: the key that reads reviews may answer them."""
        return Here("googleplay")

    def probe(self) -> str:
        """Try the key. Says how many reviews of the last week there are."""
        return f"the key is good; reviews with words in the last week: {self._reviews.many()}"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()
