"""A small Discourse over real sockets: latest posts, search, single posts, topics, an account's posts, replies.

fake = FakeDiscourse()
number = fake.post("Acme lost my parcel", author="pat")          # a topic's first post: "1/1"
"""

import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.fakes.server import Asked, FakeServer, Told

SHAPE: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "answers" / "discourse" / "latest.json").read_text("utf-8")
)["latest_posts"][1]
PAGE = 50


class FakeDiscourse(FakeServer):
    """`user` is ours; `key` is good for it. Posts are kept newest last."""

    def __init__(
        self, now: Callable[[], datetime] = lambda: datetime.now(UTC), user: str = "acme_care", key: str = "key-SECRET"
    ) -> None:
        super().__init__()
        self.now, self.user, self.key = now, user, key
        self.posts: list[dict[str, Any]] = []
        self.refusal: list[str] = []
        self.by_api: list[int] = []

    def post(self, text: str, author: str = "pat", *, at: datetime | None = None, topic: int = 0, to: int = 0) -> str:
        """Somebody writes: a new topic, or in one. "topic/number"."""
        with self.lock:
            topic = topic or 1 + max((post["topic_id"] for post in self.posts), default=0)
            number = 1 + max((post["post_number"] for post in self.posts if post["topic_id"] == topic), default=0)
            written = (at or self.now()).isoformat()
            mine = {
                "id": 9000 + len(self.posts),
                "raw": text,
                "cooked": f"<p>{html.escape(text)}</p>",
                "topic_id": topic,
            }
            mine |= {
                "topic_id": topic,
                "post_number": number,
                "username": author,
                "created_at": written,
                "updated_at": written,
            }
            mine |= {"reply_to_post_number": to or None, "user_id": int(sha256(author.encode()).hexdigest()[:6], 16)}
            self.posts.append({**SHAPE, **mine, "reply_count": 0, "version": 1})
            return f"{topic}/{number}"

    def take_away(self, name: str) -> None:
        self.posts = [post for post in self.posts if f"{post['topic_id']}/{post['post_number']}" != name]

    @property
    def replies(self) -> list[dict[str, Any]]:
        with self.lock:
            return [post for post in self.posts if post["id"] in self.by_api]

    def answer(self, asked: Asked) -> Told:
        with self.lock:
            if asked.headers.get("api-key", self.key) != self.key:
                return Told({"errors": ["You are not permitted to do that."]}, 403)
            return self._answer(asked)

    def _answer(self, asked: Asked) -> Told:
        path = asked.path
        if path == "/posts.json":
            return self._create(asked) if asked.method == "POST" else self._latest(asked)
        if path == "/search.json":
            word = asked.one("q").split('"')[1].casefold()
            found = [post for post in reversed(self.posts) if word in post["raw"].casefold()]
            part = found[(int(asked.one("page")) - 1) * PAGE :][:PAGE]
            return Told({"posts": [{"id": post["id"], "blurb": post["raw"][:9]} for post in part], "topics": []})
        if path == "/about.json":
            return Told({"about": {"title": "Parcels", "version": "3.5"}})
        if path.startswith("/u/"):
            name = path.split("/")[2]
            mine = [{**post, "raw": None} for post in reversed(self.posts) if post["username"] == name]
            return Told(mine[:PAGE])
        return self._one(asked)

    def _one(self, asked: Asked) -> Told:
        place = re.fullmatch(r"/(?:posts/by_number|t)/(\d+)/(\d+)\.json", asked.path)
        number = re.fullmatch(r"/posts/(\d+)\.json", asked.path)
        found = [post for post in self.posts if place and post["topic_id"] == int(place[1])]
        if asked.path.startswith("/t/"):
            return Told({"post_stream": {"posts": found}} if found else {"errors": ["gone"]}, 200 if found else 404)
        found = [post for post in found if place and post["post_number"] == int(place[2])]
        found += [post for post in self.posts if number and post["id"] == int(number[1])]
        if not found:
            return Told({"errors": ["The requested URL or resource could not be found."]}, 404)
        if asked.method == "DELETE":
            self.posts.remove(found[0])
            return Told(b"")
        return Told(found[0])

    def _latest(self, asked: Asked) -> Told:
        below = int(asked.one("before", "0")) or 10**9
        part = [post for post in reversed(self.posts) if post["id"] < below][:PAGE]
        body = json.dumps({"latest_posts": part})
        tag = f'W/"{sha256(body.encode()).hexdigest()[:16]}"'
        if asked.headers.get("if-none-match") == tag:
            return Told(b"", 304, {"etag": tag})
        return Told(body, 200, {"etag": tag})

    def _create(self, asked: Asked) -> Told:
        body = asked.json()
        if self.refusal:
            return Told({"action": "create_post", "errors": self.refusal}, 422)
        name = self.post(body["raw"], self.user, topic=body["topic_id"], to=body["reply_to_post_number"])
        self.by_api.append(self.posts[-1]["id"])
        assert name
        return Told(self.posts[-1])
