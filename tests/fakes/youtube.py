"""A small YouTube over real sockets: comment threads, single comments, videos, search, replies, quota refusals.

fake = FakeYouTube()
top = fake.comment("the box was empty")
"""

import html
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from tests.fakes.server import Asked, FakeServer, Told

OURS = "UCacmeacmeacme1"
VIDEO = "ourvideo01"


@dataclass
class Comment:
    id: str
    text: str
    author: str
    at: datetime
    parent: str = ""
    video: str = VIDEO
    api: bool = False


class FakeYouTube(FakeServer):
    """`page_limit`: threads on a page. `refuse`: the reason of the 403 that everything gets. `off`: videos without
    comments. `unknown`: the page token that is refused."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.now = now
        self.said: dict[str, Comment] = {}
        self.films: dict[str, dict[str, Any]] = {}
        self.page_limit = 100
        self.refuse = ""
        self.off: set[str] = set()
        self.granted = 0
        self.unknown = ""

    def comment(
        self,
        text: str,
        author: str = "UCpatpatpatpat01",
        *,
        at: datetime | None = None,
        to: str = "",
        video: str = VIDEO,
    ) -> str:
        """Somebody writes. The comment's id."""
        with self.lock:
            id_ = f"{to}.r{len(self.said)}" if to else f"Ug{len(self.said)}"
            self.said[id_] = Comment(id_, text, author, at or self.now(), to, video)
            return id_

    def film(self, title: str, text: str, *, at: datetime | None = None) -> str:
        """Somebody publishes a video. Its id."""
        id_ = f"film{len(self.films):05d}"
        snippet = {
            "title": html.escape(title),
            "description": text,
            "channelId": "UCfilmer0000001",
            "channelTitle": "Filmer",
        }
        self.films[id_] = snippet | {"publishedAt": _iso(at or self.now())}
        return id_

    @property
    def replies(self) -> list[Comment]:
        with self.lock:
            return [one for one in self.said.values() if one.api]

    def answer(self, asked: Asked) -> Told:
        with self.lock:
            if asked.path == "/token":
                self.granted += 1
                return Told({"access_token": f"token-{self.granted}-SECRET", "expires_in": 3599})
            good = asked.headers.get("x-goog-api-key") == "key-SECRET" or asked.token == f"token-{self.granted}-SECRET"
            if not good:
                return _error(401, "authError")
            return _error(403, self.refuse) if self.refuse else self._api(asked, asked.path.rsplit("/", 1)[1])

    def _api(self, asked: Asked, what: str) -> Told:
        if what == "commentThreads":
            return self._threads(asked)
        if what == "comments":
            return self._comments(asked)
        if what == "channels":
            return Told({"items": [{"id": OURS, "snippet": {"title": "Acme"}}] if asked.one("id") == OURS else []})
        wanted = asked.one("id").split(",")
        if what == "videos":
            return Told({"items": [{"id": id_, "snippet": self.films[id_]} for id_ in wanted if id_ in self.films]})
        found = [id_ for id_, film in self.films.items() if film["publishedAt"] >= asked.one("publishedAfter")]
        return Told({"items": [{"id": {"videoId": id_}, "snippet": self.films[id_]} for id_ in reversed(found)]})

    def _threads(self, asked: Asked) -> Told:
        video = asked.one("videoId")
        if video in self.off:
            return _error(403, "commentsDisabled")
        tops = [one for one in self.said.values() if not one.parent]
        if asked.one("id"):
            tops = [one for one in tops if one.id == asked.one("id")]
        tops = sorted((one for one in tops if not video or one.video == video), key=lambda one: one.at, reverse=True)
        if self.unknown and asked.one("pageToken") == self.unknown:
            return _error(400, "invalidPageToken")
        at = int(asked.one("pageToken", "p0")[1:])
        part = tops[at : at + self.page_limit]
        body: dict[str, Any] = {"items": [self._thread(one) for one in part]}
        if at + len(part) < len(tops):
            body["nextPageToken"] = f"p{at + len(part)}"
        body["etag"] = sha256(repr(body).encode()).hexdigest()[:12]
        same = asked.headers.get("if-none-match") == body["etag"]
        return Told(b"", 304) if same else Told(body)

    def _thread(self, top: Comment) -> dict[str, Any]:
        below = [self._shown(one) for one in self.said.values() if one.parent == top.id]
        snippet = {"videoId": top.video, "topLevelComment": self._shown(top), "totalReplyCount": len(below)}
        thread: dict[str, Any] = {"id": top.id, "snippet": snippet}
        return thread | ({"replies": {"comments": below[:5]}} if below else {})

    def _comments(self, asked: Asked) -> Told:
        if asked.method == "DELETE":
            return Told(b"", 204) if self.said.pop(asked.one("id"), None) else _error(404, "commentNotFound")
        if asked.method == "POST":
            told = asked.json()["snippet"]
            if told["parentId"] not in self.said:
                return _error(404, "parentCommentNotFound")
            id_ = self.comment(told["textOriginal"], OURS, to=told["parentId"])
            self.said[id_].api = True
            return Told(self._shown(self.said[id_]))
        parent = asked.one("parentId")
        if parent and parent not in self.said:
            return _error(404, "commentNotFound")
        ids = asked.one("id").split(",")
        found = [one for one in self.said.values() if (one.parent == parent if parent else one.id in ids)]
        return Told({"items": [self._shown(one) for one in reversed(found)]})

    def _shown(self, one: Comment) -> dict[str, Any]:
        snippet: dict[str, Any] = {"textDisplay": one.text, "authorDisplayName": f"@{one.author[2:8]}", "likeCount": 1}
        snippet |= {"authorChannelId": {"value": one.author}, "publishedAt": _iso(one.at), "updatedAt": _iso(one.at)}
        snippet |= {"parentId": one.parent} if one.parent else {"videoId": one.video}
        return {"kind": "youtube#comment", "id": one.id, "snippet": snippet}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _error(status: int, reason: str) -> Told:
    return Told({"error": {"code": status, "message": f"No: {reason}", "errors": [{"reason": reason}]}}, status)
