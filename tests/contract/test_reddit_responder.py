"""Answering on Reddit obeys the kit, over a server on real sockets."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import AuthFailed, RateLimited, Rejected, Unavailable
from connectors.http import Http
from connectors.reddit.parse import answer_to
from connectors.reddit.settings import Settings
from responders.reddit import Reddit, waiting
from responders.replies import same_words
from responders.testing import ResponderContract
from responders.types import Message, Receipt
from tests.fakes.answering import Breakable
from tests.fakes.reddit import FakeReddit
from tests.fakes.server import Told

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


class RedditPlatform(Breakable):
    """A customer's comment on Reddit, and the means to answer it."""

    part = "/api/comment"
    method = ""

    @pytest.fixture(autouse=True)
    def platform(self) -> Iterator[None]:
        with FakeReddit(now=lambda: NOW) as self.fake:
            self.link = self.fake.submit("Acme broke", at=NOW - timedelta(minutes=9))
            self.parent = self.fake.comment(self.link, "it broke here too", at=NOW - timedelta(minutes=5))
            self.address = answer_to(self.parent)
            yield

    def responder(self, url: str = "", password: str = "password-SECRET") -> Reddit:
        login = {"username": "acme_care", "password": password, "client_secret": "app-SECRET"}
        at = {"base_url": url or self.fake.url, "oauth_url": url or self.fake.url}
        settings = Settings(client_id="app", **login, **at)  # type: ignore[arg-type]
        return Reddit(settings, http=Http(private_ok=True, deadline_s=1), now=lambda: NOW)

    def message(self, key: str, text: str) -> Message:
        return Message(key=key, address=self.address, text=text, after=NOW)

    def published(self) -> list[str]:
        return [reply.text for reply in self.fake.replies]


class TestReddit(RedditPlatform, ResponderContract):
    secret = "SECRET"


class TestAnswering(RedditPlatform):
    def sent(self, text: str = "We are on it", **more: object) -> Receipt:
        responder = self.responder()
        try:
            return responder.send(replace(self.message("reply:1", text), **more))  # type: ignore[arg-type]
        finally:
            responder.close()

    def test_it_answers_the_comment_as_our_account(self) -> None:
        receipt = self.sent()
        [reply] = self.fake.replies
        assert (reply.parent, reply.author, receipt.id) == (self.parent, "acme_care", reply.name)
        assert receipt.url.endswith(f"/{reply.name[3:]}/")
        assert receipt.sent_at == NOW
        assert all(asked.headers["user-agent"].startswith("Earshot/") for asked in self.fake.log)

    def test_a_locked_thread_is_refused_for_good(self) -> None:
        self.fake.things[self.link].locked = True
        with pytest.raises(Rejected, match="THREAD_LOCKED"):
            self.sent()
        self.address = answer_to(self.parent, "archived")
        asked = len(self.fake.log)
        with pytest.raises(Rejected, match="archived"):
            self.sent()
        assert len(self.fake.log) == asked

    def test_a_new_account_is_asked_to_wait(self) -> None:
        sentence = "Looks like you've been doing that a lot. Take a break for 3 minutes before trying again."
        self.fake.errors = [["RATELIMIT", sentence, "ratelimit"]]
        with pytest.raises(RateLimited) as raised:
            self.sent()
        assert raised.value.retry_after == timedelta(seconds=181)

    def test_where_our_account_is_not_wanted_is_said(self) -> None:
        self.fake.forbidden = True
        with pytest.raises(Rejected, match="banned"):
            self.sent()

    def test_a_deleted_parent_is_refused(self) -> None:
        self.fake.delete(self.parent)
        with pytest.raises(Rejected, match="deleted"):
            self.sent()

    def test_nothing_is_sent_when_our_own_comments_cannot_be_read(self) -> None:
        self.fake.fail_next("/user/")
        with pytest.raises(Unavailable):
            self.sent()
        assert self.published() == []

    def test_yes_with_an_unknown_body_is_looked_up(self) -> None:
        create = self.fake._create

        def odd(form: dict[str, str]) -> Told:
            create(form)
            return Told({"json": {"errors": [], "data": {}}})

        self.fake._create = odd  # type: ignore[method-assign]
        assert self.sent().id == self.fake.replies[0].name

    def test_an_answer_is_found_among_many(self) -> None:
        given = self.fake.comment(self.parent, "We are\n\non it", "acme_care", at=NOW)
        for number in range(130):
            self.fake.comment(self.link, f"noise {number}", "acme_care", at=NOW + timedelta(seconds=number))
        responder = self.responder()
        found = responder.find(self.message("reply:1", "We are on it"))
        elsewhere = responder.find(replace(self.message("reply:1", "We are on it"), address=answer_to(self.link)))
        responder.close()
        assert found is not None
        assert (found.id, elsewhere) == (given, None)

    def test_a_private_answer_and_a_foreign_receipt_are_refused(self) -> None:
        with pytest.raises(Rejected, match="private"):
            self.sent(visibility="private")
        with pytest.raises(Rejected, match="no answer of ours"):
            self.responder().withdraw(Receipt("t3_abc"))

    def test_without_an_account_there_is_nobody_to_speak(self) -> None:
        with pytest.raises(ValueError, match="login"):
            Reddit(Settings(client_id="app"))

    def test_a_wrong_password_is_told_without_it(self) -> None:
        responder = self.responder(password="wrong-SECRET")
        with pytest.raises(AuthFailed) as raised:
            responder.send(self.message("reply:1", "We are on it"))
        responder.close()
        assert "SECRET" not in repr(raised.value)

    def test_a_token_that_ran_out_is_fetched_anew_at_the_next_attempt(self) -> None:
        responder = self.responder()
        responder.find(self.message("reply:1", "x"))
        self.fake.token += 1
        with pytest.raises(Unavailable, match="no longer takes our token"):
            responder.send(self.message("reply:1", "We are on it"))
        responder.send(self.message("reply:1", "We are on it"))
        responder.close()
        assert self.published() == ["We are on it"]


@pytest.mark.parametrize(
    ("sentence", "seconds"),
    [("try again in 9 minutes.", 541), ("for 40 seconds", 41), ("in 2 hours", 3600), ("later", 600)],
)
def test_reddits_own_words_say_how_long_to_wait(sentence: str, seconds: int) -> None:
    assert waiting(sentence).total_seconds() == seconds


def test_two_renderings_of_a_text_share_their_words() -> None:
    assert same_words("We are\n\non it ") == same_words("we are on it")
    assert same_words("We are on it") != same_words("We are off it")
