"""Answering what came by an inbound hook obeys the kit, over a receiver on real sockets that checks the signature."""

import json
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.errors import Rejected
from connectors.http import Http
from connectors.types import Here, Native, Post
from connectors.webhook.connector import Webhook as Ear
from connectors.webhook.parse import delivery
from connectors.webhook.settings import Settings
from responders.hook import signature
from responders.testing import ResponderContract
from responders.types import Message, Responder
from responders.webhook import Webhook
from tests.fakes.answering import NOW, Answering
from tests.fakes.server import Asked, FakeServer, Told

SECRET = "s3cret-of-the-hook-SECRET"
CAME = b'{"posts": [{"id": "r1", "author": "Ada", "text": "it broke", "url": "https://reviews.test/r1"}]}'


class Receiver(FakeServer):
    """A review site that publishes what is signed, each webhook-id once."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[str, dict[str, Any]] = {}
        self.silent = False

    def answer(self, asked: Asked) -> Told:
        name, at = asked.headers["webhook-id"], int(asked.headers["webhook-timestamp"])
        if asked.headers["webhook-signature"] != signature(SECRET, name, at, asked.body):
            return Told({"error": "signature"}, 401)
        if asked.method == "GET":
            assert asked.one("id") == name
            return Told(self._receipt(name)) if name in self.shown else Told({}, 404)
        self.shown.setdefault(name, asked.json())
        return Told(b"", 204) if self.silent else Told(self._receipt(name))

    def _receipt(self, name: str) -> dict[str, str]:
        return {"id": f"answer-{name[-6:]}", "url": f"https://reviews.test/answers/{name[-6:]}"}


class TestWebhook(Answering, ResponderContract):
    secret = SECRET
    part = "/answers"

    def faked(self) -> FakeServer:
        return Receiver()

    def settings(self, url: str) -> Settings:
        return Settings(platform="reviews", secret=SecretStr(SECRET), answer_url=SecretStr(f"{url}/answers"))

    def heard(self) -> list[Post]:
        return list(delivery(CAME, "reviews", NOW).posts)

    def mouth(self, url: str, http: Http) -> Responder:
        return Webhook(self.settings(url), http=http, now=self.clock)

    def published(self) -> list[str]:
        return [shown["text"] for shown in self.fake.shown.values()]

    def test_an_unknown_setting_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="surely_no_setting"):
            Settings.model_validate({"platform": "reviews", "surely_no_setting": 1})

    def test_the_receiver_reads_what_it_answers_and_the_words_as_they_were_approved(self) -> None:
        receipt = self._send(text="Zoë, we are on it\n– Lena")
        (shown,) = self.fake.shown.values()
        assert shown == {"type": "reply", "in_reply_to": "r1", "text": "Zoë, we are on it\n– Lena", "language": None}
        assert receipt.url.startswith("https://reviews.test/answers/")

    def test_a_receiver_that_says_nothing_has_taken_it(self) -> None:
        self.fake.silent = True
        receipt = self._send()
        assert (receipt.id, receipt.url) == (next(iter(self.fake.shown)), "")

    def test_another_senders_post_and_a_private_answer_are_refused(self) -> None:
        other = json.dumps({"platform": "survey", "id": "r1"})
        for message in (
            Message(key="reply:1", address=other, text="We are on it"),
            Message(key="reply:1", address=self.address, text="We are on it", visibility="private"),
        ):
            with pytest.raises(Rejected):
                self.make().send(message)
        assert self.published() == []

    def test_the_case_says_before_anybody_types_whether_it_is_answered_here(self) -> None:
        (post,) = self.heard()
        assert Ear(self.settings(self.fake.url)).route(post) == Here("reviews")
        assert isinstance(Ear(Settings(platform="reviews", secret=SecretStr(SECRET))).route(post), Native)
        with pytest.raises(ValueError, match="answer_url"):
            Webhook(Settings(platform="reviews"))
        with pytest.raises(ValidationError, match="whole address"):
            Settings(platform="reviews", answer_url=SecretStr("not an address"))
