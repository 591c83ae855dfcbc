"""Answers on Lemmy: a comment below the post or comment, as the account of the login.

Facts: lemmy_api_common 0.19 (CreateComment: content, post_id, parent_id; refusals {"error": word} with status 400).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from connectors.errors import Rejected, Unavailable
from connectors.http import Http
from connectors.lemmy.client import Client
from connectors.lemmy.parse import LOCKED, listing, resolved
from connectors.lemmy.settings import Settings as LemmySettings
from connectors.types import Post
from responders.replies import REFUSALS, Replies, Said, address_of, refused, since
from responders.types import Receipt


class Lemmy(Replies):
    """Speaks as our account. `address` is `answer_to`: {"site", "post", "comment", "parent", "locked"}."""

    name: ClassVar[str] = "lemmy"
    called: ClassVar[str] = "Lemmy"
    longest: ClassVar[int] = 10_000
    Settings: ClassVar[type[LemmySettings]] = LemmySettings

    def __init__(
        self, settings: LemmySettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if not settings.account:
            raise ValueError("To answer on Lemmy the login of an account is needed.")
        self._settings = settings
        self._client = Client(settings, http or Http())

    def __repr__(self) -> str:
        return f"Lemmy({self._settings.base_url})"

    def reach(self, address: str) -> Mapping[str, str]:
        """The post or comment, as our account's server numbers it."""
        to = address_of(address, ("site", "post", "comment", "parent", "locked"), self.called)
        if not to["post"].isdecimal() or not (to["comment"].isdecimal() or to["comment"] == "-"):
            raise Rejected("This post has no address on Lemmy to answer to.")
        if to["locked"] == "yes":
            raise Rejected(LOCKED)
        if to["site"] != self._settings.base_url:
            raise Rejected(f"This post was heard on {to['site'][:80]}, and our account is on another server.")
        return to

    def parent(self, to: Mapping[str, str]) -> str:
        """The comment that is answered, or the post."""
        return f"{to['post']}/{to['comment']}"

    def publish(self, to: Mapping[str, str], text: str) -> Any:
        """One attempt."""
        parent = to["comment"] if to["comment"] != "-" else ""
        answer = self._client.reply(to["post"], parent, text, REFUSALS)
        refused(answer, self.called, "error")
        return answer.json()

    def made(self, told: Any, to: Mapping[str, str]) -> Receipt | None:
        """The comment the server says it made."""
        try:
            post = resolved(told, self._settings.base_url, ())
        except Unavailable:
            return None  # the caller looks it up among our own
        return _receipt(post) if isinstance(post, Post) else None

    def said(self, to: Mapping[str, str], after: datetime | None) -> Iterator[Said]:
        """Our account's newest comments."""
        told = listing(self._client.of_account(), "comments", self._settings.base_url, "")
        for post in told.posts:
            where = json.loads(post.answer_to or "{}")
            if since(after, post.created_at):
                yield Said(f"{where['post']}/{where['parent']}", post.text, _receipt(post))

    def wrote(self, receipt: Receipt) -> bool:
        """Whether the answer was given on our account's server."""
        return receipt.id.startswith(f"{self._settings.base_url}/")

    def withdraw(self, receipt: Receipt) -> None:
        """Take an answer back. One that is gone already is no error."""
        if not receipt.id.startswith(("https://", "http://")):
            raise Rejected("This is no answer of ours on Lemmy.")
        thing = self._client.object(receipt.id)
        post = None if thing is None else resolved(thing, self._settings.base_url, ())
        if isinstance(post, Post):
            self._client.delete(json.loads(post.answer_to or "{}")["comment"])

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()


def _receipt(post: Post) -> Receipt:
    return Receipt(post.ref.id, post.url, post.created_at)
