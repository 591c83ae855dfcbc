"""Eight platforms on a stage: how a customer writes there, how it is heard, and what becomes of a post."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.appstore.connector import AppStore
from connectors.discourse.connector import Discourse
from connectors.github.connector import GitHub
from connectors.googleplay.connector import GooglePlay
from connectors.lemmy.connector import Lemmy
from connectors.stackexchange.connector import StackExchange
from connectors.threads.connector import Threads
from connectors.types import Connector
from connectors.youtube.connector import YouTube
from tests.fakes import appstore, googleplay, meta, youtube
from tests.fakes.appstore import FakeAppStore
from tests.fakes.discourse import FakeDiscourse
from tests.fakes.github import OURS, FakeGitHub
from tests.fakes.googleplay import FakeGooglePlay
from tests.fakes.lemmy import FakeLemmy
from tests.fakes.meta import FakeMeta
from tests.fakes.server import FakeServer
from tests.fakes.stackexchange import FakeStackExchange
from tests.fakes.youtube import FakeYouTube

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def noon() -> datetime:
    return NOON


@dataclass(frozen=True)
class Stage:
    """A platform, how a customer writes there, how it is heard, the path of its first listing, how a post goes."""

    fake: Callable[[], FakeServer]
    write: Callable[[Any, str, datetime], object]
    kind: Callable[..., Connector]
    settings: Callable[[str], dict[str, Any]]
    path: str
    forget: Callable[[Any], None]


def _store(url: str) -> dict[str, Any]:
    names = {"app_id": appstore.APP, "issuer_id": appstore.ISSUER, "key_id": appstore.KEY}
    return {**names, "private_key": appstore.p8(), "base_url": url}


def _play(url: str) -> dict[str, Any]:
    key = {"package": googleplay.PACKAGE, "service_account": googleplay.service_account()}
    return {**key, "base_url": url, "token_url": f"{url}/token"}


STAGES = {
    "appstore": Stage(
        lambda: FakeAppStore(noon), lambda f, text, at: f.review(text, at=at), AppStore, _store, "/customerReviews",
        lambda f: f.reviews.clear(),
    ),
    "discourse": Stage(
        lambda: FakeDiscourse(noon), lambda f, text, at: f.post(text, at=at), Discourse, lambda url: {"base_url": url},
        "/posts.json", lambda f: f.posts.clear(),
    ),
    "github": Stage(
        lambda: FakeGitHub(noon), lambda f, text, at: f.issue(text, at=at), GitHub,
        lambda url: {"base_url": url, "repositories": (OURS,), "search": False}, "/issues",
        lambda f: f.issues.clear(),
    ),
    "googleplay": Stage(
        lambda: FakeGooglePlay(noon), lambda f, text, at: f.review(text, at=at), GooglePlay, _play, "/reviews",
        lambda f: f.reviews.clear(),
    ),
    "lemmy": Stage(
        lambda: FakeLemmy(noon), lambda f, text, at: f.post(text, at=at), Lemmy,
        lambda url: {"base_url": url, "communities": ("complaints",), "search": False}, "/post/list",
        lambda f: f.things.clear(),
    ),
    "stackexchange": Stage(
        lambda: FakeStackExchange(noon), lambda f, text, at: f.ask(text, at=at), StackExchange,
        lambda url: {"base_url": url, "tags": ("acme-sdk",), "search": False}, "/search",
        lambda f: f.said.clear(),
    ),
    "threads": Stage(
        lambda: FakeMeta(noon), lambda f, text, at: f.thread(f"{4000 + len(f.found)}", text, at), Threads,
        lambda url: {"base_url": url, "access_token": meta.TOKEN, "account_id": meta.OURS, "handle": "acme_care"},
        "/keyword_search", lambda f: f.found.clear(),
    ),
    "youtube": Stage(
        lambda: FakeYouTube(noon), lambda f, text, at: f.comment(text, at=at), YouTube,
        lambda url: {"base_url": url, "channel_id": youtube.OURS, "api_key": "key-SECRET", "searches_a_day": 0},
        "/commentThreads", lambda f: f.said.clear(),
    ),
}  # fmt: skip
