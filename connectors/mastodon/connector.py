"""Mastodon: hashtags and public timelines of several servers, merged by the address every server agrees on."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, ClassVar

from connectors.errors import PlatformError, RateLimited, Rejected, Unavailable
from connectors.http import Http
from connectors.mastodon import cursor
from connectors.mastodon.client import Server
from connectors.mastodon.cursor import Places
from connectors.mastodon.live import Live, Said, payload_of
from connectors.mastodon.parse import Heard, Odd, poison, status
from connectors.mastodon.reading import Reading, Sieve
from connectors.mastodon.settings import Settings as MastodonSettings
from connectors.mastodon.threads import Finder, Threads
from connectors.mastodon.timelines import Lane, Timeline, mentions, own, public, tag
from connectors.types import Here, Latency, Native, Page, Poison, Post, PostRef, Route, Want
from connectors.wanted import Wanted, tags

_SOON_S = 0.25
_FULL = 100
_WITHOUT_STREAMS_S = 30.0
_HEALING = 10  # a heal may read so many times more than an everyday look


class Mastodon:
    """Hashtags and public timelines of servers you choose. Needs nothing; an account hears mentions and answers.

    Listens through every configured server; one that is away or closed does not silence the others.
    """

    platform: ClassVar[str] = "mastodon"
    Settings: ClassVar[type[MastodonSettings]] = MastodonSettings
    latency: ClassVar[Latency] = Latency.SECONDS

    def __init__(
        self, settings: MastodonSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._http = http or Http()
        home = settings.home_url
        self._servers = tuple(
            Server(url, settings.token if url == home else None, self._http, self._now)
            for url in sorted(settings.vantages, key=lambda url: url != home)
        )
        self._threads = Threads()
        self._account_id = ""
        self._closed: dict[str, str] = {}
        self._where: dict[PostRef, tuple[str, str]] = {}

    @property
    def closed(self) -> tuple[str, ...]:
        """What could not be read the last time, each in a sentence."""
        return tuple(self._closed.values())

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was said since the cursor (or between `since` and `until`), on all servers, oldest first."""
        places = cursor.read(want.cursor)
        yield from self._pages(self._read(want, places, self._sieve(want, places)))

    def stream(self, want: Want, stop: Event) -> Iterator[Page]:
        """Posts within seconds of reaching a server. Every `sweep_s` everything is also read, so no hole remains.

        Raises when not one server can be read any more.
        """
        places = cursor.read(want.cursor)
        sieve = self._sieve(want, places)
        live = Live(self._timelines(want), self._settings.silence_s)
        try:
            while not stop.is_set():
                live.open()
                reading = self._read(want, places, sieve)
                yield from self._pages(reading)
                places = reading.places
                yield from self._listen(live, sieve, places, stop)
                self._closed |= live.closed
        finally:
            live.close()

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The posts as they are now, deleted ones in `gone`. What nobody can tell is in neither, for another time."""
        finder = self._finder()
        posts: list[Post] = []
        gone: list[PostRef] = []
        failures: list[PlatformError] = []
        for ref in refs:
            try:
                answer, heard, _ = finder.look(ref)
            except (RateLimited, Unavailable) as error:
                failures.append(error)
                continue
            if answer == "gone":
                gone.append(ref)
            elif heard is not None:
                posts.append(heard.post)
        if failures and len(failures) == len(refs):
            raise failures[0]
        return Page(posts=tuple(posts), gone=tuple(gone), gone_authors=finder.left(gone))

    def conversation(self, ref: PostRef) -> Page:
        """The posts above and below this one, oldest first."""
        answer, heard, server = self._finder().look(ref)
        if heard is None or server is None:
            return Page(gone=(ref,) if answer == "gone" else ())
        thing = server.get(f"/api/v1/statuses/{heard.local_id}/context").json()
        if not isinstance(thing, dict):
            raise Unavailable(f"{server.host} answered in a shape that is not a conversation.")
        around, odd = _statuses([*_list(thing, "ancestors"), *_list(thing, "descendants")], server.url)
        known = {one.local_id: one for one in [*around, heard]}
        posts = [_in_thread(one, known) for one in known.values()]
        return Page(posts=tuple(sorted(posts, key=lambda post: (post.created_at, post.ref.id))), poison=odd)

    def route(self, post: Post) -> Route:
        """Here with an account; otherwise on the author's own server."""
        if self._settings.token is not None:
            return Here("mastodon")
        return Native(post.url, "No Mastodon account is set, so the answer is given on Mastodon itself.")

    def probe(self) -> str:
        """Try every server and the account. Says what was found in a sentence."""
        return "; ".join(self._probe(server) for server in self._servers)

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._http.close()

    def _probe(self, server: Server) -> str:
        facts = server.facts()
        named = f"{server.host} ({facts.version or 'version not told'})"
        if server.token is not None:
            thing = server.get("/api/v1/accounts/verify_credentials").json()
            acct = thing.get("acct") if isinstance(thing, dict) else None
            return f"{named}: signed in as @{acct}"
        try:
            server.get("/api/v1/timelines/public", {"limit": "1"})
        except Rejected:
            if not facts.version:
                raise Rejected(f"{server.host} answers, but not as a Mastodon server does.") from None
            return f"{named}: hashtags only, its public timeline is closed to strangers"
        return f"{named}: hears hashtags and the public timeline"

    def _sieve(self, want: Want, places: Places) -> Sieve:
        return Sieve(Wanted(want), self._settings.bots, self._threads, dict.fromkeys(places.seen), where=self._where)

    def _timelines(self, want: Want) -> list[Timeline]:
        found: list[Timeline] = []
        for server in self._servers:
            if server.token is not None:
                found.append(mentions(server))
                found.append(own(server, self._account_id))
            found += [tag(server, name) for name in tags(want)[: self._settings.most_tags]]
            if self._settings.public:
                found.append(public(server))
        return found

    def _read(self, want: Want, places: Places, sieve: Sieve) -> Reading:
        now = self._now()
        lanes = [self._lane(timeline, want, places, now) for timeline in self._timelines(want)]
        for lane in lanes:
            if lane.timeline.name == "own" and not self._account_id:
                self._introduce(lane)
        return Reading(lanes, places, sieve)

    def _pages(self, reading: Reading) -> Iterator[Page]:
        try:
            yield from reading.pages()
        finally:
            self._closed = reading.closed

    def _lane(self, timeline: Timeline, want: Want, places: Places, now: datetime) -> Lane:
        place = places.lanes.get(timeline.key, cursor.Place())
        look = want.first_look
        if timeline.sieved:
            look = min(look, timedelta(minutes=self._settings.first_public_minutes))
        start = want.since or now - look
        until = None if want.until is None or want.until >= now else want.until
        bounded = want.since is not None
        most = self._settings.most_pages * (_HEALING if bounded else 1)
        return Lane(timeline, place, start, until, now, most, bounded)

    def _introduce(self, lane: Lane) -> None:
        """Learn the number of our own account, once. A failure is the lane's."""
        try:
            thing = lane.timeline.server.get("/api/v1/accounts/verify_credentials").json()
        except PlatformError as error:
            lane.failure, lane.done = error, True
            return
        found = thing.get("id") if isinstance(thing, dict) else None
        self._account_id = found if isinstance(found, str) and found.isalnum() else ""
        lane.timeline = own(lane.timeline.server, self._account_id)

    def _listen(self, live: Live, sieve: Sieve, places: Places, stop: Event) -> Iterator[Page]:
        """What the streams say until the next sweep is due."""
        sweep_s = self._settings.sweep_s if live.running else min(self._settings.sweep_s, _WITHOUT_STREAMS_S)
        end = time.monotonic() + sweep_s
        said: list[Said] = []
        first_at = 0.0
        while time.monotonic() < end and not stop.is_set():
            one = live.next()
            if one is not None:
                first_at = first_at if said else time.monotonic()
                said.append(one)
            if said and (len(said) >= _FULL or time.monotonic() - first_at >= _SOON_S):
                yield from self._told(said, sieve, places)
                said = []
        yield from self._told(said, sieve, places)

    @staticmethod
    def _told(said: list[Said], sieve: Sieve, places: Places) -> Iterator[Page]:
        """A page of what streams said. Its cursor stays at the last sweep: that is what was surely read."""
        heard: list[tuple[Timeline, Heard]] = []
        gone: list[PostRef] = []
        odd: list[Poison] = []
        for one in said:
            try:
                thing = payload_of(one)
                if one.event == "delete":
                    ref = sieve.ids.get((one.timeline.server.url, str(thing)))
                    gone += [ref] if ref is not None else []
                elif (found := one.timeline.read(thing)) is not None:
                    heard.append((one.timeline, found))
            except (Odd, ValueError) as error:
                odd.append(poison(one.payload, str(error)))
        posts = [post for post in sieve.passed(heard) if post.ref not in gone]
        if posts or gone or odd:
            place = replace(places, seen=tuple(sieve.seen)[-300:])
            yield Page(tuple(posts), place.written(), gone=tuple(dict.fromkeys(gone)), poison=tuple(odd))

    def _finder(self) -> Finder:
        return Finder(self._servers, lambda url: Server(url, None, self._http, self._now), self._where)


def _list(thing: dict[str, Any], name: str) -> list[Any]:
    value = thing.get(name)
    return value if isinstance(value, list) else []


def _statuses(things: list[Any], server: str) -> tuple[list[Heard], tuple[Poison, ...]]:
    found: list[Heard] = []
    odd: list[Poison] = []
    for thing in things:
        try:
            heard = status(thing, server)
        except Odd as error:
            odd.append(poison(thing, str(error)))
            continue
        found += [heard] if heard is not None else []
    return found, tuple(odd)


def _in_thread(one: Heard, known: dict[str, Heard]) -> Post:
    root = one
    for _ in range(len(known)):
        above = known.get(root.parent_id or "")
        if above is None:
            break
        root = above
    parent = known.get(one.parent_id or "")
    return replace(one.post, in_reply_to=parent.post.ref if parent else None, thread=root.post.ref.id)
