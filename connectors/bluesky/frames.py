"""Jetstream's two dialects: which one an address speaks, what it is asked, and what its frames mean.

Facts (jetstream docs/README section 5 and lexicon `network.bsky.jetstream.subscribeEvents`, 2026): a cursor of 1e15 and
more is unix microseconds, a smaller one a server's own sequence number. Microseconds older than the server's look-back
are moved forward: v1 does so without a word, v2 says so in its first frame (`#info OutdatedCursor`). v2 rejects a
sequence number that is too old (HTTP 400 `CursorTooOld`), ends the stream of who reads too slowly with an error frame
(`ConsumerTooSlow`), rejects v1's parameter names, and tells a repository again after a `#sync`, which v1 does not.
We ask both by microseconds: only they mean the same on another server.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from connectors.bluesky.parse import POSTS, Event, Odd, event, micros, of_account, of_commit, read_time

V2_NAME = "network.bsky.jetstream.subscribeEvents"
_V1_ONLY = frozenset({"wantedCollections", "wantedDids", "compress", "requireHello"})
_OURS = frozenset({"cursor", "collections", "kinds", "zstdDictionary"})  # compressed frames are not unpacked here
_FIRST_US = 10**15  # anything less would be a sequence number
_KEPT = 10_000
_NAME = re.compile(r"[A-Za-z]{1,64}")


@dataclass(frozen=True, slots=True)
class Notice:
    """A frame about the stream itself. `clamped`: it starts later than asked. `ended`: why nothing more follows."""

    clamped: bool = False
    ended: str = ""


class Dialect(Protocol):
    """How to speak with one server. `announces`: it says itself when it no longer has what was asked for."""

    announces: bool
    subprotocol: str

    def address(self, url: str, start_us: int | None) -> str:
        """Where to connect to hear from `start_us` (unix µs) on; None is from now on."""
        ...

    def read(self, frame: str | bytes) -> Event | Notice:
        """One frame. Raises Odd."""
        ...


def spoken_at(url: str) -> Dialect:
    """The dialect of a stream's address: its path tells."""
    return V2() if urlsplit(url).path.rstrip("/").endswith(f"/{V2_NAME}") else V1()


class V1:
    """`/subscribe`: bare events, older cursors moved forward without a word."""

    announces = False
    subprotocol = ""

    def address(self, url: str, start_us: int | None) -> str:
        """With the cursor and the one collection we read."""
        return _asked(url, {"wantedCollections", "cursor"}, [("wantedCollections", POSTS)], start_us)

    def read(self, frame: str | bytes) -> Event | Notice:
        """One event."""
        return event(frame)


class V2:
    """The XRPC stream: enveloped messages, notices, errors. Remembers which repository is being told again."""

    announces = True
    subprotocol = "xrpc.v1.json"

    def __init__(self) -> None:
        self._synced: dict[str, str] = {}

    def address(self, url: str, start_us: int | None) -> str:
        """With the cursor and what we read; parameters that belong to v1, or would pack the frames, are left out."""
        kinds = [("kinds", kind) for kind in ("commit", "account", "sync")]
        return _asked(url, _V1_ONLY | _OURS, [("collections", POSTS), *kinds], start_us)

    def read(self, frame: str | bytes) -> Event | Notice:
        """One message, notice or error; of a kind not known yet nothing but that the stream lives."""
        try:
            thing = json.loads(frame)
        except (ValueError, RecursionError) as error:
            raise Odd("this frame is not JSON") from error
        if not isinstance(thing, dict):
            raise Odd("this frame is not an object")
        if thing.get("$type") == "error":
            return Notice(ended=_name(thing.get("error")))
        payload = thing.get("payload")
        if thing.get("$type") != "message" or not isinstance(payload, dict):
            return Notice()
        return self._message(payload)

    def _message(self, payload: Mapping[str, Any]) -> Event | Notice:
        kind = str(payload.get("$type")).partition("#")[2]
        if kind == "info":
            return Notice(clamped=payload.get("name") == "OutdatedCursor")
        if kind not in ("commit", "account", "sync", "identity"):
            return Notice()
        time_us = _time_us(payload)
        if kind == "commit":
            told = of_commit(time_us, {"did": payload.get("did"), "commit": payload})
            again = bool(told.did) and self._synced.get(told.did) == str(payload.get("rev"))
            return replace(told, again=True) if again else told
        if kind == "sync":
            self._remember(payload)
        return of_account(time_us, payload) if kind == "account" else Event(time_us)

    def _remember(self, payload: Mapping[str, Any]) -> None:
        """The rows after a `#sync` carry its `rev`: all that the repository holds now, however old."""
        sync = payload.get("sync")
        did, rev = payload.get("did"), sync.get("rev") if isinstance(sync, dict) else None
        if isinstance(did, str) and isinstance(rev, str) and rev:
            self._synced.pop(did, None)
            self._synced[did] = rev
            if len(self._synced) > _KEPT:
                del self._synced[next(iter(self._synced))]


def is_too_old(body: bytes) -> bool:
    """True if a refused connection names our cursor as the reason."""
    try:
        thing = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(thing, dict) and thing.get("error") == "CursorTooOld"


def _time_us(payload: Mapping[str, Any]) -> int:
    """When the server saw it: `witnessedAt` is what a cursor counts by, `time` all that older servers tell."""
    when = read_time(payload.get("witnessedAt")) or read_time(payload.get("time"))
    if when is None:
        raise Odd("neither witnessedAt nor time is a time")
    return max(0, micros(when))


def _asked(url: str, without: frozenset[str] | set[str], more: list[tuple[str, str]], start_us: int | None) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] not in without] + more
    if start_us is not None:
        query.append(("cursor", str(max(_FIRST_US, start_us))))
    return urlunsplit(parts._replace(query=urlencode(query)))


def _name(value: Any) -> str:
    """An error's name, never a stranger's sentence."""
    return value if isinstance(value, str) and _NAME.fullmatch(value) else "an error without a name"
