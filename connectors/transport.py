"""How bytes travel: connections to checked addresses only, and patience that ends.

httpx's timeouts bound each single read, so a server that sends one byte every few seconds is waited for without end.
Here every read and write of a call shares one `Patience`, which knows when the whole call must be over.
"""

import functools
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

import httpcore
import httpx

from connectors.addresses import Resolve, addresses_of
from connectors.errors import PlatformError

CONNECT_S = 10.0
TICK_S = 0.25
_waiting: dict[int, float] = {}  # thread → since when (monotonic) it waits for a server


def waited_s(thread: int) -> float:
    """For how many seconds this thread (its ident) has waited for a server's next bytes, or for its first; else 0."""
    since = _waiting.get(thread)
    return 0.0 if since is None else time.monotonic() - since


@contextmanager
def _waits() -> Iterator[None]:
    me = threading.get_ident()
    _waiting[me] = time.monotonic()
    try:
        yield
    finally:
        del _waiting[me]


@dataclass(slots=True)
class Patience:
    """How long one call may wait: `silence_s` for each read, `end_at` (monotonic seconds) for all, `stop` at once."""

    silence_s: float
    end_at: float | None = None
    stop: Event | None = None

    def left(self) -> float:
        """Seconds the next read may take; 0 when patience has run out."""
        if self.end_at is None:
            return self.silence_s
        return max(0.0, min(self.silence_s, self.end_at - time.monotonic()))

    def stopped(self) -> bool:
        """True once the one who asked no longer wants the answer."""
        return self.stop is not None and self.stop.is_set()

    def extensions(self) -> dict[str, Any]:
        """As httpx hands it down, untouched, to the streams below. Only the pool needs a plain number."""
        return {"timeout": {"connect": self, "read": self, "write": self, "pool": CONNECT_S}}


class StoppedEarly(httpcore.ReadTimeout):
    """The wait ended because it was asked to, not because the server was slow."""


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait is bounded by the patience of the call that uses it."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: Any = None) -> bytes:
        patience = _patience(timeout)
        quiet_until = time.monotonic() + patience.left()
        while True:
            if patience.stopped():
                raise StoppedEarly("stopped")
            left = quiet_until - time.monotonic()
            if left <= 0:
                raise httpcore.ReadTimeout("patience has run out")
            try:
                with _waits():
                    return self._inner.read(max_bytes, min(left, TICK_S) if patience.stop else left)
            except httpcore.ReadTimeout:
                continue  # the loop's head decides whether this was the last look

    def write(self, buffer: bytes, timeout: Any = None) -> None:
        left = _patience(timeout).left()
        if left <= 0:
            raise httpcore.WriteTimeout("patience has run out")
        self._inner.write(buffer, left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: Any = None
    ) -> httpcore.NetworkStream:
        left = min(CONNECT_S, _patience(timeout).left())
        if left <= 0:
            raise httpcore.ConnectTimeout("patience has run out")
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _patience(timeout: Any) -> Patience:
    return timeout if isinstance(timeout, Patience) else Patience(CONNECT_S if timeout is None else float(timeout))


class Refused(httpcore.ConnectError):
    """The connection was not made, for one of our own five reasons: `why`."""

    def __init__(self, why: PlatformError) -> None:
        super().__init__(str(why))
        self.why = why


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and to no others. Name and certificate stay those of the host."""

    def __init__(self, private_ok: bool, resolve: Resolve | None) -> None:
        self._sockets = httpcore.SyncBackend()
        self._private_ok = private_ok
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Any = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        patience = _patience(timeout)
        failed: Exception | None = None
        for address in self._addresses(host, port, patience):
            left = max(0.001, min(CONNECT_S, patience.left()))
            try:
                with _waits():
                    return _Stream(self._sockets.connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise httpcore.ConnectError("no address of the host answers") from failed

    def _addresses(self, host: str, port: int, patience: Patience) -> list[str]:
        left = min(CONNECT_S, patience.left())
        try:
            with _waits():
                return addresses_of(host, port, timeout_s=left, private_ok=self._private_ok, resolve=self._resolve)
        except PlatformError as why:
            raise Refused(why) from why


class PinnedTransport(httpx.HTTPTransport):
    """httpx's own transport over checked connections. HTTP/1.1 only: one request, one connection, one clear end.

    `keep_alive` is off for writes: a connection that the server has just closed would turn a reply that never left
    into one whose fate is unknown.
    """

    def __init__(self, *, private_ok: bool, keep_alive: bool, resolve: Resolve | None = None) -> None:
        context = _certificates()
        super().__init__(verify=context)
        # httpx has no public way to name a network backend; `tests/unit/test_http.py` fails if this attribute moves.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=64,
            max_keepalive_connections=8 if keep_alive else 0,
            keepalive_expiry=5.0,
            network_backend=_Backend(private_ok, resolve),
        )


@functools.lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Loaded once: it costs 20 ms, and every source needs the same."""
    return httpx.create_ssl_context()
