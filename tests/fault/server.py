"""A small server that misbehaves on purpose, over real sockets.

Mocks cannot be slow, cut or reset; this can. Each connection is answered by the next play in the script (the last one
repeats). `seen` keeps what was asked, for tests about what we send.
"""

import gzip
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType

Play = Callable[[socket.socket, threading.Event], None]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def whole(status: int = 200, body: bytes = b"{}", headers: Mapping[str, str] | None = None) -> Play:
    """A proper answer."""

    def play(peer: socket.socket, stop: threading.Event) -> None:
        peer.sendall(_head(status, {"content-length": str(len(body)), **(headers or {})}) + body)

    return play


def packed(body: bytes, cut: int | None = None, headers: Mapping[str, str] | None = None) -> Play:
    """A gzip answer; `cut` bytes of it if given, with a content-length that agrees."""
    return whole(200, gzip.compress(body)[:cut], {"content-encoding": "gzip", **(headers or {})})


def short(body: bytes, announced: int) -> Play:
    """Announces more than it sends."""
    return whole(200, body, {"content-length": str(announced)})


def drip(part: str = "body", every_s: float = 0.05) -> Play:
    """One byte at a time, for ever, in the `headers` or the `body`."""

    def play(peer: socket.socket, stop: threading.Event) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nx-pad: " if part == "headers" else _head(200, {"content-length": "99999"}))
        while not stop.wait(every_s):
            peer.sendall(b" ")

    return play


def hang(head: bytes = b"") -> Play:
    """Takes the request and says nothing more."""

    def play(peer: socket.socket, stop: threading.Event) -> None:
        peer.sendall(head)
        stop.wait(30)

    return play


def reset() -> Play:
    """Takes the request and cuts the line."""

    def play(peer: socket.socket, stop: threading.Event) -> None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return play


def stream(*pieces: bytes, then_silent: bool = False, headers: Mapping[str, str] | None = None) -> Play:
    """An event stream in these pieces, which then ends or falls silent."""

    def play(peer: socket.socket, stop: threading.Event) -> None:
        peer.sendall(_head(200, {"content-type": "text/event-stream", **(headers or {})}))
        for piece in pieces:
            peer.sendall(piece)
        if then_silent:
            stop.wait(30)

    return play


class FaultServer:
    """Listens on a free loopback port while the `with` block runs."""

    def __init__(self, *script: Play) -> None:
        self._script = script
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.seen: list[Asked] = []

    def __enter__(self) -> "FaultServer":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._run(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in list(self._threads):
            thread.join(5)

    def _run(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self._run(lambda peer=peer: self._answer(peer))  # type: ignore[misc]

    def _answer(self, peer: socket.socket) -> None:
        with peer:
            try:
                self.seen.append(_read(peer))
                play = self._script[min(len(self.seen), len(self._script)) - 1]
                play(peer, self._stop)
            except OSError:
                return  # the other side had enough: that is what many plays are for


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items()), "connection: close"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _read(peer: socket.socket) -> Asked:
    raw = b""
    while b"\r\n\r\n" not in raw:
        chunk = peer.recv(65536)
        if not chunk:
            raise ConnectionError("no request")
        raw += chunk
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    while len(body) < int(headers.get("content-length", "0")):
        body += peer.recv(65536)
    method, path, _ = first.split(" ", 2)
    return Asked(method, path, headers, body)
