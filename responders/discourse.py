"""Answers in a Discourse forum: a reply to the post, by the user the key belongs to.

Facts (docs.discourse.org, create a post): 422 with `errors` for words the forum refuses; the same words of an API key
within two minutes make one post. What an account said is listed newest first, fifty at a time.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from connectors.discourse.client import Client
from connectors.discourse.parse import place_of, single
from connectors.discourse.settings import Settings as DiscourseSettings
from connectors.errors import Rejected, Unavailable
from connectors.http import Http
from connectors.types import Post
from responders.replies import REFUSALS, Replies, Said, address_of, refused, since
from responders.types import Receipt


class Discourse(Replies):
    """Speaks as `api_user`. `address` is `answer_to`: {"site", "topic", "number"}."""

    name: ClassVar[str] = "discourse"
    called: ClassVar[str] = "Discourse"
    longest: ClassVar[int] = 32_000
    Settings: ClassVar[type[DiscourseSettings]] = DiscourseSettings

    def __init__(
        self, settings: DiscourseSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if not settings.account:
            raise ValueError("To answer in a Discourse forum a key of the forum is needed.")
        self._settings = settings
        self._client = Client(settings, http or Http())

    def __repr__(self) -> str:
        return f"Discourse({self._settings.base_url})"

    def reach(self, address: str) -> Mapping[str, str]:
        """The topic and number of the post, in the forum we hold a key of."""
        to = address_of(address, ("site", "topic", "number"), self.called)
        if not (to["topic"].isdecimal() and to["number"].isdecimal()):
            raise Rejected("This post has no address on Discourse to answer to.")
        if to["site"] != self._settings.base_url:
            raise Rejected(f"This post is in the forum {to['site'][:80]}, and the key is of another.")
        return to

    def parent(self, to: Mapping[str, str]) -> str:
        """As our reply names it."""
        return f"{urlsplit(to['site']).netloc}/{to['topic']}/{to['number']}"

    def publish(self, to: Mapping[str, str], text: str) -> Any:
        """One attempt."""
        answer = self._client.reply(to["topic"], to["number"], text, REFUSALS)
        refused(answer, self.called, "errors")
        return answer.json()

    def made(self, told: Any, to: Mapping[str, str]) -> Receipt | None:
        """The post the forum says it made."""
        try:
            post = single(told, self._settings.base_url)
        except Unavailable:
            return None  # the caller looks it up
        return _receipt(post) if isinstance(post, Post) else None

    def said(self, to: Mapping[str, str], after: datetime | None) -> Iterator[Said]:
        """Our newest posts in this topic, with their words as written: the list holds them as shown."""
        listed = self._client.of_user(self._settings.api_user)
        if not isinstance(listed, list):
            raise Unavailable("Discourse answered with something that is not a list of our posts.")
        host = urlsplit(to["site"]).netloc
        for each in listed:
            post = single(each, self._settings.base_url)
            if (
                not isinstance(post, Post)
                or post.thread != f"{host}/{to['topic']}"
                or not since(after, post.created_at)
            ):
                continue
            place = place_of(post.ref.id, self._settings.base_url)
            whole = self._client.post(*place) if place is not None else None
            full = post if whole is None else single(whole, self._settings.base_url)
            if isinstance(full, Post) and full.in_reply_to is not None:
                yield Said(full.in_reply_to.id, full.text, _receipt(full))

    def wrote(self, receipt: Receipt) -> bool:
        """Whether the answer is in our forum."""
        return place_of(receipt.id, self._settings.base_url) is not None

    def withdraw(self, receipt: Receipt) -> None:
        """Take an answer back. One that is gone already is no error."""
        place = place_of(receipt.id, self._settings.base_url)
        if place is None:
            raise Rejected("This is no answer of ours in this Discourse forum.")
        thing = self._client.post(*place)
        id_ = thing.get("id") if isinstance(thing, dict) else None
        if isinstance(id_, int):
            self._client.delete(str(id_))

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()


def _receipt(post: Post) -> Receipt:
    return Receipt(post.ref.id, post.url, post.created_at)
