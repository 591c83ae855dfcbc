"""A small App Store Connect over real sockets: reviews newest first, one answer for each, tokens checked.

fake = FakeAppStore()
fake.review("it broke", stars=1)
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from tests.fakes.server import Asked, FakeServer, Told

APP = "1234567890"
ISSUER, KEY = "57246542-96fe", "2X9R4HXF34"
_SITE = "https://api.appstoreconnect.apple.com"


@cache
def key() -> ECKey:
    """One key for all tests."""
    return ECKey.generate_key("P-256")


def p8() -> str:
    """The content of a key file."""
    return key().as_pem(private=True).decode()


class FakeAppStore(FakeServer):
    """Knows one app. `claims`: of every token it was shown."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.now = now
        self.reviews: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.claims: list[dict[str, Any]] = []
        self.page_limit = 200
        self.refusal = ""

    def review(self, text: str, stars: int = 1, *, at: datetime | None = None, title: str = "hm") -> str:
        """Somebody writes. The review's id."""
        with self.lock:
            id_ = f"0000-{len(self.reviews):04d}"
            self.reviews[id_] = {"rating": stars, "title": title, "body": text, "reviewerNickname": "pat"}
            self.reviews[id_] |= {"createdDate": (at or self.now()).isoformat(), "territory": "USA"}
            return id_

    def respond(self, id_: str, text: str) -> dict[str, Any]:
        """The developer answers, here or in App Store Connect."""
        told = {"responseBody": text, "lastModifiedDate": self.now().isoformat(), "state": "PENDING_PUBLISH"}
        self.answers[id_] = told
        return {"type": "customerReviewResponses", "id": f"r-{id_}", "attributes": told}

    def answer(self, asked: Asked) -> Told:
        with self.lock:
            try:
                signed = jwt.decode(asked.token, key(), algorithms=["ES256"])
            except (JoseError, ValueError):
                return Told({"errors": [{"code": "NOT_AUTHORIZED"}]}, 401)
            self.claims.append({**signed.header, **signed.claims})
            told = self._api(asked)
            return Told(told.body, told.status, {"x-rate-limit": "user-hour-lim:3600;user-hour-rem:3545;"})

    def _api(self, asked: Asked) -> Told:
        parts = asked.path.split("/")[2:]
        if parts[0] == "apps":
            return self._page(asked)
        if asked.method == "POST":
            data = asked.json()["data"]
            return self._create(data["relationships"]["review"]["data"]["id"], data["attributes"]["responseBody"])
        id_ = parts[1].removeprefix("r-")
        if asked.method == "DELETE":
            return Told(b"", 204 if self.answers.pop(id_, None) else 404)
        if id_ not in self.reviews:
            return Told({"errors": [{"status": "404", "code": "NOT_FOUND"}]}, 404)
        return Told({"data": self._shown(id_), "included": self._along([id_])})

    def _create(self, id_: str, text: str) -> Told:
        if self.refusal or id_ not in self.reviews:
            return Told({"errors": [{"status": "409", "detail": self.refusal or "no such review"}]}, 409)
        return Told({"data": self.respond(id_, text)}, 201)

    def _page(self, asked: Asked) -> Told:
        newest = sorted(self.reviews, key=lambda id_: self.reviews[id_]["createdDate"], reverse=True)
        at = int(asked.one("cursor", "0"))
        part = newest[at : at + self.page_limit]
        links = {"self": f"{_SITE}{asked.path}"}
        if at + len(part) < len(newest):
            links["next"] = f"{_SITE}{asked.path}?cursor={at + len(part)}&limit=200"
        return Told({"data": [self._shown(id_) for id_ in part], "included": self._along(part), "links": links})

    def _shown(self, id_: str) -> dict[str, Any]:
        response: dict[str, Any] = {"links": {}}
        if id_ in self.answers:
            response["data"] = {"type": "customerReviewResponses", "id": f"r-{id_}"}
        relations = {"response": response}
        return {"type": "customerReviews", "id": id_, "attributes": self.reviews[id_], "relationships": relations}

    def _along(self, ids: list[str]) -> list[dict[str, Any]]:
        kind = "customerReviewResponses"
        known = [id_ for id_ in ids if id_ in self.answers]
        return [{"type": kind, "id": f"r-{id_}", "attributes": self.answers[id_]} for id_ in known]
