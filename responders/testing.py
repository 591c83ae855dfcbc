"""The conformance kit for responders: what each must do, as tests one inherits. Ships in the wheel.

    class TestMastodon(ResponderContract):
        secret = "token-SECRET"

        @pytest.fixture(autouse=True)
        def platform(self): ...                  # start the platform, or a fake of it

        def make(self): return Mastodon(settings, http=Http(private_ok=True))
        def message(self, key, text): return Message(key=key, address=self.post.answer_to, text=text)
        def published(self): return [...]        # the texts the platform really shows
        def break_next(self, how, ...): ...      # how the next attempt to publish goes wrong

pytest is imported here and in connectors/testing.py, and nowhere else in the wheel.
"""

import logging
from collections.abc import Mapping
from typing import ClassVar, Literal

import pytest
from pydantic import BaseModel, ValidationError

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable, Unsure
from responders.types import Finds, Message, Receipt, Responder, Withdraws

How = Literal["lost", "dropped", "status", "html", "cut"]

WRITE_STATUSES: tuple[tuple[int, Mapping[str, str], type[PlatformError]], ...] = (
    (302, {"location": "https://elsewhere.test/"}, AuthFailed),
    (400, {}, Rejected),
    (401, {}, AuthFailed),
    (403, {}, AuthFailed),
    (404, {}, Rejected),
    (408, {}, Unsure),
    (410, {}, Rejected),
    (422, {}, Rejected),
    (429, {"retry-after": "17"}, RateLimited),
    (500, {}, Unsure),
    (502, {}, Unsure),
    (503, {}, Unsure),
    (503, {"retry-after": "20"}, Unsure),
    (504, {}, Unsure),
)
"""What each status means for a message that may or may not have been taken."""


class ResponderContract:
    """Sentences that hold for every responder that publishes over HTTP."""

    secret: ClassVar[str] = ""

    def make(self) -> Responder:
        """A fresh responder that talks to the platform of this test."""
        raise NotImplementedError

    def message(self, key: str, text: str) -> Message:
        """A message this responder can send."""
        raise NotImplementedError

    def published(self) -> list[str]:
        """The texts the platform really shows, oldest first; each contains what `message` was given."""
        raise NotImplementedError

    def break_next(self, how: How, status: int = 500, headers: Mapping[str, str] | None = None) -> None:
        """Spoil the next attempt to publish.

        "lost": taken, then no answer. "dropped": not taken, no answer. "status": not taken, this status. "html": not
        taken, a web page with status 200. "cut": taken, half an answer.
        """
        raise NotImplementedError

    def unreachable(self) -> Responder:
        """A responder whose platform takes no connections."""
        raise NotImplementedError

    def asked(self) -> int:
        """How many requests the platform has seen."""
        raise NotImplementedError

    def _send(self, key: str = "reply:1", text: str = "We are on it") -> Receipt:
        responder = self.make()
        try:
            return responder.send(self.message(key, text))
        finally:
            responder.close()

    def _found(self, key: str = "reply:1", text: str = "We are on it") -> Receipt | None:
        responder = self.make()
        try:
            assert isinstance(responder, Finds)
            return responder.find(self.message(key, text))
        finally:
            responder.close()

    def test_it_is_a_responder_that_asks_nothing_before_it_is_used(self) -> None:
        asked = self.asked()
        responder = self.make()
        assert isinstance(responder, Responder)
        assert responder.name == responder.name.lower()
        assert responder.audience in ("customer", "team")
        assert responder.longest > 0
        assert self.asked() == asked
        responder.close()
        responder.close()

    def test_an_unknown_setting_is_refused(self) -> None:
        settings = self.make().Settings
        assert issubclass(settings, BaseModel)
        with pytest.raises(ValidationError, match="surely_no_setting"):
            settings.model_validate({"surely_no_setting": 1})

    def test_it_sends_once_and_says_where(self) -> None:
        receipt = self._send()
        assert receipt.id
        assert receipt.url.startswith(("https://", "http://"))
        assert len(self.published()) == 1
        assert "We are on it" in self.published()[0]

    def test_the_same_key_again_changes_nothing(self) -> None:
        first, second = self._send(), self._send()
        assert first.id == second.id
        assert len(self.published()) == 1

    def test_another_key_is_another_message(self) -> None:
        assert self._send("reply:1", "one").id != self._send("reply:2", "two").id
        assert len(self.published()) == 2

    def test_what_was_sent_is_found_and_what_was_not_is_not(self) -> None:
        assert self._found() is None
        receipt = self._send()
        found = self._found()
        assert found is not None
        assert found.id == receipt.id

    def test_a_lost_answer_is_unsure_and_then_found(self) -> None:
        self.break_next("lost")
        with pytest.raises(Unsure):
            self._send()
        assert len(self.published()) == 1
        found = self._found()
        assert found is not None
        assert self._send().id == found.id
        assert len(self.published()) == 1

    def test_a_request_that_never_arrived_is_unsure_and_not_found(self) -> None:
        self.break_next("dropped")
        with pytest.raises(Unsure):
            self._send()
        assert self._found() is None
        assert self.published() == []

    @pytest.mark.parametrize(("status", "headers", "meaning"), WRITE_STATUSES)
    def test_each_status_has_one_meaning(
        self, status: int, headers: Mapping[str, str], meaning: type[PlatformError]
    ) -> None:
        self.break_next("status", status, headers)
        with pytest.raises(meaning) as raised:
            self._send()
        assert self.published() == []
        if isinstance(raised.value, RateLimited):
            assert raised.value.retry_after.total_seconds() == 17

    def test_a_web_page_instead_of_an_answer_is_unsure(self) -> None:
        self.break_next("html")
        with pytest.raises(Unsure):
            self._send()

    def test_half_an_answer_is_looked_up_and_never_sent_again(self) -> None:
        self.break_next("cut")
        try:
            receipt: Receipt | None = self._send()
        except Unsure:
            receipt = self._found()
        assert receipt is not None
        assert len(self.published()) == 1

    def test_no_connection_means_that_nothing_happened(self) -> None:
        responder = self.unreachable()
        with pytest.raises(Unavailable):
            responder.send(self.message("reply:1", "We are on it"))
        responder.close()

    def test_an_address_of_another_kind_is_refused(self) -> None:
        responder = self.make()
        for address in ("", "{}", "[]", "null", '{"uri": 7}', "#care", "[" * 10_000):
            with pytest.raises(Rejected):
                responder.send(Message(key="reply:1", address=address, text="We are on it"))
        responder.close()
        assert self.published() == []

    def test_what_is_too_long_or_empty_is_refused_before_it_leaves(self) -> None:
        for text in ("x" * (self.make().longest + 1), "", " \n"):
            with pytest.raises(Rejected):
                self._send("reply:1", text)
        assert self.published() == []

    def test_what_was_sent_can_be_taken_back(self) -> None:
        receipt = self._send()
        responder = self.make()
        if isinstance(responder, Withdraws):
            responder.withdraw(receipt)
            assert self.published() == []
            responder.withdraw(receipt)
        responder.close()

    def test_the_secret_is_in_no_repr_no_error_and_no_log(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        responder = self.make()
        said = [repr(responder), str(responder), repr(vars(responder)), repr(self._send())]
        ways: tuple[How, ...] = ("lost", "status", "html")
        for how in ways:
            self.break_next(how)
            try:
                self._send(f"reply:{how}")
            except PlatformError as error:
                said += [str(error), repr(error), repr(error.__cause__)]
        responder.close()
        assert not self.secret or self.secret not in "".join(said) + caplog.text
