"""Where reading a feed resumes: what the server wants to hear back, and which items were given."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from connectors.types import Poison, Post

MOST = 1500


@dataclass(frozen=True, slots=True)
class Place:
    """`at`: when the feed was last read (Unix seconds). `moved`: where it lives now, if it said so for good.

    `body`: a mark of the bytes that were read.
    `seen`: key of an item → (mark of its words, first seen).
    `sweep`: from which item on the middle of a large feed is still to be read (0: it was), `since` and `floor` (Unix
    seconds): from when on all is claimed as heard once it was, and what was written too early to be given.
    First seen is kept only for items without a date of their own: their time must not move from poll to poll.
    """

    at: int = 0
    etag: str = ""
    modified: str = ""
    seen: dict[str, tuple[str, int]] = field(default_factory=dict)
    moved: str = ""
    body: str = ""
    sweep: int = 0
    since: int = 0
    floor: int = 0

    def dump(self) -> str:
        """As the opaque cursor."""
        seen = {key: [mark, at] if at else [mark] for key, (mark, at) in self.seen.items()}
        told = {"at": self.at, "etag": self.etag, "modified": self.modified, "seen": seen}
        told |= {name: value for name, value in (("moved", self.moved), ("body", self.body)) if value}
        if self.sweep:
            told["sweep"] = [self.sweep, self.since, self.floor]
        return json.dumps(told, separators=(",", ":"))


def load(cursor: str | None) -> Place:
    """The place a cursor names; the beginning for none, or for one that is not ours."""
    if cursor is None:
        return Place()
    try:
        told = json.loads(cursor)
        seen = {
            str(key): (str(entry[0]), int(entry[1]) if len(entry) > 1 else 0) for key, entry in told["seen"].items()
        }
        moved, body = str(told.get("moved", "")), str(told.get("body", ""))
        sweep, since, floor = (int(number) for number in told.get("sweep", (0, 0, 0)))
        at, etag, modified = int(told["at"]), str(told["etag"]), str(told["modified"])
        return Place(at, etag, modified, seen, moved, body, sweep, since, floor)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        return Place()


def key(post: Post) -> str:
    """A short stand-in for an item's id, however long that is."""
    return sha256(post.ref.id.encode("utf-8", "replace")).hexdigest()[:10]


def mark(post: Post) -> str:
    """A short mark of an item's words: another mark is an edit."""
    return sha256(f"{post.title}\x1f{post.text}".encode()).hexdigest()[:8]


def body_mark(content: bytes) -> str:
    """What the bytes of a whole feed are known by: the same mark needs no second reading."""
    return sha256(content).hexdigest()[:24]


def odd_key(odd: Poison) -> str:
    """The same for an item that cannot be read: it is set aside once, not at every poll."""
    return "!" + sha256(odd.raw).hexdigest()[:9]


def remember(
    posts: Sequence[Post], poison: Sequence[Poison], before: Mapping[str, tuple[str, int]]
) -> dict[str, tuple[str, int]]:
    """What to keep of a feed's items: the newest, as many as fit a cursor; of those known `before`, as many as fit."""
    newest = sorted(posts, key=lambda post: post.created_at)[-MOST:]
    kept = {key(post): (mark(post), _first_seen(post)) for post in newest}
    room = max(0, MOST - len(kept))
    older = [(key, entry) for key, entry in before.items() if key not in kept][:room]
    return {**dict(older), **kept, **{odd_key(odd): ("", 0) for odd in poison}}


def _first_seen(post: Post) -> int:
    return int(post.created_at.timestamp()) if post.clock == "estimated" else 0


def moment(second: int) -> datetime:
    """Unix seconds as UTC."""
    return datetime.fromtimestamp(second, UTC)
