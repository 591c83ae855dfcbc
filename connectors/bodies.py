"""Bodies as they arrive: unpacked with a bound, and cut into lines."""

import time
import zlib
from collections.abc import Callable, Iterator
from threading import Event

from connectors.errors import Unavailable

MAX_LINE = 1_000_000
_STEP = 1_000_000


def unpacker(coding: str, host: str, limit: int) -> Callable[[bytes], bytes]:
    """A function from packed chunks to plain bytes; b"" ends the body and is an error if it ends too soon."""
    if coding in ("", "identity"):
        return _Plain(host, limit)
    if coding in ("gzip", "x-gzip", "deflate"):
        return _Gzip(host, limit)
    raise Unavailable(f"{host} answered in a packing we did not ask for.")


class _Plain:
    def __init__(self, host: str, limit: int) -> None:
        self._host, self._left = host, limit

    def __call__(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise Unavailable(f"{self._host} sent a body larger than is read at once.")
        return chunk


class _Gzip:
    """Unpacks with a bound, so a small bomb never becomes large memory. 47 accepts gzip and zlib headers."""

    def __init__(self, host: str, limit: int) -> None:
        self._host, self._left = host, limit
        self._open = zlib.decompressobj(47)

    def __call__(self, chunk: bytes) -> bytes:
        if not chunk:
            if not self._open.eof:
                raise Unavailable(f"{self._host} sent a packed body that breaks off.")
            return b""
        try:
            return self._unpack(chunk)
        except zlib.error as error:
            raise Unavailable(f"{self._host} sent a packed body that cannot be unpacked.") from error

    def _unpack(self, chunk: bytes) -> bytes:
        out: list[bytes] = []
        while chunk:
            if self._open.eof:
                if not chunk.startswith(b"\x1f"):  # padding after the end is ignored, as gzip itself does
                    break
                self._open = zlib.decompressobj(47)
            piece = self._open.decompress(chunk, min(self._left + 1, _STEP))
            self._left -= len(piece)
            if self._left < 0:
                raise Unavailable(f"{self._host} sent a small body that unpacks to a huge one.")
            out.append(piece)
            chunk = self._open.unused_data if self._open.eof else self._open.unconsumed_tail
        return b"".join(out)


def lines_of(chunks: Iterator[bytes], host: str, stop: Event, silence_s: float) -> Iterator[str]:
    """A body's lines as they arrive, decoded. The caller bounds the wait for a byte; a line may take no longer."""
    kept, since = b"", time.monotonic()
    for chunk in chunks:
        *whole, kept = (kept + chunk).split(b"\n")
        if len(kept) > MAX_LINE:
            raise Unavailable(f"{host} sent a line without end.")
        if whole or not kept:
            since = time.monotonic()
        elif time.monotonic() - since > silence_s:
            raise Unavailable(f"{host} has sent no whole line for {silence_s:.0f} seconds.")
        for line in whole:
            if stop.is_set():
                return
            yield line.removesuffix(b"\r").decode("utf-8", "replace")
