"""X's API v2 by tweepy, through our own door: what may be asked, and what its refusals mean.

Facts: docs.x.com/x-api (recent search, mentions, lookup, manage posts, rate limits, problem types).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import tweepy

from connectors.answers import Answer
from connectors.carrier import Carrier, Manners
from connectors.errors import AuthFailed, PlatformError, Rejected, Unavailable, Unsure
from connectors.http import Http
from connectors.text import one_line
from connectors.types import Rate
from connectors.x.settings import Settings

MOST_IDS = 100
_BUILT_IN = "https://api.twitter.com"
TWEET = [
    "author_id", "conversation_id", "created_at", "edit_history_tweet_ids", "entities", "lang", "note_tweet",
    "public_metrics", "referenced_tweets", "reply_settings", "withheld",
]  # fmt: skip
USER = ["name", "username", "public_metrics", "withheld"]
_TOLD = frozenset({400, 402, 403, 404, 410, 413, 422, 429})


class Client:
    """One app, and one account if its four keys are set. `rate` is what X last said of its limit."""

    def __init__(self, settings: Settings, http: Http, now: Callable[[], datetime]) -> None:
        self._settings = settings
        manners = Manners(told=_TOLD, judge=judge, home=(_BUILT_IN, settings.base_url))
        self._carrier = Carrier(http, now, manners)
        self._api = tweepy.Client(
            bearer_token=_secret(settings.bearer_token),
            consumer_key=_secret(settings.api_key),
            consumer_secret=_secret(settings.api_secret),
            access_token=_secret(settings.access_token),
            access_token_secret=_secret(settings.access_secret),
            return_type=dict,
            wait_on_rate_limit=False,
        )
        self._api.session = self._carrier

    @property
    def rate(self) -> Rate | None:
        return self._carrier.door.rate

    def search(self, query: str, token: str, bounds: Mapping[str, Any], most: int = MOST_IDS) -> Any:
        """One page of recent search, newest first, of at most so many posts (10 to 100)."""
        asked = {**self._fields(), **bounds, "max_results": most, "next_token": token or None}
        return self._ask(self._api.search_recent_tweets, query, user_auth=self._as_account, **asked)

    def mentions(self, token: str, bounds: Mapping[str, Any]) -> Any:
        """One page of what is said to our account, newest first."""
        asked = {**self._fields(), **bounds, "max_results": 100, "pagination_token": token or None}
        return self._ask(self._api.get_users_mentions, self._settings.account_id, user_auth=True, **asked)

    def own(self, token: str, bounds: Mapping[str, Any]) -> Any:
        """One page of what our account said, newest first."""
        asked = {**self._fields(), **bounds, "max_results": 100, "pagination_token": token or None}
        return self._ask(self._api.get_users_tweets, self._settings.account_id, user_auth=True, **asked)

    def lookup(self, ids: Sequence[str]) -> Any:
        """Up to a hundred single posts."""
        return self._ask(self._api.get_tweets, list(ids), user_auth=self._as_account, **self._fields())

    def me(self) -> Any:
        """Our account."""
        return self._ask(self._api.get_me, user_auth=True)

    def count(self, query: str) -> Any:
        """How often something was said in seven days: the cheapest question an app-only token can ask."""
        return self._ask(self._api.get_recent_tweets_count, query)

    def reply(self, text: str, to: str) -> Any:
        """Publish an answer. One attempt."""
        return self._ask(self._api.create_tweet, text=text, in_reply_to_tweet_id=to, user_auth=True)

    def delete(self, id_: str) -> Any:
        """Take a post of ours back."""
        return self._ask(self._api.delete_tweet, id_, user_auth=True)

    def close(self) -> None:
        self._carrier.close()

    @property
    def _as_account(self) -> bool:
        return self._settings.bearer_token is None and self._settings.account

    def _fields(self) -> dict[str, Any]:
        authors = {"expansions": ["author_id"], "user_fields": USER} if self._settings.authors else {}
        return {"tweet_fields": TWEET, **authors}

    def _ask(self, question: Callable[..., Any], *about: Any, **asked: Any) -> Any:
        if self._settings.bearer_token is None and not self._settings.account:
            raise AuthFailed("X needs a key: give a bearer_token, or the four keys of an account.")
        given = {name: value for name, value in asked.items() if value is not None}
        try:
            return question(*about, **given)
        except (tweepy.TweepyException, TypeError, AttributeError) as error:  # shapes that tweepy trips over
            raise Unavailable(f"X's answer could not be read ({type(error).__name__}).") from None


class Duplicate(Unsure):
    """X says that our account posted these words already."""


def judge(answer: Answer) -> None:
    """Raise what a refusal of X's means where its status alone does not tell; a good answer passes."""
    if answer.status < 400:
        return
    said = _problem(answer)
    kind = str(said.get("type") or said.get("reason") or said.get("title") or "")
    words = one_line(" ".join(str(said.get(name) or "") for name in ("title", "detail", "reason")))
    if "usage-capped" in kind or "UsageCapExceeded" in words or "CreditsDepleted" in words or answer.status == 402:
        raise AuthFailed("X says that this month's credit is used up: raise the cap in its developer console.")
    if answer.status == 403 and answer.wrote:
        raise _forbidden_write(words)
    if answer.status in (400, 410, 413, 422) and answer.wrote:
        raise Rejected(f"X refuses the answer{_because(words)}.")


def _forbidden_write(words: str) -> PlatformError:
    lower = words.lower()
    if "duplicate" in lower:
        return Duplicate("X says that these words were posted already: an earlier attempt may have worked.")
    if "mentioned" in lower or "quote" in lower or "not permitted to reply" in lower or "conversation" in lower:
        return Rejected("X lets us answer only people who mention or quote us: answer this one on X itself.")
    if any(sign in lower for sign in ("suspended", "deleted", "not visible", "blocked", "protected")):
        return Rejected(f"X refuses the answer{_because(words)}.")
    return AuthFailed(f"X does not let our account write{_because(words)}.")


def _because(words: str) -> str:
    return f": {words[:200].rstrip('.')}" if words.strip() else ""


def _problem(answer: Answer) -> Mapping[str, Any]:
    """What the body says went wrong; nothing where it cannot be read."""
    try:
        thing = answer.json()
    except PlatformError:
        return {}
    if not isinstance(thing, dict):
        return {}
    errors = thing.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return {**first, "detail": first.get("detail") or first.get("message"), **thing}


def _secret(value: Any) -> str | None:
    return None if value is None else str(value.get_secret_value())
