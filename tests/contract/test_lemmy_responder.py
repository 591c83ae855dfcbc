"""Answering on Lemmy obeys the kit, over a server on real sockets."""

import json
from datetime import timedelta

import pytest

from connectors.errors import AuthFailed, RateLimited, Rejected
from connectors.http import Http
from connectors.lemmy.connector import Lemmy as Ear
from connectors.lemmy.settings import Settings
from connectors.types import Connector
from responders.lemmy import Lemmy
from responders.testing import ResponderContract
from responders.types import Receipt, Responder
from tests.fakes.answering import NOW, Answering
from tests.fakes.lemmy import SITE, FakeLemmy
from tests.fakes.server import FakeServer


class TestLemmy(Answering, ResponderContract):
    secret = "SECRET"
    part = "/api/v3/comment"
    version = 3

    def faked(self) -> FakeServer:
        fake = FakeLemmy(now=self.clock)
        fake.version = self.version
        self.top = fake.post("it broke", at=NOW - timedelta(minutes=2))
        return fake

    def settings(self, url: str) -> Settings:
        login = {"username": "acme_care", "password": "password-SECRET"}
        return Settings(base_url=url, communities=("complaints",), search=False, **login)  # type: ignore[arg-type]

    def ear(self, url: str) -> Connector:
        return Ear(self.settings(url), http=Http(private_ok=True), now=self.clock)

    def mouth(self, url: str, http: Http) -> Responder:
        if url != self.fake.url:
            self.address = json.dumps({**json.loads(self.address), "site": url})
        return Lemmy(self.settings(url), http=http)

    def published(self) -> list[str]:
        return [thing.text for thing in self.fake.replies]

    def test_it_answers_the_post_and_a_comment_below_it(self) -> None:
        receipt = self._send()
        assert (receipt.id, receipt.url, receipt.sent_at) == (f"{SITE}/comment/701", f"{SITE}/comment/701", NOW)
        self.fake.comment(self.top, "it broke too")
        self.address = next(post.answer_to or "" for post in self.heard() if post.text == "it broke too")
        self._send("reply:2", "You too?")
        assert [thing.path for thing in self.fake.replies] == ["0.701", "0.702.703"]

    def test_a_locked_post_is_refused_before_and_after_the_attempt(self) -> None:
        self.fake.at(self.top).locked = True
        with pytest.raises(Rejected, match="locked"):
            self._send()
        self.address = self.heard()[0].answer_to or ""
        with pytest.raises(Rejected, match="locked"):
            self._send()

    def test_a_post_heard_on_another_server_is_not_answered_with_this_account(self) -> None:
        self.address = json.dumps({**json.loads(self.address), "site": "https://other.test"})
        with pytest.raises(Rejected, match="another server"):
            self._send()

    @pytest.mark.parametrize(("word", "meaning"), [("rate_limit_error", RateLimited), ("site_ban", AuthFailed)])
    def test_limits_and_bans_are_told_apart(self, word: str, meaning: type[Exception]) -> None:
        self.fake.refuse = word
        with pytest.raises(meaning):
            self._send()

    def test_what_is_no_answer_of_ours_is_not_taken_back(self) -> None:
        with pytest.raises(Rejected, match="no answer of ours"):
            self.make().withdraw(Receipt("odd"))  # type: ignore[attr-defined]

    def test_without_a_login_there_is_nobody_to_speak(self) -> None:
        with pytest.raises(ValueError, match="login"):
            Lemmy(Settings(base_url="https://lemmy.test"))


class TestLemmyOne(TestLemmy):
    """The same on Lemmy 1.0."""

    part = "/api/v4/comment"
    version = 4
