"""What a life hears and speaks to: a Mastodon, a feed and a Slack over real sockets, each with a log of its own."""

import threading
from datetime import datetime
from email.utils import format_datetime
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
