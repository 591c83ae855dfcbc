"""Answers on Reddit, as one account. Reddit knows no key that makes a repeat harmless, and takes the same words twice:
so our own comments are read before every attempt, and again by whoever is unsure.

Facts (https://www.reddit.com/dev/api, api/comment): refusals come with status 200 as json.errors, RATELIMIT among them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from connectors.errors import RateLimited, Rejected, Unavailable
from connectors.http import Http
from connectors.reddit.client import Client
from connectors.reddit.parse import CLOSED, Odd, listing, post
from connectors.reddit.parse import address as place_of
from connectors.reddit.settings import Settings as RedditSettings
from connectors.text import one_line
from connectors.types import Post
from responders.replies import CLOCKS_DIFFER, Replies, Said
from responders.types import Message, Receipt

_MOST_PAGES = 5
_WAIT = re.compile(r"(\d{1,4}) (second|minute|hour)")
_UNITS = {"second": 1, "minute": 60, "hour": 3600}
_WITHOUT_HINT = timedelta(minutes=10)
_COMMENT = re.compile(r"t1_[a-z0-9]{1,13}")


class Reddit(Replies):
    """Speaks as the account of the login. `address` is `answer_to`: {"id", "closed"}."""

    name: ClassVar[str] = "reddit"
    called: ClassVar[str] = "Reddit"
    longest: ClassVar[int] = 10_000
    Settings: ClassVar[type[RedditSettings]] = RedditSettings

    def __init__(
        self, settings: RedditSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if not settings.account:
            raise ValueError("To answer on Reddit the login of an account is needed.")
        self._settings = settings
        self._http = http or Http()
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 only where no clock is handed in
        self._client = Client(settings, self._http, self._now)

    def __repr__(self) -> str:
        return f"Reddit(u/{self._settings.username})"

    def send(self, message: Message) -> Receipt:
        """Publish the answer once, unless it is there already. Raises Unsure when it may have been taken."""
        closed = self.reach(message.address)["closed"]
        if closed and message.text.strip():
            raise Rejected(CLOSED[closed])
        return super().send(message)

    def reach(self, address: str) -> Mapping[str, str]:
        """The comment or post, and why it takes no answer if it takes none."""
        to = place_of(address)
        if to is None:
            raise Rejected("This post has no address on Reddit to answer to.")
        return to

    def parent(self, to: Mapping[str, str]) -> str:
        """What was answered."""
        return to["id"]

    def publish(self, to: Mapping[str, str], text: str) -> Any:
        """One attempt. Raises for a refusal that comes with status 200."""
        told = self._client.reply(to["id"], text)
        _raise_errors(told)
        return told

    def made(self, told: Any, to: Mapping[str, str]) -> Receipt | None:
        """The comment Reddit says it made."""
        try:
            thing = told["json"]["data"]["things"][0]
            made = post("t1", thing["data"]) if thing["kind"] == "t1" else None
        except (KeyError, IndexError, TypeError, AttributeError, Odd):
            return None  # the caller looks it up among our own comments
        return _receipt(made) if made is not None else None

    def withdraw(self, receipt: Receipt) -> None:
        """Take an answer back. One that is gone already is no error: Reddit says yes to that as well."""
        if not _COMMENT.fullmatch(receipt.id):
            raise Rejected("This is no answer of ours on Reddit.")
        self._client.delete(receipt.id)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()
        self._http.close()

    def said(self, to: Mapping[str, str], after: datetime | None) -> Iterator[Said]:
        """Our comments, newest first, back to a little before `after`; only the newest page without one."""
        token = ""
        path = f"user/{self._settings.username}/comments"
        for _ in range(_MOST_PAGES if after is not None else 1):
            told = listing(self._client.listing(path, token, {"sort": "new"}))
            if told.poison:
                raise Unavailable("Reddit listed a comment of ours that cannot be read.")
            for one in told.posts:
                yield Said(one.in_reply_to.id if one.in_reply_to else "", one.text, _receipt(one))
            token = told.after
            if not token or (after is not None and min(told.times, default=after) < after - CLOCKS_DIFFER):
                return


def waiting(sentence: str) -> timedelta:
    """How long "Take a break for 3 minutes" asks us to wait; ten minutes where it does not say."""
    found = _WAIT.search(sentence)
    if found is None:
        return _WITHOUT_HINT
    return min(timedelta(seconds=int(found[1]) * _UNITS[found[2]] + 1), timedelta(hours=1))


def _raise_errors(told: Any) -> None:
    """Raise for a refusal that came with status 200."""
    inner = told.get("json") if isinstance(told, dict) else None
    errors = inner.get("errors") if isinstance(inner, dict) else None
    if not isinstance(errors, list) or not errors:
        return
    first = [str(each) for each in errors[0]] if isinstance(errors[0], list) else [str(errors[0])]
    kind, sentence = first[0], one_line(first[1] if len(first) > 1 else "")
    if kind == "RATELIMIT":
        raise RateLimited("Reddit asks this account to wait before it answers again.", waiting(sentence))
    because = f": {sentence[:200].rstrip('.')}" if sentence else ""
    raise Rejected(f"Reddit refuses the answer ({one_line(kind)[:40]}){because}.")


def _receipt(said: Post) -> Receipt:
    return Receipt(said.ref.id, said.url, said.created_at)
