"""Answering a review on the App Store obeys the kit, over a server on real sockets."""

import pytest

from connectors.appstore.connector import AppStore as Ear
from connectors.appstore.settings import Settings
from connectors.errors import Rejected
from connectors.http import Http
from connectors.types import Connector
from responders.appstore import AppStore
from responders.testing import ResponderContract
from responders.types import Message, Receipt, Responder
from tests.fakes.answering import Answering
from tests.fakes.appstore import APP, ISSUER, KEY, FakeAppStore, p8
from tests.fakes.server import FakeServer


class TestAppStore(Answering, ResponderContract):
    secret = "PRIVATE KEY"
    part = "/customerReviewResponses"

    def faked(self) -> FakeServer:
        fake = FakeAppStore(now=self.clock)
        fake.review("it broke", stars=1)
        return fake

    def settings(self, url: str) -> Settings:
        return Settings(app_id=APP, issuer_id=ISSUER, key_id=KEY, private_key=p8(), base_url=url)  # type: ignore[arg-type]

    def ear(self, url: str) -> Connector:
        return Ear(self.settings(url), http=Http(private_ok=True), now=self.clock)

    def mouth(self, url: str, http: Http) -> Responder:
        return AppStore(self.settings(url), http=http, now=self.clock)

    def published(self) -> list[str]:
        return [told["responseBody"] for told in self.fake.answers.values()]

    def test_another_key_is_another_message(self) -> None:
        """Not here: a review has one answer, and a second one takes its place."""
        first, second = self._send("reply:1", "one"), self._send("reply:2", "two")
        assert first.id == second.id == "0000-0000/response"
        assert self.published() == ["two"]

    def test_the_receipt_is_the_answer_as_it_is_heard(self) -> None:
        receipt = self._send()
        [_, answer] = self.heard()
        assert (receipt.id, receipt.sent_at) == (answer.ref.id, answer.created_at)

    def test_a_refusal_is_told_in_apples_own_words(self) -> None:
        self.fake.refusal = "The review has been removed."
        with pytest.raises(Rejected, match="The review has been removed"):
            self._send()

    def test_a_review_of_another_app_is_not_answered_here(self) -> None:
        with pytest.raises(Rejected, match="another"):
            self.make().send(Message("reply:1", '{"app": "7", "id": "0000-0000"}', "hello"))

    def test_what_is_no_answer_of_ours_is_not_taken_back(self) -> None:
        with pytest.raises(Rejected, match="no answer of ours"):
            self.make().withdraw(Receipt("odd"))  # type: ignore[attr-defined]
