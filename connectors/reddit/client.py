"""Reddit's API by praw, through our own door: what may be asked, and what its refusals mean.

praw signs in, renews tokens and builds the calls; what comes back is kept as it came, since a post that cannot be read
must be kept with its bytes. Its retries, pauses and streams are not used: all waiting is the runner's.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import praw
from praw.exceptions import PRAWException
from prawcore.exceptions import OAuthException, PrawcoreException

from connectors.answers import Answer
from connectors.carrier import Carrier, Manners, cause
from connectors.errors import AuthFailed, PlatformError, Rejected, Unavailable
from connectors.http import Http
from connectors.reddit.settings import Settings
from connectors.types import Rate

MOST_IDS = 100
_TOKEN = "/api/v1/access_token"  # noqa: S105 a path
_TOLD = frozenset({400, 401, 403, 404, 413})


class TokenRefused(AuthFailed):
    """A token that praw thought good is not. One that worked before has only run out."""

    def __init__(self, wrote: bool) -> None:
        super().__init__("Reddit does not take our token: is the app or the account's login withdrawn?")
        self.wrote = wrote


class Client:
    """One app, and one account if its login is set. Made without a key it can ask nothing."""

    def __init__(self, settings: Settings, http: Http, now: Callable[[], datetime]) -> None:
        self._settings = settings
        manners = Manners(told=_TOLD, judge=judge, reads=(_TOKEN,), shared=True)
        self._carrier = Carrier(http, now, manners)
        self._reddit: praw.Reddit | None = None
        self._worked = False
        self._lock = threading.Lock()  # praw's token is shared and not made for threads

    @property
    def rate(self) -> Rate | None:
        """What Reddit last said of its limit."""
        return self._carrier.door.rate

    def listing(self, path: str, after: str = "", more: Mapping[str, str] | None = None) -> Any:
        """One page of a listing, newest first."""
        asked = {"limit": "100", **(more or {}), **({"after": after} if after else {})}
        return self._ask("GET", path, params=asked)

    def info(self, names: Sequence[str]) -> Any:
        """Up to a hundred single things by full name."""
        return self._ask("GET", "api/info", params={"id": ",".join(names)})

    def thread(self, link: str, comment: str = "") -> Any:
        """A submission and its comments; only those around one comment, if it is named."""
        path = f"comments/{link}/_/{comment}" if comment else f"comments/{link}"
        return self._ask("GET", path, params={"limit": "100", "context": "8", "sort": "old"})

    def about(self, subreddit: str) -> Any:
        """A subreddit, and what our account is there."""
        return self._ask("GET", f"r/{subreddit}/about")

    def me(self) -> Any:
        """Our account."""
        return self._ask("GET", "api/v1/me")

    def reply(self, to: str, text: str) -> Any:
        """Publish an answer. One attempt."""
        return self._ask("POST", "api/comment", data={"thing_id": to, "text": text})

    def delete(self, name: str) -> Any:
        """Take a comment of ours back."""
        return self._ask("POST", "api/del", data={"id": name})

    def close(self) -> None:
        """Nothing stays open: connections belong to the door."""
        self._carrier.close()

    def _ask(self, method: str, path: str, **asked: Any) -> Any:
        with self._lock:
            try:
                told = self._signed_in().request(method=method, path=path, **asked)
                self._worked = True
                return told
            except OAuthException:
                self._reddit = None
                raise AuthFailed("Reddit does not accept the app's id, its secret or the account's login.") from None
            except (PrawcoreException, PRAWException) as error:  # their text and arguments hold headers
                raise self._translated(error) from None

    def _translated(self, error: Exception) -> PlatformError:
        known = cause(error)
        if isinstance(known, TokenRefused):
            worked, self._worked = self._worked, False
            self._reddit = None  # the next attempt asks for a new one
            if worked and not known.wrote:
                return Unavailable("Reddit no longer takes our token; a new one is asked for.")
            return AuthFailed(str(known))
        return known or Unavailable(f"Reddit's answer could not be used ({type(error).__name__}).")

    def _signed_in(self) -> praw.Reddit:
        if self._reddit is None:
            settings = self._settings
            self._reddit = praw.Reddit(
                client_id=settings.client_id,
                client_secret=_secret(settings.client_secret),
                username=settings.username or None,
                password=_secret(settings.password),
                refresh_token=_secret(settings.refresh_token),
                user_agent="Earshot",  # the door names us and whom to write to
                reddit_url=settings.base_url,
                oauth_url=f"{settings.oauth_url}/",
                requestor_kwargs={"session": self._carrier},
                ratelimit_seconds=0,
                check_for_updates=False,
                check_for_async=False,
            )
        return self._reddit


def judge(answer: Answer) -> None:
    """Raise what an answer of Reddit's means where its status alone does not tell."""
    if answer.status == 200 and answer.url.endswith(_TOKEN):
        _check_token(answer.json())
    if answer.status == 401 and not answer.url.endswith(_TOKEN):
        raise TokenRefused(answer.wrote)
    if answer.wrote:
        if answer.status == 403 and _is_plain_forbidden(answer):
            raise Rejected("Reddit does not let our account write there: it is banned, or the place is closed to it.")
        return
    unknown = answer.status == 302 and "/subreddits/search" in answer.headers.get("location", "")
    if (unknown or answer.status == 404) and not answer.url.endswith(_TOKEN):
        raise Rejected("Reddit knows no such place: is a subreddit misspelled, banned or gone?")


def _check_token(thing: Any) -> None:
    if not isinstance(thing, dict):
        raise Unavailable("Reddit answered with something that is not a token.")
    if thing.get("error"):
        return  # praw says which
    shapes = {"access_token": str, "expires_in": int, "scope": str}
    if not all(isinstance(thing.get(name), shape) for name, shape in shapes.items()):
        raise Unavailable("Reddit answered with something that is not a token.")


def _is_plain_forbidden(answer: Answer) -> bool:
    """The body Reddit gives where the account is known and not wanted; a bad token has other words."""
    try:
        thing = answer.json()
    except PlatformError:
        return False
    return isinstance(thing, dict) and (thing.get("error") == 403 or "reason" in thing)


def _secret(value: Any) -> str | None:
    return None if value is None else str(value.get_secret_value())
