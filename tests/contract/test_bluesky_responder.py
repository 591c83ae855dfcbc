"""Answering on Bluesky obeys the kit, over a server on real sockets."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.bluesky.connector import Bluesky as Ear
from connectors.bluesky.settings import Settings
from connectors.errors import AuthFailed, Rejected, Unsure
from connectors.http import Http
from connectors.types import PostRef
from responders.bluesky import Bluesky, record_key
from responders.testing import ResponderContract
from responders.types import Message, Receipt
from tests.fakes.answering import Breakable
from tests.fakes.bluesky import FakeBluesky, did_of
from tests.fakes.server import Told

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


class BlueskyPlatform(Breakable):
    """A customer's post, and the means to answer it."""

    part = "createRecord"
    method = ""

    @pytest.fixture(autouse=True)
    def platform(self) -> Iterator[None]:
        with FakeBluesky(now=lambda: NOW) as self.fake:
            self.root = self.fake.post("Acme broke", at=NOW - timedelta(minutes=5))
            self.parent = self.fake.post("twice!", author="kim.test", reply_to=self.root, at=NOW - timedelta(minutes=4))
            self.address = self.heard(self.parent)
            self.fake.log.clear()
            yield

    def heard(self, uri: str) -> str:
        ear = Ear(Settings(public_url=self.fake.url), http=Http(private_ok=True))
        [post] = ear.recheck([PostRef("bluesky", uri)]).posts
        ear.close()
        return post.answer_to or ""

    def responder(self, url: str = "", password: str = "") -> Bluesky:
        account = {"handle": self.fake.handle, "password": password or self.fake.password}
        settings = Settings(base_url=url or self.fake.url, **account)  # type: ignore[arg-type]
        return Bluesky(settings, http=Http(private_ok=True, deadline_s=1), now=lambda: NOW)

    def message(self, key: str, text: str) -> Message:
        return Message(key=key, address=self.address, text=text, after=NOW)

    def published(self) -> list[str]:
        return [reply["text"] for reply in self.fake.replies]


class TestBluesky(BlueskyPlatform, ResponderContract):
    secret = "app-pass-word"

    def test_a_lost_answer_is_unsure_and_then_found(self) -> None:
        """Here the key tells at once; only if that look fails as well does it stay unsure."""
        self.break_next("lost")
        receipt = self._send()
        assert self._found() == replace(receipt, sent_at=NOW)
        self.break_next("lost")
        self.fake.fail_next("getRecord", how="drop")
        with pytest.raises(Unsure):
            self._send("reply:2")
        found = self._found("reply:2")
        assert found is not None
        assert self._send("reply:2").id == found.id
        assert len(self.published()) == 2


class TestInPrivate(BlueskyPlatform, ResponderContract):
    """The same contract for the inbox of who wrote the post."""

    part, secret = "sendMessage", "app-pass-word"

    def message(self, key: str, text: str) -> Message:
        return replace(super().message(key, text), visibility="private")

    def published(self) -> list[str]:
        return [one["text"] for one in self.fake.whispers]

    def test_what_is_too_long_or_empty_is_refused_before_it_leaves(self) -> None:
        for text in ("x" * 1_001, "", " \n"):
            with pytest.raises(Rejected):
                self._send("reply:1", text)
        assert self.asked() == 0

    def test_what_was_sent_can_be_taken_back(self) -> None:
        receipt = self._send()
        assert receipt == Receipt("message:3m0", f"https://bsky.app/messages/convo-{did_of('kim.test')}", NOW)
        with pytest.raises(Rejected, match="cannot be taken back"):
            self.responder().withdraw(receipt)

    def test_who_takes_messages_only_from_people_they_follow_is_told_of_in_words(self) -> None:
        self.fake.deaf.add("kim.test")
        with pytest.raises(Rejected, match="only from people they follow"):
            self._send()
        assert self.published() == []

    def test_the_same_words_to_somebody_else_are_not_taken_for_ours(self) -> None:
        self._send()
        self.address = self.heard(self.root)
        assert self._found() is None


class TestAnswering(BlueskyPlatform):
    def sent(self, text: str = "We are on it", **more: Any) -> Receipt:
        responder = self.responder()
        try:
            return responder.send(replace(self.message("reply:1", text), **more))
        finally:
            responder.close()

    def test_it_answers_the_post_in_its_thread(self) -> None:
        receipt = self.sent(language="en")
        [reply] = self.fake.replies
        record = reply["record"]
        assert record["reply"]["parent"]["uri"] == self.parent
        assert record["reply"]["root"] == {"uri": self.root, "cid": self.fake.records[self.root]["cid"]}
        assert (record["langs"], record["createdAt"]) == (["en"], "2026-05-04T10:00:00.000Z")
        assert receipt == Receipt(
            reply["uri"], f"https://bsky.app/profile/{reply['uri'][5:].split('/')[0]}/post/{record_key('reply:1')}", NOW
        )

    def test_links_names_and_hashtags_are_marked_by_bytes(self) -> None:
        text = "Grüße @kim.test 👋 see https://acme.test/ä?x=1. #sorry @nobody.invalid"
        self.sent(text)
        raw = text.encode()
        facets = self.fake.replies[0]["record"]["facets"]
        marked = {raw[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(): f["features"][0] for f in facets}
        assert marked == {
            "@kim.test": {"$type": "app.bsky.richtext.facet#mention", "did": did_of("kim.test")},
            "https://acme.test/ä?x=1": {"$type": "app.bsky.richtext.facet#link", "uri": "https://acme.test/ä?x=1"},
            "#sorry": {"$type": "app.bsky.richtext.facet#tag", "tag": "sorry"},
        }

    def test_one_session_serves_many_answers(self) -> None:
        responder = self.responder()
        for number in range(3):
            responder.send(self.message(f"reply:{number}", "We are on it"))
        responder.close()
        assert len(self.fake.asked_for("createSession")) == 1

    def test_a_stale_session_is_renewed_and_the_answer_still_goes_out_once(self) -> None:
        responder = self.responder()
        responder.send(self.message("reply:1", "one"))
        self.fake.expire_tokens()
        responder.send(self.message("reply:2", "two"))
        responder.close()
        assert self.published() == ["one", "two"]

    def test_a_private_answer_is_never_made_public(self) -> None:
        self.sent(visibility="private")
        assert [one["text"] for one in self.fake.whispers] == ["We are on it"]

    def test_three_hundred_characters_as_a_reader_counts_them_fit(self) -> None:
        self.sent("👨‍👩‍👧" * 100 + "ä" * 200)
        with pytest.raises(Rejected, match="301"):
            self.sent("x" * 301)

    def test_a_refusal_is_told_in_the_servers_own_words(self) -> None:
        self.fake._create = lambda _asked: Told({"error": "InvalidRequest", "message": "text too\nodd."}, 400)  # type: ignore[method-assign]
        with pytest.raises(Rejected, match=r"\(InvalidRequest\): text too odd\.$"):
            self.sent()

    def test_half_a_character_is_refused(self) -> None:
        with pytest.raises(Rejected, match="half"):
            self.sent("oops \ud83d")

    def test_a_wrong_password_is_told_without_being_said(self) -> None:
        responder = self.responder(password="wr0ng-password")
        with pytest.raises(AuthFailed) as refused:
            responder.send(self.message("reply:1", "We are on it"))
        assert "wr0ng" not in str(refused.value)
        responder.close()

    def test_without_an_account_there_is_nobody_to_speak(self) -> None:
        with pytest.raises(ValueError, match="app password"):
            Bluesky(Settings())

    def test_an_answer_without_a_cid_has_no_address(self) -> None:
        self.address = json.dumps({"uri": self.parent, "cid": "", "root": {"uri": self.root, "cid": "x"}})
        with pytest.raises(Rejected):
            self.sent()

    def test_a_repeat_is_always_safe(self) -> None:
        assert self.responder().repeats_safely(NOW - timedelta(days=9))


def test_a_record_key_is_a_tid_of_the_past_and_the_same_each_time() -> None:
    keys = {record_key(f"reply:{number}") for number in range(5000)}
    assert len(keys) == 5000
    assert all(re.fullmatch(r"[234567abcdefghij][234567a-z]{12}", key) for key in keys)
    assert max(keys) < "3lzzzzzzzzzzz"  # before 2025
    assert record_key("reply:1") == record_key("reply:1")
