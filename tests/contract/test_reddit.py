"""Reddit obeys the kit: as an app, with an account, and without a key."""

from datetime import timedelta

import httpx

from connectors.http import Http
from connectors.reddit.connector import Reddit
from connectors.reddit.settings import Settings
from connectors.testing import HttpConnectorContract
from connectors.types import Connector, Want, powers
from tests.fakes.reddit import FakeReddit
from tests.fakes.wire import Wire


class TestReddit(HttpConnectorContract):
    want = Want(terms=("acme",), own=frozenset({"acme_care"}))
    secret = "SECRET"

    def settings(self) -> Settings:
        return Settings(subreddits=("complaints",), client_id="app", client_secret="app-SECRET")  # type: ignore[arg-type]

    def over(self, http: Http) -> Connector:
        return Reddit(self.settings(), http=http, now=self.clock)

    def fake(self) -> FakeReddit:
        return FakeReddit(now=self.clock)

    def answers(self) -> httpx.BaseTransport:
        fake = self.fake()
        fake.submit("acme too long ago", at=self.now - timedelta(days=3))
        root = fake.submit("Where is my parcel, Acme?", "lost", at=self.now - timedelta(hours=4))
        fake.submit("nothing to do with it", at=self.now - timedelta(hours=4))
        fake.submit("Acme is great", author="acme_care", at=self.now - timedelta(hours=4))
        for number in range(70):
            fake.submit(f"Acme {number}", "again", f"pat{number % 5}", at=self.now - timedelta(minutes=200 - number))
        fake.submit("elsewhere, acme", subreddit="other", at=self.now - timedelta(minutes=120))
        for number in range(20):
            fake.comment(root, f"me too {number}, acme", at=self.now - timedelta(minutes=90 - number))
        fake.comment(root, "sorry!", author="acme_care", at=self.now - timedelta(minutes=60))
        return Wire(fake)

    def saying(self, text: str) -> Connector:
        fake = self.fake()
        name = fake.submit("acme", at=self.now - timedelta(minutes=1))
        fake.things[name].raw = {"selftext": text}
        return self.over(Http(transport=Wire(fake), now=self.clock))

    def test_it_can_do_what_reddit_allows(self) -> None:
        assert powers(self.make()) == ["Rechecks", "Fades", "Converses", "Routes", "Probes"]


class TestRedditWithAnAccount(TestReddit):
    """The same signed in: the inbox and our own comments are read as well."""

    def settings(self) -> Settings:
        login = {"username": "acme_care", "password": "password-SECRET", "client_secret": "app-SECRET"}
        return Settings(subreddits=("complaints",), client_id="app", **login)  # type: ignore[arg-type]


class TestRedditWithoutAKey(TestReddit):
    """The same from public feeds."""

    secret = ""

    def settings(self) -> Settings:
        return Settings(subreddits=("complaints",))
