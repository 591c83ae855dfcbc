"""A small GitHub over real sockets: issues and comments newest first, search, discussions, comments, limits, ETags.

fake = FakeGitHub()
issue = fake.issue("Export loses rows", "all of them")       # "acme/app#1"
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from tests.fakes.server import Asked, FakeServer, Told

OURS = "acme/app"


class FakeGitHub(FakeServer):
    """`login` is ours; `token` is good for it. `spent`: the limit is used up."""

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        login: str = "acme-care",
        token: str = "ghp-SECRET",
    ) -> None:
        super().__init__()
        self.now, self.login, self.token = now, login, token
        self.issues: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.talks: list[dict[str, Any]] = []
        self.by_api: list[int] = []
        self.spent = False
        self.locked = False
        self.page_limit = 100
        self.points = 4990
        self.wrong: dict[str, Any] | None = None  # what every question in GraphQL gets

    def issue(
        self, title: str, body: str = "", author: str = "pat", *, at: datetime | None = None, repository: str = OURS
    ) -> str:
        """Somebody opens an issue. "owner/name#number"."""
        with self.lock:
            number = len(self.issues) + 1
            place = f"repos/{repository}/issues/{number}"
            page = f"https://github.com/{repository}/issues/{number}"
            made = self._made(author, body, at) | {"url": f"https://api.github.com/{place}", "html_url": page}
            self.issues.append(made | {"number": number, "title": title, "locked": self.locked, "comments": 0})
            return f"{repository}#{number}"

    def comment(
        self, issue: str, body: str, author: str = "kim", *, at: datetime | None = None, role: str = "NONE"
    ) -> str:
        """Somebody comments. "owner/name#cid"."""
        with self.lock:
            repository, _, number = issue.partition("#")
            made = self._made(author, body, at) | {"author_association": role}
            page = f"https://github.com/{repository}/issues/{number}#issuecomment-{made['id']}"
            above = f"https://api.github.com/repos/{repository}/issues/{number}"
            self.comments.append(made | {"html_url": page, "issue_url": above, "url": f"{above}/comments/{made['id']}"})
            return f"{repository}#c{made['id']}"

    def talk(self, title: str, body: str, *, at: datetime | None = None, below: tuple[str, ...] = ()) -> str:
        """Somebody begins a discussion, others comment. Its node id."""
        id_, written = f"D_{len(self.talks)}", _iso(at or self.now())
        node = self._node(id_, body, written) | {"title": title, "updatedAt": written}
        said = [self._node(f"DC_{id_}_{n}", text, written) | {"below": []} for n, text in enumerate(below)]
        self.talks.append(node | {"repository": {"nameWithOwner": "Acme/App"}, "comments": {"nodes": said}})
        return id_

    def say(self, talk: str, text: str, *, at: datetime | None = None, to: str = "") -> str:
        """Somebody comments on a discussion, or replies to a comment there. The node id."""
        with self.lock:
            node = next(node for node in self.talks if node["id"] == talk)
            written = _iso(at or self.now())
            comments = node["comments"]["nodes"]
            made = self._node(f"DC_{talk}_{sum(1 + len(one['below']) for one in comments)}", text, written)
            made |= {"replyTo": {"id": to} if to else None, "below": []}
            above = next((one["below"] for one in comments if one["id"] == to), comments)
            above.append(made)
            node["updatedAt"] = max(node["updatedAt"], written)
            return str(made["id"])

    @property
    def replies(self) -> list[dict[str, Any]]:
        with self.lock:
            return [one for one in self.comments if one["id"] in self.by_api]

    def answer(self, asked: Asked) -> Told:
        with self.lock:
            left = {
                "x-ratelimit-remaining": "0" if self.spent else "4999",
                "x-ratelimit-reset": _epoch(self.now(), 600),
            }
            if self.spent:
                return Told({"message": "API rate limit exceeded for user ID 1."}, 403, left)
            if asked.token not in ("", self.token):
                return Told({"message": "Bad credentials"}, 401)
            told = self._api(asked)
            return Told(told.body, told.status, {**left, **told.headers})

    def _api(self, asked: Asked) -> Told:
        path = asked.path
        if path == "/graphql":
            return self._graph(asked.json())
        if path == "/user":
            return Told({"login": self.login, "id": 77})
        if path == "/search/issues":
            word = asked.one("q").split('"')[1].casefold() if '"' in asked.one("q") else "?"
            found = [one for one in self.issues if word in f"{one['title']} {one['body']}".casefold()]
            return Told({"total_count": len(found), "items": self._part(found, asked)})
        return self._repository(asked)

    def _repository(self, asked: Asked) -> Told:
        place = re.fullmatch(r"/repos/([^/]+/[^/]+)/issues(?:/(comments|\d+))?(?:/(comments|\d+))?", asked.path)
        assert place, asked.path
        repository, first, second = place[1], place[2], place[3]
        if first is None:
            return self._tagged([one for one in self.issues if f"/{repository}/" in one["url"]], asked)
        if first == "comments" and second is None:
            return self._tagged([one for one in self.comments if f"/{repository}/" in one["url"]], asked)
        if first == "comments":
            return self._single([one for one in self.comments if str(one["id"]) == second], asked)
        if second is None:
            return self._single([one for one in self.issues if str(one["number"]) == first], asked)
        return self._below(repository, first, asked)

    def _below(self, repository: str, number: str, asked: Asked) -> Told:
        if asked.method == "POST":
            if self.locked:
                return Told({"message": "Unable to create comment because issue is locked."}, 403)
            self.comment(f"{repository}#{number}", asked.json()["body"], self.login)
            self.by_api.append(self.comments[-1]["id"])
            return Told(self.comments[-1], 201)
        here = [one for one in self.comments if one["issue_url"].endswith(f"/{repository}/issues/{number}")]
        since = asked.one("since")
        return Told([one for one in here if one["created_at"] >= since] if asked.one("page") == "1" else [])

    def _single(self, found: list[dict[str, Any]], asked: Asked) -> Told:
        if not found:
            return Told({"message": "Not Found"}, 404)
        if asked.method == "DELETE":
            self.comments.remove(found[0])
            return Told(b"", 204)
        return Told(found[0])

    def _tagged(self, found: list[dict[str, Any]], asked: Asked) -> Told:
        part = self._part(found, asked)
        tag = f'W/"{sha256(json.dumps(part).encode()).hexdigest()[:16]}"'
        same = asked.headers.get("if-none-match") == tag
        return Told(b"" if same else part, 304 if same else 200, {"etag": tag})

    def _part(self, found: list[dict[str, Any]], asked: Asked) -> list[dict[str, Any]]:
        newest = sorted(found, key=lambda one: one["created_at"], reverse=True)
        at = (int(asked.one("page")) - 1) * self.page_limit
        return newest[at : at + self.page_limit]

    def _graph(self, body: dict[str, Any]) -> Told:
        asked = body["variables"]
        limit = {"limit": 5000, "remaining": self.points, "resetAt": _iso(self.now() + timedelta(minutes=30))}
        if self.wrong is not None:
            return Told(self.wrong)
        if "ids" in asked:
            here = {node["id"]: node for node in self.talks} | self._said()
            gone = [n for n, id_ in enumerate(asked["ids"]) if id_ not in here]
            errors = [{"type": "NOT_FOUND", "path": ["nodes", n], "message": "Could not resolve"} for n in gone]
            nodes = [here.get(id_) for id_ in asked["ids"]]
            return Told({"data": {"rateLimit": limit, "nodes": nodes}, "errors": errors})
        if "id" in asked:
            node = next(node for node in self.talks if node["id"] == asked["id"])
            return Told({"data": {"rateLimit": limit, "node": self._shown(node, 50, asked["before"])}})
        found = sorted(reversed(self.talks), key=lambda node: node["updatedAt"], reverse=True)
        if "query" in asked:
            word = asked["query"].split('"')[1]
            found = [node for node in found if word in f"{node['title']} {node['body']}".casefold()]
        page = {"nodes": [self._shown(node, 10) for node in found], "pageInfo": {"hasNextPage": False}}
        data = {"found": page} if "query" in asked else {"repository": {"found": page}}
        return Told({"data": {"rateLimit": limit, **data}})

    def _said(self) -> dict[str, dict[str, Any]]:
        """Every comment and reply, with the discussion it belongs to."""
        told = [(node, one) for node in self.talks for one in node["comments"]["nodes"]]
        told += [(node, below) for node, one in told for below in one["below"]]
        return {one["id"]: one | {"discussion": node} for node, one in told}

    def _shown(self, node: dict[str, Any], most: int, before: str | None = None) -> dict[str, Any]:
        """A discussion with its newest comments, as many as are asked for, and as many replies of each."""
        comments = node["comments"]["nodes"][: int(before[1:]) if before else None]
        part = [one | {"replies": _newest(one["below"], most)} for one in comments]
        return node | {"comments": _newest(part, most)}

    def _made(self, author: str, body: str, at: datetime | None) -> dict[str, Any]:
        written = _iso(at or self.now())
        number = 9000 + len(self.issues) + len(self.comments)
        user = {"login": author, "id": int(sha256(author.encode()).hexdigest()[:6], 16), "type": "User"}
        made: dict[str, Any] = {"id": number, "user": user, "body": body, "author_association": "NONE"}
        return made | {"created_at": written, "updated_at": written, "reactions": {"total_count": 1}}

    def _node(self, id_: str, body: str, written: str) -> dict[str, Any]:
        author = {"__typename": "User", "login": "kim", "databaseId": 31}
        node = {"id": id_, "body": body, "createdAt": written, "author": author, "authorAssociation": "NONE"}
        return node | {"url": f"https://github.com/acme/app/discussions/{id_}", "upvoteCount": 2}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _epoch(now: datetime, seconds: int) -> str:
    return str(int(now.timestamp()) + seconds)


def _newest(listed: list[dict[str, Any]], most: int) -> dict[str, Any]:
    """The end of a list, and where what comes before it is."""
    start = max(0, len(listed) - most)
    return {"nodes": listed[start:], "pageInfo": {"hasPreviousPage": start > 0, "startCursor": f"b{start}"}}
