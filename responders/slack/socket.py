"""Socket Mode: presses, forms and commands come over a connection that we opened, so no public address is needed.

Facts (docs.slack.dev/apis/events-api/using-socket-mode): apps.connections.open gives an address for one connection;
`hello` comes first; every envelope wants its `envelope_id` back within three seconds, with a `payload` where
`accepts_response_payload` says so; `disconnect` announces the end with a reason; an app may hold ten connections.
"""

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from config.settings import Slack as SlackSettings
from connectors.addresses import dial
from connectors.errors import Rejected, Unavailable
from connectors.http import Http, user_agent
from responders.slack.client import Client, call, is_elsewhere

LONGEST = 1_048_576
FIRST_WORD_S = 10.0


@dataclass(frozen=True, slots=True)
class Envelope:
    """What Slack sent. `kind`: interactive, slash_commands, events_api, disconnect, hello or what is still to come."""

    kind: str
    id: str = ""
    payload: Any = None
    wants_answer: bool = False
    reason: str = ""
    attempt: int = 0


class Line:
    """One open connection. `receive` from one thread; `acknowledge` from any."""

    def __init__(self, socket: ClientConnection, end: Callable[[], None]) -> None:
        self._socket = socket
        self._end = end
        self._lock = threading.Lock()

    def receive(self, wait_s: float) -> Envelope | None:
        """The next envelope, None if none came in time. Raises Unavailable when the line is closed."""
        try:
            frame = self._socket.recv(timeout=wait_s)
        except TimeoutError:
            return None
        except (ConnectionClosed, OSError) as error:
            raise Unavailable("Slack closed the line.") from error
        return envelope_of(frame)

    def acknowledge(self, envelope: Envelope, payload: dict[str, Any] | None = None) -> bool:
        """Tell Slack that it came. False if the line is gone: Slack then sends the envelope again elsewhere."""
        said: dict[str, Any] = {"envelope_id": envelope.id}
        if payload is not None and envelope.wants_answer:
            said["payload"] = payload
        try:
            with self._lock:
                self._socket.send(json.dumps(said))
        except (WebSocketException, OSError):
            return False
        return True

    def close(self) -> None:
        """End it. Safe to call twice."""
        self._end()


class SocketMode:
    """Opens lines for an app-level token (xapp-…). Its constructor touches no network."""

    def __init__(self, settings: SlackSettings, agent: str = "") -> None:
        if settings.app_token is None:
            raise ValueError("Socket Mode needs an app-level token (EARSHOT_SLACK__APP_TOKEN).")
        self._elsewhere = is_elsewhere(settings.base_url)
        self._http = Http(agent=agent or user_agent(), private_ok=self._elsewhere, deadline_s=15)
        self._client = Client(settings.app_token.get_secret_value(), settings.base_url, self._http)

    def __repr__(self) -> str:
        return "SocketMode()"

    def open(self) -> Line:
        """A line that has said hello. Raises AuthFailed for a refused token, else Unavailable or RateLimited."""
        answer = call(self._client.api_call, "apps.connections.open", http_verb="POST")
        line = self._connected(str(answer.get("url", "")))
        try:
            hello = line.receive(FIRST_WORD_S)
        except Unavailable:
            line.close()
            raise
        if hello is not None and hello.kind == "hello":
            return line
        line.close()
        raise Unavailable("Slack opened a line and did not say hello.")

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _connected(self, url: str) -> Line:
        parts = urlsplit(url)
        named_right = parts.scheme == "wss" and not is_elsewhere(url)
        if not parts.hostname or not (named_right or (self._elsewhere and parts.scheme in ("ws", "wss"))):
            raise Rejected("Slack named an address for Socket Mode that is not its own.")
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        raw = dial(parts.hostname, port, private_ok=self._elsewhere)
        kept = ExitStack()  # the library opens connections as contexts only; ours lives longer than one block
        try:
            socket = kept.enter_context(
                connect(
                    url, sock=raw, proxy=None, open_timeout=10, close_timeout=1, max_size=LONGEST,
                    user_agent_header=self._http.agent,
                )
            )  # fmt: skip
        except (WebSocketException, OSError, EOFError) as error:
            raw.close()
            raise Unavailable("Slack did not open the line it offered.") from error
        return Line(socket, kept.close)


def envelope_of(frame: str | bytes) -> Envelope | None:
    """What a frame says; None for one that is no envelope: the line lives on (P-06)."""
    try:
        read = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict) or not isinstance(read.get("type"), str):
        return None
    attempt = read.get("retry_attempt")
    return Envelope(
        read["type"],
        str(read.get("envelope_id", "")),
        read.get("payload"),
        read.get("accepts_response_payload") is True,
        str(read.get("reason", "")),
        attempt if isinstance(attempt, int) else 0,
    )
