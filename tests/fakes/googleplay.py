"""A small Google Play over real sockets: tokens for a signed claim, reviews newest first, one answer for each.

fake = FakeGooglePlay()
fake.review("crashes", stars=1)
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.fakes.server import Asked, FakeServer, Told

PACKAGE = "com.example.app"


@cache
def key() -> RSAKey:
    """One key for all tests: making one takes a while."""
    return RSAKey.generate_key(2048)


def service_account() -> str:
    """The content of a key file."""
    pem = key().as_pem(private=True).decode()
    told = {"type": "service_account", "client_email": "ear@example.test", "private_key_id": "k1", "private_key": pem}
    return json.dumps(told)


class FakeGooglePlay(FakeServer):
    """Knows one app. `page_limit`: how many reviews a page has. `claims`: what was signed to get each token."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.now = now
        self.reviews: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, str] = {}
        self.claims: list[dict[str, Any]] = []
        self.page_limit = 100
        self.forbidden = ""

    def review(self, text: str, stars: int = 1, *, at: datetime | None = None, language: str = "en") -> str:
        """Somebody writes. The review's id."""
        with self.lock:
            id_ = f"gp:{len(self.reviews)}"
            self.reviews[id_] = {"reviewId": id_, "authorName": f"Pat {len(self.reviews)}"}
            self.change(id_, text, stars, at=at, language=language)
            return id_

    def change(self, id_: str, text: str, stars: int, *, at: datetime | None = None, language: str = "en") -> None:
        """Somebody writes other words, or gives other stars."""
        said: dict[str, Any] = {"text": text, "starRating": stars, "reviewerLanguage": language, "thumbsUpCount": 2}
        self.reviews[id_]["comments"] = [{"userComment": said | {"lastModified": _time(at or self.now())}}]

    def respond(self, id_: str, text: str) -> dict[str, Any]:
        """The developer answers, here or in the console."""
        self.answers[id_] = text
        said = {"text": text, "lastModified": _time(self.now())}
        self.reviews[id_]["comments"] = [self.reviews[id_]["comments"][0], {"developerComment": said}]
        return {"replyText": text, "lastEdited": _time(self.now())}

    def answer(self, asked: Asked) -> Told:
        with self.lock:
            if asked.path == "/token":
                return self._grant(asked)
            if asked.token != f"token-{len(self.claims)}-SECRET":
                return Told({"error": {"code": 401, "message": "Request had invalid credentials."}}, 401)
            if self.forbidden:
                return Told({"error": {"code": 403, "errors": [{"reason": self.forbidden}]}}, 403)
            return self._api(asked)

    def _grant(self, asked: Asked) -> Told:
        signed = jwt.decode(asked.form()["assertion"], key(), algorithms=["RS256"])
        self.claims.append({**signed.header, **signed.claims})
        return Told({"access_token": f"token-{len(self.claims)}-SECRET", "expires_in": 3599, "token_type": "Bearer"})

    def _api(self, asked: Asked) -> Told:
        _, _, tail = asked.path.partition(f"/androidpublisher/v3/applications/{PACKAGE}/reviews")
        if not tail:
            return self._page(asked)
        id_, _, verb = tail[1:].partition(":reply")
        if id_ not in self.reviews:
            return Told({"error": {"code": 404, "message": "The review was not found."}}, 404)
        if asked.method == "POST":
            return Told({"result": self.respond(id_, asked.json()["replyText"])})
        assert not verb
        return Told(self.reviews[id_])

    def _page(self, asked: Asked) -> Told:
        newest = sorted(self.reviews.values(), key=_when, reverse=True)
        at = int(asked.one("token", "t0")[1:])
        part = newest[at : at + self.page_limit]
        body: dict[str, Any] = {"reviews": part} if part else {}
        if at + len(part) < len(newest):
            body["tokenPagination"] = {"nextPageToken": f"t{at + len(part)}"}
        return Told(body)


def _time(at: datetime) -> dict[str, Any]:
    return {"seconds": str(int(at.timestamp())), "nanos": 0}


def _when(review: dict[str, Any]) -> int:
    return int(review["comments"][0]["userComment"]["lastModified"]["seconds"])
