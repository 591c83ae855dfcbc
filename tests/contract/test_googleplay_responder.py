"""Answering a review on Google Play obeys the kit, over a server on real sockets."""

import pytest

from connectors.errors import AuthFailed, RateLimited, Rejected
from connectors.googleplay.connector import GooglePlay as Ear
from connectors.googleplay.settings import Settings
from connectors.http import Http
from connectors.types import Connector
from responders.googleplay import GooglePlay
from responders.testing import ResponderContract
from responders.types import Message, Responder
from tests.fakes.answering import Answering
from tests.fakes.googleplay import PACKAGE, FakeGooglePlay, service_account
from tests.fakes.server import FakeServer


class TestGooglePlay(Answering, ResponderContract):
    secret = "SECRET"
    part = ":reply"

    def faked(self) -> FakeServer:
        fake = FakeGooglePlay(now=self.clock)
        fake.review("it broke", stars=1)
        return fake

    def settings(self, url: str) -> Settings:
        asked = {"package": PACKAGE, "service_account": service_account()}
        return Settings(**asked, base_url=url, token_url=f"{url}/token")  # type: ignore[arg-type]

    def ear(self, url: str) -> Connector:
        return Ear(self.settings(url), http=Http(private_ok=True), now=self.clock)

    def mouth(self, url: str, http: Http) -> Responder:
        return GooglePlay(self.settings(url), http=http, now=self.clock)

    def published(self) -> list[str]:
        return list(self.fake.answers.values())

    def test_another_key_is_another_message(self) -> None:
        """Not here: a review has one answer, and a second one takes its place."""
        first, second = self._send("reply:1", "one"), self._send("reply:2", "two")
        assert first.id == second.id == "gp:0/reply"
        assert self.published() == ["two"]

    def test_the_receipt_is_the_answer_as_it_is_heard(self) -> None:
        receipt = self._send()
        [_, answer] = self.heard()
        assert (receipt.id, receipt.sent_at) == (answer.ref.id, answer.created_at)

    def test_a_review_of_another_app_is_not_answered_with_this_key(self) -> None:
        responder = self.make()
        with pytest.raises(Rejected, match="the key is for com"):
            responder.send(Message("reply:1", '{"package": "org.other", "id": "gp:0"}', "hello"))

    def test_a_quota_used_up_is_waited_for(self) -> None:
        self.fake.forbidden = "quotaExceeded"
        with pytest.raises(RateLimited):
            self._send()
        self.fake.forbidden = "forbidden"
        with pytest.raises(AuthFailed):
            self._send()
