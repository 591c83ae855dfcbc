"""A small HTTP server for fake platforms: real sockets, a log of what was asked, and faults on demand."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

How = Literal["status", "hang", "drop", "reset", "truncate", "html", "garbage"]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = b""

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]

    def json(self) -> Any:
        return json.loads(self.body or b"{}")

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True)
class Told:
    """One answer. A body that is an iterator is sent piece by piece until it ends."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def bytes(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


@dataclass
class Fault:
    """What goes wrong with the next request whose path holds `part`. `after`: once the request was carried out."""

    part: str
    how: How
    status: int
    headers: Mapping[str, str]
    after: bool
    times: int
    method: str


class FakeServer:
    """Subclasses answer; this one listens, logs, fails as told, and stops without leaving sockets behind."""

    def __init__(self) -> None:
        self.log: list[Asked] = []
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.stopped = threading.Event()
        self._faults: list[Fault] = []
        self._twists: list[tuple[str, Callable[[Told], Told]]] = []
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        if self._server is None:
            return "https://fake.test"  # not on a socket: answers handed over in the same process
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> str:
        """Listen on a free port of this machine. The address."""
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self.url

    def stop(self) -> None:
        """End every wait and give the port back. Safe to call twice."""
        self.stopped.set()
        with self.changed:
            self.changed.notify_all()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def fail_next(
        self,
        part: str = "",
        *,
        how: How = "status",
        status: int = 503,
        headers: Mapping[str, str] | None = None,
        after: bool = False,
        times: int = 1,
        method: str = "",
    ) -> None:
        """Let the next `times` requests whose path holds `part` fail; with `after`, once they were carried out."""
        with self.lock:
            self._faults.append(Fault(part, how, status, headers or {}, after, times, method))

    def twist_next(self, part: str, *twists: Callable[[Told], Told]) -> None:
        """Each of the next answers to a path that holds `part` is made into something else before it leaves."""
        with self.lock:
            self._twists += [(part, twist) for twist in twists]

    def asked_for(self, part: str) -> list[Asked]:
        """The requests so far whose path holds `part`."""
        with self.lock:
            return [asked for asked in self.log if part in asked.path]

    def answer(self, asked: Asked) -> Told:
        """What this platform says. Subclasses say it."""
        raise AssertionError(f"nobody answers {asked.path}")

    def _twisted(self, asked: Asked, told: Told) -> Told:
        with self.lock:
            place = next((n for n, (part, _) in enumerate(self._twists) if part in asked.path), None)
            return told if place is None else self._twists.pop(place)[1](told)

    def _fault(self, asked: Asked) -> Fault | None:
        with self.lock:
            for fault in self._faults:
                if fault.part in asked.path and fault.method in ("", asked.method):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


def _handler(fake: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """The fake keeps its own log."""

        def do_GET(self) -> None:
            self._serve()

        do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 the names http.server looks for

        def _serve(self) -> None:
            self.close_connection = True
            parts = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = parse_qs(parts.query, keep_blank_values=True)
            asked = Asked(self.command, parts.path, query, headers, self.rfile.read(length))
            with fake.lock:
                fake.log.append(asked)
            fault = fake._fault(asked)
            if fault is None:
                self._tell(fake._twisted(asked, fake.answer(asked)))
                return
            told = fake.answer(asked) if fault.after else Told({"error": "made to fail"})
            self._fail(fault, told)

        def _fail(self, fault: Fault, told: Told) -> None:
            if fault.how == "hang":
                fake.stopped.wait(60)
            elif fault.how == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            elif fault.how == "truncate":
                self._tell(told, cut=True)
            elif fault.how == "html":
                self._tell(Told("<html><h1>Please wait</h1></html>", 200, {"content-type": "text/html"}))
            elif fault.how == "garbage":
                self._tell(Told(b'{"id": "12', 200, {"content-type": "application/json"}))
            elif fault.how == "status":
                self._tell(Told({"error": "made to fail"}, fault.status, fault.headers))

        def _tell(self, told: Told, *, cut: bool = False) -> None:
            self.send_response_only(told.status)  # no clock of its own: a test says what the server's is
            kept = {"content-type": "application/json", **told.headers, "connection": "close"}
            if isinstance(told.body, Iterator):
                self._send_headers(kept)
                for piece in told.body:
                    self.wfile.write(piece)
                    self.wfile.flush()
                return
            body = told.bytes()
            self._send_headers({**kept, "content-length": str(len(body))})
            if self.command != "HEAD":
                self.wfile.write(body[: len(body) // 2] if cut else body)

        def _send_headers(self, headers: Mapping[str, str]) -> None:
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

    return Handler
