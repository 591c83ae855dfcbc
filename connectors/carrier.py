"""Lets a client library that speaks through `requests` (tweepy, praw) leave by our own door and no other.

So every call of such a library has the door's total deadline, byte caps, checked addresses and error meanings, and a
test answers for it as for any other connector. The library sees good answers only: a refusal is one of the five errors
before the library could retry it, sleep over it or print its headers.
"""

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.models import PreparedRequest
from requests.structures import CaseInsensitiveDict

from connectors.answers import LONGEST_WAIT, Answer, raise_for, tighter
from connectors.errors import PlatformError, RateLimited, Unavailable
from connectors.http import Http
from connectors.types import Rate

# At DEBUG these print whole headers, bodies, or what a signature was made of: tokens must not reach a log.
for _noisy in ("tweepy", "praw", "prawcore", "oauthlib", "requests_oauthlib", "urllib3"):
    logging.getLogger(_noisy).setLevel(logging.INFO)

_ELSEWHERE = frozenset({301, 302, 303, 307, 308})
_OURS = frozenset({"accept-encoding", "connection", "content-length", "user-agent", "host"})
_HIDDEN = ("content-encoding", "content-length", "x-ratelimit-remaining", "x-ratelimit-used", "x-ratelimit-reset")


def _no_verdict(_answer: Answer) -> None:
    """Nothing to add to what the status says."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How one platform's answers are to be taken.

    `told` are refusals whose body `judge` looks at; it raises one of the five errors or leaves it to the status.
    `judge` also sees every good answer. `reads` names the paths whose POST changes nothing. `home` replaces a server
    that the library has built in: (built in, ours). `shared`: one limit for all paths, else one for each.
    """

    told: frozenset[int] = frozenset()
    judge: Callable[[Answer], None] = _no_verdict
    reads: Collection[str] = ()
    home: tuple[str, str] = ("", "")
    shared: bool = False


class Carrier(requests.Session):
    """A `requests` session without a network of its own. `rate` is what the platform last said of its limit.

    Nothing is asked while the platform wants rest: RateLimited says for how long.
    """

    def __init__(self, http: Http, now: Callable[[], datetime], manners: Manners) -> None:
        super().__init__()
        self.trust_env = False  # no proxies, and no passwords from ~/.netrc
        self._home = manners.home
        self.door = _Door(http, now, manners)
        self.adapters.clear()
        self.mount("https://", self.door)
        self.mount("http://", self.door)

    def prepare_request(self, request: requests.Request) -> PreparedRequest:
        """Names the server meant before the request is signed, so that the signature fits the address."""
        built_in, ours = self._home
        meant = str(request.url)
        if built_in and meant.startswith(built_in):
            request.url = ours + meant[len(built_in) :]
        return super().prepare_request(request)


class _Door(BaseAdapter):
    def __init__(self, http: Http, now: Callable[[], datetime], manners: Manners) -> None:
        super().__init__()
        self._http = http
        self._now = now
        self._manners = manners
        self._rest: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self.rate: Rate | None = None

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """One request, one answer, or one of the five errors."""
        path = urlsplit(request.url or "").path
        limit = "" if self._manners.shared else path
        self._check_rest(limit)
        try:
            answer = self._ask(request, path)
        except RateLimited as error:
            self._rest_until(limit, self._now() + error.retry_after)
            raise
        rate = answer.rate(self._now())
        if rate is not None:
            self.rate = tighter(self.rate, rate, self._now())
            if rate.left == 0 and rate.resets_at is not None:
                self._rest_until(limit, min(rate.resets_at, self._now() + LONGEST_WAIT))
        return _Told(answer, request)

    def close(self) -> None:
        """The door belongs to the connector, which closes it."""

    def _ask(self, request: PreparedRequest, path: str) -> Answer:
        method = (request.method or "GET").upper()
        write = method not in ("GET", "HEAD") and not any(path.endswith(end) for end in self._manners.reads)
        answer = self._http.request(
            method,
            str(request.url),
            headers=_headers(request.headers),
            content=_body(request.body),
            write=write,
            expected=self._manners.told | _ELSEWHERE,
        )
        self._manners.judge(answer)
        host = urlsplit(answer.url).hostname or "the server"
        if answer.status in _ELSEWHERE and not write:
            raise Unavailable(f"{host} sends us elsewhere, which its API never does; it is asked again.")
        raise_for(answer.status, answer.headers, host, now=self._now(), write=write, meanings={})
        return answer

    def _check_rest(self, limit: str) -> None:
        with self._lock:
            until = self._rest.get(limit)
        now = self._now()
        if until is not None and now < until:
            raise RateLimited("The platform asked us to wait.", max(until - now, timedelta(seconds=1)))

    def _rest_until(self, limit: str, moment: datetime) -> None:
        with self._lock:
            self._rest = {name: until for name, until in self._rest.items() if until > self._now()} | {limit: moment}


class _Told(requests.Response):
    """An answer as `requests` clients know it. Its JSON is read our way: bounded, and a BOM is no error."""

    def __init__(self, answer: Answer, request: PreparedRequest) -> None:
        super().__init__()
        self._answer = answer
        self.status_code = answer.status
        shown = {name: value for name, value in answer.headers.items() if name.lower() not in _HIDDEN}
        self.headers = CaseInsensitiveDict(shown)
        self.url = answer.url
        self.request = request
        self.encoding = "utf-8"
        self.raw = BytesIO(b"")
        self._content = answer.content
        self._content_consumed = True

    def json(self, **_kwargs: Any) -> Any:
        """The body as JSON. Raises Unavailable when it is none (Unsure after a write)."""
        return self._answer.json()


def cause(error: BaseException | None) -> PlatformError | None:
    """The error of ours that a library has wrapped into one of its own, or None."""
    inner = getattr(error, "original_exception", None)
    return inner if isinstance(inner, PlatformError) else None


def _headers(headers: Mapping[str, str | bytes]) -> dict[str, str]:
    plain = {name: value.decode("latin-1") if isinstance(value, bytes) else value for name, value in headers.items()}
    return {name: value for name, value in plain.items() if name.lower() not in _OURS}


def _body(body: Any) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body or None
    return str(body).encode()
