"""Answering in a Discourse forum obeys the kit, over a server on real sockets."""

import json

import pytest

from connectors.discourse.connector import Discourse as Ear
from connectors.discourse.settings import Settings
from connectors.errors import Rejected
from connectors.http import Http
from connectors.types import Connector
from responders.discourse import Discourse
from responders.testing import ResponderContract
from responders.types import Receipt, Responder
from tests.fakes.answering import Answering
from tests.fakes.discourse import FakeDiscourse
from tests.fakes.server import FakeServer


class TestDiscourse(Answering, ResponderContract):
    secret = "SECRET"
    part = "/posts.json"

    def faked(self) -> FakeServer:
        fake = FakeDiscourse(now=self.clock)
        fake.post("hello")
        fake.post("it broke", topic=1)
        return fake

    def settings(self, url: str) -> Settings:
        return Settings(base_url=url, api_key="key-SECRET", api_user="acme_care")  # type: ignore[arg-type]

    def ear(self, url: str) -> Connector:
        return Ear(self.settings(url), http=Http(private_ok=True), now=self.clock)

    def mouth(self, url: str, http: Http) -> Responder:
        if url != self.fake.url:
            self.address = json.dumps({**json.loads(self.address), "site": url})
        return Discourse(self.settings(url), http=http)

    def published(self) -> list[str]:
        return [post["raw"] for post in self.fake.replies]

    def test_it_answers_the_post_as_our_user(self) -> None:
        receipt = self._send()
        [reply] = self.fake.replies
        assert (reply["topic_id"], reply["reply_to_post_number"], reply["username"]) == (1, 2, "acme_care")
        assert receipt.url == f"{self.fake.url}/t/1/3"
        assert receipt.id == f"{self.fake.url.removeprefix('http://')}/1/3"

    def test_a_refusal_is_told_in_the_forums_own_words(self) -> None:
        self.fake.refusal = ["This topic is closed; it no longer accepts new replies."]
        with pytest.raises(Rejected, match="This topic is closed"):
            self._send()

    def test_a_post_of_another_forum_is_not_answered_with_this_key(self) -> None:
        self.address = json.dumps({"site": "https://other.test", "topic": "1", "number": "2"})
        with pytest.raises(Rejected, match="another"):
            self._send()

    def test_an_answer_with_marks_in_it_is_found_by_its_words_as_written(self) -> None:
        receipt = self._send("reply:1", "We are *on* it")
        self.fake.posts[-1]["cooked"] = "<p>We are <em>on</em> it</p>"
        found = self._found("reply:1", "We are *on* it")
        assert found is not None
        assert found.id == receipt.id

    def test_what_is_no_answer_of_ours_is_not_taken_back(self) -> None:
        with pytest.raises(Rejected, match="no answer of ours"):
            self.make().withdraw(Receipt("../users"))  # type: ignore[attr-defined]

    def test_without_a_key_there_is_nobody_to_speak(self) -> None:
        with pytest.raises(ValueError, match="key"):
            Discourse(Settings(base_url="https://forum.test"))
