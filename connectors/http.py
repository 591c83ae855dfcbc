"""The one door to the web for connectors and responders: bounded, checked, and silent about secrets.

Every call ends: by its answer or by one of the five errors. No call takes longer than `deadline_s`, reads more than
`max_wire` bytes, unpacks to more than `max_body` bytes, follows more than `max_redirects` redirects, or reaches an
address inside a private network unless told that it may. Nothing is retried here; the runner decides that.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from threading import Event
from typing import Any
from urllib.parse import urljoin

import httpx

from connectors.addresses import Resolve, check
from connectors.answers import Answer, Meanings, ahead, raise_for
from connectors.bodies import lines_of, unpacker
from connectors.errors import PlatformError, Rejected, Unavailable, Unsure
from connectors.remembered import OWN_MARKS, Known, Remembered, key_of
from connectors.transport import Patience, PinnedTransport, Refused, StoppedEarly

# Both log whole URLs (INFO) and headers (DEBUG): tokens must not reach a log at any level.
for _noisy in ("httpx", "httpcore", "hpack"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)

_REDIRECTS = (301, 302, 303, 307, 308)
_PERMANENT = (301, 308)
_KEPT_ELSEWHERE = frozenset({"accept", "user-agent", "if-none-match", "if-modified-since", "accept-language"})
_NO_MEANINGS: Meanings = {}


def user_agent(*contacts: str) -> str:
    """ "Earshot/0.1.0 (+contact)": who asks, and whom to write to about it: the first contact that is one."""
    try:
        ours = f"Earshot/{version('earshot-bot')}"
    except PackageNotFoundError:
        ours = "Earshot"
    told = ("".join(letter for letter in one if letter.isascii() and letter.isprintable()).strip() for one in contacts)
    clean = next(filter(None, told), "")
    return f"{ours} (+{clean})" if clean else ours


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: str
    params: Mapping[str, Any] | None
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    write: bool
    expected: Collection[int]
    meanings: Meanings
    patience: Patience


class Http:
    """A client for one source or responder. Its constructor touches no network; it may be shared by threads.

    `headers` go with every request to the server that was asked, and are dropped when a redirect leads elsewhere.
    `private_ok` admits addresses on our own network: for configured self-hosted servers and tests. `transport`
    replaces the network in tests. `now` is asked only where a server names a time of day without telling its own. What
    was read as JSON and has not changed does not travel again (`remembered.py`).
    """

    def __init__(
        self,
        *,
        agent: str | None = None,
        deadline_s: float = 40.0,
        max_wire: int = 20_000_000,
        max_body: int = 24_000_000,
        max_redirects: int = 3,
        private_ok: bool = False,
        transport: httpx.BaseTransport | None = None,
        headers: Mapping[str, str] | None = None,
        resolve: Resolve | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),  # noqa: TID251 the door's own watch, for rate headers
    ) -> None:
        self._deadline_s = deadline_s
        self._max_wire = max_wire
        self._max_body = max_body
        self._max_redirects = max_redirects
        self._private_ok = private_ok
        self._headers = {name.lower(): value for name, value in (headers or {}).items()}
        self._agent = agent or user_agent()
        self._now = now
        self._remembered = Remembered()
        self.ahead = timedelta(0)  # by how much the last server's clock was ahead of ours
        self._reads = _client(transport or PinnedTransport(private_ok=private_ok, keep_alive=True, resolve=resolve))
        self._writes = _client(transport or PinnedTransport(private_ok=private_ok, keep_alive=False, resolve=resolve))

    def __repr__(self) -> str:
        return f"Http(agent={self._agent!r}, private_ok={self._private_ok})"

    @property
    def agent(self) -> str:
        """How we name ourselves; other doors of a connector say the same."""
        return self._agent

    @property
    def private_ok(self) -> bool:
        """Whether addresses inside a private network may be asked; other doors of a connector follow this one."""
        return self._private_ok

    def get(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        expected: Collection[int] = (),
        meanings: Meanings = _NO_MEANINGS,
    ) -> Answer:
        """Read `url`, following redirects. See `request` for `expected`, `meanings` and the errors."""
        return self.request("GET", url, params=params, headers=headers, expected=expected, meanings=meanings)

    def get_json(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        meanings: Meanings = _NO_MEANINGS,
    ) -> Any:
        """Read `url` as JSON. A body that is no JSON is Unavailable."""
        return self.get(url, params, {"accept": "application/json", **(headers or {})}, meanings=meanings).json()

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        write: bool = False,
        expected: Collection[int] = (),
        meanings: Meanings = _NO_MEANINGS,
    ) -> Answer:
        """One request, one answer. Statuses in `expected` are handed back; others raise.

        Raises Unavailable (try later), RateLimited, AuthFailed (401, 403), Rejected (other 4xx). `meanings` changes
        what a status means, for example {403: Rejected}. With `write=True` the call must not be repeated blindly: a
        failure before anything left is Unavailable, one after is Unsure (also 408, 5xx and an unreadable 2xx), and a
        redirect is AuthFailed, because the settings name the wrong server.
        """
        body = {
            name: value for name, value in (("json", json), ("data", data), ("content", content)) if value is not None
        }
        patience = Patience(self._deadline_s, time.monotonic() + self._deadline_s)
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        return self._follow(_Call(method, url, params, sent, body, write, expected, meanings, patience))

    def lines(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        stop: Event,
        silence_s: float = 45.0,
        params: Mapping[str, Any] | None = None,
        meanings: Meanings = _NO_MEANINGS,
        judge: Callable[[Answer], None] = lambda _answer: None,
    ) -> Iterator[str]:
        """The lines of a body that does not end (server-sent events), without their line ends.

        Returns soon after `stop` is set. Raises Unavailable after `silence_s` seconds without a whole line, when the
        server ends the body, or on a line of more than a million bytes. `judge` sees a refusal, body and all, and
        raises what it means, or leaves that to its status.
        """
        sent = {"accept": "text/event-stream", **{name.lower(): value for name, value in (headers or {}).items()}}
        patience = Patience(silence_s, time.monotonic() + self._deadline_s, stop)
        call = _Call("GET", url, params, sent, {}, False, (), meanings, patience)
        host = check(url, private_ok=self._private_ok)
        with _translated(call, host), self._open(call, url) as response:
            if response.status_code >= 400:
                body = self._body(response, host)
                judge(Answer(response.status_code, response.headers, body, str(response.url)))
            patience.end_at = None  # connected: from now on each line has its time
            raise_for(response.status_code, response.headers, host, now=self._now(), meanings=meanings)
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise Unavailable(f"{host} packs its stream although it was asked not to.")
            yield from lines_of(response.iter_raw(), host, stop, silence_s)
        if not stop.is_set():
            raise Unavailable(f"{host} ended the stream.")

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._reads.close()
        self._writes.close()

    def _follow(self, call: _Call) -> Answer:
        url, permanent = call.url, True
        for _ in range(self._max_redirects + 1):
            answer = self._once(call, url)
            if not _leads_on(call, answer.status, answer.headers):
                moved = url if permanent and url != call.url else None
                return replace(answer, moved_to=moved, wrote=call.write)
            permanent = permanent and answer.status in _PERMANENT
            url = _target(answer)
        raise Unavailable(f"{check(call.url, private_ok=True)} redirects in circles.")

    def _once(self, call: _Call, url: str) -> Answer:
        host = check(url, private_ok=self._private_ok)
        key = self._key(call, url)
        known = self._remembered.known(key, time.monotonic()) if key else None
        with _translated(call, host), self._open(call, url, known) as response:
            status, headers = response.status_code, response.headers
            if "date" in headers:  # one that says nothing of its clock unsays nothing
                self.ahead = ahead(headers, self._now())
            if _leads_on(call, status, headers):
                return Answer(status, headers, b"", str(response.url))
            if status == 304 and known is not None:
                return Answer(200, known.headers_now(headers), known.body(), str(response.url))
            if status not in call.expected:
                raise_for(status, headers, host, now=self._now(), write=call.write, meanings=call.meanings)
            body = self._body_after(call, response, host)
            answer = Answer(status, headers, body, str(response.url))
            if not key or status != 200:
                return answer
            return replace(answer, proved=partial(self._remembered.keep, key, headers, body, time.monotonic()))

    def _key(self, call: _Call, url: str) -> str:
        """What a read without marks of its own is remembered by; empty for anything else."""
        if call.method != "GET" or call.write or call.body or call.headers.keys() & OWN_MARKS:
            return ""
        return key_of(url, call.params if url == call.url else None, self._for(url, call))

    @contextmanager
    def _open(self, call: _Call, url: str, known: Known | None = None) -> Iterator[httpx.Response]:
        client = self._writes if call.write else self._reads
        params = call.params if url == call.url else None
        waiting = call.patience.extensions()
        try:
            headers = self._for(url, call) | (known.asks() if known is not None else {})
            request = client.build_request(
                call.method, url, params=params, headers=headers, extensions=waiting, **call.body
            )
        except (httpx.InvalidURL, UnicodeError):  # their texts hold the address or the header: not passed on
            raise Rejected("The address or a header cannot be sent as it is.") from None
        response = client.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()

    def _body_after(self, call: _Call, response: httpx.Response, host: str) -> bytes:
        try:
            return self._body(response, host)
        except Unavailable as error:
            if call.write and response.is_success:
                raise Unsure(f"{host} took the message, but its answer could not be read.") from error
            raise

    def _for(self, url: str, call: _Call) -> dict[str, str]:
        """Headers for this hop. What may be secret goes only to the server that was meant."""
        named = {"user-agent": self._agent}  # the last word: platforms' libraries would name themselves instead
        merged = {"accept-encoding": "gzip", **self._headers, **call.headers, **named}
        if call.patience.stop is not None:  # a stream's lines are read as they come
            merged["accept-encoding"] = "identity"
        if _origin(url) == _origin(call.url):
            return merged
        return {name: value for name, value in merged.items() if name in _KEPT_ELSEWHERE | {"accept-encoding"}}

    def _body(self, response: httpx.Response, host: str) -> bytes:
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:18]) > self._max_wire:
            raise Unavailable(f"{host} wants to send more than {self._max_wire} bytes at once.")
        if response.is_stream_consumed:  # a mock's ready-made body: nothing travelled
            return response.content
        if "utf-7" in response.headers.get("content-type", "").lower():
            raise Unavailable(f"{host} answered in UTF-7, which no honest server uses.")
        coding = response.headers.get("content-encoding", "").strip().lower()
        unpack = unpacker(coding, host, self._max_body)
        pieces: list[bytes] = []
        taken = 0
        for chunk in response.iter_raw():
            taken += len(chunk)
            if taken > self._max_wire:
                raise Unavailable(f"{host} sent more than {self._max_wire} bytes at once.")
            pieces.append(unpack(chunk))
        bodiless = response.request.method == "HEAD" or response.status_code in (204, 304)
        if announced.isdecimal() and int(announced[:18]) != taken and not bodiless:
            raise Unavailable(f"{host} sent less than it announced.")
        if taken:
            pieces.append(unpack(b""))
        return b"".join(pieces)


def _leads_on(call: _Call, status: int, headers: Mapping[str, str]) -> bool:
    """A redirect that may be followed: only reading is."""
    reads = call.method in ("GET", "HEAD") and not call.write
    return reads and status in _REDIRECTS and status not in call.expected and "location" in headers


def _target(answer: Answer) -> str:
    try:
        return urljoin(answer.url, answer.headers["location"])
    except ValueError as error:
        raise Unavailable(f"{httpx.URL(answer.url).host} redirects to an address that is none.") from error


def _client(transport: httpx.BaseTransport) -> httpx.Client:
    # No proxies or passwords from the environment, no cookies: a connector's state is its cursor.
    jar = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    return httpx.Client(transport=transport, trust_env=False, follow_redirects=False, cookies=jar, timeout=None)  # noqa: S113 Patience bounds every wait


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = httpx.URL(url)
    return parts.scheme, parts.host, parts.port


@contextmanager
def _translated(call: _Call, host: str) -> Iterator[None]:
    """httpx's exceptions become ours here, on the way out of the door."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
        raise _not_sent(error, host) from error
    except httpx.LocalProtocolError:  # its text holds the header: not passed on
        raise Rejected(f"A header for {host} cannot be sent as it is; is a token cut over two lines?") from None
    except httpx.HTTPError as error:
        if call.patience.stopped() and isinstance(error.__cause__, StoppedEarly):
            return
        kind = Unsure if call.write else Unavailable
        raise kind(_why(error, host)) from error


def _not_sent(error: httpx.HTTPError, host: str) -> PlatformError:
    if isinstance(error.__cause__, Refused):
        return error.__cause__.why
    return Unavailable(f"No connection to {host} could be made.")


def _why(error: httpx.HTTPError, host: str) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"{host} did not finish its answer in time."
    return f"The connection to {host} broke before the answer was complete."
