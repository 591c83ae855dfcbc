"""Answers on Mastodon: under an Idempotency-Key of our own, which the server keeps for an hour.

Facts (docs.joinmastodon.org, statuses): the key makes a repeat return the first status; other software that speaks the
same language ignores it. A reply needs the parent's id on *our* server, which search with `resolve` finds.
"""

import hashlib
import json
import re
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from connectors.answers import Answer
from connectors.errors import PlatformError, Rejected, Unavailable, Unsure
from connectors.http import Http
from connectors.mastodon.client import Facts, Server
from connectors.mastodon.parse import Heard, Odd, local_id_of, snowflake, status
from connectors.mastodon.settings import Settings as MastodonSettings
from connectors.mastodon.threads import search
from connectors.text import one_line
from responders.lengths import NAME, on_mastodon
from responders.types import Audience, Message, Receipt

_KEY_KEPT = timedelta(minutes=55)  # the server says an hour; clocks differ
_LEADING_NAMES = re.compile(r"^(?:@[\w.@-]+\s+)+")
_PLAIN_KEY = frozenset(string.ascii_letters + string.digits + "-_.:/")
_CLOCKS_DIFFER = timedelta(minutes=2)
_MOST_PAGES = 5
_TELLING = (400, 404, 410, 422)  # nothing was published, and the body says why


class Mastodon:
    """Speaks as the account of the token. `address` is `answer_to`: {"server", "id", "uri", "acct", "visibility"}."""

    name: ClassVar[str] = "mastodon"
    audience: ClassVar[Audience] = "customer"
    longest: ClassVar[int] = 500
    Settings: ClassVar[type[MastodonSettings]] = MastodonSettings

    def __init__(
        self, settings: MastodonSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if settings.token is None:
            raise ValueError("To answer on Mastodon the access token of an account is needed.")
        self._http = http or Http()
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 only where no clock is handed in
        self._home = Server(settings.home_url, settings.token, self._http, self._now)
        self._account_id = ""

    def __repr__(self) -> str:
        return f"Mastodon({self._home.host})"

    def send(self, message: Message) -> Receipt:
        """Publish the answer once. Raises Unsure when it may have been taken and the answer was lost."""
        to = _address(message.address)
        if not message.text.strip():
            raise Rejected("The answer is empty.")
        text = with_name(message.text, to["acct"])
        self._check_length(text)
        parent = self._parent_id(to)
        if parent is None:
            raise Rejected(f"{self._home.host} cannot see this post, so it cannot be answered from there.")
        form = {"status": text, "in_reply_to_id": parent, "visibility": _visibility(message, to)}
        if message.language and len(message.language) in (2, 3):
            form["language"] = message.language
        return self._post(form, message)

    def find(self, message: Message) -> Receipt | None:
        """Look for the answer among what our account said since `message.after`. Never sends."""
        to = _address(message.address)
        try:
            parent = self._parent_id(to)
        except Rejected:
            parent = None
        wanted = same_words(with_name(message.text, to["acct"]))
        for one in self._said_since(message.after):
            if (parent is None or one.parent_id == parent) and same_words(one.post.text) == wanted:
                return _receipt(one)
        return None

    def withdraw(self, receipt: Receipt) -> None:
        """Take an answer back. One that is gone already is no error."""
        local_id = local_id_of(receipt.id) if urlsplit(receipt.id).netloc.lower() == self._home.host else None
        if local_id is None:
            heard = search(self._home, receipt.id)
            if heard is None:
                return
            local_id = heard.local_id
        url = f"{self._home.url}/api/v1/statuses/{local_id}"
        self._http.request("DELETE", url, headers=self._home.headers, write=True, expected=(404, 410))

    def repeats_safely(self, tried_at: datetime) -> bool:
        """True while the server still knows the key of an attempt begun at `tried_at`: within the hour, on Mastodon."""
        return self._now() - tried_at < _KEY_KEPT and self._facts().keeps_keys

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _post(self, form: dict[str, str], message: Message) -> Receipt:
        self._home.check_rest()
        headers = {**self._home.headers, "idempotency-key": idempotency_key(message.key), "accept": "application/json"}
        url = f"{self._home.url}/api/v1/statuses"
        answer = self._http.request("POST", url, headers=headers, data=form, write=True, expected=_TELLING)
        if answer.status in _TELLING:
            raise Rejected(f"{self._home.host} refuses the answer{_reason(answer)}.")
        try:
            heard = status(answer.json(), self._home.url)
        except (Unavailable, Odd) as error:
            return self._taken_somehow(message, error)
        if heard is None:
            raise Unsure(f"{self._home.host} took the answer, but told us of something else.")
        return _receipt(heard)

    def _taken_somehow(self, message: Message, error: Exception) -> Receipt:
        """The server said yes and then something we cannot read: our own timeline knows which post it is."""
        try:
            found = self.find(message)
        except PlatformError:
            found = None
        if found is None:
            raise Unsure(f"{self._home.host} took the answer, but what it said could not be read.") from error
        return found

    def _check_length(self, text: str) -> None:
        facts = self._facts()
        length = on_mastodon(text, facts.per_link)
        if length > facts.longest:
            raise Rejected(
                f"The answer has {length} characters with the name; {self._home.host} takes {facts.longest}."
            )

    def _facts(self) -> Facts:
        return self._home.facts()

    def _parent_id(self, to: dict[str, str]) -> str | None:
        """The post's id on our own server; None if our server cannot see it."""
        if to["server"] == self._home.url:
            return to["id"]
        heard = search(self._home, to["uri"])
        return None if heard is None else heard.local_id

    def _said_since(self, after: datetime | None) -> list[Heard]:
        """What our account said, newest five pages at most, from a little before `after`."""
        path = f"/api/v1/accounts/{self._account()}/statuses"
        params = {"limit": "40", "exclude_reblogs": "true"}
        if after is not None:
            params["min_id"] = snowflake(after - _CLOCKS_DIFFER)
        said: list[Heard] = []
        for _ in range(_MOST_PAGES):
            things = self._home.get(path, params).json()
            if not isinstance(things, list):
                raise Unavailable(f"{self._home.host} answered in a shape that is not a list of posts.")
            page = [heard for heard in map(self._read, things) if heard is not None]
            said += page
            if len(things) < 40 or "min_id" not in params or not page:
                break
            params["min_id"] = max((one.local_id for one in page), key=lambda one: (len(one), one))
        return said

    def _read(self, thing: Any) -> Heard | None:
        try:
            return status(thing, self._home.url)
        except Odd as error:
            raise Unavailable(f"{self._home.host} listed something that is not a post.") from error

    def _account(self) -> str:
        if not self._account_id:
            thing = self._home.get("/api/v1/accounts/verify_credentials").json()
            found = thing.get("id") if isinstance(thing, dict) else None
            if not isinstance(found, str) or not found.isalnum():
                raise Unavailable(f"{self._home.host} did not say who we are.")
            self._account_id = found
        return self._account_id


def with_name(text: str, acct: str) -> str:
    """The text with the customer's name in front, as Mastodon needs to tell them; not twice."""
    if not acct or re.search(rf"(?<![\w@])@{re.escape(acct)}(?![\w@-])", text, re.IGNORECASE):
        return text
    return f"@{acct} {text}"


def same_words(text: str) -> str:
    """A text reduced to what two renderings of it share: no leading names, no servers of names, no spacing."""
    bare = _LEADING_NAMES.sub("", NAME.sub(r"@\1", text.strip()) + " ")
    return "".join(bare.split()).casefold()


def idempotency_key(key: str) -> str:
    """The key as a header may carry it."""
    if 0 < len(key) <= 128 and _PLAIN_KEY.issuperset(key):
        return key
    return hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()


def _reason(answer: Answer) -> str:
    """The server's own sentence, as far as it may stand in ours."""
    try:
        thing = answer.json()
    except Unavailable:
        return f" ({answer.status})"
    said = thing.get("error") if isinstance(thing, dict) else None
    return f": {one_line(said)[:200].rstrip('.')}" if isinstance(said, str) and said.strip() else f" ({answer.status})"


def _visibility(message: Message, to: dict[str, str]) -> str:
    """As open as the post we answer, never more; private is a direct message to the author."""
    if message.visibility == "private" or to["visibility"] in ("private", "direct"):
        return "direct"
    return to["visibility"]


def _address(address: str) -> dict[str, str]:
    try:
        thing = json.loads(address)
        to = {name: thing[name] for name in ("server", "id", "uri", "acct", "visibility")}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Rejected("This post has no address on Mastodon to answer to.") from error
    if not all(isinstance(value, str) and value for value in to.values()) or not to["id"].isalnum():
        raise Rejected("This post has no address on Mastodon to answer to.")
    return to


def _receipt(heard: Heard) -> Receipt:
    return Receipt(heard.post.ref.id, heard.post.url, heard.post.created_at)
