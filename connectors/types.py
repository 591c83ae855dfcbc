"""What a connector hears and how it is asked: the contract every platform meets.

Edge types are frozen values. Two opaque strings keep platforms out of our heads: `Page.cursor` (only its connector
understands it) and `Post.answer_to` (only its responder does).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from threading import Event
from typing import ClassVar, Literal, Protocol, runtime_checkable

from pydantic import BaseModel

Clock = Literal["server", "claimed", "estimated"]
Kind = Literal["post", "reply", "comment", "review", "article", "message"]


class Latency(StrEnum):
    """How soon a platform lets us hear: shown wherever a response window is promised."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    BEST_EFFORT = "best effort"


@dataclass(frozen=True, slots=True)
class PostRef:
    """A post's identity: the platform's name and the platform's own id."""

    platform: str
    id: str


@dataclass(frozen=True, slots=True)
class Author:
    """The account that wrote a post. `id` survives a change of handle; `followers` is None where not told."""

    id: str
    handle: str
    name: str = ""
    followers: int | None = None


@dataclass(frozen=True, slots=True)
class AuthorRef:
    """An account's identity: the platform's name and the id its posts carry as `Author.id`."""

    platform: str
    id: str


@dataclass(frozen=True, slots=True)
class Post:
    """One post by one author on one platform, as plain text.

    `created_at` is UTC; `clock` says whose word it is: the platform's (`server`), the author's (`claimed`), or ours
    because none was given (`estimated`). `rating` is 0…1. `engagement` counts likes, replies and shares. `to_us`: said
    in a place that is ours (a review of our app, a comment under our video), so it concerns us without naming us.
    `by_us`: the platform itself says that it speaks for us (a developer's answer to a review). `through`: which search,
    server or listing of its source brought it first, in the connector's own words; it is the same post through any.
    """

    ref: PostRef
    url: str
    author: Author
    text: str
    created_at: datetime
    clock: Clock = "server"
    kind: Kind = "post"
    title: str = ""
    in_reply_to: PostRef | None = None
    thread: str | None = None
    edited_at: datetime | None = None
    language: str | None = None
    rating: float | None = None
    engagement: int | None = None
    answer_to: str | None = None
    to_us: bool = False
    by_us: bool = False
    through: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, UTC, from `start` up to but not including `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """What the platform last said of its limit: calls left, when the count starts again (UTC), and of how many."""

    left: int | None
    resets_at: datetime | None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Poison:
    """Something the platform sent that could not be read as a post: kept with its bytes, never dropped."""

    raw: bytes
    why: str
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """What one query of a read cost, in US dollars, and the ids of the posts it found. Part of the page's `cost`."""

    query: str
    cost: Decimal
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a platform. The runner stores posts, cursor and coverage of a page in one transaction.

    `gone` names posts the platform deleted; `gone_authors` accounts that were deleted, suspended or switched off, and
    `back_authors` those that are there again: whoever announces it may name everybody on the network. `covered` is the
    stretch of time this page lets us claim as heard.
    `truncated` means the platform had more that this read could not reach: a gap opens. `cost` is in US dollars;
    `bills` say which query it was spent on. `notice` is a sentence for the operator although all is well; "" ends it.
    """

    posts: tuple[Post, ...] = ()
    cursor: str | None = None
    gone: tuple[PostRef, ...] = ()
    covered: Span | None = None
    truncated: bool = False
    lost: Span | None = None
    poison: tuple[Poison, ...] = ()
    rate: Rate | None = None
    cost: Decimal = Decimal(0)
    bills: tuple[Bill, ...] = ()
    notice: str | None = None
    gone_authors: tuple[AuthorRef, ...] = ()
    back_authors: tuple[AuthorRef, ...] = ()

    def by(self, way: str) -> "Page":
        """The same page; of its posts it is said that they came through this search, server or listing."""
        return replace(self, posts=tuple(replace(post, through=way) for post in self.posts)) if self.posts else self


@dataclass(frozen=True, slots=True)
class Want:
    """What to look for. `cursor` resumes; `since`/`until` bound a backfill or a heal; `own` are our own handles.

    A connector without a cursor and without `since` starts at most `first_look` before now: a first run never floods.
    `resting` names queries (as its bills do) to leave out of this read, because their turn comes more seldom; what they
    would have found stays to be read, and is not claimed as heard. `budget`: US dollars that this read may cost; what
    it had to leave out for that is told as truncated.
    """

    terms: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    own: frozenset[str] = field(default_factory=frozenset)
    cursor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    first_look: timedelta = timedelta(hours=24)
    resting: frozenset[str] = field(default_factory=frozenset)
    budget: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """The post can be answered through its platform's API by this responder."""

    responder: str


@dataclass(frozen=True, slots=True)
class Native:
    """The post can only be answered on the platform itself. `url` opens its composer; `{text}` takes the words."""

    url: str
    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The post cannot be answered at all, and why."""

    why: str


Route = Here | Native | Closed


@runtime_checkable
class Connector(Protocol):
    """Reads one platform. Its constructor does no I/O; its methods never sleep and never retry."""

    platform: ClassVar[str]
    Settings: ClassVar[type[BaseModel]]
    latency: ClassVar[Latency]

    def fetch(self, want: Want) -> Iterator[Page]:
        """Pages, oldest first, until there is nothing newer. Raises only connectors.errors."""
        ...

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        ...


@runtime_checkable
class Streams(Protocol):
    """Can push posts as they appear. Returns when `stop` is set; raises connectors.errors when the stream breaks."""

    def stream(self, want: Want, stop: Event) -> Iterator[Page]: ...


@runtime_checkable
class Rechecks(Protocol):
    """Can say which of these posts are changed (in `posts`) or deleted (in `gone`)."""

    def recheck(self, refs: Sequence[PostRef]) -> Page: ...


@runtime_checkable
class Visits(Protocol):
    """Nothing tells of deletions here, but posts have pages: is each there (True), gone (False), or who knows (None)?

    Left out of the answer: not asked this time.
    """

    def visit(self, pages: Mapping[PostRef, str]) -> Mapping[PostRef, bool | None]: ...


@runtime_checkable
class Fades(Protocol):
    """May never learn that a post was deleted: how long the words of such a post stay. None: as long as any other's."""

    @property
    def keeps(self) -> timedelta | None: ...


@runtime_checkable
class Converses(Protocol):
    """Can read the conversation a post belongs to, oldest first."""

    def conversation(self, ref: PostRef) -> Page: ...


@runtime_checkable
class Routes(Protocol):
    """Can say, before anybody types, how this post can be answered."""

    def route(self, post: Post) -> Route: ...


@runtime_checkable
class Probes(Protocol):
    """Can try its settings against the platform and say in a sentence what it found ("signed in as @acme_care")."""

    def probe(self) -> str: ...


POWERS = (Streams, Rechecks, Visits, Fades, Converses, Routes, Probes)


def powers(connector: object) -> list[str]:
    """Names of the optional powers a connector has, in a fixed order."""
    return [power.__name__ for power in POWERS if isinstance(connector, power)]
