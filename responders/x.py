"""Answers on X, as one account. X knows no key that makes a repeat harmless: who is unsure reads our own timeline.

Facts (docs.x.com): self-serve access may answer only people who mention or quote us, everybody else is refused with
403; a text counts 280, weighted (https://docs.x.com/fundamentals/counting-characters), every link as 23.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from connectors.errors import PlatformError, Rejected, Unsure
from connectors.http import Http
from connectors.types import Post
from connectors.x.client import Client, Duplicate
from connectors.x.parse import address, looked_up, moment_of, page
from connectors.x.settings import Settings as XSettings
from responders.lengths import on_x
from responders.types import Audience, Message, Receipt

_CLOCKS_DIFFER = timedelta(minutes=2)
_MOST_PAGES = 5
_LEADING_NAMES = re.compile(r"^(?:@\w+\s+)+")


class X:
    """Speaks as the account of the access token. `address` is `answer_to`: {"id", "first", "names", "open"}."""

    name: ClassVar[str] = "x"
    audience: ClassVar[Audience] = "customer"
    longest: ClassVar[int] = 280
    Settings: ClassVar[type[XSettings]] = XSettings

    def __init__(
        self, settings: XSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if not settings.account:
            raise ValueError("To answer on X the four keys of an account are needed.")
        self._settings = settings
        self._http = http or Http()
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 only where no clock is handed in
        self._client = Client(settings, self._http, self._now)

    def __repr__(self) -> str:
        return f"X(@{self._settings.handle})"

    def send(self, message: Message) -> Receipt:
        """Publish the answer once. Raises Unsure when it may have been taken and the answer was lost."""
        to = _address(message)
        _check(message, self.longest)
        try:
            told = self._client.reply(message.text, to["id"])
        except Duplicate as refused:
            found = self.find(message)
            if found is None:
                raise Unsure(str(refused)) from refused
            return found
        data = told.get("data") if isinstance(told, dict) else None
        id_ = data.get("id") if isinstance(data, dict) else None
        if not isinstance(id_, str) or not id_.isdecimal():
            return self._taken_somehow(message)
        return self._receipt(id_)

    def find(self, message: Message) -> Receipt | None:
        """Look for the answer among what our account said since `message.after`. Never sends."""
        to = _address(message)
        wanted = same_words(message.text)
        for post in self._said_since(message.after):
            parent = post.in_reply_to.id if post.in_reply_to else ""
            if parent in (to["id"], to["first"]) and same_words(post.text) == wanted:
                return self._receipt(post.ref.id)
        return None

    def withdraw(self, receipt: Receipt) -> None:
        """Take an answer back. One that is gone already is no error."""
        if not receipt.id.isdecimal():
            raise Rejected("This is no answer of ours on X.")
        try:
            self._client.delete(receipt.id)
        except Rejected:
            if looked_up(self._client.lookup([receipt.id])).posts:
                raise

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()
        self._http.close()

    def _said_since(self, after: datetime | None) -> Iterator[Post]:
        """What our account said, newest first, from a little before `after`; only the newest page without one."""
        bounds: dict[str, Any] = {}
        if after is not None:
            bounds["start_time"] = (after - _CLOCKS_DIFFER).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        token = ""
        for _ in range(_MOST_PAGES if after is not None else 1):
            told = page(self._client.own(token, bounds))
            yield from told.posts
            token = told.token
            if not token:
                return

    def _taken_somehow(self, message: Message) -> Receipt:
        """X said yes and then something we cannot read: our own timeline knows which post it is."""
        unreadable = "X took the answer, but what it said could not be read."
        try:
            found = self.find(message)
        except PlatformError as error:
            raise Unsure(unreadable) from error
        if found is None:
            raise Unsure(unreadable)
        return found

    def _receipt(self, id_: str) -> Receipt:
        return Receipt(id_, f"https://x.com/{self._settings.handle}/status/{id_}", moment_of(id_))


def same_words(text: str) -> str:
    """A text reduced to what two renderings of it share: no leading names, no schemes of links, no spacing."""
    bare = _LEADING_NAMES.sub("", text.strip() + " ")
    bare = re.sub(r"https?://", "", bare, flags=re.IGNORECASE)
    return "".join(word.rstrip("/") for word in unicodedata.normalize("NFC", bare).split()).casefold()


def _check(message: Message, longest: int) -> None:
    if not message.text.strip():
        raise Rejected("The answer is empty.")
    if message.visibility == "private":
        raise Rejected("X takes no private answer here: open a direct message on X.")
    length = on_x(message.text)
    if length > longest:
        raise Rejected(f"The answer has {length} characters as X counts; it takes {longest}.")


def _address(message: Message) -> dict[str, Any]:
    to = address(message.address)
    if to is None:
        raise Rejected("This post has no address on X to answer to.")
    return to
