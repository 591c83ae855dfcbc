"""What servers said last, with the mark each gave its answer: what has not changed need not travel again.

RFC 9110, 13: ETag is sent back as If-None-Match, Last-Modified as If-Modified-Since; 304 then means "as before". Who
asked gets the whole answer of before and never learns of this, so nothing can be lost by it; what could not be read as
JSON, cut by something on the way for example, is never given again. Mastodon and Meta's Graph
give such marks (Graph counts the request all the same), Discourse and GitHub too (GitHub does not count it); Lemmy, X,
Stack Exchange and the app shops give none. Kept in memory only, packed, and for an hour at most: by then a server whose
marks do not tell the truth is asked for the whole again, and no copy of a deleted post outlives its deletion by long.
"""

import hashlib
import re
import threading
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import httpx

HOUR_S = 3600.0
MOST_BYTES = 65_536
LONGEST = 1_000_000
SETTLED_S = 60.0
_OF_THEN = re.compile(r"(x-)?rate-?limit|retry-after", re.IGNORECASE)  # how headers about limits begin
OWN_MARKS = frozenset({"if-none-match", "if-modified-since", "range"})


@dataclass(frozen=True, slots=True)
class Known:
    """One whole answer of before: its headers, its body packed, and when it came (seconds of the asker's clock)."""

    headers: Mapping[str, str] = field(repr=False)
    packed: bytes = field(repr=False)
    came_s: float

    def asks(self) -> dict[str, str]:
        """The headers that ask whether it still stands."""
        tag = self.headers.get("etag", "")
        return {"if-none-match": tag} if tag else {"if-modified-since": self.headers["last-modified"]}

    def headers_now(self, told: Mapping[str, str]) -> httpx.Headers:
        """Its headers, with what the server says now of limits, clocks and the rest.

        What it said then of limits is over, also where it says nothing of them now.
        """
        now = httpx.Headers({name: value for name, value in self.headers.items() if not _OF_THEN.match(name)})
        now.update({name: value for name, value in told.items() if name.lower() != "content-length"})
        return now

    def body(self) -> bytes:
        """Its body."""
        return zlib.decompress(self.packed)


class Remembered:
    """The last marked answers of one door, the newest `most` bytes of them. May be shared by threads."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Known] = OrderedDict()

    def known(self, key: str, now_s: float) -> Known | None:
        """What was said of `key` within the hour."""
        with self._lock:
            known = self._known.get(key)
            if known is None or now_s - known.came_s <= HOUR_S:
                return known
            del self._known[key]
            return None

    def keep(self, key: str, headers: Mapping[str, str], body: bytes, now_s: float) -> None:
        """A whole answer came. One without a mark, or too big to be kept, ends what was known of `key`."""
        marked = bool(headers.get("etag")) or _settled(headers)
        packed = zlib.compress(body, 1) if marked and len(body) <= LONGEST else b""
        with self._lock:
            self._known.pop(key, None)
            if packed and len(packed) <= self._most:
                self._known[key] = Known(dict(headers), packed, now_s)
            while sum(len(known.packed) for known in self._known.values()) > self._most:
                self._known.popitem(last=False)


def _settled(headers: Mapping[str, str]) -> bool:
    """True for a Last-Modified a minute before the answer: within its second it may have changed again (8.8.2.2)."""
    try:
        told, changed = (parsedate_to_datetime(headers[name]) for name in ("date", "last-modified"))
        return (told - changed).total_seconds() >= SETTLED_S
    except (KeyError, ValueError, TypeError):
        return False


def key_of(url: str, params: Mapping[str, object] | None, headers: Mapping[str, str]) -> str:
    """A name for a question that gives none of its words or tokens away."""
    said = repr((url, sorted((params or {}).items(), key=repr), sorted(headers.items())))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
