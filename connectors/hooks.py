"""What is posted to us: how a connector judges a request, and how it reads what was kept of them.

A request is judged without network and without memory; what is admitted is stored before it is acknowledged; the
connector's `fetch` then reads the stored deliveries as it would read a platform, with a cursor.
"""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar, Protocol, runtime_checkable

from connectors.types import Page, Poison, Post, PostRef, Span

AT_ONCE = 50  # deliveries read into one page
BREAK = timedelta(minutes=15)  # a longer time without a read means that we were not there to be posted to


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as it came: method, query, headers (small letters; one that came twice is missing), raw body."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Admitted:
    """Keep this body under this key, then acknowledge with `says`. The same key again acts no second time."""

    key: str
    body: bytes = field(repr=False)
    says: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Challenge:
    """Nothing to keep: the platform checks that the address is ours and wants these words back."""

    words: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing is kept. `status` is the HTTP status; the sentence tells no secret and not which part was wrong."""

    status: int
    why: str


Verdict = Admitted | Challenge | Refused


@dataclass(frozen=True, slots=True)
class Delivery:
    """One stored request."""

    id: int
    body: bytes = field(repr=False)
    came_at: datetime


class Inbox(Protocol):
    """What was stored for one source, oldest first."""

    def after(self, place: int, most: int) -> Sequence[Delivery]:
        """Up to `most` deliveries behind this place. Those up to it are read and stored: their bytes may go."""
        ...


class Empty:
    """An inbox nothing comes to: of a connector that is only being tried."""

    def after(self, place: int, most: int) -> Sequence[Delivery]:
        """Nothing."""
        return ()


@runtime_checkable
class Hooked(Protocol):
    """Can be posted to. `inbox` is set by the application that stores what `admit` lets in."""

    hooked: ClassVar[bool]
    inbox: Inbox

    def admit(self, came: Arrival) -> Verdict:
        """Judge a request by its signature alone; no network, nothing remembered."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """`id` of the last delivery read; `at`: when (Unix time)."""

    id: int = 0
    at: int = 0

    def dump(self) -> str:
        """As the opaque cursor."""
        return json.dumps({"id": self.id, "at": self.at}, separators=(",", ":"))


def load(cursor: str | None) -> Place:
    """The place a cursor names; the beginning for none, or for one that is not ours."""
    try:
        told = json.loads(cursor or "")
        return Place(int(told["id"]), int(told["at"]))
    except (ValueError, TypeError, KeyError):
        return Place()


@dataclass(frozen=True, slots=True)
class Read:
    """What some deliveries say."""

    posts: tuple[Post, ...] = ()
    gone: tuple[PostRef, ...] = ()
    poison: tuple[Poison, ...] = ()


def together(parts: Iterable[Read]) -> Read:
    """Several as one, in their order."""
    read = Read()
    for part in parts:
        read = Read(read.posts + part.posts, read.gone + part.gone, read.poison + part.poison)
    return read


def page_of(read: Read, place: Place, last: int, now: datetime) -> Page:
    """A page behind these deliveries. What was posted while nobody was there to take it is not claimed as heard."""
    after = replace(place, id=last, at=max(place.at, int(now.timestamp())))
    posts = {post.ref: post for post in read.posts}
    order = sorted(posts.values(), key=lambda post: (post.created_at, post.ref.id))
    return Page(
        posts=tuple(order), cursor=after.dump(), gone=read.gone, poison=read.poison, covered=covered(place, now)
    )


def covered(place: Place, now: datetime) -> Span | None:
    """Since the last look, if that was short ago; else from now on."""
    before = datetime.fromtimestamp(place.at, UTC) if place.at else now
    return Span(min(before, now), now) if now - before <= BREAK else Span(now, now)


def signed(secrets: Iterable[bytes], message: bytes, given: Iterable[str]) -> bool:
    """Whether one of these hex signatures is the HMAC-SHA256 of the message under one of the secrets.

    Every pair is compared, in constant time, whatever the others said.
    """
    made = [hmac.new(secret, message, sha256).hexdigest() for secret in secrets if secret]
    seen = [each for each in given if len(each) == 64 and each.isascii()]
    return any([hmac.compare_digest(ours, theirs) for ours in made for theirs in seen])


def object_of(body: bytes) -> dict[str, Any] | None:
    """The body as a JSON object; None if it is none."""
    try:
        read = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None
