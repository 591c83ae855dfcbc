"""X: recent search for our names, what is said to our account, and what it says."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, ClassVar

from connectors.errors import Unavailable
from connectors.http import Http
from connectors.types import Closed, Here, Latency, Native, Page, Post, PostRef, Route, Span, Want
from connectors.walked import Place, load, pages
from connectors.wanted import Wanted
from connectors.x.client import MOST_IDS, Client
from connectors.x.parse import address, before, looked_up, moment_of, page
from connectors.x.queries import queries
from connectors.x.reading import (
    LAG,
    LOOK_BACK,
    Bounds,
    Lane,
    Prices,
    Waiting,
    billed,
    bills,
    concerns,
    overlap,
    waiting,
    walked,
)
from connectors.x.settings import Settings as XSettings
from connectors.x.stream import LONGEST_RULE, Stream

_HEALING = 10  # a heal may read so many times more than an everyday look
_MOST_OWNED = 8  # pages of a hundred: X keeps the newest 800 mentions
_MOST_TALK = 3
_ONLY_MENTIONED = "X lets self-serve access answer only people who mention or quote us; the text goes along to X."


class X:
    """Finds posts that name you by recent search, and what is said to your account. Every post read costs money."""

    platform: ClassVar[str] = "x"
    Settings: ClassVar[type[XSettings]] = XSettings
    latency: ClassVar[Latency] = Latency.MINUTES

    def __init__(
        self, settings: XSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._http = http or Http()
        self._client = Client(settings, self._http, self._now)

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was said since the cursor, or between `since` and `until`.

        Pages come once every query was read to its end. If one fails, what was found is given on and the cursor stays.
        """
        now = self._now()
        known = load(want.cursor)
        bounds = self._bounds(want, known, now)
        place = known or Place(int(bounds.start.timestamp()))
        asked = queries(want, self._settings.query_filter)
        resting = want.resting if known is not None and want.since is None else frozenset[str]()
        waits = waiting(place if want.since is None else Place(0), asked, resting, bounds.start)
        lanes = self._lanes(tuple(query for query in asked if query not in resting), bounds, waits, want)
        if not lanes or bounds.start >= bounds.end:
            return
        walk = walked(lanes, bounds, place, Wanted(want), now, want.budget)
        walk = waits.told(replace(walk, rate=self._client.rate), now - LOOK_BACK)
        made = pages(walk, place, now, max(3600, 2 * self._settings.overlap_s), want.cursor)
        yield from billed(made, bills(lanes, place, now))
        failure = next((lane.failure for lane in lanes if lane.failure is not None), None)
        if failure is not None:
            raise failure

    def stream(self, want: Want, stop: Event) -> Iterator[Page]:
        """Posts as they are written, from now on; what was missed before is `fetch`'s.

        Queries that rest are no rules of ours meanwhile: then nothing is claimed as heard.
        """
        now = self._now()
        every = queries(want, self._settings.query_filter, LONGEST_RULE)
        asked = tuple(query for query in every if query not in want.resting)
        if not asked:
            return
        place = load(want.cursor) or Place(int(now.timestamp()))
        wanted = Wanted(want)
        for given in Stream(self._settings, self._http, self._now).pages(asked, place, stop):
            kept = tuple(post for post in given.posts if concerns(post, wanted))
            yield replace(given, posts=kept, covered=given.covered if len(asked) == len(every) else None)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The posts in their newest version; deleted, protected and suspended ones in `gone`."""
        posts: list[Post] = []
        gone: list[PostRef] = []
        cost = Prices(self._settings.price_post, self._settings.price_author)
        read = 0
        ids = [ref.id for ref in refs if ref.platform == self.platform and ref.id.isdecimal()]
        for at in range(0, len(ids), MOST_IDS):
            some = ids[at : at + MOST_IDS]
            told = looked_up(self._client.lookup(some), self._settings.countries)
            read += told.read
            here = {post.ref.id: post for post in told.posts}
            posts += [post for post in self._newest(here) if post.ref.id in set(some)]
            gone += [PostRef(self.platform, id_) for id_ in some if id_ not in here]
        authors = len({post.author.id for post in posts if post.author.handle})
        return Page(posts=tuple(posts), gone=tuple(gone), cost=cost.post * read + cost.author * authors)

    def conversation(self, ref: PostRef) -> Page:
        """The root and what was said below it in the last seven days, oldest first."""
        told = looked_up(self._client.lookup([ref.id]), self._settings.countries)
        if not told.posts:
            return Page(gone=(ref,))
        post = told.posts[0]
        found = {post.ref: post}
        read = 1
        if post.thread and post.thread != post.ref.id:
            root = looked_up(self._client.lookup([post.thread]), self._settings.countries)
            found |= {each.ref: each for each in root.posts}
            read += root.read
        token = ""
        for _ in range(_MOST_TALK):
            below = self._client.search(f"conversation_id:{post.thread or ref.id}", token, {})
            more = page(below, self._settings.countries)
            found |= {each.ref: each for each in more.posts}
            read += more.read
            token = more.token
            if not token:
                break
        posts = sorted(found.values(), key=lambda each: (each.created_at, each.ref.id))
        return Page(posts=tuple(posts), truncated=bool(token), cost=self._settings.price_post * read)

    def route(self, post: Post) -> Route:
        """Here if X lets us (the author mentioned or quoted us, or we are on enterprise), else in X's own composer."""
        to = address(post.answer_to)
        id_ = to["id"] if to else post.ref.id
        native = f"https://x.com/intent/tweet?in_reply_to={id_}&text={{text}}"
        if not self._settings.account:
            return Native(native, "No account on X is set, so the answer is given on X itself.")
        named = to is not None and self._settings.handle.casefold() in to["names"]
        if to is not None and to["open"] == "mentionedUsers" and not named:
            return Closed("The author lets only people named in the post answer.")
        if named or self._settings.tier == "enterprise":
            return Here("x")
        return Native(native, _ONLY_MENTIONED)

    def probe(self) -> str:
        """Try the keys. Says whose they are."""
        if self._settings.account:
            told = self._client.me()
            data = told.get("data") if isinstance(told, dict) else None
            if not isinstance(data, dict) or not isinstance(data.get("username"), str):
                raise Unavailable("X did not say who we are.")
            other = "" if data["username"].casefold() == self._settings.handle.casefold() else ", not the handle set"
            return f"signed in as @{data['username']}{other}; {self._settings.tier}"
        self._client.count("hello")
        return "the bearer token is good: Earshot can listen, answers are given on X itself"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()
        self._http.close()

    def _bounds(self, want: Want, place: Place | None, now: datetime) -> Bounds:
        end = now - LAG if want.until is None else min(want.until, now - LAG)
        until = want.until if want.until is not None and want.until < now - LAG else None
        oldest = now - LOOK_BACK
        heard = min(datetime.fromtimestamp(place.until, UTC), now - LAG) if place is not None else now
        again = overlap(heard, timedelta(seconds=self._settings.overlap_s), now)
        if want.since is not None:
            start = want.since
        elif place is not None:
            start = heard - again  # also if a clock was set back
        else:
            start = now - want.first_look
        since_id = ""
        resumed = place is not None and want.since is None
        whole_look = again >= timedelta(seconds=self._settings.overlap_s)  # shortly after midnight time decides alone
        if place is not None and resumed and place.newest and whole_look:
            back = before(place.newest, int(again.total_seconds()))
            since_id = back if moment_of(back) > oldest else ""  # X refuses a number older than its look-back
        lost = Span(start + (again if want.since is None else timedelta()), oldest) if start < oldest else None
        lost = lost if lost is not None and lost.start < lost.end and (place or want.since) else None
        return Bounds(max(start, oldest), end, since_id, lost, until, resumed)

    def _lanes(self, asked: tuple[str, ...], bounds: Bounds, waits: Waiting, want: Want) -> list[Lane]:
        settings = self._settings
        author = settings.price_author
        lanes: list[Lane] = []
        timelines = ((settings.mentions, _mentions, "mentions"), (settings.own_posts, _own, "own posts"))
        owned = Prices(settings.price_owned, author)
        for _, ask_for, way in [each for each in timelines if each[0] and settings.account_id]:
            ask = functools.partial(ask_for, self._client, bounds.asked())
            lanes.append(Lane(ask, owned, _MOST_OWNED, countries=settings.countries, way=way))
        most = settings.most_pages * (_HEALING if want.since is not None or waits.caught else 1)
        late = datetime.fromtimestamp(waits.caught, UTC) if waits.caught else bounds.start
        since = replace(bounds, start=max(late, self._now() - LOOK_BACK), since_id="") if waits.caught else bounds
        for query in asked:
            ask = functools.partial(_search, self._client, query, since.asked())
            lanes.append(Lane(ask, Prices(settings.price_post, author), most, query, settings.countries))
        return lanes

    def _newest(self, here: Mapping[str, Post]) -> list[Post]:
        """Each post in the version it has now: the number asked for may name an older one."""
        latest = {id_: (address(post.answer_to) or {"id": id_})["id"] for id_, post in here.items()}
        later = [latest[id_] for id_, post in here.items() if not post.url.endswith(f"/{latest[id_]}")]
        if not later:
            return list(here.values())
        told = looked_up(self._client.lookup(later[:MOST_IDS]), self._settings.countries)
        newer = {post.ref.id: post for post in told.posts}
        return [newer.get(id_, post) for id_, post in here.items()]


def _search(client: Client, query: str, asked: Mapping[str, Any], token: str, most: int) -> Any:
    return client.search(query, token, asked, most)


def _mentions(client: Client, asked: Mapping[str, Any], token: str, _most: int) -> Any:
    return client.mentions(token, asked)


def _own(client: Client, asked: Mapping[str, Any], token: str, _most: int) -> Any:
    return client.own(token, asked)
