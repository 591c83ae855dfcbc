"""The platforms that send_outcomes.jsonl names, with a post to answer and ways to spoil the answer's journey."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.bluesky.connector import Bluesky as BlueskyEar
from connectors.bluesky.settings import Settings as BlueskySettings
from connectors.http import Http
from connectors.mastodon.connector import Mastodon as MastodonEar
from connectors.mastodon.settings import Settings as MastodonSettings
from connectors.reddit.parse import answer_to
from connectors.reddit.settings import Settings as RedditSettings
from connectors.transport import PinnedTransport
from connectors.types import PostRef, Want
from connectors.x.connector import X as XEar
from connectors.x.settings import Settings as XSettings
from connectors.youtube.connector import YouTube as YouTubeEar
from connectors.youtube.settings import Settings as YouTubeSettings
from responders.bluesky import Bluesky
from responders.mastodon import Mastodon
from responders.reddit import Reddit
from responders.types import Responder
from responders.x import X
from responders.youtube import YouTube
from tests.fakes.bluesky import FakeBluesky
from tests.fakes.mastodon import FakeMastodon
from tests.fakes.reddit import FakeReddit
from tests.fakes.server import FakeServer
from tests.fakes.x import FakeX
from tests.fakes.youtube import OURS, FakeYouTube

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=5)
PATIENCE_S = 2.0
_now = lambda: NOW


@dataclass(frozen=True, slots=True)
class Mouth:
    """A platform with a customer's post, the path of the request that publishes, and our responder on it."""

    part: str
    fake: FakeServer
    address: str
    opened: Callable[[Http], Responder]
    said: Callable[[], list[Any]]

    def responder(self, transport: httpx.BaseTransport | None = None) -> Responder:
        """Signed in; what it publishes travels by `transport`."""
        return self.opened(Http(private_ok=True, deadline_s=PATIENCE_S, transport=transport, now=_now))


def _x(fake: FakeX) -> Mouth:
    fake.post("@acme_care it broke", at=BEFORE)
    keys = {"api_key": "key-SECRET", "api_secret": "key-SECRET", "access_secret": "key-SECRET"}
    account = {"access_token": "1001-token-SECRET", "handle": "acme_care", "base_url": fake.url}
    settings = XSettings.model_validate(keys | account)
    ear = XEar(settings, http=Http(private_ok=True), now=_now)
    return Mouth("/2/tweets", fake, _heard(ear), lambda http: X(settings, http=http, now=_now), lambda: fake.replies)


def _reddit(fake: FakeReddit) -> Mouth:
    address = answer_to(fake.submit("Acme broke", at=BEFORE))
    login = {"client_id": "app", "username": "acme_care", "password": "password-SECRET", "client_secret": "app-SECRET"}
    settings = RedditSettings.model_validate(login | {"base_url": fake.url, "oauth_url": fake.url})
    opened = lambda http: Reddit(settings, http=http, now=_now)
    return Mouth("/api/comment", fake, address, opened, lambda: fake.replies)


def _mastodon(fake: FakeMastodon) -> Mouth:
    fake.post("#acme broke", at=BEFORE)
    ear = MastodonEar(MastodonSettings(servers=(fake.url,)), http=Http(private_ok=True), now=_now)
    settings = MastodonSettings(servers=(fake.url,), token=SecretStr(fake.token))
    opened = lambda http: Mastodon(settings, http=http, now=_now)
    return Mouth("/api/v1/statuses", fake, _heard(ear, "acme"), opened, lambda: fake.replies)


def _bluesky(fake: FakeBluesky) -> Mouth:
    post = fake.post("Acme broke", at=BEFORE)
    ear = BlueskyEar(BlueskySettings(public_url=fake.url), http=Http(private_ok=True))
    [heard] = ear.recheck([PostRef("bluesky", post)]).posts
    ear.close()
    settings = BlueskySettings(base_url=fake.url, handle=fake.handle, password=SecretStr(fake.password))
    opened = lambda http: Bluesky(settings, http=http, now=_now)
    return Mouth("createRecord", fake, heard.answer_to or "", opened, lambda: fake.replies)


def _youtube(fake: FakeYouTube) -> Mouth:
    fake.comment("it broke", at=BEFORE)
    consent = {"client_id": "app", "client_secret": "app-SECRET", "refresh_token": "refresh-SECRET"}
    at = {"channel_id": OURS, "base_url": fake.url, "token_url": f"{fake.url}/token", "searches_a_day": 0}
    settings = YouTubeSettings.model_validate(consent | at)
    ear = YouTubeEar(settings, http=Http(private_ok=True), now=_now)
    opened = lambda http: YouTube(settings, http=http, now=_now)
    return Mouth("/comments", fake, _heard(ear), opened, lambda: fake.replies)


def _heard(ear: Any, word: str = "broke") -> str:
    [post] = [post for page in ear.fetch(Want(terms=(word,))) for post in page.posts]
    ear.close()
    return post.answer_to or ""


FAKES: dict[str, tuple[Callable[[], Any], Callable[[Any], Mouth]]] = {
    "x": (lambda: FakeX(now=_now), _x),
    "reddit": (lambda: FakeReddit(now=_now), _reddit),
    "mastodon": (lambda: FakeMastodon(now=_now), _mastodon),
    "bluesky": (lambda: FakeBluesky(now=_now), _bluesky),
    "youtube": (lambda: FakeYouTube(now=_now), _youtube),
}


@contextmanager
def speaking(platform: str) -> Iterator[Mouth]:
    """The platform on a socket, with a customer's post that can be answered. KeyError for one that is none of these."""
    made, spoken = FAKES[platform]
    with made() as fake:
        mouth = spoken(fake)
        with fake.lock:
            fake.log.clear()
        yield mouth


class Detour(httpx.BaseTransport):
    """Real sockets, but the request that publishes goes to `to`, or breaks with `error` before it leaves."""

    def __init__(self, part: str, to: str = "", error: type[httpx.RequestError] | None = None) -> None:
        self._inner = PinnedTransport(private_ok=True, keep_alive=False)
        self._part, self._to, self._error = part, to, error

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and self._part in request.url.path:
            if self._error is not None:
                raise self._error("made to fail", request=request)
            if self._to:
                request.url = httpx.URL(self._to).copy_with(raw_path=request.url.raw_path)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@contextmanager
def full() -> Iterator[str]:
    """A port whose queue of connections is full: a connection to it is never made."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = []
        for _ in range(8):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(server.getsockname())
            waiting.append(one)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for one in waiting:
            one.close()


@contextmanager
def resetting() -> Iterator[str]:
    """A port that takes ten bytes of a request and resets the connection."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                one, _ = server.accept()
            except OSError:
                return
            one.recv(10)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.close()

    threading.Thread(target=run, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    server.close()
