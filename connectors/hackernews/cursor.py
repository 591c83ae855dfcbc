"""Where reading Hacker News resumes: a time, and the posts already given from the overlap before it."""

import json
from dataclasses import dataclass, field
from hashlib import sha256

from connectors.types import Page, Post

MOST = 1200


@dataclass(frozen=True, slots=True)
class Place:
    """`until`: heard up to this second (Unix time). `seen`: id → (second it was written, mark of its words)."""

    until: int
    seen: dict[str, tuple[int, str]] = field(default_factory=dict)

    def dump(self) -> str:
        """As the opaque cursor."""
        return json.dumps({"until": self.until, "seen": self.seen}, separators=(",", ":"))

    def after(self, page: Page, until: int, overlap_s: int) -> "Place":
        """The place once this page was given; what lies before the overlap is forgotten."""
        seen = dict(self.seen)
        seen |= {post.ref.id: (int(post.created_at.timestamp()), mark(post)) for post in page.posts}
        seen |= {odd.ref: (until, "") for odd in page.poison if odd.ref}
        kept = sorted(((id_, entry) for id_, entry in seen.items() if entry[0] >= until - overlap_s), key=_when)
        return Place(until, dict(kept[-MOST:]))


def load(cursor: str | None) -> Place | None:
    """The place a cursor names; None for none, or for one that is not ours (then reading starts by time)."""
    if cursor is None:
        return None
    try:
        told = json.loads(cursor)
        seen = {str(id_): (int(at), str(marked)) for id_, (at, marked) in told["seen"].items()}
        return Place(int(told["until"]), seen)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def mark(post: Post) -> str:
    """A short mark of a post's words: another mark is an edit."""
    return short(f"{post.title}\x1f{post.text}")


def short(words: str) -> str:
    """Eight letters that stand for these words."""
    return sha256(words.encode("utf-8", "replace")).hexdigest()[:8]


def _when(entry: tuple[str, tuple[int, str]]) -> int:
    return entry[1][0]
