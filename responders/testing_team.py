"""The conformance kit for responders to the team's channels, as tests one inherits. Ships in the wheel.

class TestTeams(TeamContract):
    secret = "SECRET-in-the-address"

    @pytest.fixture(autouse=True)
    def platform(self): ...             # start the service, or a fake of it
    def make(self): return Teams(settings, http=Http(private_ok=True))
    address = "care"
    def published(self): return [...]   # the texts the room really shows
    def break_next(self, how, status, headers): ...
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar, Literal

import pytest
from pydantic import BaseModel, ValidationError

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable, Unsure
from responders.types import Message, Receipt, Responder

How = Literal["lost", "dropped", "status"]
STATUSES: tuple[tuple[int, Mapping[str, str], tuple[type[PlatformError], ...]], ...] = (
    (302, {"location": "https://elsewhere.test/"}, (AuthFailed,)),
    (400, {}, (Rejected,)),
    (401, {}, (AuthFailed,)),
    (403, {}, (AuthFailed, Rejected)),
    (404, {}, (AuthFailed, Rejected)),
    (408, {}, (Unsure,)),
    (413, {}, (Rejected,)),
    (429, {"retry-after": "17"}, (RateLimited,)),
    (500, {}, (Unsure,)),
    (503, {}, (Unsure,)),
)
"""What each status means for a message that may or may not have been taken."""
HOSTILE = (
    "@everyone @here <!channel> <@U1> <at>Ada</at> [free](https://evil.example/x) **bold** `code` http://evil.example/y"
)


class TeamContract:
    """Sentences that hold for every responder that tells the team over HTTP."""

    secret: ClassVar[str] = ""
    address: ClassVar[str] = "care"

    def make(self) -> Responder:
        """A fresh responder that talks to the service of this test."""
        raise NotImplementedError

    def published(self) -> list[str]:
        """Each message the service took, with everything in it, as text."""
        raise NotImplementedError

    def break_next(self, how: How, status: int = 500, headers: Mapping[str, str] | None = None) -> None:
        """Spoil the next attempt: "lost": taken, then no answer; "dropped": not taken, none; "status": this status."""
        raise NotImplementedError

    def unreachable(self) -> Responder:
        """A responder whose service takes no connections."""
        raise NotImplementedError

    def message(self, key: str = "late:case:7", text: str = "Ada Marlow waits on Bluesky. Due 14:38.") -> Message:
        """A message to the team about a case."""
        facts = {"kind": "late", "case": 7, "brand": "Acme", "state": "new", "severity": "high",
                 "link": "https://earshot.acme.example/cases/7"}  # fmt: skip
        after = datetime(2026, 11, 4, 14, 0, tzinfo=UTC)
        return Message(key=key, address=self.address, text=text, subject="Late: Ada Marlow", facts=facts, after=after)

    def _send(self, message: Message | None = None) -> Receipt:
        responder = self.make()
        try:
            return responder.send(message or self.message())
        finally:
            responder.close()

    def test_it_tells_the_team_and_asks_nothing_before_it_is_used(self) -> None:
        before = len(self.published())
        responder = self.make()
        assert isinstance(responder, Responder)
        assert responder.audience == "team"
        assert len(self.published()) == before
        responder.close()
        responder.close()

    def test_an_unknown_setting_is_refused(self) -> None:
        settings = self.make().Settings
        assert issubclass(settings, BaseModel)
        with pytest.raises(ValidationError, match="surely_no_setting"):
            settings.model_validate({"surely_no_setting": 1})

    def test_it_sends_once_with_the_words_and_the_link(self) -> None:
        self._send()
        (shown,) = self.published()
        assert "Ada Marlow" in shown
        assert "https://earshot.acme.example/cases/7" in shown

    @pytest.mark.parametrize(("status", "headers", "meaning"), STATUSES)
    def test_each_status_has_one_meaning(
        self, status: int, headers: Mapping[str, str], meaning: tuple[type[PlatformError], ...]
    ) -> None:
        self.break_next("status", status, headers)
        with pytest.raises(meaning) as raised:
            self._send()
        if isinstance(raised.value, RateLimited):
            assert raised.value.retry_after.total_seconds() == 17

    def test_a_lost_answer_is_unsure_and_nothing_is_sent_again_by_itself(self) -> None:
        self.break_next("lost")
        with pytest.raises(Unsure):
            self._send()
        assert len(self.published()) == 1

    def test_no_connection_means_that_nothing_happened(self) -> None:
        responder = self.unreachable()
        with pytest.raises(Unavailable):
            responder.send(self.message())
        responder.close()

    def test_a_room_that_is_not_in_the_settings_is_refused(self) -> None:
        for address in ("", "no such room", "{}", "https://evil.example/hook"):
            with pytest.raises((AuthFailed, Rejected)):
                self._send(replace(self.message(), address=address))
        assert self.published() == []

    def test_no_words_are_refused_and_long_ones_are_cut(self) -> None:
        with pytest.raises(Rejected):
            self._send(replace(self.message(text=" \n"), subject=""))
        self._send(self.message(text="👩‍👩‍👧 and \ud800 " * 5_000))
        assert len(self.published()[0]) < 60_000

    def test_hostile_words_call_nobody_and_make_no_link(self) -> None:
        self._send(replace(self.message(text=HOSTILE), subject=HOSTILE))
        (shown,) = self.published()
        self.harmless(shown)

    def harmless(self, shown: str) -> None:
        """What must hold of a message with HOSTILE words in it."""
        raise NotImplementedError

    def test_the_secret_is_in_no_repr_no_error_and_no_log(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        responder = self.make()
        said = [repr(responder), str(responder), repr(vars(responder))]
        ways: tuple[How, ...] = ("lost", "status", "dropped")
        for how in ways:
            self.break_next(how)
            with pytest.raises(PlatformError) as raised:
                responder.send(self.message(key=f"late:{how}"))
            said += [str(raised.value), repr(raised.value), repr(raised.value.__cause__)]
        responder.close()
        assert not self.secret or self.secret not in "".join(said) + caplog.text
