"""What Google's APIs share: an access token that is renewed when it runs out, and what their refusals mean.

Facts: developers.google.com/identity/protocols/oauth2 (token endpoint, lifetimes), Google's error bodies
({"error": {"code", "message", "errors": [{"reason"}]}}).
"""

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.answers import WAIT_WITHOUT_HINT, Answer
from connectors.errors import AuthFailed, PlatformError, RateLimited, Unavailable
from connectors.http import Http

_EARLY = timedelta(minutes=5)  # clocks differ, and a walk takes a while
_DAILY = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_SOON = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_REFUSED = (400, 401, 403)


class Grant:
    """An access token for the form that `form` makes at a moment. Asked for when needed, shared by threads."""

    def __init__(
        self, http: Http, url: str, now: Callable[[], datetime], form: Callable[[datetime], Mapping[str, str]]
    ) -> None:
        self._http, self._url, self._now, self._form = http, url, now, form
        self._lock = threading.Lock()
        self._token, self._good_until = "", now()

    def __repr__(self) -> str:
        return "Grant()"

    def headers(self) -> dict[str, str]:
        """What goes with a request. Raises AuthFailed where Google does not take our key."""
        with self._lock:
            if self._now() >= self._good_until - _EARLY:
                self._renew()
            return {"accept": "application/json", "authorization": f"Bearer {self._token}"}

    def forget(self) -> None:
        """The token was refused: the next request asks for another."""
        self._token, self._good_until = "", self._now()

    def _renew(self) -> None:
        now = self._now()
        answer = self._http.request("POST", self._url, data=self._form(now), expected=_REFUSED)
        told = answer.json() if answer.status not in _REFUSED or answer.content else None
        if answer.status in _REFUSED:
            said = told.get("error") if isinstance(told, dict) else ""
            if "timeframe" in str(told.get("error_description") if isinstance(told, dict) else ""):
                raise AuthFailed("Google says that our key is of another time: set this machine's clock (NTP).")
            raise AuthFailed(f"Google does not take our key ({str(said)[:60] or answer.status}): make a new one.")
        token = told.get("access_token") if isinstance(told, dict) else None
        lives = told.get("expires_in", 3600) if isinstance(told, dict) else 0
        if not isinstance(token, str) or not token or not isinstance(lives, int):
            raise Unavailable("Google answered with something else than a token.")
        self._token, self._good_until = token, now + timedelta(seconds=max(0, min(lives, 86_400)))


def judged(answer: Answer, name: str, until: timedelta = WAIT_WITHOUT_HINT, let: Collection[str] = ()) -> str:
    """Raise what a 403 means by its reason: a quota that is used up is no refusal of who we are.

    `until`: how long a daily quota rests. A reason in `let` comes back instead, "" for an answer that is no 403.
    """
    if answer.status != 403:
        return ""
    reason = reason_of(answer)
    if reason in let:
        return reason
    if reason in _DAILY:
        raise RateLimited(f"{name}'s quota of the day is used up.", until)
    if reason in _SOON:
        raise RateLimited(f"{name} asks us to be slower.", WAIT_WITHOUT_HINT)
    raise AuthFailed(f"{name} answered 403{f' ({reason[:60]})' if reason else ''}: our key may not do this.")


def reason_of(answer: Answer) -> str:
    """Google's short word for what went wrong; "" where it gives none."""
    try:
        told: Any = answer.json()
        return str(told["error"]["errors"][0]["reason"])
    except (PlatformError, KeyError, IndexError, TypeError):
        return ""
