"""Meta's Graph API through our own door: one token, and what its error codes mean.

Facts: developers.facebook.com/docs/graph-api/guides/error-handling (190: the token; 4, 17, 32, 613 and 80000 to 80014:
too often; 10 and 200 to 299: a permission is missing; 1 and 2: later). Codes come with HTTP 400 as often as not.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from connectors.answers import Answer
from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable, Unsure
from connectors.http import Http
from connectors.text import one_line

_TOLD = (400, 401, 403, 404)
_ELSEWHERE = (301, 302, 303, 307, 308)
_TOO_OFTEN = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
_LATER = frozenset({1, 2})
_REPLIED = 10_900  # "Activity already replied to": one private reply to a comment is all there is
_NO_OBJECT, _NOT_THERE = 100, 33
_WAIT = timedelta(minutes=10)  # Meta names no time; its windows slide


class AlreadyReplied(Rejected):
    """Somebody of ours wrote privately to the author of this comment before."""


class Missing(Rejected):
    """There is no such object, or the token may not see it: Meta says one and the same of both (100, subcode 33)."""


class Graph:
    """One account. The token travels in a header, never in an address."""

    def __init__(self, base_url: str, token: SecretStr | None, http: Http, called: str) -> None:
        self._base, self._token, self._http, self._called = base_url, token, http, called

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Read an object or an edge. Raises connectors.errors; what is neither is Unavailable, so nothing is lost."""
        answer = self._http.get(f"{self._base}/{path}", params, self._headers(), expected=(*_TOLD, *_ELSEWHERE))
        if answer.status in _ELSEWHERE:
            raise Unavailable(f"{self._called} sends us elsewhere, which its API never does; it is asked again.")
        self.judge(answer)
        told = answer.json()
        if not isinstance(told, dict) or not told.keys() & {"id", "data"}:
            raise Unavailable(f"{self._called} answered with something else than what was asked for.")
        return told

    def post(self, path: str, form: Mapping[str, str]) -> Any:
        """One attempt at something that must not be repeated blindly."""
        return self._write(path, data=form)

    def post_json(self, path: str, body: Mapping[str, Any]) -> Any:
        """The same with a JSON body, as messages ask for it."""
        return self._write(path, json=body)

    def _write(self, path: str, **body: Any) -> Any:
        url = f"{self._base}/{path}"
        answer = self._http.request("POST", url, headers=self._headers(), write=True, expected=_TOLD, **body)
        self.judge(answer)
        return answer.json()

    def delete(self, path: str) -> None:
        """Take something of ours back. What is gone already is no error."""
        url = f"{self._base}/{path}"
        answer = self._http.request("DELETE", url, headers=self._headers(), write=True, expected=(*_TOLD, 410))
        if answer.status not in (404, 410):
            self.judge(answer)

    def judge(self, answer: Answer) -> None:
        """Raise what a refusal means; a good answer passes."""
        if answer.status < 400:
            return
        said = _said(answer)
        code = said.get("code")
        if answer.status == 404 or (code == _NO_OBJECT and said.get("error_subcode") == _NOT_THERE):
            raise Missing(
                f"{self._called} has nothing there: it was deleted, is not for us, or the address is another's."
            )
        words = one_line(str(said.get("message") or ""))[:200].rstrip(".")
        raise self._meaning(code if isinstance(code, int) else 0, answer.status, words)

    def _meaning(self, code: int, status: int, words: str) -> PlatformError:
        because = f": {words}" if words else f" ({status})"
        if code in (190, 102) or (status == 401 and not code):
            return AuthFailed(f"{self._called} does not take our access token, or no longer: make a new one.")
        if code == _REPLIED:
            return AlreadyReplied(f"{self._called} says that this was answered in private before.")
        if code in _TOO_OFTEN:
            return RateLimited(f"{self._called} has been asked too often.", _WAIT)
        if code in _LATER:
            return Unavailable(f"{self._called} cannot answer just now{because}.")
        if code == 10 or 200 <= code < 300 or (status == 403 and not code):
            return AuthFailed(f"{self._called} misses a permission{because}.")
        return Rejected(f"{self._called} refuses this{because}.")

    def _headers(self) -> dict[str, str]:
        if self._token is None:
            raise AuthFailed(f"{self._called} needs an access_token for this.")
        return {"authorization": f"Bearer {self._token.get_secret_value()}", "accept": "application/json"}


def _said(answer: Answer) -> Mapping[str, Any]:
    try:
        told = answer.json()
    except (Unavailable, Unsure):
        return {}
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, dict) else {}
