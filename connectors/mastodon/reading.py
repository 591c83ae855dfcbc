"""All timelines of all servers, read to their ends and given on as one row of pages, oldest first."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected
from connectors.mastodon.client import Server
from connectors.mastodon.cursor import Places, mark
from connectors.mastodon.parse import Heard, id_key
from connectors.mastodon.threads import Threads
from connectors.mastodon.timelines import Lane, Timeline
from connectors.types import Page, Poison, Post, PostRef, Span
from connectors.wanted import Wanted

_FULL = 100
_REMEMBERED = 2_000


@dataclass(slots=True)
class Sieve:
    """What of all that is read is given on: each post once, ours only where it answers somebody."""

    wanted: Wanted
    bots: bool
    threads: Threads
    seen: dict[str, None] = field(default_factory=dict)
    ids: dict[tuple[str, str], PostRef] = field(default_factory=dict)
    where: dict[PostRef, tuple[str, str]] = field(default_factory=dict)

    def passed(self, heard: list[tuple[Timeline, Heard]]) -> list[Post]:
        """The posts worth telling, in the same order. Their ids are kept for a while, to understand deletions."""
        kept: list[tuple[Server, Heard]] = []
        for timeline, one in heard:
            name = mark(one.post.ref.id, one.post.edited_at)
            if name not in self.seen and self._concerns(timeline, one):
                self.seen[name] = None
                self.ids[(timeline.server.url, one.local_id)] = one.post.ref
                self.where[one.post.ref] = (timeline.server.url, one.local_id)
                through = replace(one.post, through=timeline.key)
                kept.append((timeline.server, replace(one, post=through)))
        _prune(self.seen)
        _prune(self.ids)
        _prune(self.where)
        return self.threads.placed(kept)

    def _concerns(self, timeline: Timeline, one: Heard) -> bool:
        post = one.post
        if timeline.name == "own" or self.wanted.ours(post.author.handle, post.author.id):
            return post.kind == "reply"  # our answer, given here or there, stops the clock when it is heard again
        if one.is_bot and not self.bots:
            return False
        return not timeline.sieved or self.wanted.in_text(f"{post.title}\n{post.text}")


class Reading:
    """One read over all lanes."""

    def __init__(self, lanes: list[Lane], places: Places, sieve: Sieve) -> None:
        self._lanes = lanes
        self._places = places
        self._sieve = sieve

    @property
    def places(self) -> Places:
        """Where the next read begins."""
        return self._places

    @property
    def closed(self) -> dict[str, str]:
        """Which timelines could not be read, and why, each in a sentence."""
        return {lane.name: str(lane.failure) for lane in self._lanes if lane.failure is not None}

    def pages(self) -> Iterator[Page]:
        """Pages, oldest first. Raises at the end if nothing could be read, or if our own account was refused."""
        last = False
        while not last:
            for lane in self._lanes:
                lane.fill()
            ripe = self._ripe()
            last = all(lane.done and not lane.waiting for lane in self._lanes)
            for start in range(0, max(len(ripe), 1), _FULL):
                whole = start + _FULL >= len(ripe)
                yield from self._page(ripe[start : start + _FULL], whole=whole, last=last and whole)
        self._raise_failures()

    def _ripe(self) -> list[tuple[Lane, Heard]]:
        """What may be given on: nothing newer than what an unfinished lane could still bring."""
        limit = min((lane.newest() for lane in self._lanes if lane.waiting and not lane.done), default=None)
        ripe: list[tuple[Lane, Heard]] = []
        for lane in self._lanes:
            while lane.waiting and (limit is None or lane.waiting[0][1].post.created_at <= limit):
                ripe.append((lane, lane.waiting.popleft()[1]))
        return sorted(ripe, key=lambda one: (one[1].post.created_at, one[1].post.ref.id))

    def _page(self, ripe: list[tuple[Lane, Heard]], *, whole: bool, last: bool) -> Iterator[Page]:
        posts = self._sieve.passed([(lane.timeline, heard) for lane, heard in ripe])
        odd = [poison for lane in self._lanes for poison in lane.odd]
        for lane in self._lanes:
            lane.odd = []
        covered = self._covered() if last else None
        if whole:
            self._advance(last)
        # A read in which everything failed has no place to resume from.
        if posts or odd or (last and any(lane.failure is None for lane in self._lanes)):
            yield self._made(posts, odd, covered, last and any(lane.truncated for lane in self._lanes))

    def _made(self, posts: list[Post], odd: list[Poison], covered: Span | None, truncated: bool) -> Page:
        rates = [lane.rate for lane in self._lanes if lane.rate is not None and lane.rate.left is not None]
        self._places = replace(self._places, seen=tuple(self._sieve.seen)[-300:])
        return Page(
            posts=tuple(posts),
            cursor=self._places.written(),
            covered=covered,
            truncated=truncated,
            poison=tuple(odd),
            rate=min(rates, key=lambda rate: rate.left or 0, default=None),
        )

    def _advance(self, last: bool) -> None:
        """Move each lane's place up to what it has given on, never past what still waits."""
        for lane in self._lanes:
            done = lane.done and not lane.waiting and lane.failure is None
            if lane.failure is not None and not lane.place.last_id and not lane.read_pages:
                continue  # never read: its first look is still to come
            last_id = lane.place.last_id if lane.waiting else max(lane.place.last_id, lane.min_id, key=id_key)
            heard_until = lane.asked_at if done and last and lane.reached_end else lane.place.heard_until
            if lane.until is not None and heard_until is not None:
                heard_until = min(heard_until, lane.until)
            lane.place = replace(lane.place, last_id=last_id, heard_until=heard_until)
            self._places = self._places.moved(lane.name, lane.place)

    def _covered(self) -> Span | None:
        """What may be called heard, if every open lane reached its end.

        It begins where the lane furthest behind had stopped, since the others were heard there already; but not before
        the beginning of a timeline that was never read till now.
        """
        open_lanes = [lane for lane in self._lanes if not isinstance(lane.failure, Rejected)]
        if not open_lanes or any(lane.failure is not None or not lane.reached_end for lane in open_lanes):
            return None
        before = [lane.place.heard_until for lane in open_lanes if lane.place.heard_until is not None]
        fresh = [lane.start for lane in open_lanes if lane.place.heard_until is None]
        start = max([*fresh, min(before)] if before else fresh)
        end = min(lane.until or lane.asked_at for lane in open_lanes)
        return Span(start, end) if start < end else None

    def _raise_failures(self) -> None:
        failures = [lane.failure for lane in self._lanes if lane.failure is not None]
        refused = next((error for error in failures if isinstance(error, AuthFailed)), None)
        if refused is not None:
            raise refused
        bounded = any(lane.bounded and not isinstance(lane.failure, Rejected) for lane in self._lanes if lane.failure)
        if bounded:  # a heal that left something out has not healed
            raise worst(failures)
        # One healthy server is enough to go on at the usual pace; the other's absence shows in what is covered.
        healthy = {lane.timeline.server.url for lane in self._lanes} - {
            lane.timeline.server.url
            for lane in self._lanes
            if lane.failure is not None and not isinstance(lane.failure, Rejected)
        }
        if failures and (not healthy or len(failures) == len(self._lanes)):
            raise worst(failures)


def worst(failures: list[PlatformError]) -> PlatformError:
    """The failure that says best what to do: wait as asked, try later, or open an account."""
    limited = [error for error in failures if isinstance(error, RateLimited)]
    if limited:
        return min(limited, key=lambda error: error.retry_after)
    later = [error for error in failures if not isinstance(error, Rejected)]
    if later:
        return later[0]
    return AuthFailed(f"{failures[0]} Give Earshot an account there, or choose other servers.")


def _prune(kept: dict[Any, Any]) -> None:
    """Forget the oldest: a stream may run for weeks."""
    if len(kept) > 2 * _REMEMBERED:
        for name in list(kept)[:_REMEMBERED]:
            del kept[name]
