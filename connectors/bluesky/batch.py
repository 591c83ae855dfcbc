"""What the stream said since the last page: sieved, de-duplicated, and turned into a page when one is due."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.bluesky.cursor import Place, mark
from connectors.bluesky.parse import Event, heard, moment, parent_did, poison
from connectors.types import Author, AuthorRef, Page, Poison, PostRef, Span
from connectors.wanted import Wanted

_FULL = 100
_FULL_OF_DELETIONS = 500
_SOON_S = 0.25
_QUIET_PAGE_S = 3.0
REWIND_US = 5_000_000  # two servers' clocks differ by less; "a few seconds" says the Jetstream README

Names = Callable[[set[str]], dict[str, Author]]


@dataclass(slots=True)
class Batch:
    """Events go in, pages come out.

    `place` is where listening resumes: after an exact place a later first event than `slack_us` means that the server
    no longer had what lies between; None, that nothing can be lost. A server that `announces` is believed instead: it
    says when it starts later than asked (`clamped`), and a quiet stretch before its first event is just quiet.
    """

    place: Place
    wanted: Wanted
    own: frozenset[str]
    names: Names
    slack_us: int | None
    announces: bool = False
    clamped: bool = False
    since_us: int = field(init=False)
    last_us: int = field(init=False)
    begun: bool = False
    lost: Span | None = None
    posts: dict[str, Event] = field(default_factory=dict)
    gone: dict[PostRef, None] = field(default_factory=dict)
    accounts: dict[str, bool] = field(default_factory=dict)  # DID → whether it is there now
    odd: list[Poison] = field(default_factory=list)
    seen: dict[str, int] = field(init=False)
    first_at: float | None = None
    paged_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.since_us = self.last_us = self.place.us
        self.seen = dict.fromkeys(self.place.seen, self.place.us)

    def begin(self, time_us: int, until_us: int | None) -> None:
        """The first event tells whether the server still had what was asked for."""
        if not self.begun and self._lost_up_to(time_us):
            first = time_us if until_us is None else min(time_us, max(until_us, self.since_us))
            self.lost = Span(moment(self.since_us), moment(first))
            self.since_us = self.last_us = first
        self.begun = True

    @property
    def unanswered(self) -> bool:
        """True while a server that starts later than asked has not shown where: nothing is heard, nothing lost yet."""
        return self.clamped and not self.begun and self.slack_us is not None

    def _lost_up_to(self, time_us: int) -> bool:
        if self.slack_us is None:
            return False
        if self.announces:
            return self.clamped and time_us > self.since_us
        return time_us > self.since_us + self.slack_us

    def take(self, happening: Event) -> None:
        """One event, in the order the stream gave it."""
        self.last_us = max(self.last_us, happening.time_us)
        if happening.there is not None:
            self._of_account(happening.did, there=happening.there)
        elif happening.operation == "delete":
            self.posts.pop(happening.uri, None)
            self.gone[happening.ref] = None
        elif happening.record is not None and self._concerns(happening):
            self._keep(happening)

    def poisoned(self, frame: str | bytes, why: str) -> None:
        """A frame that could not be read."""
        self.odd.append(poison(frame, why))
        self.first_at = self.first_at or time.monotonic()

    def due(self) -> bool:
        """True when a page should leave: soon after a post, now and then for the cursor's sake."""
        now = time.monotonic()
        if max(len(self.posts), len(self.odd)) >= _FULL or len(self.gone) + len(self.accounts) >= _FULL_OF_DELETIONS:
            return True
        if self.first_at is not None:
            return now - self.first_at >= _SOON_S
        return self.moved and now - self.paged_at >= _QUIET_PAGE_S

    @property
    def moved(self) -> bool:
        """True if there is anything to tell, be it only that nothing was said."""
        return self.last_us > self.since_us or bool(self.posts or self.odd or self.gone or self.accounts or self.lost)

    def page(self, until_us: int | None = None) -> Page:
        """Everything so far as one page. `until_us` claims the time up to there as heard, though nothing was said."""
        known = self.names({post.did for post in self.posts.values()})
        told = [heard(post, known.get(post.did)) for post in self.posts.values()]
        end_us = max(self.last_us, until_us or 0)
        self.seen = {name: at for name, at in self.seen.items() if at >= self.last_us - REWIND_US}
        page = Page(
            posts=tuple(post for post in told if post.kind == "reply" or not self.wanted.ours(post.author.handle)),
            # Not `end_us`: the server's clock decides where to resume, and nothing passed there.
            cursor=Place(self.last_us, tuple(self.seen), self.begun or self.place.exact).written(),
            gone=tuple(self.gone),
            gone_authors=tuple(AuthorRef("bluesky", did) for did, there in self.accounts.items() if not there),
            back_authors=tuple(AuthorRef("bluesky", did) for did, there in self.accounts.items() if there),
            covered=Span(moment(self.since_us), moment(end_us)) if end_us > self.since_us else None,
            lost=self.lost,
            poison=tuple(self.odd),
        )
        self.since_us, self.lost, self.first_at, self.paged_at = end_us, None, None, time.monotonic()
        self.posts, self.gone, self.odd, self.accounts = {}, {}, [], {}
        return page

    def _concerns(self, happening: Event) -> bool:
        record = happening.record or {}
        answers = parent_did(record)
        if happening.did in self.own or self.wanted.ours(happening.did):
            # What we answer somebody comes back to us: so an answer given on Bluesky itself is noticed.
            return bool(answers) and answers not in self.own
        # An answer to our own post is heard whatever it says: these are the customer's next words.
        return answers in self.own or self.wanted.in_text(str(record["text"]))

    def _of_account(self, did: str, *, there: bool) -> None:
        self.accounts[did] = there
        if not there:
            self.posts = {uri: one for uri, one in self.posts.items() if one.did != did}

    def _keep(self, happening: Event) -> None:
        name = mark(happening.uri, happening.cid)
        if name in self.seen:
            return
        self.seen[name] = happening.time_us
        self.posts.pop(happening.uri, None)  # an edit replaces what it edits, in its own place
        self.posts[happening.uri] = happening
        self.first_at = self.first_at or time.monotonic()
