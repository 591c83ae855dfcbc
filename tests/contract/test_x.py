"""X obeys the kit."""

from datetime import timedelta

import httpx

from connectors.http import Http
from connectors.testing import HttpConnectorContract
from connectors.types import Connector, Want, powers
from connectors.x.connector import X
from connectors.x.settings import Settings
from tests.fakes.wire import Wire
from tests.fakes.x import FakeX

KEYS = {"api_key": "key-SECRET", "api_secret": "key-SECRET", "access_secret": "key-SECRET"}


class TestX(HttpConnectorContract):
    want = Want(terms=("acme",), own=frozenset({"acme_care"}))
    secret = "SECRET"

    def over(self, http: Http) -> Connector:
        settings = Settings(bearer_token="bearer-SECRET")  # type: ignore[arg-type]
        return X(settings, http=http, now=self.clock)

    def fake(self) -> FakeX:
        return FakeX(now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        fake = self.fake()
        fake.post("acme too long ago", at=self.now - timedelta(days=3))
        root = fake.post("what a fail, @acme_care", at=self.now - timedelta(hours=3))
        fake.post("acme is great, says acme", author="acme_care", at=self.now - timedelta(hours=3))
        fake.post("sorry! acme", author="acme_care", at=self.now - timedelta(hours=2), reply_to=root)
        for number in range(230):
            fake.post(f"acme {number}", f"pat{number % 7}", at=self.now - timedelta(minutes=300 - number))
        return Wire(fake)

    def saying(self, text: str) -> Connector:
        fake = self.fake()
        id_ = fake.post("acme", at=self.now - timedelta(minutes=1))
        fake.tweets[id_].raw = {"text": text}
        return self.over(Http(transport=Wire(fake), now=self.clock))

    def test_it_can_do_what_x_allows(self) -> None:
        assert powers(self.make()) == ["Streams", "Rechecks", "Converses", "Routes", "Probes"]


class TestXWithAnAccount(TestX):
    """The same with the four keys of an account, which also reads its mentions."""

    def over(self, http: Http) -> Connector:
        settings = Settings(access_token="1001-token-SECRET", handle="acme_care", **KEYS)  # type: ignore[arg-type]
        return X(settings, http=http, now=self.clock)
