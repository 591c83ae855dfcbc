"""A small X over real sockets: recent search, mentions, lookup, replies and its refusals. No library of X's is used.

fake = FakeX()
post_id = fake.post("Acme lost my parcel", author="pat")
fake.replies                     # what was really published through the API
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.server import Asked, FakeServer, Told

_EPOCH_MS = 1288834974657
_ISO = "%Y-%m-%dT%H:%M:%S.000Z"


@dataclass
class Tweet:
    id: str
    text: str
    author: str
    at: datetime
    reply_to: str | None = None
    thread: str = ""
    api: bool = False
    versions: list[str] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)


class FakeX(FakeServer):
    """`handle` is ours. With `strict`, replies go only to those who name us, as self-serve access has it."""

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        handle: str = "acme_care",
        bearer: str = "bearer-SECRET",
        access: str = "1001-token-SECRET",
    ) -> None:
        super().__init__()
        self.now, self.handle, self.bearer, self.access = now, handle, bearer, access
        self.tweets: dict[str, Tweet] = {}
        self.users: dict[str, str] = {handle: "1001"}
        self.page_limit = 100
        self.strict = False
        self.left = 449
        self.hidden_users: set[str] = set()
        self.rules: dict[str, dict[str, str]] = {}
        self.streamed: list[str] = []  # lines of the stream, sent one by one; then it ends
        self._serial = 0

    # -- what people do -----------------------------------------------------------------------------------------------

    def post(self, text: str, author: str = "pat", *, at: datetime | None = None, reply_to: str | None = None) -> str:
        """Somebody writes. The post's id."""
        with self.lock:
            at = at or self.now()
            self._serial += 1
            id_ = str((int(at.timestamp() * 1000) - _EPOCH_MS << 22) + self._serial)
            self.users.setdefault(author, str(2000 + len(self.users)))
            parent = self.tweets.get(reply_to or "")
            self.tweets[id_] = Tweet(id_, text, author, at, reply_to, parent.thread if parent else id_, versions=[id_])
            return id_

    def edit(self, id_: str, text: str, at: datetime | None = None) -> str:
        """The author changes the words: X gives the post a new number."""
        with self.lock:
            old = self.tweets[id_]
            new = self.tweets[self.post(text, old.author, at=at or self.now(), reply_to=old.reply_to)]
            new.thread = old.thread
            new.versions = [*old.versions, new.id]
            for version in old.versions:
                self.tweets[version].versions = new.versions
            return new.id

    def delete(self, id_: str) -> None:
        with self.lock:
            self.tweets.pop(id_, None)

    @property
    def replies(self) -> list[Tweet]:
        with self.lock:
            return [tweet for tweet in self.tweets.values() if tweet.api]

    # -- HTTP ---------------------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Told:
        with self.changed:
            refused = self._refused(asked)
            return refused or self._answer(asked)

    def _answer(self, asked: Asked) -> Told:
        path = asked.path
        if path == "/2/tweets/search/stream":
            return Told(iter([(line + "\r\n").encode() for line in self.streamed]))
        if path == "/2/tweets/search/stream/rules":
            return self._ruled(asked)
        if path == "/2/tweets/search/recent":
            return self._page(asked, self._found(asked.one("query")), "next_token")
        if path == "/2/tweets/counts/recent":
            return Told({"data": [], "meta": {"total_tweet_count": 0}})
        if path == "/2/users/me":
            return Told({"data": {"id": self.users[self.handle], "username": self.handle, "name": "Acme Care"}})
        if path == "/2/tweets" and asked.method == "POST":
            return self._create(asked.json())
        if path == "/2/tweets":
            return self._lookup(asked)
        whose = re.fullmatch(r"/2/users/(\d+)/(mentions|tweets)", path)
        if whose:
            mine = whose[2] == "tweets"
            return self._page(asked, [one for one in self.tweets.values() if self._timeline(one, mine)], "next_token")
        single = re.fullmatch(r"/2/tweets/(\d+)", path)
        if single and asked.method == "DELETE":
            deleted = self.tweets.pop(single[1], None)
            return Told({"data": {"deleted": deleted is not None}})
        return Told({"title": "Not Found"}, 404)

    def _ruled(self, asked: Asked) -> Told:
        if asked.method == "POST":
            for rule in asked.json().get("add", []):
                self.rules[f"r{len(asked.query)}{len(self.log)}{len(self.rules)}"] = rule
            for id_ in asked.json().get("delete", {}).get("ids", []):
                del self.rules[id_]
        return Told({"data": [{"id": id_, **rule} for id_, rule in self.rules.items()], "meta": {}})

    def line(self, id_: str, tag: str) -> None:
        """This post goes out on the stream under the rule of this tag."""
        one = self.tweets[id_]
        told = {"data": self._shown(one), "includes": {"users": self._people([one])}}
        self.streamed.append(json.dumps(told | {"matching_rules": [{"id": "1", "tag": tag}]}))

    def _timeline(self, one: Tweet, mine: bool) -> bool:
        return one.author == self.handle if mine else f"@{self.handle}" in one.text.lower()

    def _refused(self, asked: Asked) -> Told | None:
        given = asked.headers.get("authorization", "")
        token = re.search(r'oauth_token="([^"]*)"', given)
        good = token[1] == self.access if token else given == f"Bearer {self.bearer}"
        return None if good else Told({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, 401)

    def _found(self, query: str) -> list[Tweet]:
        thread = re.match(r"conversation_id:(\d+)", query)
        if thread:
            return [one for one in self.tweets.values() if one.thread == thread[1]]
        names = re.sub(r"\s-\S+", "", query).strip("()").split(" OR ")
        words = [name.strip('"').lower() for name in names]
        return [one for one in self.tweets.values() if any(word in one.text.lower() for word in words)]

    def _page(self, asked: Asked, found: list[Tweet], token_name: str) -> Told:
        low = int(asked.one("since_id", "0"))
        start, end = (_read(asked.one(name)) for name in ("start_time", "end_time"))
        lag = timedelta(seconds=30 if asked.path.endswith("/recent") else -1)
        end = end or self.now() - lag
        found = [one for one in found if one.versions[-1] == one.id]
        found = [one for one in found if int(one.id) > low and (start is None or one.at >= start) and one.at < end]
        found.sort(key=lambda one: -int(one.id))
        at = int((asked.one("next_token") or asked.one("pagination_token") or "t0")[1:])
        size = min(int(asked.one("max_results", "10")), self.page_limit)
        part = found[at : at + size]
        meta: dict[str, Any] = {"result_count": len(part)}
        if part:
            meta |= {"newest_id": part[0].id, "oldest_id": part[-1].id}
        if at + size < len(found):
            meta[token_name] = f"t{at + size}"
        body = {"data": [self._shown(one) for one in part], "includes": {"users": self._people(part)}, "meta": meta}
        return Told(body if part else {"meta": meta}, 200, self._limits())

    def _limits(self) -> dict[str, str]:
        reset = int((self.now() + timedelta(minutes=10)).timestamp())
        return {
            "x-rate-limit-limit": "450",
            "x-rate-limit-remaining": str(self.left),
            "x-rate-limit-reset": str(reset),
        }

    def _people(self, part: list[Tweet]) -> list[dict[str, Any]]:
        names = {one.author for one in part} - self.hidden_users
        return [
            {"id": self.users[name], "username": name, "name": name.title(), "public_metrics": {"followers_count": 12}}
            for name in sorted(names)
        ]

    def _shown(self, one: Tweet) -> dict[str, Any]:
        escaped = one.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        names = re.findall(r"@(\w{1,15})", one.text)
        shown: dict[str, Any] = {
            "id": one.id,
            "text": escaped,
            "author_id": self.users[one.author],
            "created_at": one.at.strftime(_ISO),
            "conversation_id": one.thread,
            "lang": "en",
            "reply_settings": "everyone",
            "edit_history_tweet_ids": one.versions,
            "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3, "quote_count": 0},
            "entities": {"mentions": [{"username": name, "id": "7"} for name in names]},
        }
        if one.reply_to:
            shown["referenced_tweets"] = [{"type": "replied_to", "id": one.reply_to}]
        return {**shown, **one.raw}

    def _lookup(self, asked: Asked) -> Told:
        ids = asked.one("ids").split(",")
        here = [self.tweets[id_] for id_ in ids if id_ in self.tweets]
        errors = [
            {
                "resource_id": id_,
                "value": id_,
                "title": "Not Found Error",
                "type": "https://api.x.com/2/problems/resource-not-found",
                "resource_type": "tweet",
            }
            for id_ in ids
            if id_ not in self.tweets
        ]
        body: dict[str, Any] = {"includes": {"users": self._people(here)}}
        if here:
            body["data"] = [self._shown(one) for one in here]
        if errors:
            body["errors"] = errors
        return Told(body, 200, self._limits())

    def _create(self, body: dict[str, Any]) -> Told:
        parent = self.tweets.get(body.get("reply", {}).get("in_reply_to_tweet_id", ""))
        if parent is None:
            return _forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
        if self.strict and f"@{self.handle}" not in parent.text.lower():
            return _forbidden("You can only reply to or quote posts where you are mentioned or are the author.")
        if any(one.text == body["text"] and one.reply_to == parent.id for one in self.replies):
            return _forbidden("You are not allowed to create a Tweet with duplicate content.")
        id_ = self.post(body["text"], self.handle, reply_to=parent.id)
        self.tweets[id_].api = True
        return Told({"data": {"id": id_, "text": body["text"], "edit_history_tweet_ids": [id_]}}, 201)


def _forbidden(detail: str) -> Told:
    problem = {"title": "Forbidden", "type": "about:blank", "status": 403, "detail": detail}
    return Told(json.dumps(problem), 403, {"content-type": "application/problem+json"})


def _read(moment: str) -> datetime | None:
    return datetime.fromisoformat(moment.replace("Z", "+00:00")) if moment else None
