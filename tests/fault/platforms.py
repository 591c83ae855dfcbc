"""What a life hears and speaks to: a Mastodon, a feed and a Slack over real sockets, each with a log of its own."""

import threading
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from tests.fakes.server import Asked, FakeServer, Told


class Feed(FakeServer):
    """A feed of posts, newest first, with all of them in it."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[tuple[str, str, datetime]] = []

    def post(self, text: str, at: datetime) -> str:
        """One more item. Its id."""
        with self.lock:
            key = f"https://blog.test/{len(self.items)}"
            self.items.append((key, text, at))
            return key

    def answer(self, asked: Asked) -> Told:
        with self.lock:
            items = "".join(_item(*item) for item in reversed(self.items))
        body = f'<rss version="2.0"><channel><title>Blog</title>{items}</channel></rss>'
        return Told(body.encode(), headers={"content-type": "application/rss+xml"})


def _item(key: str, text: str, at: datetime) -> str:
    name = key.rsplit("/", 1)[1]
    return (
        f"<item><guid>{key}</guid><link>{key}</link><title>Post {name}</title><author>writer{name}</author>"
        f"<description>{escape(text)}</description><pubDate>{format_datetime(at)}</pubDate></item>"
    )


def wait(seconds: float) -> None:
    """Real time passes."""
    threading.Event().wait(seconds)


class Search(FakeServer):
    """A Hacker News search over a real socket: newest first, at most a thousand hits a question, as Algolia answers."""

    def __init__(self, cap: int = 1000) -> None:
        super().__init__()
        self.cap = cap
        self.hits: list[dict[str, Any]] = []

    def post(self, text: str, at: datetime, author: str = "") -> str:
        """One more comment in the index, whenever it was written. Its id."""
        with self.lock:
            key = str(48_000_000 + len(self.hits))
            author = author or f"pat{len(self.hits)}"
            written = {"created_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "created_at_i": int(at.timestamp())}
            self.hits.append({"objectID": key, "author": author, "comment_text": text, "parent_id": 1, "story_id": 1,
                              "story_title": "A story", "_tags": ["comment"], **written})  # fmt: skip
            return key

    def answer(self, asked: Asked) -> Told:
        if "/v0/item/" in asked.path:
            return Told(b"null")
        low, high = (
            int(part.split("created_at_i")[1].lstrip(">=<")) for part in asked.one("numericFilters").split(",")
        )
        word = asked.one("query").strip('"').casefold()
        per, page = int(asked.one("hitsPerPage", "20")), int(asked.one("page", "0"))
        with self.lock:
            inside = [hit for hit in self.hits if low <= hit["created_at_i"] < high]
        found = sorted((hit for hit in inside if word in hit["comment_text"].casefold()), key=_newest)
        shown = found[: self.cap][page * per : (page + 1) * per]
        pages = -(-min(len(found), self.cap) // per)
        return Told({"hits": shown, "nbHits": len(found), "page": page, "nbPages": pages, "hitsPerPage": per})


def _newest(hit: dict[str, Any]) -> int:
    return -int(hit["created_at_i"])
