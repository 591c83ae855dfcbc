"""Answering on Facebook, Instagram and Threads obeys the kit, over a server on real sockets."""

import json
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
