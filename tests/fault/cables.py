"""A line between Earshot and a server that can be cut and mended, while the server itself goes on.

Earshot is given the cable's port. Cut, nobody listens there and what was open is reset; mended, it is the same port.
"""

import socket
import struct
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit


class Cable:
    """Carries bytes between a port of its own and a server's address while it is whole."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = int(free.getsockname()[1])
        self._door: socket.socket | None = None

    @property
    def url(self) -> str:
        """The address of the server's own page, through the cable."""
        return f"{self._to.scheme}://127.0.0.1:{self._port}{self._to.path}"

    def __enter__(self) -> Self:
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def mend(self) -> None:
        """Whoever calls is connected."""
        self._door = socket.create_server(("127.0.0.1", self._port), backlog=200)
        threading.Thread(target=self._accept, args=(self._door,), daemon=True).start()

    def cut(self) -> None:
        """Nobody is, and who was hears of it at once."""
        if self._door is not None:
            with suppress(OSError):
                self._door.shutdown(socket.SHUT_RDWR)
            self._door.close()
            self._door = None
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, door: socket.socket) -> None:
        while True:
            try:
                here, _ = door.accept()
            except OSError:
                return
            try:
                there = socket.create_connection(("127.0.0.1", self._to.port or 80))
            except OSError:
                here.close()
                continue
            with self._lock:
                self._open |= {here, there}
            for source, target in ((here, there), (there, here)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open -= {source}
        source.close()
