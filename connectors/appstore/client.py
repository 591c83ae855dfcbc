"""The App Store Connect API: signed in by a token of our own (ES256) that lives a quarter of an hour.

Facts: developer.apple.com/documentation/appstoreconnectapi (generating tokens: 20 minutes at most, audience; customer
reviews; customer review responses; x-rate-limit: user-hour-lim, user-hour-rem).
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from connectors.answers import Answer
from connectors.appstore.settings import Settings
from connectors.errors import AuthFailed
from connectors.http import Http
from connectors.types import Rate

_LIVES = timedelta(minutes=15)
_LEFT = re.compile(r"user-hour-lim:(\d{1,9});.*user-hour-rem:(\d{1,9})")
_HOUR = timedelta(hours=1)  # theirs slides, and they do not say when it ends
_ARMOUR = re.compile(r"-----(?:BEGIN|END) [A-Z ]+-----")
_NONE = (404, 410)


class Client:
    """One app's reviews. `rate` is what Apple last said of its hourly limit."""

    def __init__(self, settings: Settings, http: Http, now: Callable[[], datetime]) -> None:
        self._settings, self._http, self._now = settings, http, now
        self.rate: Rate | None = None

    def __repr__(self) -> str:
        return f"Client({self._settings.app_id})"

    def page(self, cursor: str) -> Any:
        """Two hundred reviews, newest first, with the answers to them."""
        asked = {"sort": "-createdDate", "limit": "200", "include": "response"}
        path = f"apps/{self._settings.app_id}/customerReviews"
        return self._ask(path, asked | ({"cursor": cursor} if cursor else {})).json()

    def review(self, id_: str) -> Any:
        """One review with the answer to it; None if it is gone."""
        answer = self._ask(f"customerReviews/{id_}", {"include": "response"})
        return None if answer.status in _NONE else answer.json()

    def reply(self, id_: str, text: str, expected: tuple[int, ...]) -> Answer:
        """Publish the answer to a review, or put it in the place of the one that is there. One attempt."""
        review = {"data": {"type": "customerReviews", "id": id_}}
        attributes, kind = {"responseBody": text}, "customerReviewResponses"
        body = {"data": {"type": kind, "attributes": attributes, "relationships": {"review": review}}}
        url = f"{self._settings.base_url}/v1/{kind}"
        return self._http.request("POST", url, headers=self._headers(), json=body, write=True, expected=expected)

    def delete(self, response: str) -> None:
        """Take an answer back."""
        url = f"{self._settings.base_url}/v1/customerReviewResponses/{response}"
        self._http.request("DELETE", url, headers=self._headers(), write=True, expected=_NONE)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _ask(self, path: str, asked: Mapping[str, str]) -> Answer:
        answer = self._http.get(f"{self._settings.base_url}/v1/{path}", asked, self._headers(), expected=_NONE)
        left = _LEFT.search(answer.headers.get("x-rate-limit", ""))
        self.rate = Rate(int(left[2]), self._now() + _HOUR, int(left[1])) if left else self.rate
        return answer

    def _headers(self) -> dict[str, str]:
        return {"accept": "application/json", "authorization": f"Bearer {token(self._settings, self._now())}"}


def token(settings: Settings, now: datetime) -> str:
    """Who we are, signed. Raises AuthFailed where the key cannot sign."""
    claims = {
        "iss": settings.issuer_id,
        "iat": int(now.timestamp()),
        "exp": int((now + _LIVES).timestamp()),
        "aud": "appstoreconnect-v1",
    }
    header = {"alg": "ES256", "kid": settings.key_id, "typ": "JWT"}
    try:
        return jwt.encode(header, claims, ECKey.import_key(armoured(settings.private_key.get_secret_value())))
    except (JoseError, ValueError, TypeError):  # their words may hold a piece of the key
        raise AuthFailed("The private key cannot be read: paste the whole content of its .p8 file again.") from None


def armoured(key: str) -> str:
    """A key file as it was, also when its line ends were lost on the way through a form or a variable."""
    letters = "".join(_ARMOUR.sub("", key.replace("\\n", "\n")).split())
    lines = [letters[at : at + 64] for at in range(0, len(letters), 64)]
    return "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])


def cursor_of(link: Any) -> str:
    """The cursor in a link to the next page; "" at the end. The link itself is not followed: it may lead anywhere."""
    try:
        return parse_qs(urlsplit(link).query).get("cursor", [""])[0] if isinstance(link, str) else ""
    except ValueError:
        return ""  # a link that is none leads to no next page
