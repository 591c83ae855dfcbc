"""YouTube's Data API: what may be asked, what it costs of the day's quota, and what its refusals mean.

Facts: developers.google.com/youtube/v3 (determine_quota_cost: a list 1 unit, an insert or delete 50, searches in a
bucket of their own; the day ends at midnight in California; errors by `reason`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.answers import Answer
from connectors.errors import AuthFailed, RateLimited
from connectors.google import Grant, judged
from connectors.http import Http
from connectors.types import Rate
from connectors.youtube.settings import Settings

NAME = "YouTube"
MOST_IDS = 50
CLOSED = ("commentsDisabled", "videoNotFound", "channelNotFound")
_CALIFORNIA = ZoneInfo("America/Los_Angeles")
_LIST, _WRITE = 1, 50


class Client:
    """One project's quota, and one channel if its owner consented. `units`: used on this day in California."""

    def __init__(self, settings: Settings, http: Http, now: Callable[[], datetime]) -> None:
        self._settings, self._http, self._now = settings, http, now
        self._grant = Grant(http, settings.token_url, now, self._form) if settings.account else None
        self._day, self.units = day_of(now()), 0

    def __repr__(self) -> str:
        return f"Client({self._settings.channel_id})"

    def resume(self, day: int, units: int) -> None:
        """What an earlier read of this day used up already."""
        if day == self._day:
            self.units = max(self.units, units)

    @property
    def day(self) -> int:
        """Today in California, as a number."""
        if self._day != day_of(self._now()):
            self._day, self.units = day_of(self._now()), 0
        return self._day

    @property
    def rate(self) -> Rate:
        """How many units are left, and until when."""
        left = max(0, self._settings.units_a_day - (self.units if self.day else 0))
        return Rate(left, self._now() + until_midnight(self._now()), self._settings.units_a_day)

    def threads(self, about: Mapping[str, str], token: str = "", tag: str = "") -> Answer:
        """A page of comment threads with their newest replies, newest first. 403 comes back where comments are off."""
        asked = {"part": "snippet,replies", "maxResults": "100", "order": "time", **about}
        return self._ask("commentThreads", asked | _at(token), tag=tag, let=CLOSED)

    def thread(self, top: str) -> Any:
        """One thread with some of its replies."""
        return self._ask("commentThreads", {"part": "snippet,replies", "id": top, "textFormat": "plainText"}).json()

    def replies(self, top: str, token: str = "") -> Any:
        """A page of the replies to a comment; None if it is gone."""
        asked = {"part": "snippet", "maxResults": "100", "parentId": top, "textFormat": "plainText"}
        answer = self._ask("comments", asked | _at(token), expected=(404,))
        return None if answer.status == 404 else answer.json()

    def comments(self, ids: Sequence[str]) -> Any:
        """Up to fifty single comments."""
        return self._ask("comments", {"part": "snippet", "id": ",".join(ids), "textFormat": "plainText"}).json()

    def videos(self, ids: Sequence[str]) -> Any:
        """Up to fifty single videos."""
        return self._ask("videos", {"part": "snippet", "id": ",".join(ids)}).json()

    def search(self, query: str, after: datetime, token: str) -> Any:
        """A page of videos, newest first. Counted in a bucket of its own: costs no units."""
        moment = after.strftime("%Y-%m-%dT%H:%M:%SZ")
        asked = {"part": "snippet", "type": "video", "order": "date", "maxResults": "50", "q": query}
        return self._ask("search", asked | {"publishedAfter": moment} | _at(token), units=0).json()

    def channel(self, id_: str) -> Any:
        """A channel's name."""
        return self._ask("channels", {"part": "snippet", "id": id_}).json()

    def reply(self, top: str, text: str, expected: tuple[int, ...]) -> Answer:
        """Publish an answer in a thread. One attempt."""
        body = {"snippet": {"parentId": top, "textOriginal": text}}
        answer = self._write("POST", "comments", {"part": "snippet"}, body, expected)
        self._judge(answer, CLOSED)
        return answer

    def delete(self, id_: str) -> None:
        """Take an answer of ours back."""
        self._judge(self._write("DELETE", "comments", {"id": id_}, None, (404, 410)))

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _ask(
        self, path: str, asked: Mapping[str, str], *, tag: str = "", units: int = _LIST, let: Collection[str] = (),
        expected: Collection[int] = (),
    ) -> Answer:  # fmt: skip
        self._spend(units)
        headers = self._headers() | ({"if-none-match": tag} if tag else {})
        url = f"{self._settings.base_url}/youtube/v3/{path}"
        answer = self._http.get(url, asked, headers, expected=(403, *expected))
        self._judge(answer, let)
        return answer

    def _write(self, method: str, path: str, asked: Mapping[str, str], body: Any, expected: Collection[int]) -> Answer:
        self._spend(_WRITE)
        url, known = f"{self._settings.base_url}/youtube/v3/{path}", (*expected, 403)
        headers = self._headers()
        return self._http.request(method, url, params=asked, headers=headers, json=body, write=True, expected=known)

    def _judge(self, answer: Answer, let: Collection[str] = ()) -> None:
        judged(answer, NAME, until_midnight(self._now()), let)

    def _spend(self, units: int) -> None:
        left = self._settings.units_a_day - (self.units if self.day else 0)
        if units > left:
            raise RateLimited("YouTube's quota of the day is used up.", until_midnight(self._now()))
        self.units += units

    def _headers(self) -> dict[str, str]:
        if self._grant is not None:
            return self._grant.headers()
        if self._settings.api_key is None:
            raise AuthFailed("YouTube needs a key: give an api_key, or the channel owner's consent.")
        return {"accept": "application/json", "x-goog-api-key": self._settings.api_key.get_secret_value()}

    def _form(self, _now: datetime) -> Mapping[str, str]:
        secret, token = self._settings.client_secret, self._settings.refresh_token
        return {
            "grant_type": "refresh_token",
            "client_id": self._settings.client_id,
            "client_secret": secret.get_secret_value() if secret else "",
            "refresh_token": token.get_secret_value() if token else "",
        }


def day_of(now: datetime) -> int:
    """The day Google counts quotas by."""
    return now.astimezone(_CALIFORNIA).toordinal()


def until_midnight(now: datetime) -> timedelta:
    """Until Google's day ends."""
    local = now.astimezone(_CALIFORNIA)
    passed = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    return timedelta(days=1) - passed + timedelta(seconds=1)


def _at(token: str) -> dict[str, str]:
    return {"pageToken": token} if token else {}
