"""Teams, Discord, PagerDuty, ntfy, signed hooks and apprise obey the kit for the team's channels, over real sockets."""

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr

from config.settings import Discord as DiscordSettings
from config.settings import Hook as Target
from config.settings import Hooks
from config.settings import Notify as NotifySettings
from config.settings import Ntfy as NtfySettings
from config.settings import PagerDuty as PagerDutySettings
from config.settings import Teams as TeamsSettings
from connectors.errors import AuthFailed, PlatformError, Rejected, Unavailable, Unsure
from connectors.http import Http
from responders.discord import Discord
from responders.hook import Hook, signature
from responders.notify import Notify
from responders.ntfy import Ntfy
from responders.pagerduty import PagerDuty
from responders.teams import Teams
from responders.testing_team import HOSTILE, How, TeamContract
from responders.types import Message, Receipt, Responder, TriesRooms, Updates
from tests.fakes.channels import FakeChannels

NOWHERE = "http://127.0.0.1:9"


class OnFake(TeamContract):
    """A channel on the fake server."""

    service: ClassVar[str]

    @pytest.fixture(autouse=True)
    def platform(self) -> Iterator[None]:
        with FakeChannels() as self.fake:
            self.http = Http(private_ok=True, deadline_s=2)
            yield
            self.http.close()

    def at(self, url: str) -> Responder:
        raise NotImplementedError

    def make(self) -> Responder:
        return self.at(self.fake.url)

    def unreachable(self) -> Responder:
        return self.at(NOWHERE)

    def published(self) -> list[str]:
        return self.fake.texts(self.service)

    def break_next(self, how: How, status: int = 500, headers: Mapping[str, str] | None = None) -> None:
        if how == "status":
            self.fake.fail_next(how="status", status=status, headers=headers)
        else:
            self.fake.fail_next(how="drop", after=how == "lost")

    def last(self) -> dict[str, Any]:
        return self.fake.taken[self.service][-1]


class TestTeams(OnFake):
    service, secret = "teams", "SECRET-51"

    def at(self, url: str) -> Responder:
        return Teams(TeamsSettings(rooms={"care": SecretStr(f"{url}/teams/{self.secret}")}), self.http)

    def harmless(self, shown: str) -> None:
        card = self.last()["attachments"][0]["content"]
        assert {block["type"] for block in card["body"]} == {"RichTextBlock"}  # plain runs: no Markdown is read
        assert "entities" not in card["msteams"]  # without these <at> mentions nobody

    def test_it_is_an_adaptive_card_with_a_button(self) -> None:
        self._send()
        (attachment,) = self.last()["attachments"]
        assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        assert attachment["content"]["type"] == "AdaptiveCard"
        assert attachment["content"]["actions"][0]["type"] == "Action.OpenUrl"

    def test_a_card_stays_below_the_limit_of_teams(self) -> None:
        self._send(self.message(text="﷽ " * 60_000))
        assert len(json.dumps(self.last()).encode()) < 64_000
        assert len(json.dumps(self.last(), ensure_ascii=False).encode()) < 28_000

    @pytest.mark.parametrize("row", ["x", "語", "👩‍👩‍👧", "\u200d"])
    def test_a_post_of_many_short_lines_is_cut_and_not_refused(self, row: str) -> None:
        self._send(self.message(text="\n".join(["Ada waits.", *([f"> {row}"] * 2_000)])))
        assert len(json.dumps(self.last()).encode()) < 28_000
        assert self.last()["attachments"][0]["content"]["body"][-1]["inlines"][0]["text"] == "…"

    def test_blank_lines_and_the_bare_address_take_no_room(self) -> None:
        link = "https://earshot.acme.example/cases/7"
        self._send(self.message(text=f"Late: Ada Marlow\n\n> my\n> \n> \n> bag\n\nOpen: {link}\n"))
        told = [one["inlines"][0]["text"] for one in self.last()["attachments"][0]["content"]["body"]]
        assert told == ["Late: Ada Marlow", "> my", "> bag"]
        assert self.last()["attachments"][0]["content"]["actions"][0]["url"] == link


class TestDiscord(OnFake):
    service, secret = "discord", "SECRET-52"

    def at(self, url: str) -> Responder:
        return Discord(DiscordSettings(rooms={"care": SecretStr(f"{url}/discord/1/{self.secret}")}), self.http)

    def harmless(self, shown: str) -> None:
        said = self.last()["content"]
        assert self.last()["allowed_mentions"] == {"parse": []}
        assert "](" not in said.replace("\\", "/")
        assert "https://evil" not in said
        assert "http://evil" not in said
        assert "**bold**" not in said

    def test_a_message_is_changed_in_place(self) -> None:
        responder = self.make()
        assert isinstance(responder, Updates)
        receipt = responder.send(self.message())
        assert receipt.id == "care:1001"
        responder.update(receipt, replace(self.message(), subject="Lena has it."))
        assert "Lena has it" in self.fake.shown["1001"]["content"]
        assert "flags" not in self.fake.shown["1001"]
        with pytest.raises(Rejected):
            responder.update(Receipt("care:7"), self.message())
        with pytest.raises(Rejected):
            responder.update(Receipt("care:x"), self.message())

    def test_a_webhook_is_looked_at_and_nothing_is_posted(self) -> None:
        responder = self.make()
        assert isinstance(responder, TriesRooms)
        assert responder.try_room("care") == "the webhook Earshot ??1? is there"
        assert (self.fake.taken, [asked.method for asked in self.fake.log]) == ({}, ["GET"])
        gone = Discord(DiscordSettings(rooms={"care": SecretStr(f"{self.fake.url}/discord/1/GONE")}), self.http)
        with pytest.raises(AuthFailed):
            gone.try_room("care")

    def test_no_message_is_longer_than_discord_takes(self) -> None:
        for words in ("*" * 9_000, "👩‍👩‍👧" * 4_000, "x" * 9_000):
            self._send(replace(self.message(text=words), subject=words))
            assert len(self.last()["content"].encode("utf-16-le")) // 2 <= 2_000


class TestPagerDuty(OnFake):
    service, secret = "v2", "SECRET-53"

    def at(self, url: str) -> Responder:
        return PagerDuty(PagerDutySettings(services={"care": SecretStr(self.secret)}, base_url=url), self.http)

    def harmless(self, shown: str) -> None:
        assert HOSTILE in self.last()["payload"]["summary"]  # plain text there: shown as it was written

    def test_a_case_is_one_incident_from_trigger_to_resolved(self) -> None:
        responder = self.make()
        assert isinstance(responder, Updates)
        receipt = responder.send(self.message("new:case:7"))
        responder.send(self.message("late:case:7"))
        was = "new"
        for state in ("claimed", "new", "new", "snoozed", "new", "answered"):
            message = self.message()
            responder.update(receipt, replace(message, facts={**message.facts, "state": state, "was": was}))
            was = state
        sent = self.fake.taken["v2"]
        assert [one["event_action"] for one in sent] == [
            "trigger", "trigger",  # a repeat joins the first
            "acknowledge", "resolve", "trigger",  # claimed, and given back: nobody is called for what is acknowledged
            "resolve", "trigger",  # snoozed, and awake again
            "resolve",
        ]  # fmt: skip
        assert {one["dedup_key"] for one in sent} == {"earshot-case-7"}
        assert sent[0]["payload"]["severity"] == "critical"
        assert sent[0]["routing_key"] == self.secret

    def test_nobody_is_paged_for_a_new_case_that_somebody_has_by_now(self) -> None:
        message = self.message("new:case:7")
        receipt = self._send(replace(message, facts={**message.facts, "kind": "new", "state": "claimed"}))
        assert "v2" not in self.fake.taken
        assert receipt.id == "care:earshot-case-7"  # it is followed: given back, it pages

    def test_an_incident_pages_once_and_what_is_news_of_it_pages_nobody(self) -> None:
        def about(what: str, state: str) -> Message:
            facts = {"kind": "incident", "brand": "Acme", "incident": 3, "what": what, "state": state,
                     "severity": "critical"}  # fmt: skip
            return replace(self.message(f"incident:3:{what}", "Perhaps an incident: cards."), facts=facts)

        responder = self.make()
        assert isinstance(responder, Updates)
        receipt = responder.send(about("first", "proposed"))
        for what, state in (("beside9", "proposed"), ("update1", "proposed"), ("same4", "proposed")):
            assert responder.send(about(what, state)).id == ""
        responder.send(about("step1", "proposed"))
        responder.update(receipt, about("first", "led"))
        responder.update(receipt, about("first", "proposed"))
        responder.send(about("update2", "fixed"))
        responder.update(receipt, about("first", "joined"))
        sent = self.fake.taken["v2"]
        assert [one["event_action"] for one in sent] == ["trigger", "trigger", "acknowledge", "resolve", "resolve"]
        assert {one["dedup_key"] for one in sent} == {"earshot-incident-3"}
        assert sent[0]["payload"]["severity"] == "critical"

    def test_a_key_is_tried_by_resolving_what_was_never_triggered(self) -> None:
        responder = self.make()
        assert isinstance(responder, TriesRooms)
        assert "nobody was paged" in responder.try_room("care")
        responder.send(self.message())
        tried, sent = self.fake.taken["v2"]
        assert (tried["event_action"], tried["routing_key"]) == ("resolve", self.secret)
        assert tried["dedup_key"] != sent["dedup_key"]
        self.fake.fail_next(how="status", status=400)
        with pytest.raises(Rejected):
            responder.try_room("care")


class TestNtfy(OnFake):
    service, secret = "ntfy", "SECRET-54"

    def at(self, url: str) -> Responder:
        return Ntfy(NtfySettings(server=url, topics=("care",), token=SecretStr(self.secret)), self.http)

    def harmless(self, shown: str) -> None:
        assert "markdown" not in self.last()

    def test_what_is_late_is_loud_and_leads_to_the_case(self) -> None:
        receipt = self._send()
        assert receipt.id == "n1001"
        assert (self.last()["priority"], self.last()["click"]) == (5, "https://earshot.acme.example/cases/7")
        assert self.fake.log[0].headers["authorization"] == f"Bearer {self.secret}"
        self._send(self.message(text="語" * 9_000))
        assert len(self.last()["message"].encode()) <= 4_096

    def test_a_call_for_an_incident_is_as_loud_as_one_for_a_case_and_news_is_not(self) -> None:
        message = self.message()
        for what, severity, loud in (("step1", "high", 4), ("step3", "high", 5), ("first", "high", 4),
                                     ("first", "critical", 5), ("update2", "critical", 3)):  # fmt: skip
            self._send(replace(message, facts={"kind": "incident", "what": what, "severity": severity}))
            assert self.last()["priority"] == loud

    def test_a_server_is_asked_how_it_is_with_our_token(self) -> None:
        responder = self.make()
        assert isinstance(responder, TriesRooms)
        assert responder.try_room("care") == "the server is well"
        assert (self.fake.log[0].path, self.fake.log[0].headers["authorization"]) == (
            "/v1/health",
            f"Bearer {self.secret}",
        )
        self.fake.healthy = False
        with pytest.raises(Unavailable):
            responder.try_room("care")
        assert self.fake.taken == {}


class TestHook(OnFake):
    service, secret = "hooks", "SECRET-55-of-sixteen"

    def at(self, url: str) -> Responder:
        target = Target(url=SecretStr(f"{url}/hooks/in"), secret=SecretStr(self.secret))
        return Hook(Hooks(targets={"care": target}), self.http)

    def harmless(self, shown: str) -> None:
        assert self.last()["data"]["title"] == HOSTILE  # data for a program: as it was written

    def test_the_signature_is_that_of_standard_webhooks(self) -> None:
        self._send()
        asked = self.fake.log[-1]
        name, at = asked.headers["webhook-id"], asked.headers["webhook-timestamp"]
        made = hmac.new(self.secret.encode(), f"{name}.{at}.".encode() + asked.body, sha256).digest()
        assert asked.headers["webhook-signature"] == "v1," + base64.b64encode(made).decode()
        assert asked.json()["data"]["case"] == 7
        assert asked.json()["type"] == "earshot.late"

    def test_the_published_example_of_the_standard_holds(self) -> None:
        body = b'{"test": 2432232314}'
        made = signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
        assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_a_repeat_and_a_replay_have_the_first_ones_name(self) -> None:
        message = self.message()
        self._send(message)
        self._send(message)
        self._send(replace(message, key="replay:2", facts={**message.facts, "replay_of": message.key}))
        names = [asked.headers["webhook-id"] for asked in self.fake.log]
        assert len(set(names)) == 1
        assert [body["replayed"] for body in self.fake.taken["hooks"]] == [False, False, True]

    @pytest.mark.parametrize("secret", ["short", "whsec_!!!", "whsec_c2hvcnQ="])
    def test_a_secret_that_protects_nothing_is_refused(self, secret: str) -> None:
        target = Target(url=SecretStr("https://crm.example/in"), secret=SecretStr(secret))
        with pytest.raises(ValueError, match="secret"):
            Hook(Hooks(targets={"crm": target}))


class TestNotify:
    """apprise brings its own connections and says yes or no: a smaller set of sentences holds."""

    @pytest.fixture(autouse=True)
    def platform(self) -> Iterator[None]:
        pytest.importorskip("apprise")
        with FakeChannels() as self.fake:
            yield

    def make(self) -> Notify:
        return Notify(NotifySettings(targets={"care": SecretStr(self.fake.url.replace("http", "json") + "/apprise")}))

    def message(self) -> Any:
        return TestHook().message()

    def test_it_hands_the_words_and_the_link_over(self) -> None:
        responder = self.make()
        assert isinstance(responder, Responder)
        responder.send(self.message())
        (taken,) = self.fake.taken["apprise"]
        assert taken["title"] == "Late: Ada Marlow"
        assert "https://earshot.acme.example/cases/7" in taken["message"]
        responder.close()

    def test_a_no_is_unsure(self) -> None:
        self.fake.fail_next(how="status", status=500)
        with pytest.raises(Unsure) as raised:
            self.make().send(self.message())
        assert "127.0.0.1" not in str(raised.value)

    def test_a_room_and_an_address_it_does_not_know_are_refused(self) -> None:
        with pytest.raises(AuthFailed):
            self.make().send(replace(self.message(), address="elsewhere"))
        with pytest.raises(ValueError, match="does not know the address of care"):
            Notify(NotifySettings(targets={"care": SecretStr("nosuchthing://x")}))

    def test_nothing_of_it_is_a_platform_of_customers(self) -> None:
        kinds: tuple[type[Responder], ...] = (Teams, Discord, PagerDuty, Ntfy, Hook, Notify)
        assert {kind.audience for kind in kinds} == {"team"}
        assert issubclass(AuthFailed, PlatformError)
