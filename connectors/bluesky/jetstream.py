"""Jetstream, Bluesky's public stream of every post: followed live, or replayed over a stretch of the past.

Facts (jetstream README): `cursor` is unix microseconds and replays from there; switching servers needs a few seconds of
overlap; deletions carry no text. What the two versions of the stream differ in is in `frames`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event as Stop
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from connectors.addresses import dial
from connectors.answers import raise_for
from connectors.bluesky.batch import REWIND_US, Batch
from connectors.bluesky.frames import Dialect, Notice, is_too_old, spoken_at
from connectors.bluesky.parse import Odd, micros
from connectors.bluesky.settings import Settings
from connectors.errors import Unavailable
from connectors.types import Page

_TICK_S = 0.25
_AHEAD_US = 3_600_000_000


class _TooOld(Unavailable):
    """The server refuses to start as far back as we asked."""


class Jetstream:
    """One Jetstream server. Opens a connection for each `pages`."""

    def __init__(self, settings: Settings, now: Callable[[], datetime], *, private_ok: bool, agent: str) -> None:
        self._settings = settings
        self._private_ok = private_ok
        self._agent = agent
        self._now = now

    @property
    def announces(self) -> bool:
        """True if the server says itself when it no longer has what was asked for."""
        return spoken_at(self._settings.stream_url).announces

    def pages(self, start_us: int, batch: Batch, stop: Stop, until: datetime | None = None) -> Iterator[Page]:
        """Pages from `start_us` on: for ever, or up to `until`. Unavailable when the stream breaks or is silent.

        Where the server refuses to go back that far, it is heard from now on, and what lies before is told as lost.
        """
        until_us = None if until is None else micros(until)
        try:
            yield from self._heard(start_us, batch, stop, until_us)
        except _TooOld:
            batch.clamped = True
            yield from self._heard(None, batch, stop, until_us)

    def _heard(self, start_us: int | None, batch: Batch, stop: Stop, until_us: int | None) -> Iterator[Page]:
        dialect = spoken_at(self._settings.stream_url)  # each connection its own: it remembers
        with self._open(dialect, start_us) as socket:
            heard_at = time.monotonic()
            while not stop.is_set():
                try:
                    frame = self._frame(socket)
                    if frame is not None:
                        heard_at = time.monotonic()
                        ended = self._take(dialect, frame, batch, until_us)
                    else:
                        ended = self._is_over(time.monotonic() - heard_at, batch, until_us)
                except Unavailable:
                    yield from _rest(batch)  # what was heard before the line broke is kept
                    raise
                if ended:
                    yield batch.page(until_us)
                    return
                if batch.due():
                    yield batch.page()
            yield from _rest(batch)

    def probe(self, wait_s: float = 10.0) -> None:
        """Hear one event, whatever it is. Raises Unavailable if none comes in time."""
        with self._open(spoken_at(self._settings.stream_url), micros(self._now()) - REWIND_US) as socket:
            try:
                socket.recv(timeout=wait_s)
            except (TimeoutError, WebSocketException, OSError) as error:
                raise Unavailable(f"{self.host} is connected but silent.") from error

    @property
    def host(self) -> str:
        """The server's name, for sentences."""
        return urlsplit(self._settings.stream_url).hostname or "the stream's server"

    def _take(self, dialect: Dialect, frame: str | bytes, batch: Batch, until_us: int | None) -> bool:
        """Keep one frame. True if it lies past the end of what was asked."""
        try:
            happening = dialect.read(frame)
        except Odd as error:
            batch.poisoned(frame, str(error))
            return False
        if isinstance(happening, Notice):
            if happening.ended:
                raise Unavailable(f"{self.host} ended the stream ({happening.ended}).")
            batch.clamped = batch.clamped or happening.clamped
            return False
        if happening.time_us > micros(self._now()) + _AHEAD_US:
            batch.poisoned(frame, "time_us lies in the future")  # following it would skip all until then
            return False
        batch.begin(happening.time_us, until_us)
        if until_us is not None and happening.time_us >= until_us:
            return True
        batch.take(happening)
        return False

    def _is_over(self, silent_s: float, batch: Batch, until_us: int | None) -> bool:
        """True if a replay has reached the quiet end of the stream. A live stream must not be quiet for long.

        The server stamps events as they pass it, so silence there means that nothing up to now is still to come. A
        replay that gives nothing at all is waited for three times as long: the server may be searching its disk.
        """
        if until_us is not None:
            over = silent_s >= self._settings.quiet_s * (1 if batch.begun else 3)
            if over and batch.unanswered:
                raise Unavailable(f"{self.host} no longer has what was asked for, and has told nothing since.")
            return over
        if silent_s >= self._settings.silence_s:
            raise Unavailable(f"{self.host} has been silent for {self._settings.silence_s:.0f} seconds.")
        return False

    def _frame(self, socket: ClientConnection) -> str | bytes | None:
        """The next frame, or None if none came in a tick."""
        try:
            return socket.recv(timeout=min(_TICK_S, self._settings.quiet_s))
        except TimeoutError:
            return None
        except (ConnectionClosed, OSError) as error:
            raise Unavailable(f"{self.host} ended the stream.") from error

    @contextmanager
    def _open(self, dialect: Dialect, start_us: int | None) -> Iterator[ClientConnection]:
        url = dialect.address(self._settings.stream_url, start_us)
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        raw = dial(parts.hostname or "", port, private_ok=self._private_ok)
        try:
            socket = connect(
                url,
                sock=raw,
                proxy=None,
                open_timeout=10,
                close_timeout=1,
                max_size=2**21,
                user_agent_header=self._agent,
                subprotocols=[Subprotocol(dialect.subprotocol)] if dialect.subprotocol else None,
            )
        except (WebSocketException, OSError, EOFError, ValueError) as error:  # ValueError: a redirect with our socket
            raw.close()
            self._refused(error)
            raise Unavailable(f"{self.host} could not be reached for streaming.") from error
        with socket:
            yield socket

    def _refused(self, error: Exception) -> None:
        """Say what a refused handshake means, where it says anything."""
        if isinstance(error, InvalidStatus):
            if error.response.status_code == 400 and is_too_old(bytes(error.response.body or b"")):
                raise _TooOld(f"{self.host} no longer has what was asked for.") from error
            headers = {name.lower(): value for name, value in error.response.headers.raw_items()}
            raise_for(error.response.status_code, headers, self.host, now=self._now(), meanings={})
        if isinstance(error, InvalidURI | ValueError):
            raise Unavailable(f"{self.host} sends us elsewhere; is stream_url out of date?") from error
        if isinstance(error, InvalidHandshake):
            raise Unavailable(f"{self.host} does not speak Jetstream at this address.") from error


def _rest(batch: Batch) -> Iterator[Page]:
    if batch.moved:
        yield batch.page()
