"""Every network connector with its fake platform: its settings, which request is its listing, how one writes there."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import plugins
from connectors.hooks import Delivery
from connectors.http import Http
from connectors.types import Connector
from tests.bench.faults.front import NOON, Leaping
from tests.fakes import meta
from tests.fakes.appstore import FakeAppStore
from tests.fakes.bluesky import FakeBluesky
from tests.fakes.discourse import FakeDiscourse
from tests.fakes.github import FakeGitHub
from tests.fakes.googleplay import FakeGooglePlay
from tests.fakes.lemmy import FakeLemmy
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.meta import FakeMeta
from tests.fakes.reddit import FakeReddit
from tests.fakes.server import FakeServer
from tests.fakes.stackexchange import FakeStackExchange
from tests.fakes.stages import STAGES
from tests.fakes.x import FakeX
from tests.fakes.youtube import FakeYouTube
from tests.fault.platforms import Feed, Search
from tests.fault.test_odd_answers import COMMENTED, NAMED, Shelf

Now = Callable[[], datetime]
Options = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ear:
    """One way to hear one platform. `own`: the platform in the rows whose answers have this connector's shape.

    `listing` marks the request that the fault server answers; `count` is how many posts the fake offers at first.
    """

    name: str
    connector: str
    listing: str
    fake: Callable[[Now], FakeServer]
    options: Callable[[str, FakeServer], Options]
    write: Callable[[Any, str, datetime], object]
    own: str = ""
    count: int = 3
    told: tuple[Any, ...] = ()

    def open(self, url: str, fake: FakeServer, http: Http, clock: Leaping) -> Connector:
        """The connector as the app would make it, told to ask `url`."""
        kind = plugins.find(plugins.CONNECTORS, self.connector)
        made: Any = kind(kind.Settings.model_validate(self.options(url, fake)), http=http, now=clock.now)
        if self.told:
            made.inbox = Shelf(self.told)
        return made  # type: ignore[no-any-return]


def _stage(name: str, fake: Callable[[Now], FakeServer], own: str = "") -> Ear:
    stage = STAGES[name]

    def options(url: str, server: FakeServer) -> Options:
        more = {"token_url": f"{server.url}/token"} if name == "googleplay" else {}
        return dict(stage.settings(url)) | more

    return Ear(name, name, re.escape(stage.path), fake, options, stage.write, own)


def _named(name: str, called: str, change: dict[str, Any], key: str, words: dict[str, Any]) -> Ear:
    """A page's webhook names a post; what is played is the look-up of its words."""

    def fake(now: Now) -> FakeServer:
        made = FakeMeta(now)
        made.objects[key] = {"id": key, **words}
        return made

    told = {"object": called, "entry": [{"id": meta.OURS, "time": 1777890000, "changes": [change]}]}
    options = lambda url, _fake: {"access_token": meta.TOKEN, "account_id": meta.OURS, "base_url": url}
    letter = Delivery(1, json.dumps(told).encode(), NOON)
    return Ear(name, name, ".", fake, options, lambda *_: None, count=1, told=(letter,))


def _reddit(url: str, fake: FakeServer) -> Options:
    keys = {"client_id": "app", "client_secret": "app-SECRET", "base_url": fake.url, "oauth_url": url}
    return {"subreddits": ["complaints"], "search": False, "comments": False, **keys}


def _bluesky(url: str, _fake: FakeServer) -> Options:
    addresses = {"base_url": url, "public_url": url, "stream_url": "ws://127.0.0.1:9/x"}
    return {"search": "always", "stream": False, "profiles": False, **addresses}


_FACEBOOK = {"message": "Acme lost it", "from": {"id": "8", "name": "Bo"}}
_INSTAGRAM = {"text": "Acme lost it", "username": "bob", "media": {"id": "78"}}
_submit = lambda fake, text, at: fake.submit("complaints", text, at=at)

EARS: tuple[Ear, ...] = (
    Ear("x", "x", "/2/tweets/search/recent", FakeX, lambda url, _f: {"bearer_token": "bearer-SECRET", "base_url": url},
        lambda fake, text, at: fake.post(text, at=at), "x"),
    Ear("reddit", "reddit", "/r/complaints/new", FakeReddit, _reddit, _submit, "reddit"),
    Ear("reddit by feeds", "reddit", r"\.rss|/r/complaints", FakeReddit, lambda url, _f: {
        "subreddits": ["complaints"], "search": False, "comments": False, "base_url": url}, _submit),
    Ear("mastodon", "mastodon", "/api/v1/timelines/tag/", lambda now: FakeMastodon(now=now),
        lambda url, _f: {"servers": [url], "public": False, "stream": False},
        lambda fake, text, at: fake.post(text + " #acme", at=at), "mastodon"),
    Ear("bluesky", "bluesky", "searchPosts", lambda now: FakeBluesky(now=now), _bluesky,
        lambda fake, text, at: fake.post(text, at=at), "bluesky"),
    Ear("hackernews", "hackernews", "search_by_date", lambda _now: Search(), lambda url, _f: {
        "base_url": url, "items_url": url}, lambda fake, text, at: fake.post(text, at), "hn"),
    Ear("rss", "rss", ".", lambda _now: Feed(), lambda url, _f: {"url": f"{url}/feed"},
        lambda fake, text, at: fake.post(text, at), "rss"),
    _stage("youtube", FakeYouTube, "youtube"),
    _stage("googleplay", FakeGooglePlay, "reviews"),
    _stage("appstore", FakeAppStore),
    _stage("discourse", FakeDiscourse),
    _stage("stackexchange", FakeStackExchange),
    _stage("github", FakeGitHub),
    _stage("lemmy", FakeLemmy),
    _stage("threads", FakeMeta),
    _named("facebook", "page", NAMED, "900_1", _FACEBOOK),
    _named("instagram", "instagram", COMMENTED, "182", _INSTAGRAM),
)  # fmt: skip
