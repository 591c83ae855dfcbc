"""Requests must arrive: who sends theirs a byte at a time, or none, does not keep the others out.

uvicorn waits for ever for the rest of a request, and beyond `limit_concurrency` connections it turns everybody away: a
few hundred half-sent requests would close the queue (ASVS 5.0 V15.2.2).
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE_S = 20.0  # for a whole request, 1 MiB at most; who is slower is cut off
MOST = 200  # that may be arriving at once; then the one that has taken longest makes room


class Arriving(H11Protocol):
    """One connection. `since`: loop seconds at which the request that is arriving began; None: none is."""

    since: float | None = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A visitor: a request must come."""
        super().connection_made(transport)
        self._begin()
        arriving = [one for one in self.connections if isinstance(one, Arriving) and one.since is not None]
        if len(arriving) > MOST:
            min(arriving, key=lambda one: one.since or 0.0).give_up()

    def data_received(self, data: bytes) -> None:
        """More of a request: it has arrived, or its time goes on."""
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._end()
        elif self.since is None:
            self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """The visitor is gone."""
        self._end()
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Cut it off. What was answered already has left."""
        self._end()
        self.transport.abort()

    def _begin(self) -> None:
        self.since = self.loop.time()
        self._timer = self.loop.call_later(PATIENCE_S, self.give_up)

    def _end(self) -> None:
        self.since = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
