"""Bluesky's direct messages: one to the author of a post, through our own server to the one chat service.

Facts (lexicons chat.bsky.convo.*; docs.bsky.app, "Chat (DMs)"): calls go to one's own server with the header
`atproto-proxy: did:web:api.bsky.chat#bsky_chat`; getConvoForMembers gets or makes the conversation with a person and is
refused where they take no messages from us; a message has at most 1,000 graphemes and no key that makes a repeat
harmless; deleting one takes it from our own eyes only. The app password must be one that may read messages.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from connectors.bluesky.client import Xrpc
from connectors.errors import PlatformError, Rejected, Unavailable, Unsure
from responders.privately import WAYS
from responders.replies import same_words, since
from responders.richtext import graphemes
from responders.types import Message, Receipt

MARK = "message:"  # before the ids of messages, which are no posts
CLOSED = "They take no messages from us on Bluesky: only from people they follow, or from nobody"
_SHUT = ("MessagesDisabled", "NotFollowedBySender", "BlockedActor", "BlockedSubject")
_MOST_BYTES = 10_000


def send(xrpc: Xrpc, message: Message, did: str) -> Receipt:
    """Once, unless it is there already. Raises Unsure when it may have been taken."""
    _check(message)
    convo = _conversation(xrpc, did)
    already = _found(xrpc, message, convo)
    if already is not None:
        return already
    body = {"convoId": convo, "message": {"text": message.text}}
    told = xrpc.chat_write("chat.bsky.convo.sendMessage", body)
    try:
        return _receipt(told.json(), convo)
    except Unavailable as error:
        return _taken_somehow(xrpc, message, convo, error)


def find(xrpc: Xrpc, message: Message, did: str) -> Receipt | None:
    """Look for it in the conversation with that person. Never sends."""
    return _found(xrpc, message, _conversation(xrpc, did))


def _conversation(xrpc: Xrpc, did: str) -> str:
    try:
        told = xrpc.chat_read("chat.bsky.convo.getConvoForMembers", {"members": [did]})
    except Rejected as error:
        if any(name in str(error) for name in _SHUT):
            raise Rejected(f"{CLOSED}.") from error
        raise
    convo = told.get("convo") if isinstance(told, dict) else None
    id_ = convo.get("id") if isinstance(convo, dict) else None
    if not isinstance(id_, str) or not id_:
        raise Unavailable("Bluesky told of a conversation in a shape that is none.")
    return id_


def _found(xrpc: Xrpc, message: Message, convo: str) -> Receipt | None:
    ours, wanted = xrpc.session().did, same_words(message.text)
    for said in _said(xrpc, convo):
        sender = said.get("sender")
        mine = isinstance(sender, dict) and sender.get("did") == ours
        if mine and same_words(str(said.get("text") or "")) == wanted and since(message.after, _at(said)):
            return _receipt(said, convo)
    return None


def _said(xrpc: Xrpc, convo: str) -> Iterator[dict[str, Any]]:
    """The newest hundred messages of both sides."""
    told = xrpc.chat_read("chat.bsky.convo.getMessages", {"convoId": convo, "limit": "100"})
    found = told.get("messages") if isinstance(told, dict) else None
    if not isinstance(found, list):
        raise Unavailable("Bluesky told of messages in a shape that is none.")
    yield from (one for one in found if isinstance(one, dict))


def _check(message: Message) -> None:
    try:
        size = len(message.text.encode())
    except UnicodeEncodeError as error:
        raise Rejected("The text holds half a character; write it again.") from error
    longest = WAYS["bluesky"].longest or 0
    if not message.text.strip():
        raise Rejected("The message is empty.")
    if graphemes(message.text) > longest or size > _MOST_BYTES:
        raise Rejected(f"The message has {graphemes(message.text)} characters; Bluesky takes {longest} in private.")


def _taken_somehow(xrpc: Xrpc, message: Message, convo: str, why: Exception) -> Receipt:
    """Bluesky said yes and then something we cannot read: the conversation knows."""
    unreadable = "Bluesky took the message, but what it said could not be read."
    try:
        found = _found(xrpc, message, convo)
    except PlatformError as error:
        raise Unsure(unreadable) from error
    if found is None:
        raise Unsure(unreadable) from why
    return found


def _receipt(told: Any, convo: str) -> Receipt:
    id_ = told.get("id") if isinstance(told, dict) else None
    if not isinstance(id_, str) or not 0 < len(id_) < 200:
        raise Unavailable("Bluesky told of a message that has no id.")
    return Receipt(f"{MARK}{id_}", f"https://bsky.app/messages/{convo}", _at(told))


def _at(told: dict[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(told.get("sentAt")))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
