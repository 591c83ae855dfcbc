"""Who is behind a DID: handles, names and followers, asked in batches and remembered for a while."""

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable

from connectors.bluesky.client import Xrpc
from connectors.bluesky.parse import Odd, author
from connectors.errors import PlatformError
from connectors.types import Author

_BATCH = 25  # app.bsky.actor.getProfiles takes no more
_KEPT = 10_000
_PAUSE_S = 60.0
_WAIT_S = 1.0
_MANY = 20
_WAIT_FOR_MANY_S = 5.0  # a full page is the past being read: nobody waits for it by the second


class Names:
    """A cache that may fail: a post without its author's handle is still a post. `missed` counts those."""

    def __init__(self, xrpc: Xrpc, *, wanted: bool = True) -> None:
        self._xrpc = xrpc
        self._wanted = wanted
        self._known: OrderedDict[str, Author] = OrderedDict()
        self._dids: dict[str, str] = {}
        self._lock = threading.Lock()
        self._paused_until = 0.0
        self._asking: threading.Thread | None = None
        self.missed = 0

    def authors(self, dids: Collection[str]) -> dict[str, Author]:
        """What is known of these accounts. Those that cannot be told are left out; nothing is raised."""
        with self._lock:
            unknown = [did for did in dict.fromkeys(dids) if did not in self._known]
        if unknown:
            self._learn_soon(unknown)
        with self._lock:
            return {did: self._known[did] for did in dids if did in self._known}

    def dids(self, names: Iterable[str]) -> frozenset[str]:
        """The DIDs behind handles; DIDs stay as they are, names of other platforms are passed over."""
        found: set[str] = set()
        for name in {name.strip().lstrip("@").casefold() for name in names}:
            if name.startswith("did:"):
                found.add(name)
            elif "." in name and "@" not in name and "/" not in name:
                found.update(self._did(name))
        return frozenset(found)

    def _did(self, handle: str) -> set[str]:
        if handle not in self._dids and time.monotonic() >= self._paused_until:
            try:
                thing = self._xrpc.read("com.atproto.identity.resolveHandle", {"handle": handle})
                self._dids[handle] = str(thing.get("did") or "") if isinstance(thing, dict) else ""
            except PlatformError:
                self._missed(1)
        return {did for did in [self._dids.get(handle, "")] if did}

    def _learn_soon(self, dids: list[str]) -> None:
        """Ask beside the stream and wait a little at most; what comes later is known the next time."""
        with self._lock:  # the stream and a heal may both want names
            if self._asking is not None and self._asking.is_alive():
                self.missed += len(dids)
                return
            asking = threading.Thread(target=self._learn_all, args=(dids,), name="names on Bluesky", daemon=True)
            asking.start()
            self._asking = asking
        asking.join(_WAIT_S if len(dids) < _MANY else _WAIT_FOR_MANY_S)

    def _learn_all(self, dids: list[str]) -> None:
        for start in range(0, len(dids), _BATCH):
            self._learn(dids[start : start + _BATCH])

    def _learn(self, dids: list[str]) -> None:
        if not self._wanted or time.monotonic() < self._paused_until:
            self.missed += len(dids)
            return
        try:
            thing = self._xrpc.read("app.bsky.actor.getProfiles", {"actors": dids})
        except PlatformError:
            self._missed(len(dids))
            return
        profiles = thing.get("profiles") if isinstance(thing, dict) else None
        for profile in profiles if isinstance(profiles, list) else []:
            self._keep(profile)

    def _keep(self, profile: object) -> None:
        try:
            who = author(profile)
        except Odd:
            self.missed += 1
            return
        with self._lock:
            self._known[who.id] = who
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)

    def _missed(self, count: int) -> None:
        """Hearing must not wait for names: after a failure none are asked for a minute."""
        self.missed += count
        self._paused_until = time.monotonic() + _PAUSE_S
