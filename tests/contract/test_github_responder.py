"""Answering on GitHub obeys the kit, over a server on real sockets."""

import json
from datetime import timedelta

import pytest

from connectors.errors import RateLimited, Rejected
from connectors.github.connector import GitHub as Ear
from connectors.github.settings import Settings
from connectors.http import Http
from connectors.types import Connector
from responders.github import GitHub
from responders.testing import ResponderContract
from responders.types import Receipt, Responder
from tests.fakes.answering import NOW, Answering
from tests.fakes.github import OURS, FakeGitHub
from tests.fakes.server import FakeServer


class TestGitHub(Answering, ResponderContract):
    secret = "SECRET"
    part = "/comments"

    def faked(self) -> FakeServer:
        fake = FakeGitHub(now=self.clock)
        fake.issue("it broke", "all of it", at=NOW - timedelta(minutes=1))
        return fake

    def settings(self, url: str) -> Settings:
        return Settings(repositories=(OURS,), base_url=url, search=False, token="ghp-SECRET")  # type: ignore[arg-type]

    def ear(self, url: str) -> Connector:
        return Ear(self.settings(url), http=Http(private_ok=True), now=self.clock)

    def mouth(self, url: str, http: Http) -> Responder:
        return GitHub(self.settings(url), http=http, now=self.clock)

    def published(self) -> list[str]:
        return [one["body"] for one in self.fake.replies]

    def test_the_receipt_leads_to_the_answer_as_it_is_heard(self) -> None:
        receipt = self._send()
        [reply] = self.fake.replies
        assert (receipt.id, receipt.url) == (f"{OURS}#c{reply['id']}", reply["html_url"])
        assert receipt.id in [post.ref.id for post in self.heard()]

    def test_the_same_words_of_somebody_else_are_not_ours(self) -> None:
        self.fake.comment(f"{OURS}#1", "We are on it", "kim")
        assert self._found() is None

    def test_a_locked_issue_is_refused_before_and_after_the_attempt(self) -> None:
        self.fake.locked = True
        with pytest.raises(Rejected, match="locked"):
            self._send()
        self.address = json.dumps({"repository": OURS, "number": "1", "locked": "yes"})
        with pytest.raises(Rejected, match="locked"):
            self._send()

    def test_a_limit_is_waited_for(self) -> None:
        self.fake.spent = True
        with pytest.raises(RateLimited):
            self._send()

    def test_what_is_no_answer_of_ours_is_not_taken_back(self) -> None:
        with pytest.raises(Rejected, match="no answer of ours"):
            self.make().withdraw(Receipt("../user"))  # type: ignore[attr-defined]

    def test_without_a_token_there_is_nobody_to_speak(self) -> None:
        with pytest.raises(ValueError, match="token"):
            GitHub(Settings())
