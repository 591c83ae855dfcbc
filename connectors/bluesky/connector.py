"""Bluesky: every public post as it is written, matched here, with no account; search and answers with one."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, ClassVar

from connectors.bluesky import cursor
from connectors.bluesky.batch import REWIND_US, Batch
from connectors.bluesky.client import Xrpc
from connectors.bluesky.cursor import Place
from connectors.bluesky.jetstream import Jetstream
from connectors.bluesky.names import Names
from connectors.bluesky.parse import Odd, hidden, micros, moment, poison, view, web_url
from connectors.bluesky.search import Search
from connectors.bluesky.settings import Settings as BlueskySettings
from connectors.errors import PlatformError, RateLimited, Rejected, Unavailable
from connectors.http import Http
from connectors.types import AuthorRef, Closed, Here, Latency, Native, Page, Poison, Post, PostRef, Route, Want
from connectors.wanted import Wanted

_BATCH = 25  # app.bsky.feed.getPosts takes no more
_SHORT = timedelta(hours=6)  # what is missing of the stream is replayed up to here, searched for beyond
_KEPT = timedelta(hours=30)  # public servers keep 36 hours; from so far back a replay need not hurry
_LATE_US = 15 * 60 * 1_000_000  # search's index is late by minutes at times
_NOT_SIGNED_IN = "No Bluesky account is set, so the answer is given in Bluesky itself."


class Bluesky:
    """Every public post, as it is written. Needs nothing; an account reads long gaps again and answers.

    Listens through Jetstream; heals and answers through the account's server.
    """

    platform: ClassVar[str] = "bluesky"
    Settings: ClassVar[type[BlueskySettings]] = BlueskySettings
    latency: ClassVar[Latency] = Latency.SECONDS

    def __init__(
        self, settings: BlueskySettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._http = http or Http()
        self._xrpc = Xrpc(settings, self._http)
        stranger = Xrpc(settings.model_copy(update={"handle": "", "password": None}), self._http)
        self._names = Names(stranger, wanted=settings.profiles)
        self._stream = Jetstream(settings, self._now, private_ok=self._http.private_ok, agent=self._http.agent)

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was said since the cursor (or between `since` and `until`): by search, or by replaying the stream.

        The stream tells everything in the order it passed. Search finds by the time an author claims, and late: with
        an account it is for long stretches, or while the stream is away.
        """
        place, until = self._start(want), min(want.until or self._now(), self._now())
        if not self._searches() or self._is_short(place, until):
            try:
                yield from (page.by("stream") for page in self._replay(want, place, Event(), until))
                return
            except (Unavailable, RateLimited):
                if not self._searches():
                    raise
        yield from (page.by("search") for page in Search(self._xrpc).pages(want, place, until, self._now()))

    def stream(self, want: Want, stop: Event) -> Iterator[Page]:
        """Every matching post within about a second of being written, until `stop`."""
        yield from (page.by("stream") for page in self._replay(want, self._start(want), stop, None))

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The posts as they are now; those that are deleted or taken down in `gone`."""
        posts: list[Post] = []
        gone: list[PostRef] = []
        odd: list[Poison] = []
        for start in range(0, len(refs), _BATCH):
            batch = refs[start : start + _BATCH]
            there: set[str] = set()
            for thing in self._views([ref.id for ref in batch]):
                there.add(str(thing.get("uri")))
                self._sort(thing, posts, gone, odd)
            gone += [ref for ref in batch if ref.id not in there]
        return Page(posts=tuple(posts), gone=tuple(gone), gone_authors=self._left(gone), poison=tuple(odd))

    def conversation(self, ref: PostRef) -> Page:
        """The posts above and below this one, oldest first. An unknown or deleted post is in `gone`."""
        params = {"uri": ref.id, "depth": 10, "parentHeight": 80}
        try:
            thing = self._xrpc.read("app.bsky.feed.getPostThread", params)
        except Rejected:
            return Page(gone=(ref,))  # 400 NotFound is how a deleted thread is told
        posts: list[Post] = []
        gone: list[PostRef] = []
        odd: list[Poison] = []
        for found in _thread(thing.get("thread") if isinstance(thing, dict) else None):
            self._sort(found, posts, gone, odd)
        known = {post.ref.id: post for post in posts}
        told = sorted(known.values(), key=lambda post: (post.created_at, post.ref.id))
        return Page(posts=tuple(told), gone=tuple(gone), poison=tuple(odd))

    def route(self, post: Post) -> Route:
        """Here with an account; closed where the author lets nobody (or not us) reply; else in Bluesky itself."""
        elsewhere = Native(web_url(post.ref.id), _NOT_SIGNED_IN)
        try:
            views = self._views([post.ref.id])
        except (Unavailable, RateLimited) as error:
            if self._xrpc.has_account:
                raise
            return Native(elsewhere.url, f"{_NOT_SIGNED_IN} Whether replies are open could not be looked up: {error}")
        if not views or hidden(views[0]):
            return Closed("The post is no longer there.")
        why = _closed(views[0])
        if why:
            return Closed(why)
        return Here("bluesky") if self._xrpc.has_account else elsewhere

    def probe(self) -> str:
        """Try the stream and the account. Says what was found in a sentence."""
        self._stream.probe()
        host = self._stream.host
        if not self._xrpc.has_account:
            return f"hears Bluesky through {host}; not signed in, so answers are given in Bluesky itself"
        return f"hears Bluesky through {host}; signed in as @{self._xrpc.session().handle}"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _searches(self) -> bool:
        return self._settings.search == "always" or (self._settings.search == "auto" and self._xrpc.has_account)

    def _is_short(self, place: Place, until: datetime) -> bool:
        """True if the stream is followed anyway and what is missing of it can be replayed soon."""
        wanted = self._settings.stream and self._settings.search == "auto"
        start = moment(place.us)
        return wanted and until - start <= _SHORT and self._now() - start <= _KEPT

    def _start(self, want: Want) -> Place:
        kept = cursor.read(want.cursor)
        if kept is not None:
            return kept
        if want.since is not None:
            return Place(micros(want.since), exact=False)
        back = want.first_look
        if not self._searches():
            back = min(back, timedelta(minutes=self._settings.first_replay_minutes))
        return Place(micros(self._now() - back), exact=False)

    def _replay(self, want: Want, place: Place, stop: Event, until: datetime | None) -> Iterator[Page]:
        # Asked publicly: a refused app password must not make us deaf.
        own = self._names.dids({*want.own, self._settings.handle})
        rewind_us = REWIND_US if place.exact else _LATE_US  # a place of search's: its index may have held back posts
        start_us = place.us - (rewind_us if want.cursor is not None else 0)
        slack_us: int | None = REWIND_US if place.exact else int(self._settings.jump_s * 1_000_000)
        if want.cursor is None and want.since is None:
            slack_us = None  # a first look asks for what there is; nothing of it can be lost
        batch = Batch(place, Wanted(want), own, self._names.authors, slack_us, self._stream.announces)
        yield from self._stream.pages(start_us, batch, stop, until)

    def _left(self, gone: Sequence[PostRef]) -> tuple[AuthorRef, ...]:
        """Of those whose posts are gone, who has no profile any more: the account went, and all its posts with it."""
        dids = list(dict.fromkeys(ref.id.split("/")[2] for ref in gone if ref.id.startswith("at://")))
        left: list[AuthorRef] = []
        for start in range(0, len(dids), _BATCH):
            some = dids[start : start + _BATCH]
            try:
                thing = self._xrpc.read("app.bsky.actor.getProfiles", {"actors": some})
            except PlatformError:
                return tuple(left)  # the posts are known to be gone; whose account went is told another time
            told = thing.get("profiles") if isinstance(thing, dict) else None
            if isinstance(told, list):
                there = {one.get("did") for one in told if isinstance(one, dict)}
                left += [AuthorRef("bluesky", did) for did in some if did not in there]
        return tuple(left)

    def _views(self, uris: list[str]) -> list[dict[str, Any]]:
        thing = self._xrpc.read("app.bsky.feed.getPosts", {"uris": uris})
        posts = thing.get("posts") if isinstance(thing, dict) else None
        if not isinstance(posts, list):
            raise Unavailable("Bluesky answered in a shape that is not a list of posts.")
        return [post for post in posts if isinstance(post, dict)]

    @staticmethod
    def _sort(thing: dict[str, Any], posts: list[Post], gone: list[PostRef], odd: list[Poison]) -> None:
        try:
            post = view(thing)
        except Odd as error:
            odd.append(poison(thing, str(error)))
            return
        if hidden(thing):
            gone.append(post.ref)
        else:
            posts.append(post)


def _closed(thing: dict[str, Any]) -> str:
    """Why this post cannot be answered, "" if it can. `viewer` is there only when we are signed in."""
    viewer, who, gate = thing.get("viewer"), thing.get("author"), thing.get("threadgate")
    if isinstance(viewer, dict) and viewer.get("replyDisabled") is True:
        return "The author limits who may reply to this thread, and we are not among them."
    blocks = who.get("viewer") if isinstance(who, dict) else None
    if isinstance(blocks, dict) and (blocks.get("blockedBy") or blocks.get("blocking")):
        return "The author and our account have blocked one another."
    record = gate.get("record") if isinstance(gate, dict) else None
    if isinstance(record, dict) and record.get("allow") == []:
        return "The author has closed this thread to replies."
    return ""


def _thread(node: Any) -> Iterator[dict[str, Any]]:
    """Every post of a `threadViewPost`. Walked with a list, because a stranger chooses the depth."""
    left = [node]
    while left:
        here = left.pop()
        if not isinstance(here, dict):
            continue
        if isinstance(here.get("post"), dict):
            yield here["post"]
        replies = here.get("replies")
        left += [here.get("parent"), *(replies if isinstance(replies, list) else [])]
