"""Answers on Instagram: a reply to a comment on our media, in public or private, or to a mention where it stands.

Facts: developers.facebook.com/docs/instagram-platform (POST /{comment}/replies; POST /{account}/mentions with media_id
and comment_id). What we said below somebody else's medium cannot be read back: an unsure answer there is for a person.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from connectors.errors import Rejected, Unavailable
from connectors.http import Http
from connectors.instagram.settings import Settings as InstagramSettings
from connectors.meta.graph import Graph
from connectors.shapes import Odd, ident, moment, rows
from responders.meta import MetaReplies
from responders.private_replies import PrivateReplies
from responders.privately import ELSEWHERE
from responders.replies import Said, address_of, since
from responders.types import Message, Receipt

_INBOX = "https://www.instagram.com/direct/inbox/"


class Instagram(MetaReplies):
    """Speaks as our account. `address` is `answer_to`: {"comment", "media", "mention"}, "-" for none."""

    name: ClassVar[str] = "instagram"
    called: ClassVar[str] = "Instagram"
    longest: ClassVar[int] = 2_200
    Settings: ClassVar[type[InstagramSettings]] = InstagramSettings

    def __init__(
        self, settings: InstagramSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if settings.access_token is None or not settings.account_id or not settings.handle:
            raise ValueError("To answer on Instagram access_token, account_id and handle are needed.")
        self._settings, self._http = settings, http or Http()
        self._graph = Graph(settings.base_url, settings.access_token, self._http, self.called)
        account, handle = settings.account_id, settings.handle
        self._private = PrivateReplies(self._graph, account, handle, self.name, self.called, _INBOX)

    def __repr__(self) -> str:
        return f"Instagram({self._settings.handle})"

    def send(self, message: Message) -> Receipt:
        """Publish the answer once. A mention on others' media cannot be looked up first: it is sent as it is."""
        to = self.reach(message.address)
        if message.visibility == "private":
            return self._private.send(message, _author_of(to))
        if to["mention"] == "-":
            return super().send(message)
        self._check(message)
        made = self.made(self.publish(to, message.text), to)
        return made if made is not None else self._taken_somehow(message)

    def find(self, message: Message) -> Receipt | None:
        """Look below the comment. Raises Unavailable where Instagram shows us nothing: that is not "not there"."""
        to = self.reach(message.address)
        if message.visibility == "private":
            return self._private.find(message, _author_of(to))
        if to["mention"] != "-":
            raise Unavailable("Instagram does not show what we said below others' media: look there yourself.")
        return super().find(message)

    def receipt(self, id_: str, at: datetime | None = None, link: str = "") -> Receipt:
        """An answer; Instagram has no page of a comment."""
        return Receipt(id_, "https://www.instagram.com/", at)

    def reach(self, address: str) -> Mapping[str, str]:
        """The comment, or the medium that mentions us."""
        to = address_of(address, ("comment", "media", "mention"), self.called)
        if to["comment"] == "-" and to["mention"] == "-":
            raise Rejected("This post has no address on Instagram to answer to.")
        return to

    def parent(self, to: Mapping[str, str]) -> str:
        """What was answered."""
        return to["comment"]

    def publish(self, to: Mapping[str, str], text: str) -> Any:
        """One attempt."""
        if to["mention"] == "-":
            return self._graph.post(f"{ident(to['comment'])}/replies", {"message": text})
        form = {"media_id": to["media"], "message": text}
        if to["comment"] != "-":
            form["comment_id"] = to["comment"]
        return self._graph.post(f"{self._settings.account_id}/mentions", form)

    def said(self, to: Mapping[str, str], after: datetime | None) -> Iterator[Said]:
        """What our account said below the comment."""
        asked = {"fields": "id,text,username,timestamp", "limit": "100"}
        for thing in rows(self._graph.get(f"{ident(to['comment'])}/replies", asked), "data", self.called):
            ours = isinstance(thing, dict) and str(thing.get("username")).casefold() == self._settings.handle.casefold()
            if not ours:
                continue
            at = moment(thing.get("timestamp"))
            if since(after, at):
                yield Said(to["comment"], str(thing.get("text") or ""), self.receipt(ident(thing.get("id")), at))


def _author_of(to: Mapping[str, str]) -> Mapping[str, str]:
    """Whom Meta writes to: only who commented below our own posts."""
    if to["mention"] != "-":
        raise Rejected(f"{ELSEWHERE}.")
    try:
        return {"comment_id": ident(to["comment"])}
    except Odd as error:
        raise Rejected("This post has no address on Instagram to answer to.") from error
