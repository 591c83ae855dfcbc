"""Meta's private replies: one message to the author of one comment, from our Page or account, into their inbox.

Facts (developers.facebook.com): POST /{account}/messages with recipient {comment_id | post_id} and message {text}
(messenger-platform/discovery/private-replies, instagram-platform/private-replies); a second one is refused with code
10900; `private_reply_conversation` of a Page's comment is the conversation that it began; /{account}/conversations with
`user_id` is the one with a person (messenger-platform/conversations). It cannot be taken back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.errors import PlatformError, Rejected, Unavailable, Unsure
from connectors.meta.graph import AlreadyReplied, Graph
from connectors.shapes import Odd, ident, line, moment, record, rows
from responders.privately import SPENT, WAYS
from responders.replies import same_words, since
from responders.types import Message, Receipt

MARK = "message:"  # before the ids of private messages, which are no comments
_MESSAGES = "messages.limit(25){id,message,from,created_time}"


@dataclass(frozen=True, slots=True)
class PrivateReplies:
    """Sends and looks up as one account. `platform` is facebook or instagram; `inbox` is where people read them."""

    graph: Graph
    account_id: str
    handle: str
    platform: str
    called: str
    inbox: str

    def send(self, message: Message, recipient: Mapping[str, str]) -> Receipt:
        """Once, unless it is there already. Raises Unsure when it may have been taken."""
        self._check(message)
        already = self.find(message, recipient)
        if already is not None:
            return already
        body = {"recipient": dict(recipient), "message": {"text": message.text}}
        try:
            told = self.graph.post_json(f"{self.account_id}/messages", body)
        except AlreadyReplied as error:
            raise Rejected(f"{SPENT}.") from error
        try:
            return self._receipt(record(told).get("message_id"), None)
        except Odd:
            return self._taken_somehow(message, recipient)

    def find(self, message: Message, recipient: Mapping[str, str]) -> Receipt | None:
        """Look for it in the conversation with the author of that very comment. Never sends."""
        wanted = same_words(message.text)
        try:
            for one in self._conversation(recipient):
                said = record(one, "a message")
                at = moment(said.get("created_time"))
                same = self._is_ours(said.get("from")) and same_words(str(said.get("message") or "")) == wanted
                if same and since(message.after, at):
                    return self._receipt(said.get("id"), at)
        except Odd as error:
            raise Unavailable(f"{self.called} told of our messages in a shape that is none.") from error
        return None

    def _is_ours(self, who: Any) -> bool:
        if not isinstance(who, dict):
            return False
        named = self.platform == "instagram" and self.handle and str(who.get("username")).lower() == self.handle.lower()
        return str(who.get("id")) == self.account_id or bool(named)

    def _conversation(self, recipient: Mapping[str, str]) -> Iterator[Any]:
        comment = recipient.get("comment_id", "")
        if comment and self.platform == "facebook":
            told = record(self.graph.get(comment, {"fields": f"id,private_reply_conversation{{{_MESSAGES}}}"}))
            yield from _messages(told.get("private_reply_conversation"))
            return
        told = record(self.graph.get(comment or recipient["post_id"], {"fields": "id,from"}))
        who = told.get("from")
        if not isinstance(who, dict) or not who.get("id"):
            raise Rejected(f"{self.called} does not say whose post it is: look in your inbox there.")
        asked = {"platform": _NAMES[self.platform], "user_id": ident(who["id"]), "fields": f"id,{_MESSAGES}"}
        for each in rows(self.graph.get(f"{self.account_id}/conversations", asked), "data", self.called):
            yield from _messages(each)

    def _check(self, message: Message) -> None:
        longest = WAYS[self.platform].longest or 0
        size = len(message.text) if self.platform == "facebook" else len(message.text.encode("utf-8", "replace"))
        if not message.text.strip():
            raise Rejected("The message is empty.")
        if size > longest:
            unit = "characters" if self.platform == "facebook" else "bytes"
            raise Rejected(f"The message has {size} {unit}; {self.called} takes {longest} in private.")

    def _taken_somehow(self, message: Message, recipient: Mapping[str, str]) -> Receipt:
        """Meta said yes and then something we cannot read: the conversation knows."""
        unreadable = f"{self.called} took the message, but what it said could not be read."
        try:
            found = self.find(message, recipient)
        except PlatformError as error:
            raise Unsure(unreadable) from error
        if found is None:
            raise Unsure(unreadable)
        return found

    def _receipt(self, id_: Any, at: Any) -> Receipt:
        told = line(id_)
        if not told or len(told) > 400:
            raise Odd("a message without an id")
        return Receipt(f"{MARK}{told}", self.inbox, at)


_NAMES = {"facebook": "messenger", "instagram": "instagram"}


def is_private(receipt: Receipt) -> bool:
    """Whether a receipt is of a private message."""
    return receipt.id.startswith(MARK)


def _messages(conversation: Any) -> Iterator[Any]:
    if isinstance(conversation, dict) and isinstance(conversation.get("messages"), dict):
        found = conversation["messages"].get("data")
        yield from found if isinstance(found, list) else ()
