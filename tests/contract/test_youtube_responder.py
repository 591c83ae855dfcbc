"""Answering on YouTube obeys the kit, over a server on real sockets."""

from datetime import timedelta

import pytest

from connectors.errors import RateLimited, Rejected
from connectors.http import Http
from connectors.types import Connector
from connectors.youtube.connector import YouTube as Ear
from connectors.youtube.settings import Settings
from responders.testing import ResponderContract
from responders.types import Receipt, Responder
from responders.youtube import YouTube
from tests.fakes.answering import NOW, Answering
from tests.fakes.server import FakeServer
from tests.fakes.youtube import OURS, VIDEO, FakeYouTube

CONSENT = {"client_id": "app", "client_secret": "app-SECRET", "refresh_token": "refresh-SECRET"}


class TestYouTube(Answering, ResponderContract):
    secret = "SECRET"
    part = "/comments"

    def faked(self) -> FakeServer:
        fake = FakeYouTube(now=self.clock)
        fake.comment("it broke", at=NOW - timedelta(minutes=1))
        return fake

    def settings(self, url: str) -> Settings:
        return Settings(channel_id=OURS, base_url=url, token_url=f"{url}/token", searches_a_day=0, **CONSENT)  # type: ignore[arg-type]

    def ear(self, url: str) -> Connector:
        return Ear(self.settings(url), http=Http(private_ok=True), now=self.clock)

    def mouth(self, url: str, http: Http) -> Responder:
        return YouTube(self.settings(url), http=http, now=self.clock)

    def published(self) -> list[str]:
        return [one.text for one in self.fake.replies]

    def test_the_receipt_leads_to_the_answer(self) -> None:
        receipt = self._send()
        [reply] = self.fake.replies
        assert (reply.parent, reply.author, receipt.id) == ("Ug0", OURS, reply.id)
        assert receipt.url == f"https://www.youtube.com/watch?v={VIDEO}&lc={reply.id}"

    def test_a_reply_to_a_reply_goes_to_its_thread(self) -> None:
        self.fake.comment("it broke too", to="Ug0", at=NOW)
        self.address = self.heard()[1].answer_to or ""
        self._send()
        assert self.fake.replies[0].parent == "Ug0"

    def test_where_comments_are_off_the_answer_is_refused(self) -> None:
        self.fake.refuse = "commentsDisabled"
        self.fake.said.clear()
        with pytest.raises(Rejected, match="comments are off"):
            self.make().publish({"id": "Ug0", "top": "Ug0", "video": VIDEO}, "hello")  # type: ignore[attr-defined]

    def test_a_quota_used_up_is_waited_for(self) -> None:
        self.fake.refuse = "quotaExceeded"
        with pytest.raises(RateLimited):
            self._send()

    def test_a_comment_that_is_gone_cannot_be_answered(self) -> None:
        self.fake.said.clear()
        with pytest.raises(Rejected, match="parentCommentNotFound"):
            self._send()

    def test_what_is_no_answer_of_ours_is_not_taken_back(self) -> None:
        with pytest.raises(Rejected, match="no answer of ours"):
            self.make().withdraw(Receipt("a/b"))  # type: ignore[attr-defined]

    def test_without_consent_there_is_nobody_to_speak(self) -> None:
        with pytest.raises(ValueError, match="consent"):
            YouTube(Settings(api_key="k"))  # type: ignore[arg-type]
