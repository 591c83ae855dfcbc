"""Bluesky obeys the kit: by replaying either version of the stream without an account, by search with one."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.bluesky.connector import Bluesky
from connectors.bluesky.settings import Settings
from connectors.http import Http
from connectors.testing import ConnectorContract, HttpConnectorContract
from connectors.types import Connector, Want, powers
from tests.fakes.bluesky import FakeBluesky
from tests.fakes.wire import Wire

WANT = Want(terms=("acme",), own=frozenset({"acme.test"}), first_look=timedelta(hours=30))


class TestBlueskyStream(ConnectorContract):
    want = WANT
    secret = "app-pass-word"

    @pytest.fixture(autouse=True)
    def platform(self) -> Iterator[None]:
        with FakeBluesky(now=self.clock) as self.fake:
            for number in range(120):
                self.fake.post(f"Acme {number}", at=self.now - timedelta(minutes=10) + timedelta(seconds=number))
                self.fake.post("lovely weather", at=self.now - timedelta(minutes=10) + timedelta(seconds=number))
            yield

    def stream(self, fake: FakeBluesky) -> str:
        return fake.stream_url

    def over(self, fake: FakeBluesky) -> Connector:
        urls = {"stream_url": self.stream(fake), "base_url": fake.url, "public_url": fake.url}
        account: dict[str, Any] = {"handle": fake.handle, "password": self.secret, "search": "never"}
        settings = Settings(quiet_s=0.1, **urls, **account)
        return Bluesky(settings, http=Http(private_ok=True, now=self.clock), now=self.clock)

    def make(self) -> Connector:
        return self.over(self.fake)

    def saying(self, text: str) -> Connector:
        self.fake.events.clear()
        self.fake.records.clear()
        ours = self.fake.post("We are here", author="acme.test", at=self.now - timedelta(minutes=9))
        self.fake.post(text, at=self.now - timedelta(minutes=1), reply_to=ours)
        return self.over(self.fake)

    def test_it_has_every_power(self) -> None:
        assert powers(self.make()) == ["Streams", "Rechecks", "Converses", "Routes", "Probes"]


class TestBlueskyStreamV2(TestBlueskyStream):
    def stream(self, fake: FakeBluesky) -> str:
        return fake.stream_v2_url


class TestBlueskySearch(HttpConnectorContract):
    want = WANT
    secret = "app-pass-word"

    def over(self, http: Http) -> Connector:
        account: dict[str, Any] = {"handle": "acme.test", "password": self.secret}
        return Bluesky(Settings(base_url="https://pds.test", **account), http=http, now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        fake = FakeBluesky(password=self.secret, now=self.clock)
        fake.post("Acme too long ago", at=self.now - timedelta(days=3))
        for number in range(130):
            fake.post(f"Acme {number}", at=self.now - timedelta(hours=20) + timedelta(minutes=9 * number))
        return Wire(fake)

    def saying(self, text: str) -> Connector:
        fake = FakeBluesky(password=self.secret, now=self.clock)
        uri = fake.post("acme", at=self.now - timedelta(minutes=1))
        search = fake._search

        def said(asked: Any) -> Any:
            told = search(asked)
            for view in told.body["posts"]:
                view["record"] = {**view["record"], "text": text}
            return told

        fake._search = said  # type: ignore[method-assign]
        assert uri
        return self.over(Http(transport=Wire(fake), now=self.clock))
