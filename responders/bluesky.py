"""Answers on Bluesky: a record under a key of our own, so that saying it twice says it once.

Facts: `com.atproto.repo.createRecord` takes a client-chosen record key, which for posts must be a TID; a second create
under the same key is refused (the reference server says 500), and `getRecord` tells for certain whether it is there.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.answers import Answer
from connectors.bluesky.client import Xrpc
from connectors.bluesky.parse import POSTS, is_post, web_url
from connectors.bluesky.settings import Settings as BlueskySettings
from connectors.errors import PlatformError, Rejected, Unavailable, Unsure
from connectors.http import Http
from responders import bluesky_chat
from responders.richtext import Mark, graphemes, marks
from responders.types import Audience, Message, Receipt

_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_TID_FROM_US = 1_577_836_800_000_000  # 2020-01-01: keys look like times, and must not lie in the future
_MOST_BYTES = 3000
_MOST_NAMES = 10


class Bluesky:
    """Speaks as the account in the settings. `address` is `answer_to`: {"uri", "cid", "root": {"uri", "cid"}}."""

    name: ClassVar[str] = "bluesky"
    audience: ClassVar[Audience] = "customer"
    longest: ClassVar[int] = 300
    Settings: ClassVar[type[BlueskySettings]] = BlueskySettings

    def __init__(
        self, settings: BlueskySettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        if settings.password is None:
            raise ValueError("To answer on Bluesky a handle and an app password are needed.")
        self._settings = settings
        self._http = http or Http()
        self._xrpc = Xrpc(settings, self._http)
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 only where no clock is handed in

    def __repr__(self) -> str:
        return f"Bluesky(@{self._settings.handle})"

    def send(self, message: Message) -> Receipt:
        """Publish the answer once. The same key again finds what is there. Raises Unsure when it may be there."""
        to = _address(message.address)
        if message.visibility == "private":
            return bluesky_chat.send(self._xrpc, message, _author(to))
        _check(message)
        did = self._xrpc.session().did
        rkey = record_key(message.key)
        body = {"repo": did, "collection": POSTS, "rkey": rkey, "record": self._record(message, to)}
        try:
            answer = self._xrpc.write("com.atproto.repo.createRecord", body)
            return _receipt(answer, did, rkey, self._now())
        except (Unsure, Rejected) as error:
            return self._perhaps_there(message, error)

    def find(self, message: Message) -> Receipt | None:
        """Whether the answer with this key is there: certain either way, once no request is under way any more."""
        if message.visibility == "private":
            return bluesky_chat.find(self._xrpc, message, _author(_address(message.address)))
        return self._there(message)

    def withdraw(self, receipt: Receipt) -> None:
        """Take an answer back. One that is gone already is no error."""
        if receipt.id.startswith(bluesky_chat.MARK):
            raise Rejected("A private message cannot be taken back from here.")
        if not is_post(receipt.id):
            raise Rejected("This is not an answer given on Bluesky.")
        did, rkey = receipt.id.removeprefix("at://").split(f"/{POSTS}/")
        self._xrpc.write("com.atproto.repo.deleteRecord", {"repo": did, "collection": POSTS, "rkey": rkey})

    def repeats_safely(self, _tried_at: datetime) -> bool:
        """True: the record key of a public answer makes a second attempt harmless, however late."""
        return True

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _perhaps_there(self, message: Message, error: PlatformError) -> Receipt:
        """A refusal may mean that an earlier attempt is there, and a lost answer that this one is."""
        try:
            found = self._there(message)
        except PlatformError:
            raise error from None  # the look failed as well: what the attempt itself said stands
        if found is None:
            raise error
        return found

    def _there(self, message: Message) -> Receipt | None:
        record = self._xrpc.record(POSTS, record_key(message.key))
        if record is None:
            return None
        uri, value = record.get("uri"), record.get("value")
        if not isinstance(uri, str) or not is_post(uri) or not isinstance(value, dict):
            raise Unavailable("Bluesky described our own answer in an unknown shape.")
        return Receipt(uri, web_url(uri), _moment(value.get("createdAt")))

    def _record(self, message: Message, to: dict[str, Any]) -> dict[str, Any]:
        parent = {"uri": to["uri"], "cid": to["cid"]}
        record: dict[str, Any] = {"$type": POSTS, "text": message.text, "createdAt": _iso(self._now())}
        record["reply"] = {"root": to["root"], "parent": parent}
        facets = self._facets(message.text)
        if facets:
            record["facets"] = facets
        if message.language:
            record["langs"] = [message.language]
        return record

    def _facets(self, text: str) -> list[dict[str, Any]]:
        """Links and names that can be clicked. A name nobody bears stays plain text."""
        facets: list[dict[str, Any]] = []
        named = 0
        for mark in sorted(marks(text), key=lambda mark: mark.start):
            named += mark.kind == "mention"
            feature = self._feature(mark) if mark.kind != "mention" or named <= _MOST_NAMES else None
            if feature is not None:
                index = {"byteStart": mark.start, "byteEnd": mark.end}
                facets.append({"index": index, "features": [feature]})
        return facets

    def _feature(self, mark: Mark) -> dict[str, str] | None:
        if mark.kind == "link":
            return {"$type": "app.bsky.richtext.facet#link", "uri": mark.value}
        if mark.kind == "tag":
            return {"$type": "app.bsky.richtext.facet#tag", "tag": mark.value}
        try:
            thing = self._xrpc.read("com.atproto.identity.resolveHandle", {"handle": mark.value.lower()})
        except Rejected:
            return None
        did = thing.get("did") if isinstance(thing, dict) else None
        return {"$type": "app.bsky.richtext.facet#mention", "did": did} if isinstance(did, str) and did else None


def record_key(key: str) -> str:
    """A TID made of a message's key: 13 letters, 53 bits that read as a time within 2020 and 2021, 10 bits of clock."""
    number = int.from_bytes(hashlib.sha256(key.encode("utf-8", "backslashreplace")).digest()[:8], "big")
    tid = ((_TID_FROM_US + (number >> 10) % 2**45) << 10) | (number & 0x3FF)
    return "".join(_LETTERS[(tid >> shift) & 31] for shift in range(60, -1, -5))


def _address(address: str) -> dict[str, Any]:
    try:
        to = json.loads(address)
        good = all(is_post(one["uri"]) and isinstance(one["cid"], str) and one["cid"] for one in (to, to["root"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Rejected("This post has no address on Bluesky to answer to.") from error
    if not good:
        raise Rejected("This post has no address on Bluesky to answer to.")
    return {"uri": to["uri"], "cid": to["cid"], "root": {"uri": to["root"]["uri"], "cid": to["root"]["cid"]}}


def _author(to: dict[str, Any]) -> str:
    """Whose post it is."""
    return str(to["uri"]).removeprefix("at://").partition("/")[0]


def _check(message: Message) -> None:
    try:
        size = len(message.text.encode())
    except UnicodeEncodeError as error:
        raise Rejected("The text holds half a character; write it again.") from error
    length = graphemes(message.text)
    if not message.text.strip():
        raise Rejected("The answer is empty.")
    if length > Bluesky.longest or size > _MOST_BYTES:
        raise Rejected(f"The answer has {length} characters; Bluesky takes {Bluesky.longest}.")


def _receipt(answer: Answer, did: str, rkey: str, now: datetime) -> Receipt:
    try:
        thing = answer.json()
    except Unavailable as error:
        raise Unsure("Bluesky took the answer, but what it said could not be read.") from error
    uri = f"at://{did}/{POSTS}/{rkey}"
    if not isinstance(thing, dict) or thing.get("uri") != uri:
        raise Unsure("Bluesky took the answer, but did not say where it is.")
    return Receipt(uri, web_url(uri), now)


def _iso(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
