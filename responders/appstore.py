"""Answers to reviews on the App Store: one for each review; a later one takes the place of the earlier.

Facts: developer.apple.com/documentation/appstoreconnectapi/customer-review-responses (create or update, delete).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.appstore.client import Client
from connectors.appstore.parse import reply_id, single
from connectors.appstore.settings import Settings as StoreSettings
from connectors.errors import Rejected
from connectors.http import Http
from connectors.shapes import Odd, moment
from responders.replies import REFUSALS, Replies, Said, address_of, refused
from responders.types import Receipt


class AppStore(Replies):
    """Speaks as the developer of the app. `address` is `answer_to`: {"app", "id"}."""

    name: ClassVar[str] = "appstore"
    called: ClassVar[str] = "The App Store"
    longest: ClassVar[int] = 5970
    Settings: ClassVar[type[StoreSettings]] = StoreSettings

    def __init__(
        self, settings: StoreSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 only where no clock is handed in
        self._client = Client(settings, http or Http(), self._now)

    def __repr__(self) -> str:
        return f"AppStore({self._settings.app_id})"

    def reach(self, address: str) -> Mapping[str, str]:
        """The review, of the app whose key we hold."""
        to = address_of(address, ("app", "id"), self.called)
        if to["app"] != self._settings.app_id:
            raise Rejected(f"This review is of the app {to['app'][:40]}, and the source is of another.")
        return to

    def parent(self, to: Mapping[str, str]) -> str:
        """The review's id."""
        return to["id"]

    def publish(self, to: Mapping[str, str], text: str) -> Any:
        """One attempt."""
        answer = self._client.reply(to["id"], text, REFUSALS)
        refused(answer, self.called, "errors", "", "detail")
        return answer.json()

    def made(self, told: Any, to: Mapping[str, str]) -> Receipt | None:
        """What Apple says it took. It is shown in the store some time later."""
        data = told.get("data") if isinstance(told, dict) else None
        attributes = data.get("attributes") if isinstance(data, dict) else None
        if not isinstance(attributes, dict) or "responseBody" not in attributes:
            return None
        try:
            return Receipt(reply_id(to["id"]), self._page(), moment(attributes.get("lastModifiedDate")))
        except Odd:
            return Receipt(reply_id(to["id"]), self._page())  # without Apple's time the clock stops at ours

    def said(self, to: Mapping[str, str], after: datetime | None) -> Iterator[Said]:
        """The answer the review has now."""
        thing = self._client.review(to["id"])
        answer = None if thing is None else single(thing, self._settings.app_id)[1]
        if answer is not None:
            yield Said(to["id"], answer.text, Receipt(answer.ref.id, answer.url, answer.created_at))

    def wrote(self, receipt: Receipt) -> bool:
        """Whether the answer is to a review of our app."""
        return receipt.url == self._page()

    def withdraw(self, receipt: Receipt) -> None:
        """Take an answer back. One that is gone already is no error."""
        review, slash, _ = receipt.id.partition("/")
        if not slash or not review:
            raise Rejected("This is no answer of ours on the App Store.")
        thing = self._client.review(review)
        number = "" if thing is None else single(thing, self._settings.app_id)[2]
        if number:
            self._client.delete(number)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()

    def _page(self) -> str:
        return f"https://apps.apple.com/app/id{self._settings.app_id}?see-all=reviews"
