"""Where listening resumes: unix microseconds of Jetstream's clock, and which posts just before were already given."""

import hashlib
import json
from dataclasses import dataclass

_KEPT = 300


@dataclass(frozen=True, slots=True)
class Place:
    """`us`: heard up to here. `seen`: marks of the last posts given, so that re-reading a little repeats none.

    `exact` means that an event passed at `us`: a stream that resumes there and still has it will give it again.
    `newest_us` is the time of the newest post that search gave: what its index held back lies before that.
    """

    us: int
    seen: tuple[str, ...] = ()
    exact: bool = True
    newest_us: int = 0

    def written(self) -> str:
        """As a page carries it."""
        if self.exact and not self.seen:
            return str(self.us)
        thing = {"us": self.us, "seen": self.seen[-_KEPT:], "exact": self.exact, "newest": self.newest_us}
        return json.dumps(thing, separators=(",", ":"))


def read(cursor: str | None) -> Place | None:
    """A cursor as `written`. Raises ValueError for anything else: a wrong cursor must not silently mean "now"."""
    if cursor is None:
        return None
    if cursor.isdecimal():
        return Place(int(cursor))
    try:
        thing = json.loads(cursor)
        marks = tuple(str(mark) for mark in thing.get("seen", ()))
        return Place(int(thing["us"]), marks, thing.get("exact") is not False, int(thing.get("newest") or 0))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError("this is not a Bluesky cursor") from error


def mark(uri: str, cid: str) -> str:
    """One version of one post in twelve letters; an edit has another `cid` and so another mark."""
    return hashlib.sha256(f"{uri} {cid}".encode("utf-8", "replace")).hexdigest()[:12]
