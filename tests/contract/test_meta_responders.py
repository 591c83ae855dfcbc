"""Answering on Facebook, Instagram and Threads obeys the kit, over a server on real sockets."""

import json
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from connectors.errors import AuthFailed, Rejected, Unavailable
from connectors.facebook.settings import Settings as FacebookSettings
from connectors.http import Http
from connectors.instagram.settings import Settings as InstagramSettings
from connectors.threads.settings import Settings as ThreadsSettings
from connectors.types import Author, Post, PostRef
from responders.facebook import Facebook
from responders.instagram import Instagram
from responders.testing import ResponderContract
from responders.threads import Threads
from responders.types import Message, Responder
from tests.fakes.answering import NOW, Answering
from tests.fakes.meta import OURS, TOKEN, FakeMeta

KEYS = {"access_token": TOKEN, "account_id": OURS, "handle": "acme_care"}


class Meta(Answering, ResponderContract):
    """One platform of Meta."""

    secret = TOKEN
    to: ClassVar[dict[str, str]] = {"id": "7_1"}
    mouths: ClassVar[Any] = None

    def faked(self) -> FakeMeta:
        return FakeMeta(now=self.clock)

    def heard(self) -> list[Post]:
        return [Post(PostRef("x", "7_1"), "", Author("5", "ada"), "it broke", NOW, answer_to=json.dumps(self.to))]

    def mouth(self, url: str, http: Http) -> Responder:
        settings, kind = self.mouths
        return kind(settings.model_validate(KEYS | {"base_url": url}), http=http, now=self.clock)  # type: ignore[no-any-return]

    def published(self) -> list[str]:
        return [one["text"] for one in self.fake.replies]


class TestFacebook(Meta):
    part = "/comments"
    mouths = (FacebookSettings, Facebook)


class TestInstagram(Meta):
    part = "/replies"
    to: ClassVar[dict[str, str]] = {"comment": "7_1", "media": "77", "mention": "-"}
    mouths = (InstagramSettings, Instagram)

    def test_a_mention_is_answered_where_it_stands_and_never_called_absent(self) -> None:
        mention = json.dumps({"comment": "182", "media": "78", "mention": "yes"})
        responder = self.make()
        message = Message("reply:1", mention, "We are on it", after=NOW)
        assert responder.send(message).id == "9000"
        assert self.fake.log[0].path == f"/{OURS}/mentions"
        assert self.fake.log[0].form() == {"media_id": "78", "comment_id": "182", "message": "We are on it"}
        with pytest.raises(Unavailable, match="look there yourself"):
            responder.find(message)  # type: ignore[attr-defined]
        responder.close()


class Private(Meta):
    """The same contract for the inbox of who commented: one message to a comment, looked up where it was said."""

    part = "/messages"

    def faked(self) -> FakeMeta:
        fake = FakeMeta(now=self.clock)
        fake.once = False
        return fake

    def message(self, key: str, text: str) -> Message:
        return replace(super().message(key, text), visibility="private")

    def published(self) -> list[str]:
        return [one["message"] for one in self.fake.whispers]

    def test_what_was_sent_can_be_taken_back(self) -> None:
        receipt = self._send()
        assert receipt.id == "message:m_7000"
        responder = self.make()
        with pytest.raises(Rejected, match="cannot be taken back"):
            responder.withdraw(receipt)  # type: ignore[attr-defined]
        responder.close()

    def test_a_second_message_to_the_same_comment_is_refused_by_meta_and_said_so(self) -> None:
        self.fake.once = True
        self._send()
        with pytest.raises(Rejected, match="all the platform takes"):
            self._send("reply:2", "And one more thing")
        assert self.published() == ["We are on it"]

    def test_the_same_words_to_somebody_else_are_not_taken_for_ours(self) -> None:
        self._send()
        here, self.address = self.address, self.address.replace("7_1", "8_1")
        assert self._found() is None
        self.address = here
        assert self._found() is not None

    def test_what_meta_tells_of_a_conversation_in_no_shape_is_no_absence(self) -> None:
        self._send()
        self.fake.whispers[0]["created_time"] = "soon"
        with pytest.raises(Unavailable, match="shape"):
            self._found()


class TestFacebookInPrivate(Private):
    mouths = (FacebookSettings, Facebook)

    def test_a_visitors_post_is_answered_as_a_post_and_looked_up_with_its_author(self) -> None:
        self.address = json.dumps({"id": f"{OURS}_3"})
        receipt = self._send()
        assert (self.fake.whispers[0]["kind"], self.fake.whispers[0]["to"]) == ("post_id", f"{OURS}_3")
        assert self._found() == replace(receipt, sent_at=NOW)


class TestInstagramInPrivate(Private):
    to: ClassVar[dict[str, str]] = {"comment": "7_1", "media": "77", "mention": "-"}
    mouths = (InstagramSettings, Instagram)

    def test_who_only_mentioned_us_elsewhere_cannot_be_written_to(self) -> None:
        self.address = json.dumps({"comment": "7_1", "media": "77", "mention": "yes"})
        with pytest.raises(Rejected, match="below your own posts"):
            self._send()
        assert self.asked() == 0


class TestThreads(Meta):
    part = "/threads_publish"
    mouths = (ThreadsSettings, Threads)

    def test_words_that_were_not_taken_are_no_doubt(self) -> None:
        self.fake.fail_next("/threads", how="drop", method="POST")
        with pytest.raises(Unavailable, match="nothing was published"):
            self._send()
        assert self.published() == []


@pytest.mark.parametrize(("settings", "kind"), [TestFacebook.mouths, TestInstagram.mouths, TestThreads.mouths])
def test_without_an_account_nothing_is_said(settings: Any, kind: Any) -> None:
    with pytest.raises(ValueError, match="access_token"):
        kind(settings(handle="acme"), http=Http())


def test_a_token_that_is_no_longer_taken_is_for_a_person() -> None:
    with FakeMeta(now=lambda: NOW) as fake:
        wrong = FacebookSettings.model_validate(KEYS | {"base_url": fake.url, "access_token": "old"})
        responder = Facebook(wrong, http=Http(private_ok=True))
        with pytest.raises(AuthFailed, match="make a new one"):
            responder.send(Message("reply:1", json.dumps({"id": "7_1"}), "We are on it"))
        fake.refuse = (400, 100, "(#100) No permission")
        with pytest.raises(Rejected):
            responder.send(Message("reply:1", json.dumps({"id": "7_1"}), "We are on it"))
        responder.close()
