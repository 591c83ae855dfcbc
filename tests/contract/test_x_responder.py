"""Answering on X obeys the kit, over a server on real sockets."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import AuthFailed, Rejected, Unavailable, Unsure
from connectors.http import Http
from connectors.types import Want
from connectors.x.connector import X as Ear
from connectors.x.settings import Settings
from responders.lengths import on_x
from responders.testing import ResponderContract
from responders.types import Message, Receipt
from responders.x import X, same_words
from tests.fakes.answering import Breakable
from tests.fakes.server import Told
from tests.fakes.x import FakeX

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
KEYS = {"api_key": "key-SECRET", "api_secret": "key-SECRET", "access_secret": "key-SECRET"}


class XPlatform(Breakable):
    """A customer's post on X, and the means to answer it."""

    part = "/2/tweets"

    @pytest.fixture(autouse=True)
    def platform(self) -> Iterator[None]:
        self.now = NOW
        with FakeX(now=lambda: self.now) as self.fake:
            self.parent = self.fake.post("@acme_care it broke", at=NOW - timedelta(minutes=5))
            self.address = self.heard()
            self.fake.log.clear()
            yield

    def settings(self, url: str = "", access: str = "1001-token-SECRET") -> Settings:
        account = {"access_token": access, "handle": "acme_care", "base_url": url or self.fake.url}
        return Settings(**account, **KEYS)  # type: ignore[arg-type]

    def heard(self, word: str = "broke") -> str:
        ear = Ear(self.settings(), http=Http(private_ok=True), now=lambda: self.now)
        found = [post for page in ear.fetch(Want(terms=(word,))) for post in page.posts]
        [post] = [post for post in found if word in post.text]
        ear.close()
        return post.answer_to or ""

    def responder(self, url: str = "", access: str = "1001-token-SECRET") -> X:
        return X(self.settings(url, access), http=Http(private_ok=True, deadline_s=1), now=lambda: self.now)

    def message(self, key: str, text: str) -> Message:
        return Message(key=key, address=self.address, text=text, after=NOW)

    def published(self) -> list[str]:
        return [reply.text for reply in self.fake.replies]


class TestX(XPlatform, ResponderContract):
    secret = "SECRET"


class TestAnswering(XPlatform):
    def sent(self, text: str = "We are on it", **more: object) -> Receipt:
        responder = self.responder()
        try:
            return responder.send(replace(self.message("reply:1", text), **more))  # type: ignore[arg-type]
        finally:
            responder.close()

    def test_it_answers_the_post_as_our_account(self) -> None:
        receipt = self.sent()
        [reply] = self.fake.replies
        assert (reply.reply_to, reply.author, receipt.id) == (self.parent, "acme_care", reply.id)
        assert receipt.url == f"https://x.com/acme_care/status/{reply.id}"
        assert receipt.sent_at == NOW
        [asked] = self.fake.asked_for("/2/tweets")
        assert asked.headers["authorization"].startswith("OAuth ")
        assert asked.headers["user-agent"].startswith("Earshot/")

    def test_whom_x_does_not_let_us_answer_is_said_in_plain_words(self) -> None:
        self.fake.strict = True
        self.fake.post("acme is down", at=NOW - timedelta(minutes=4))
        self.address = self.heard("acme is down")
        with pytest.raises(Rejected, match="only people who mention or quote us"):
            self.sent()
        assert self.published() == []

    def test_a_deleted_post_cannot_be_answered(self) -> None:
        self.fake.delete(self.parent)
        with pytest.raises(Rejected, match="deleted or not visible"):
            self.sent()

    def test_the_same_words_to_another_post_are_unsure(self) -> None:
        with pytest.raises(Unsure, match="posted already"):
            self.refused("You are not allowed to create a Tweet with duplicate content.")

    @pytest.mark.parametrize("status", [402, 403, 429])
    def test_a_spent_credit_is_for_a_person_to_mend(self, status: int) -> None:
        problem = {"title": "UsageCapExceeded", "type": "https://api.x.com/2/problems/usage-capped"}
        with pytest.raises(AuthFailed, match="credit"):
            self.refused(problem, status)

    def refused(self, problem: object, status: int = 403) -> None:
        body = {"title": "Forbidden", "detail": problem} if isinstance(problem, str) else problem
        create = self.fake._create
        self.fake._create = lambda _body: Told(json.dumps(body), status)  # type: ignore[method-assign]
        try:
            self.sent()
        finally:
            self.fake._create = create  # type: ignore[method-assign]

    def test_yes_with_an_unknown_body_is_looked_up(self) -> None:
        create = self.fake._create

        def odd(body: dict[str, object]) -> Told:
            create(body)
            return Told({"data": []}, 201)

        self.fake._create = odd  # type: ignore[method-assign]
        assert self.sent().id == self.fake.replies[0].id
        assert len(self.published()) == 1

    def test_looking_never_sends(self) -> None:
        responder = self.responder()
        assert responder.find(self.message("reply:1", "We are on it")) is None
        responder.close()
        assert {asked.method for asked in self.fake.log} == {"GET"}

    def test_an_answer_given_on_x_itself_is_found(self) -> None:
        for number in range(130):
            self.fake.post(f"noise {number}", "acme_care", at=NOW - timedelta(seconds=100), reply_to=self.parent)
        given = self.fake.post("@pat We are  on it", "acme_care", at=NOW - timedelta(seconds=110), reply_to=self.parent)
        responder = self.responder()
        found = responder.find(self.message("reply:1", "We are on it"))
        responder.close()
        assert found is not None
        assert found.id == given

    def test_the_same_words_to_another_post_are_another_answer(self) -> None:
        other = self.fake.post("me too", at=NOW)
        self.fake.post("We are on it", "acme_care", at=NOW, reply_to=other)
        responder = self.responder()
        assert responder.find(self.message("reply:1", "We are on it")) is None
        responder.close()

    def test_a_private_answer_is_refused(self) -> None:
        with pytest.raises(Rejected, match="private"):
            self.sent(visibility="private")

    def test_what_cannot_be_taken_back_is_said(self) -> None:
        receipt = self.sent()
        self.fake.fail_next("/2/tweets/", status=400, method="DELETE")
        responder = self.responder()
        with pytest.raises(Rejected):
            responder.withdraw(receipt)
        with pytest.raises(Rejected, match="no answer of ours"):
            responder.withdraw(Receipt("../users"))
        responder.close()

    def test_without_an_account_there_is_nobody_to_speak(self) -> None:
        with pytest.raises(ValueError, match="four keys"):
            X(Settings())

    def test_a_revoked_token_is_told(self) -> None:
        responder = self.responder(access="1001-revoked")
        with pytest.raises(AuthFailed):
            responder.send(self.message("reply:1", "We are on it"))
        responder.close()

    def test_a_failed_look_is_no_answer(self) -> None:
        self.fake.fail_next("/tweets", method="GET")
        responder = self.responder()
        with pytest.raises(Unavailable):
            responder.find(self.message("reply:1", "We are on it"))
        responder.close()


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("hello", 5),
        ("see https://acme.test/a/very/long/path?with=query ok", 30),
        ("see acme.com/help, ok", 30),
        ("sorry.We care", 13),
        ("日本", 4),
        ("e\u0301", 1),
        ("\U0001f44d", 2),
        ("\U0001f44d\U0001f3fd ok", 5),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 2),
        ("\U0001f1e9\U0001f1ea", 2),
        ("it’s “fine”…", 13),
    ],
)
def test_length_is_counted_as_x_counts(text: str, length: int) -> None:
    assert on_x(text) == length


def test_two_renderings_of_a_text_share_their_words() -> None:
    assert same_words("@pat @kim We are\non it: https://acme.test/") == same_words("We are on it: acme.test")
    assert same_words("We are on it") != same_words("We are off it")
