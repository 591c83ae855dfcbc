"""Answering on Mastodon obeys the kit, over a server on real sockets."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.errors import AuthFailed, Rejected, Unavailable
from connectors.http import Http
from connectors.mastodon.connector import Mastodon as Ear
from connectors.mastodon.settings import Settings
from connectors.types import Want
from responders.lengths import on_mastodon
from responders.mastodon import Mastodon, idempotency_key, same_words, with_name
from responders.testing import ResponderContract
from responders.types import Message, Receipt
from tests.fakes.answering import Breakable
from tests.fakes.clocks import NOW, Later
from tests.fakes.mastodon import FakeMastodon


class MastodonPlatform(Breakable):
    """A customer's post on a server, and the means to answer it."""

    part = "/api/v1/statuses"

    @pytest.fixture(autouse=True)
    def platform(self) -> Iterator[None]:
        self.clock = Later()
        with FakeMastodon(now=self.clock) as self.fake:
            self.parent = self.fake.post("#acme broke", at=NOW - timedelta(minutes=5))
            self.address = self.heard(self.fake)
            self.fake.log.clear()
            yield

    def heard(self, *fakes: FakeMastodon) -> str:
        ear = Ear(Settings(servers=tuple(fake.url for fake in fakes)), http=Http(private_ok=True), now=self.clock)
        [post] = [post for page in ear.fetch(Want(terms=("acme",))) for post in page.posts]
        ear.close()
        return post.answer_to or ""

    def responder(self, url: str = "", token: str = "") -> Mastodon:
        settings = Settings(servers=(url or self.fake.url,), token=token or self.fake.token)  # type: ignore[arg-type]
        return Mastodon(settings, http=Http(private_ok=True, deadline_s=1), now=self.clock)

    def message(self, key: str, text: str) -> Message:
        return Message(key=key, address=self.address, text=text, after=self.clock.now)

    def published(self) -> list[str]:
        return [reply["text"] for reply in self.fake.replies]


class TestMastodon(MastodonPlatform, ResponderContract):
    secret = "token-SECRET"


class TestAnswering(MastodonPlatform):
    def sent(self, text: str = "We are on it", **more: object) -> Receipt:
        responder = self.responder()
        try:
            return responder.send(replace(self.message("reply:1", text), **more))  # type: ignore[arg-type]
        finally:
            responder.close()

    def test_it_answers_the_post_and_names_its_author(self) -> None:
        receipt = self.sent(language="en")
        [reply] = self.fake.replies
        assert (reply["to"], reply["text"]) == (self.parent, "@pat@elsewhere.test We are on it")
        assert (reply["visibility"], reply["key"]) == ("public", "reply:1")
        assert receipt.id == reply["uri"]
        assert receipt.sent_at == NOW

    def test_a_private_answer_is_a_direct_message(self) -> None:
        self.sent(visibility="private")
        assert self.fake.replies[0]["visibility"] == "direct"

    @pytest.mark.parametrize(
        ("theirs", "ours"),
        [("public", "public"), ("unlisted", "unlisted"), ("private", "direct"), ("direct", "direct")],
    )
    def test_an_answer_is_never_more_open_than_the_post(self, theirs: str, ours: str) -> None:
        self.address = self.address.replace('"visibility":"public"', f'"visibility":"{theirs}"')
        self.sent()
        assert self.fake.replies[0]["visibility"] == ours

    def test_a_post_heard_elsewhere_is_answered_from_our_own_server(self) -> None:
        with FakeMastodon("other.test", now=self.clock) as other:
            there = other.post("#acme elsewhere", author="kim", at=NOW - timedelta(minutes=1))
            self.fake.peers.append(other)
            self.address = self.heard(other)
            self.sent()
            [reply] = self.fake.replies
            assert self.fake.statuses[reply["to"]].uri == other.uri(there)
            assert reply["text"].startswith("@kim@other.test ")

    def test_a_post_our_server_cannot_see_is_refused(self) -> None:
        with FakeMastodon("other.test", now=self.clock) as other:
            other.post("#acme elsewhere", author="kim", at=NOW - timedelta(minutes=1))
            self.address = self.heard(other)
            with pytest.raises(Rejected, match="cannot see"):
                self.sent()

    def test_a_deleted_parent_is_refused(self) -> None:
        self.fake.delete(self.parent)
        with pytest.raises(Rejected, match="does not appear to exist"):
            self.sent()

    def test_after_an_hour_the_key_no_longer_protects(self) -> None:
        responder = self.responder()
        assert responder.repeats_safely(NOW)
        self.clock.now += timedelta(minutes=56)
        assert not responder.repeats_safely(NOW)
        responder.close()

    def test_other_software_is_not_trusted_with_a_key(self) -> None:
        self.fake.version = "2.7.2 (compatible; Pleroma 2.6.0)"
        responder = self.responder()
        assert not responder.repeats_safely(NOW)
        responder.close()

    def test_looking_never_sends(self) -> None:
        responder = self.responder()
        responder.find(self.message("reply:1", "We are on it"))
        responder.close()
        assert [asked.method for asked in self.fake.log if asked.method != "GET"] == []

    def test_an_answer_is_found_without_its_key_and_among_others(self) -> None:
        self.sent("We are on it: https://acme.test/help?a=1&b=2")
        for number in range(60):
            self.fake.post(f"noise {number}", author="acme", reply_to=self.parent, at=NOW + timedelta(seconds=number))
        self.fake.forget_keys()
        responder = self.responder()
        found = responder.find(self.message("reply:1", "We are on it: https://acme.test/help?a=1&b=2"))
        responder.close()
        assert found is not None

    def test_the_same_words_to_another_post_are_another_answer(self) -> None:
        other = self.fake.post("me too", at=NOW)
        self.fake.post("@pat@elsewhere.test We are on it", author="acme", reply_to=other, at=NOW)
        responder = self.responder()
        assert responder.find(self.message("reply:1", "We are on it")) is None
        responder.close()

    def test_the_servers_own_limit_counts(self) -> None:
        self.fake.longest = 40
        with pytest.raises(Rejected, match="takes 40"):
            self.sent("x" * 60)
        assert self.published() == []

    def test_a_failed_look_before_sending_sends_nothing(self) -> None:
        self.fake.fail_next("/api/v2/instance")
        with pytest.raises(Unavailable):
            self.sent()
        assert self.published() == []

    def test_without_a_token_there_is_nobody_to_speak(self) -> None:
        with pytest.raises(ValueError, match="token"):
            Mastodon(Settings())

    def test_a_revoked_token_is_told(self) -> None:
        responder = self.responder(token="revoked")
        with pytest.raises(AuthFailed):
            responder.send(self.message("reply:1", "We are on it"))
        responder.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", "@pat@x.test hello"),
        ("hello @pat@x.test", "hello @pat@x.test"),
        ("hello @PAT@X.test!", "hello @PAT@X.test!"),
        ("hello @pat@x.testing", "@pat@x.test hello @pat@x.testing"),
    ],
)
def test_the_author_is_named_once(text: str, expected: str) -> None:
    assert with_name(text, "pat@x.test") == expected


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("hello", 5),
        ("@pat@x.test hi", 7),
        ("see https://acme.test/a/very/long/path?with=query ok", 30),
        ("a@b.test", 8),
    ],
)
def test_length_is_counted_as_mastodon_counts(text: str, length: int) -> None:
    assert on_mastodon(text) == length


def test_two_renderings_of_a_text_share_their_words() -> None:
    assert same_words("@pat@x.test  We are\non it @kim@y.test") == same_words("@pat We are on it @kim")
    assert same_words("We are on it") != same_words("We are off it")


def test_a_key_fits_a_header_whatever_it_holds() -> None:
    assert idempotency_key("reply:1") == "reply:1"
    assert len(idempotency_key("r\n" * 100)) == 64
    assert idempotency_key("é") != idempotency_key("e")
