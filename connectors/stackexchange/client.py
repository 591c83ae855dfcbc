"""The Stack Exchange API: what may be asked, and how it asks us to rest.

Facts: api.stackexchange.com/docs (throttle: a `backoff` in the body forbids the same method for so many seconds, the
quota of the day is told as `quota_remaining` and is 300 without a key; error 502 says in how many seconds more is
available; listings can rise from the oldest).
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.answers import Answer
from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable
from connectors.http import Http
from connectors.stackexchange.settings import Settings
from connectors.text import one_line
from connectors.types import Rate

MOST_IDS = 100
_SECONDS = re.compile(r"(\d{1,6}) seconds")
_THROTTLED, _WRONG_KEY = 502, (401, 402, 403, 405, 406)
_RESTING = (500, 503)  # internal error, temporarily unavailable: said with status 400 as well


class Client:
    """One address's quota, or one app's. `rate` is what is left of it today."""

    def __init__(self, settings: Settings, http: Http, now: Callable[[], datetime]) -> None:
        self._settings, self._http, self._now = settings, http, now
        self._rests: dict[str, datetime] = {}
        self.rate: Rate | None = None

    def __repr__(self) -> str:
        return f"Client({', '.join(self._settings.sites)})"

    def tagged(self, site: str, tags: Sequence[str], since: datetime, until: datetime, page: str) -> Any:
        """A page of questions with one of the tags, oldest first."""
        return self._ask("search", site, {"tagged": ";".join(tags), **_rising(since, until, page)})

    def excerpts(self, site: str, words: str, since: datetime, until: datetime, page: str) -> Any:
        """A page of what a search for these words finds, oldest first: numbers and excerpts only."""
        asked = {"q": f'"{words}"', **_rising(since, until, page)}
        return self._ask("search/excerpts", site, asked | {"filter": "default"})

    def below(self, what: str, site: str, ids: Sequence[str], since: datetime, until: datetime, page: str) -> Any:
        """A page of the answers or comments (`what`) below these questions, oldest first."""
        return self._ask(f"questions/{';'.join(ids)}/{what}", site, _rising(since, until, page), f"questions/{what}")

    def posts(self, site: str, ids: Sequence[str]) -> Any:
        """Up to a hundred single questions and answers."""
        return self._ask(f"posts/{';'.join(ids)}", site, {"pagesize": "100"}, "posts")

    def comments(self, site: str, ids: Sequence[str]) -> Any:
        """Up to a hundred single comments."""
        return self._ask(f"comments/{';'.join(ids)}", site, {"pagesize": "100"}, "comments")

    def info(self, site: str) -> Any:
        """Figures of a site: the cheapest question."""
        return self._ask("info", site, {"filter": "default"})

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _ask(self, path: str, site: str, asked: dict[str, str], method: str = "") -> Any:
        method, now = method or path, self._now()
        if self._rests.get(method, now) > now:
            raise RateLimited("Stack Exchange asks us to rest before we ask this again.", self._rests[method] - now)
        key = {"key": self._settings.key.get_secret_value()} if self._settings.key is not None else {}
        url = f"{self._settings.base_url}/2.3/{path}"
        answer = self._http.get(url, {"site": site, "filter": "withbody", **asked, **key}, expected=(400,))
        if answer.status == 400:
            raise _meant(answer)
        told = answer.json()
        if isinstance(told, dict):
            self._note(told, method)
        return told

    def _note(self, told: dict[str, Any], method: str) -> None:
        """What the answer says of its limits."""
        now, backoff, left, most = (self._now(), *(told.get(n) for n in ("backoff", "quota_remaining", "quota_max")))
        if isinstance(backoff, int) and 0 < backoff < 86_400:
            self._rests[method] = now + timedelta(seconds=backoff)
        if isinstance(left, int) and 0 <= left < 10**9:
            midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            self.rate = Rate(left, midnight, most if isinstance(most, int) and 0 < most < 10**9 else None)


def _meant(answer: Answer) -> PlatformError:
    """The error a refusal means: Stack Exchange says all of them with status 400 and a number of its own."""
    try:
        told = answer.json()
    except Unavailable:
        told = None
    number = told.get("error_id") if isinstance(told, dict) else None
    said = one_line(str(told.get("error_message", ""))) if isinstance(told, dict) else ""
    if number == _THROTTLED:
        found = _SECONDS.search(said)
        return RateLimited("Stack Exchange asks us to wait.", timedelta(seconds=int(found[1]) if found else 600))
    if number in _WRONG_KEY:
        return AuthFailed(f"Stack Exchange does not take our key: {said[:200].rstrip('.')}.")
    if number in _RESTING:
        return Unavailable("Stack Exchange is away; it will be asked again.")
    return Rejected(f"Stack Exchange refuses the question: {said[:200].rstrip('.') or answer.status}.")


def _rising(since: datetime, until: datetime, page: str) -> dict[str, str]:
    bounds = {"fromdate": str(int(since.timestamp())), "todate": str(int(until.timestamp()) + 1)}
    return {"sort": "creation", "order": "asc", "pagesize": "100", "page": page or "1", **bounds}
