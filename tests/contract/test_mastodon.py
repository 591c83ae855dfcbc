"""Mastodon obeys the kit."""

from datetime import timedelta

import httpx

from connectors.http import Http
from connectors.mastodon.connector import Mastodon
from connectors.mastodon.settings import Settings
from connectors.testing import HttpConnectorContract
from connectors.types import Connector, Want, powers
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.wire import Wire

EVERY_POWER = ["Streams", "Rechecks", "Converses", "Routes", "Probes"]


class TestMastodon(HttpConnectorContract):
    want = Want(terms=("acme",), hashtags=("#fail",), own=frozenset({"acme@social.test"}))
    secret = "token-SECRET"

    def over(self, http: Http) -> Connector:
        settings = Settings(servers=("https://social.test", "https://other.test"), token=self.secret)  # type: ignore[arg-type]
        return Mastodon(settings, http=http, now=self.clock)

    def fake(self) -> FakeMastodon:
        return FakeMastodon(token=self.secret, now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        fake = self.fake()
        fake.post("#acme too long ago", at=self.now - timedelta(days=3))
        root = fake.post("what a #fail, @acme", at=self.now - timedelta(hours=3))
        fake.post("sorry!", author="acme", at=self.now - timedelta(hours=2), reply_to=root)
        for number in range(100):
            fake.post(f"#acme {number}", at=self.now - timedelta(minutes=90) + timedelta(seconds=20 * number))
        for number in range(50):
            fake.post(f"Acme {number}", at=self.now - timedelta(minutes=14) + timedelta(seconds=7 * number))
        return Wire(fake)

    def saying(self, text: str) -> Connector:
        fake = self.fake()
        status = fake.post("#acme", at=self.now - timedelta(minutes=1))
        fake.statuses[status].raw = {"content": text}
        return self.over(Http(transport=Wire(fake), now=self.clock))

    def test_it_has_every_power(self) -> None:
        assert powers(self.make()) == EVERY_POWER


class TestMastodonForStrangers(TestMastodon):
    """The same on one server without an account."""

    secret = ""

    def over(self, http: Http) -> Connector:
        return Mastodon(Settings(servers=("https://social.test",)), http=http, now=self.clock)
