"""One timeline of one server, walked forward by `min_id` and never by `since_id`, which would skip the middle.

Facts (docs.joinmastodon.org): `min_id` returns what is immediately newer, newest first within a page of at most 40. Ids
are times, also those of posts that arrive late from other servers, so a little of the past is read again each time.
"""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from connectors.answers import Answer
from connectors.errors import PlatformError, Rejected, Unavailable
from connectors.mastodon.client import Server
from connectors.mastodon.cursor import Place
from connectors.mastodon.parse import Heard, Odd, before, id_key, mention, poison, raw_id, snowflake, status
from connectors.types import Poison, Rate

LIMIT = 40
_TELLING = (400, 404, 410, 422)
_OVERLAP_S = 1800.0
_PUBLIC_OVERLAP_S = 300.0
_OVERLAP_POSTS = 200.0
_BEHIND = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is read of a server: "public", "tag/…", "mentions" or "own"."""

    server: Server
    name: str
    path: str
    stream: str = ""
    params: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        return f"{self.server.host}/{self.name}"

    @property
    def sieved(self) -> bool:
        """True if what it gives must still be matched against our words."""
        return self.name == "public"

    def read(self, thing: Any) -> Heard | None:
        """One entry of this timeline."""
        return (mention if self.name == "mentions" else status)(thing, self.server.url)


def public(server: Server) -> Timeline:
    """Everything public the server knows of, except replies: it leaves them out."""
    return Timeline(server, "public", "/api/v1/timelines/public", "/api/v1/streaming/public")


def tag(server: Server, name: str) -> Timeline:
    """Everything with a hashtag."""
    return Timeline(
        server,
        f"tag/{name}",
        f"/api/v1/timelines/tag/{quote(name, safe='')}",
        f"/api/v1/streaming/hashtag?tag={quote(name)}",
    )


def mentions(server: Server) -> Timeline:
    """What is said to our own account, answers to our answers among it."""
    return Timeline(
        server, "mentions", "/api/v1/notifications", "/api/v1/streaming/user/notification", (("types[]", "mention"),)
    )


def own(server: Server, account_id: str) -> Timeline:
    """What our own account says: an answer given on the platform itself is found here."""
    return Timeline(server, "own", f"/api/v1/accounts/{account_id}/statuses", "", (("exclude_reblogs", "true"),))


@dataclass(slots=True)
class Lane:
    """A walk along one timeline. `waiting` holds what was read and not yet given on, oldest first."""

    timeline: Timeline
    place: Place
    start: datetime
    until: datetime | None
    asked_at: datetime
    most_pages: int
    bounded: bool = False
    waiting: deque[tuple[str, Heard]] = field(default_factory=deque)
    odd: list[Poison] = field(default_factory=list)
    done: bool = False
    reached_end: bool = False
    truncated: bool = False
    failure: PlatformError | None = None
    rate: Rate | None = None
    min_id: str = ""
    read_pages: int = 0
    _new_pages: int = 0
    _fell_back: bool = False

    def __post_init__(self) -> None:
        self.min_id = self._first_min_id()

    @property
    def name(self) -> str:
        return self.timeline.key

    def fill(self) -> None:
        """Read one more page if nothing is waiting. A failure ends this lane and no other."""
        while not self.waiting and not self.done:
            try:
                answer = self._ask()
                if answer.status >= 400:
                    self._refused(answer.status)
                else:
                    self._take(answer)
            except PlatformError as error:
                self.failure, self.done = error, True

    def newest(self) -> datetime:
        """The latest time among what waits."""
        return max(heard.post.created_at for _, heard in self.waiting)

    def _first_min_id(self) -> str:
        place = self.place
        if not place.last_id:
            return "" if self.timeline.name == "mentions" else snowflake(self.start)
        most = _PUBLIC_OVERLAP_S if self.timeline.sieved else _OVERLAP_S
        return before(place.last_id, min(most, _OVERLAP_POSTS / place.pace if place.pace > 0 else most))

    def _ask(self) -> Answer:
        params: dict[str, str] = {**dict(self.timeline.params), "limit": str(LIMIT)}
        if self.min_id:
            params["min_id"] = self.min_id
        answer = self.timeline.server.get(self.timeline.path, params, expected=_TELLING)
        self.rate = answer.rate(self.asked_at) or self.rate
        return answer

    def _take(self, answer: Answer) -> None:
        things = answer.json()
        if not isinstance(things, list) or (things and not any(isinstance(thing, dict) for thing in things)):
            raise Unavailable(f"{self.timeline.server.host} answered in a shape that is not a list of posts.")
        newest = self._sort(things)
        following = max(filter(None, (newest, _link_min_id(answer))), key=id_key, default="")
        if len(things) >= LIMIT:
            self._pace()
        moved = bool(following) and (not self.min_id or id_key(following) > id_key(self.min_id))
        if not self.min_id:  # asked for the newest page: it may not reach back to where we should have begun
            self.truncated = len(things) >= LIMIT and bool(self.waiting) and len(self.waiting) == len(things)
        self.min_id = following if moved else self.min_id
        self.read_pages += 1
        self._new_pages += 1 if newest and id_key(newest) > id_key(self.place.last_id) else 0
        if not moved or (len(things) < LIMIT // 2 and self._is_last(newest)):
            self.done = self.reached_end = True
        elif self._new_pages >= self.most_pages:
            self.done = True  # the rest is read next time, from here on; a heal has no next time
            self.truncated = self.truncated or self.bounded

    def _is_last(self, newest: str) -> bool:
        """Whether a short page is the last. A server may also keep its pages short, or leave out what we may not see.

        It is believed where it brought something new and little can be behind it: the next read goes on from there.
        A heal and a catching-up go on until there is nothing more, and so does a read that did not get past its place.
        """
        heard = self.place.heard_until
        behind = self.bounded or heard is None or self.asked_at - heard > _BEHIND
        return not behind and id_key(newest) > id_key(self.place.last_id)

    def _sort(self, things: list[Any]) -> str:
        """Keep a page's entries, oldest first; the newest id on it."""
        entries: list[tuple[str, Heard]] = []
        newest = ""
        for thing in things:
            try:
                entry_id = raw_id(thing)
                newest = max(newest, entry_id, key=id_key)
                heard = self.timeline.read(thing)
            except Odd as error:
                self.odd.append(poison(thing, str(error)))
                continue
            if heard is not None and self._is_inside(heard):
                entries.append((entry_id, heard))
        entries.sort(key=lambda entry: id_key(entry[0]))
        self.waiting.extend(entries)
        return newest

    def _is_inside(self, heard: Heard) -> bool:
        if self.until is not None and heard.post.created_at >= self.until:
            self.done = self.reached_end = True
            return False
        return bool(self.place.last_id) or heard.post.created_at >= self.start

    def _pace(self) -> None:
        if len(self.waiting) > 1:
            span = self.waiting[-1][1].post.created_at - self.waiting[0][1].post.created_at
            self.place = replace(self.place, pace=len(self.waiting) / max(1.0, span.total_seconds()))

    def _refused(self, status_code: int) -> None:
        """An unknown hashtag is an empty one; a place the server no longer takes is looked up by time; else closed."""
        if self.timeline.name.startswith("tag/") and status_code == 404:
            self.done = self.reached_end = True
        elif status_code != 422 and self.place.last_id and not self._fell_back:
            self._fell_back = True
            self.min_id = snowflake((self.place.heard_until or self.start) - timedelta(seconds=_PUBLIC_OVERLAP_S))
        elif status_code == 422:
            raise Rejected(f"{self.timeline.server.host} does not show its {self.timeline.name} timeline to us.")
        else:
            raise Unavailable(f"{self.timeline.server.host} answered {status_code} for {self.timeline.name}.")


def _link_min_id(answer: Answer) -> str:
    newer = parse_qs(urlsplit(answer.links().get("prev", "")).query).get("min_id", [""])[0]
    return newer if newer.isalnum() and newer.isascii() and len(newer) <= 64 else ""
