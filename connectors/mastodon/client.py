"""One Mastodon server as we may ask it: its answers, its own facts, and when it wants to be left alone."""

import math
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from connectors.answers import Answer
from connectors.errors import PlatformError, RateLimited, Rejected, Unavailable
from connectors.http import Http

_SLOW_S = 2.0
_AWAY = 8.0  # times as long as it kept us waiting, at most: a server that hangs on gets a ninth of our time
_STRANGER: Mapping[int, type[PlatformError]] = {401: Rejected, 403: Rejected}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a server says of itself."""

    domain: str = ""
    version: str = ""
    streaming: str = ""
    longest: int = 500
    per_link: int = 23

    @property
    def keeps_keys(self) -> bool:
        """True where Idempotency-Key is honoured: Mastodon and its forks, not other software that speaks alike."""
        number = self.version.partition(".")[0]
        return number.isdecimal() and int(number) >= 2 and "compatible" not in self.version


class Server:
    """Asks one server. A 401 or 403 to a stranger is Rejected (that part is closed to us), with a token AuthFailed."""

    def __init__(self, url: str, token: SecretStr | None, http: Http, now: Callable[[], datetime]) -> None:
        self.url = url
        self.host = urlsplit(url).netloc
        self.token = token
        self.http = http
        self._now = now
        self._rest_until: datetime | None = None
        self._away_until = 0.0
        self._times = 1.0
        self._facts: Facts | None = None
        self._lock = threading.Lock()

    @property
    def headers(self) -> dict[str, str]:
        """What names us to this server."""
        return {"authorization": f"Bearer {self.token.get_secret_value()}"} if self.token is not None else {}

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, expected: Collection[int] = ()) -> Answer:
        """Read one page. Statuses in `expected` come back. RateLimited without asking while the server wants rest."""
        self.check_rest()
        meanings = {} if self.token is not None else _STRANGER
        begun = time.monotonic()
        try:
            answer = self.http.get(f"{self.url}{path}", params, self.headers, expected=expected, meanings=meanings)
        except RateLimited as error:
            self._rest_until = self._now() + error.retry_after
            raise
        except Unavailable:
            took_s = time.monotonic() - begun
            if took_s > _SLOW_S:  # the other servers must not wait for this one again and again
                self._away_until = time.monotonic() + self._times * took_s
                self._times = min(2 * self._times, _AWAY)
            raise
        self._times = 1.0
        return answer

    def check_rest(self) -> None:
        """Raise RateLimited if this server asked us to wait, or lately let us wait in vain."""
        now = self._now()
        if self._rest_until is not None and now < self._rest_until:
            raise RateLimited(f"{self.host} asked us to wait.", self._rest_until - now)
        away_s = self._away_until - time.monotonic()
        if away_s > 0:
            words = f"{self.host} did not answer in time; it is asked again in {math.ceil(away_s)} seconds."
            raise RateLimited(words, timedelta(seconds=away_s))

    def facts(self) -> Facts:
        """What the server says of itself, asked once. Older or other software that has no v2 gets the defaults."""
        with self._lock:
            if self._facts is None:
                self._facts = self._ask_facts()
            return self._facts

    def _ask_facts(self) -> Facts:
        try:
            thing = self.get("/api/v2/instance").json()
        except Rejected:
            return Facts()
        if not isinstance(thing, dict):
            raise Unavailable(f"{self.host} describes itself in an unknown shape.")
        configuration = _object(thing, "configuration")
        statuses, urls = _object(configuration, "statuses"), _object(configuration, "urls")
        return Facts(
            domain=_words(thing, "domain").lower(),
            version=_words(thing, "version"),
            streaming=_words(urls, "streaming")
            .replace("wss://", "https://", 1)
            .replace("ws://", "http://", 1)
            .rstrip("/"),
            longest=_number(statuses, "max_characters", 500),
            per_link=_number(statuses, "characters_reserved_per_url", 23),
        )


def _object(thing: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = thing.get(name)
    return value if isinstance(value, dict) else {}


def _words(thing: Mapping[str, Any], name: str) -> str:
    value = thing.get(name)
    return value if isinstance(value, str) and len(value) < 300 else ""


def _number(thing: Mapping[str, Any], name: str, default: int) -> int:
    value = thing.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**6 else default
