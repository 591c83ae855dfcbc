"""A small Stack Exchange over real sockets: rising listings, search, single posts, quota, backoff, throttling.

fake = FakeStackExchange()
question = fake.ask("rows are lost")        # its number
"""

import html
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from tests.fakes.server import Asked, FakeServer, Told


class FakeStackExchange(FakeServer):
    """One site. `backoff`: told with every answer. `error`: (number, words) that everything gets. `page_limit`: posts
    on a page."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.now = now
        self.said: dict[int, dict[str, Any]] = {}
        self.page_limit = 100
        self.left = 300
        self.backoff = 0
        self.error: tuple[int, str] | None = None

    def ask(
        self, title: str, body: str = "", author: str = "pat", *, at: datetime | None = None, tag: str = "acme-sdk"
    ) -> int:
        """Somebody asks."""
        more = {"title": html.escape(title), "tags": [tag], "answer_count": 0, "post_type": "question"}
        return self._add("question_id", body or title, author, at, more)

    def reply(self, question: int, body: str, author: str = "kim", *, at: datetime | None = None) -> int:
        """Somebody answers."""
        return self._add("answer_id", body, author, at, {"question_id": question, "post_type": "answer"})

    def comment(self, question: int, body: str, author: str = "kim", *, at: datetime | None = None) -> int:
        """Somebody comments."""
        return self._add("comment_id", body, author, at, {"post_id": question})

    def answer(self, asked: Asked) -> Told:
        with self.lock:
            self.left -= 1
            if self.error is not None:
                return Told({"error_id": self.error[0], "error_name": "no", "error_message": self.error[1]}, 400)
            found, paged = self._found(asked, asked.path.removeprefix("/2.3/").split("/"))
            at = (int(asked.one("page", "1")) - 1) * self.page_limit
            part = found[at : at + self.page_limit] if paged else found
            more = paged and at + len(part) < len(found)
            body: dict[str, Any] = {"items": part, "has_more": more, "quota_max": 300, "quota_remaining": self.left}
            return Told(body | ({"backoff": self.backoff} if self.backoff else {}))

    def _found(self, asked: Asked, parts: list[str]) -> tuple[list[dict[str, Any]], bool]:
        if parts[0] == "info":
            return [{"total_questions": 7}], False
        if parts[0] in ("posts", "comments"):
            ids = [int(id_) for id_ in parts[1].split(";")]
            are_comments = parts[0] == "comments"
            known = [self.said[id_] for id_ in ids if id_ in self.said]
            known = [one for one in known if ("comment_id" in one) == are_comments]
            return [self._as_post(one) for one in known], False
        return sorted(self._listed(asked, parts), key=lambda one: one["creation_date"]), True

    def _listed(self, asked: Asked, parts: list[str]) -> list[dict[str, Any]]:
        low, high = int(asked.one("fromdate")), int(asked.one("todate"))
        here = [one for one in self.said.values() if low <= one["creation_date"] <= high]
        if parts[0] == "questions":
            name, above = ("comment_id", "post_id") if parts[2] == "comments" else ("answer_id", "question_id")
            return [one for one in here if name in one and str(one[above]) in parts[1].split(";")]
        if parts == ["search"]:
            return [one for one in here if set(asked.one("tagged").split(";")) & set(one.get("tags", []))]
        word = asked.one("q").strip('"')
        hits = [
            one
            for one in here
            if "comment_id" not in one and word in str(one.get("title", "") + one["body"]).casefold()
        ]
        return [{"item_type": "x", **{k: v for k, v in one.items() if k.endswith(("_id", "_date"))}} for one in hits]

    def _as_post(self, one: dict[str, Any]) -> dict[str, Any]:
        return one if "comment_id" in one else {**one, "post_id": one.get("answer_id", one.get("question_id"))}

    def _add(self, name: str, body: str, author: str, at: datetime | None, more: dict[str, Any]) -> int:
        with self.lock:
            number = 79_000_000 + len(self.said)
            owner = {"user_id": int(sha256(author.encode()).hexdigest()[:6], 16), "display_name": author}
            written = int((at or self.now()).timestamp())
            made = {name: number, "owner": owner, "score": 1, "creation_date": written}
            self.said[number] = {**more, **made, "body": f"<p>{html.escape(body)}</p>"}
            return number
