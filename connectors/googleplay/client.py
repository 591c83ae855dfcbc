"""Google Play's reviews API: signed in as a service account (a token signed with its key, RS256).

Facts: developers.google.com/android-publisher/reply-to-reviews (last week only, with words only, 350 characters,
200 reads an hour and 2,000 answers a day), identity/protocols/oauth2/service-account (the claims).
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from connectors.answers import Answer
from connectors.errors import AuthFailed
from connectors.google import Grant, judged
from connectors.googleplay.settings import Settings
from connectors.http import Http
from connectors.types import Rate

NAME = "Google Play"
_SCOPE = "https://www.googleapis.com/auth/androidpublisher"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIVES = timedelta(minutes=50)


class Client:
    """One app's reviews. Google Play tells nothing of its limits: `rate` stays None."""

    def __init__(self, settings: Settings, http: Http, now: Callable[[], datetime]) -> None:
        self._settings, self._http = settings, http
        self.rate: Rate | None = None
        self._grant = Grant(http, settings.token_url, now, self._form)
        self._url = f"{settings.base_url}/androidpublisher/v3/applications/{settings.package}/reviews"

    def __repr__(self) -> str:
        return f"Client({self._settings.package})"

    def page(self, token: str) -> Any:
        """A hundred reviews, the last written or changed first."""
        return self._ask(self._url, {"maxResults": "100", **({"token": token} if token else {})}).json()

    def review(self, id_: str) -> Any:
        """One review; None if it is gone."""
        answer = self._ask(f"{self._url}/{id_}", None, 404, 410)
        return None if answer.status in (404, 410) else answer.json()

    def reply(self, id_: str, text: str, expected: tuple[int, ...]) -> Answer:
        """Publish the answer to a review, or put it in the place of the one that is there. One attempt."""
        url, headers = f"{self._url}/{id_}:reply", self._grant.headers()
        body = {"replyText": text}
        answer = self._http.request("POST", url, headers=headers, json=body, write=True, expected=(*expected, 403))
        judged(answer, NAME)
        return answer

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _ask(self, url: str, asked: Mapping[str, str] | None, *expected: int) -> Answer:
        try:
            answer = self._http.get(url, asked, self._grant.headers(), expected=(403, *expected))
        except AuthFailed:
            self._grant.forget()
            raise
        judged(answer, NAME)
        return answer

    def _form(self, now: datetime) -> Mapping[str, str]:
        return {"grant_type": _GRANT, "assertion": assertion(self._settings, now)}


def assertion(settings: Settings, now: datetime) -> str:
    """Who we are, signed. Raises AuthFailed where the key cannot sign."""
    key = json.loads(settings.service_account.get_secret_value())
    claims = {
        "iss": key["client_email"],
        "scope": _SCOPE,
        "aud": settings.token_url,
        "iat": int(now.timestamp()),
        "exp": int((now + _LIVES).timestamp()),
    }
    header = {"alg": "RS256", "typ": "JWT"} | ({"kid": key["private_key_id"]} if key.get("private_key_id") else {})
    try:
        return jwt.encode(header, claims, RSAKey.import_key(key["private_key"]))
    except (JoseError, ValueError, TypeError):  # their words may hold a piece of the key
        raise AuthFailed("The service account's private key cannot be read: paste its JSON file again.") from None
