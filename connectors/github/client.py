"""GitHub's API: what may be asked, and what its refusals mean.

Facts: docs.github.com/rest (issues, comments, search: 1,000 results, 30 questions a minute), rate limits (60 an hour
without a token, 5,000 with one; 403 with nothing remaining or Retry-After is a limit; a 304 is free), graphql.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from connectors.answers import Answer, retry_after
from connectors.errors import AuthFailed, RateLimited, Rejected, Unavailable
from connectors.github.settings import Settings
from connectors.http import Http
from connectors.shapes import Odd, moment
from connectors.text import one_line
from connectors.types import Rate

GONE = (404, 410)
_AN_HOUR = 5000
_NOT_ALLOWED = ("FORBIDDEN", "INSUFFICIENT_SCOPES", "SAML_SSO_REQUIRED")


class Client:
    """As a stranger, or as the account of the token. `questions` and `points` (of GraphQL): what is left this hour."""

    def __init__(self, settings: Settings, http: Http, now: Callable[[], datetime]) -> None:
        self._url, self._http, self._now = settings.base_url, http, now
        self._headers = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
        if settings.token is not None:
            self._headers["authorization"] = f"Bearer {settings.token.get_secret_value()}"
        self.questions: Rate | None = None
        self.points: Rate | None = None
        self._login = ""

    def __repr__(self) -> str:
        return f"Client({self._url})"

    def listing(self, path: str, page: str, tag: str = "") -> Answer:
        """A page of a hundred, newest first. A repository without issues answers 410, which comes back."""
        asked = {"sort": "created", "direction": "desc", "state": "all", "per_page": "100", "page": page or "1"}
        return self._ask(path, asked, tag, expected=(410,))

    def search(self, query: str, page: str) -> Any:
        """A page of a hundred issues, newest first."""
        asked = {"q": query, "sort": "created", "order": "desc", "per_page": "100", "page": page or "1"}
        return self._ask("search/issues", asked, keep_rate=False).json()

    def single(self, path: str) -> Any:
        """One issue or comment; None if it is gone."""
        answer = self._ask(path, None, expected=GONE)
        return None if answer.status in GONE else answer.json()

    def said(self, repository: str, number: str, since: str, page: int) -> Any:
        """A page of an issue's comments, oldest first."""
        asked = {"per_page": "100", "page": str(page)} | ({"since": since} if since else {})
        return self._ask(f"repos/{repository}/issues/{number}/comments", asked).json()

    def graph(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """A question in GraphQL. What could not be answered comes with status 200 and beside a part of the answer:
        only what is not there may be missing; for anything else the one of the five errors that it means is raised.
        """
        body = {"query": query, "variables": dict(variables)}
        answer = self._http.request("POST", f"{self._url}/graphql", headers=self._headers, json=body, expected=(403,))
        self._judge(answer)
        told = answer.json()
        data = told.get("data") if isinstance(told, dict) else None
        errors = told.get("errors") if isinstance(told, dict) else None
        for error in errors if isinstance(errors, list) else ():
            self._judge_part(error, answer)
        if not isinstance(data, dict):
            raise Unavailable("GitHub did not answer the question for discussions.")
        self.points = points_of(data.get("rateLimit")) or self.points
        return data

    @property
    def rate(self) -> Rate | None:
        """Of GitHub's two limits, questions and points, the one of which less is left."""
        known = [rate for rate in (self.questions, self.points) if rate is not None]
        return min(known, key=_share, default=None)

    def login(self) -> str:
        """The account of the token."""
        if not self._login:
            told = self._ask("user", None).json()
            name = told.get("login") if isinstance(told, dict) else None
            if not isinstance(name, str) or not name:
                raise Unavailable("GitHub did not say who we are.")
            self._login = name
        return self._login

    def comment(self, repository: str, number: str, text: str, expected: tuple[int, ...]) -> Answer:
        """Publish an answer. One attempt; statuses in `expected` come back."""
        url, known = f"{self._url}/repos/{repository}/issues/{number}/comments", (*expected, 403)
        body = {"body": text}
        answer = self._http.request("POST", url, headers=self._headers, json=body, write=True, expected=known)
        if answer.status == 403 and b"locked" not in answer.content[:10_000].lower():
            self._judge(answer)
        return answer

    def delete(self, repository: str, comment: str) -> None:
        """Take an answer back."""
        url = f"{self._url}/repos/{repository}/issues/comments/{comment}"
        self._http.request("DELETE", url, headers=self._headers, write=True, expected=GONE)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _ask(
        self, path: str, asked: Mapping[str, str] | None, tag: str = "", *, expected: tuple[int, ...] = (),
        keep_rate: bool = True,
    ) -> Answer:  # fmt: skip
        headers = self._headers | ({"if-none-match": tag} if tag else {})
        answer = self._http.get(f"{self._url}/{path}", asked, headers, expected=(403, *expected))
        self._judge(answer)
        self.questions = (answer.rate(self._now()) if keep_rate else None) or self.questions
        return answer

    def _judge(self, answer: Answer) -> None:
        """A 403 with nothing left, or with a time to wait, is a limit; any other is a refusal of who we are."""
        if answer.status != 403:
            return
        spent = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
        if spent or b"rate limit" in answer.content[:10_000].lower():
            raise RateLimited("GitHub asks us to wait.", retry_after(answer.headers, self._now()))
        raise AuthFailed("GitHub answered 403: our token may not do this.")

    def _judge_part(self, error: Any, answer: Answer) -> None:
        """One of GraphQL's errors. What is not found is no error: a question by ids is about what may be gone."""
        kind = str(error.get("type", "")) if isinstance(error, dict) else ""
        path = error.get("path") if isinstance(error, dict) else None
        words = one_line(str(error.get("message", "")))[:200] if isinstance(error, dict) else ""
        if kind == "RATE_LIMITED" or "rate limit" in words.lower():
            raise RateLimited("GitHub asks us to be slower.", retry_after(answer.headers, self._now()))
        if kind in _NOT_ALLOWED:
            raise AuthFailed(f"GitHub does not let our token read discussions: {words or kind}")
        if kind == "NOT_FOUND" and path == ["repository"]:
            raise Rejected(f"GitHub knows no such repository, or our token may not see it: {words}")
        if kind != "NOT_FOUND":
            raise Unavailable(f"GitHub could not answer the whole question for discussions: {words or kind}")


def _share(rate: Rate) -> float:
    return (rate.left if rate.left is not None else _AN_HOUR) / (rate.of or _AN_HOUR)


def points_of(told: Any) -> Rate | None:
    """What GraphQL says of its limit, in points."""
    if not isinstance(told, dict) or not isinstance(told.get("remaining"), int):
        return None
    try:
        resets_at = moment(told.get("resetAt"))
    except Odd:
        return None
    of = told.get("limit")
    return Rate(told["remaining"], resets_at, of if isinstance(of, int) and of > 0 else None)
