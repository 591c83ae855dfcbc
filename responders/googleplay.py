"""Answers to reviews on Google Play: one for each review; a later one takes the place of the earlier.

Facts: developers.google.com/android-publisher/api-ref/rest/v3/reviews/reply (350 characters; 2,000 a day).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.errors import Rejected
from connectors.googleplay.client import Client
from connectors.googleplay.parse import reply_id, single
from connectors.googleplay.settings import Settings as PlaySettings
from connectors.http import Http
from connectors.shapes import Odd, moment
from responders.replies import REFUSALS, Replies, Said, address_of, refused
from responders.types import Receipt


class GooglePlay(Replies):
    """Speaks as the developer of the app. `address` is `answer_to`: {"package", "id"}."""

    name: ClassVar[str] = "googleplay"
    called: ClassVar[str] = "Google Play"
    longest: ClassVar[int] = 350
    Settings: ClassVar[type[PlaySettings]] = PlaySettings

    def __init__(
        self, settings: PlaySettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 only where no clock is handed in
        self._client = Client(settings, http or Http(), self._now)

    def __repr__(self) -> str:
        return f"GooglePlay({self._settings.package})"

    def reach(self, address: str) -> Mapping[str, str]:
        """The review, of the app whose key we hold."""
        to = address_of(address, ("package", "id"), self.called)
        if to["package"] != self._settings.package:
            raise Rejected(f"This review is of {to['package'][:80]}, and the key is for {self._settings.package}.")
        return to

    def parent(self, to: Mapping[str, str]) -> str:
        """The review's id."""
        return to["id"]

    def publish(self, to: Mapping[str, str], text: str) -> Any:
        """One attempt."""
        answer = self._client.reply(to["id"], text, REFUSALS)
        refused(answer, self.called, "error", "message")
        return answer.json()

    def made(self, told: Any, to: Mapping[str, str]) -> Receipt | None:
        """What Google says it took; it has no number of its own, because a review has one answer."""
        result = told.get("result") if isinstance(told, dict) else None
        if not isinstance(result, dict) or not isinstance(result.get("replyText"), str):
            return None
        edited = result.get("lastEdited")
        return self._receipt(to, edited.get("seconds") if isinstance(edited, dict) else None)

    def said(self, to: Mapping[str, str], after: datetime | None) -> Iterator[Said]:
        """The answer the review has now."""
        thing = self._client.review(to["id"])
        if thing is None:
            return
        _, answer = single(thing, self._settings.package)
        if answer is not None:
            receipt = Receipt(answer.ref.id, answer.url, answer.created_at)
            yield Said(to["id"], answer.text, receipt)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()

    def _receipt(self, to: Mapping[str, str], seconds: Any) -> Receipt:
        url = f"https://play.google.com/store/apps/details?id={to['package']}&reviewId={to['id']}"
        try:
            return Receipt(reply_id(to["id"]), url, moment(seconds))
        except Odd:
            return Receipt(reply_id(to["id"]), url)  # without Google's time the clock stops at ours
