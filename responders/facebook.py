"""Answers on Facebook: a comment below the comment or post, as our Page, or one private message to its author.

Facts: developers.facebook.com/docs/graph-api/reference/object/comments (POST message; a comment on a comment is filed
under the first of its thread).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from connectors.errors import Rejected
from connectors.facebook.settings import Settings as FacebookSettings
from connectors.http import Http
from connectors.meta.graph import Graph
from connectors.shapes import Odd, ident, moment, rows
from responders.meta import MetaReplies
from responders.private_replies import PrivateReplies
from responders.replies import Said, address_of, since
from responders.types import Message, Receipt

_INBOX = "https://business.facebook.com/latest/inbox"


class Facebook(MetaReplies):
    """Speaks as our Page. `address` is `answer_to`: {"id"}."""

    name: ClassVar[str] = "facebook"
    called: ClassVar[str] = "Facebook"
    longest: ClassVar[int] = 8_000
    Settings: ClassVar[type[FacebookSettings]] = FacebookSettings

    def __init__(
        self, settings: FacebookSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if settings.access_token is None or not settings.account_id:
            raise ValueError("To answer on Facebook the Page's access_token and account_id are needed.")
        self._settings, self._http = settings, http or Http()
        self._graph = Graph(settings.base_url, settings.access_token, self._http, self.called)
        self._private = PrivateReplies(self._graph, settings.account_id, "", self.name, self.called, _INBOX)

    def send(self, message: Message) -> Receipt:
        """Publish the answer once, or send it to the author's inbox. Raises Unsure when it may have been taken."""
        if message.visibility == "private":
            return self._private.send(message, self._author_of(message))
        return super().send(message)

    def find(self, message: Message) -> Receipt | None:
        """Look for it below the comment, or in the conversation with its author. Never sends."""
        if message.visibility == "private":
            return self._private.find(message, self._author_of(message))
        return super().find(message)

    def __repr__(self) -> str:
        return f"Facebook({self._settings.account_id})"

    def _author_of(self, message: Message) -> Mapping[str, str]:
        """Whom Meta writes to: ids of posts on our Page begin with its number, those of comments with their post's."""
        try:
            id_ = ident(self.reach(message.address)["id"])
        except Odd as error:
            raise Rejected("This post has no address on Facebook to answer to.") from error
        return {"post_id" if id_.startswith(f"{self._settings.account_id}_") else "comment_id": id_}

    def receipt(self, id_: str, at: datetime | None = None, link: str = "") -> Receipt:
        """An answer, at its own address."""
        return Receipt(id_, f"https://www.facebook.com/{id_}", at)

    def reach(self, address: str) -> Mapping[str, str]:
        """The comment or post."""
        return address_of(address, ("id",), self.called)

    def parent(self, to: Mapping[str, str]) -> str:
        """What was commented on."""
        return to["id"]

    def publish(self, to: Mapping[str, str], text: str) -> Any:
        """One attempt."""
        return self._graph.post(f"{ident(to['id'])}/comments", {"message": text})

    def said(self, to: Mapping[str, str], after: datetime | None) -> Iterator[Said]:
        """What our Page said below it, newest hundred."""
        asked = {"fields": "id,message,from,created_time", "order": "reverse_chronological", "limit": "100"}
        for thing in rows(self._graph.get(f"{ident(to['id'])}/comments", asked), "data", self.called):
            who = thing.get("from") if isinstance(thing, dict) else None
            if not isinstance(who, dict) or str(who.get("id")) != self._settings.account_id:
                continue
            at = moment(thing.get("created_time"))
            if since(after, at):
                yield Said(to["id"], str(thing.get("message") or ""), self.receipt(ident(thing.get("id")), at))
