"""Reddit: new posts and comments of watched subreddits, a search of submissions, and our own inbox."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from connectors.errors import AuthFailed, Unavailable
from connectors.http import Http
from connectors.lanes import Bounds, Lane, Told, bounds_of, swept
from connectors.reddit.client import MOST_IDS, Client
from connectors.reddit.feeds import feed
from connectors.reddit.parse import CLOSED, address, answer_to, listing, shut
from connectors.reddit.places import Places
from connectors.reddit.queries import queries
from connectors.reddit.settings import Settings as RedditSettings
from connectors.types import Closed, Here, Latency, Native, Page, Post, PostRef, Route, Want
from connectors.walked import Walk, load

REMEMBERED = timedelta(days=7)  # how long a post is known: listings bring old ones back (praw issue 2090)
END = 900  # listings end near a thousand entries, however many there were
FEED_END = 95  # a public feed at a hundred
_TOGETHER = 50  # subreddits asked for in one address
_ON_REDDIT = "No Reddit account is set, so the answer is given on Reddit itself; the text is copied for you."


class Reddit:
    """Reads the subreddits you name and searches all submissions; without a key from public feeds, which say less."""

    platform: ClassVar[str] = "reddit"
    Settings: ClassVar[type[RedditSettings]] = RedditSettings
    latency: ClassVar[Latency] = Latency.MINUTES

    def __init__(
        self, settings: RedditSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._http = http or Http()
        self._client = Client(settings, self._http, self._now)
        self._places = Places(self._client, self._now)

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was said since the cursor, or between `since` and `until`.

        Pages come once every listing was walked. If one fails, what was found is given on and the cursor stays.
        """
        now = self._now()
        bounds = bounds_of(want, load(want.cursor), now, REMEMBERED)
        lanes = self._lanes(want, bounds)
        yield from swept(lanes, bounds, want, now, rate=lambda: self._client.rate, with_more=self._completed)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The posts as they are now; deleted and removed ones in `gone`. Without a key nobody can tell: neither."""
        posts: list[Post] = []
        gone: list[PostRef] = []
        names = [ref.id for ref in refs if ref.platform == self.platform] if self._has_key else []
        for at in range(0, len(names), MOST_IDS):
            some = names[at : at + MOST_IDS]
            told = listing(self._client.info(some))
            if told.poison:
                raise Unavailable("Reddit answered with a post that cannot be read.")
            here = {post.ref.id: post for post in told.posts}
            posts += [post for id_, post in here.items() if id_ in some]
            gone += [PostRef(self.platform, name) for name in some if name not in here]
        return Page(posts=tuple(self._with_locks(posts)), gone=tuple(gone))

    @property
    def keeps(self) -> timedelta | None:
        """How long words stay where, without a key, nobody tells of deletions."""
        return None if self._has_key else timedelta(days=self._settings.keep_days)

    def conversation(self, ref: PostRef) -> Page:
        """The submission and the comments above and below this one, oldest first. Without a key, nothing."""
        if not self._has_key:
            return Page()
        told = listing(self._client.info([ref.id]))
        if not told.posts or not told.posts[0].thread:
            return Page(gone=(ref,))
        comment = ref.id[3:] if ref.id.startswith("t1_") else ""
        thing = self._client.thread(told.posts[0].thread[3:], comment)
        parts = thing if isinstance(thing, list) else []
        if len(parts) != 2:
            raise Unavailable("Reddit answered with something that is not a thread.")
        posts = [*listing(parts[0]).posts, *_below(parts[1])]
        return Page(posts=tuple(sorted(posts, key=lambda post: (post.created_at, post.ref.id))))

    def route(self, post: Post) -> Route:
        """Closed where the thread is shut or our account is not let in; here with an account; else on Reddit."""
        to = address(post.answer_to)
        if to is not None and to["closed"]:
            return Closed(CLOSED[to["closed"]])
        if not self._settings.account:
            return Native(post.url, _ON_REDDIT)
        barred = self._places.why_not(post.url)
        return Closed(barred) if barred else Here("reddit")

    def probe(self) -> str:
        """Try the key and the account. Says what was found, and what a missing key costs."""
        settings = self._settings
        if not self._has_key:
            self._feed("r/all/new", {"limit": "1"}, "")
            return "no key: reads public feeds only, without edits, deletions or an inbox; answers are given on Reddit"
        if not settings.account:
            listing(self._client.listing("r/all/new", more={"limit": "1"}))
            return "the key is good: Earshot can listen, answers are given on Reddit itself"
        told = self._client.me()
        name = told.get("name") if isinstance(told, dict) else None
        if not isinstance(name, str):
            raise AuthFailed("Reddit did not say who we are: is the login good?")
        return f"signed in as u/{name}"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()
        self._http.close()

    @property
    def _has_key(self) -> bool:
        return bool(self._settings.client_id)

    def _lanes(self, want: Want, bounds: Bounds) -> list[Lane]:
        settings = self._settings
        ours = frozenset(settings.ours)
        floor, late = bounds.floor(settings.overlap_s), bounds.floor(settings.search_overlap_s)

        def lane(name: str, path: str, everything: bool = False, **more: str) -> Lane:
            read = functools.partial(self._listing if self._has_key else self._feed, path, more)
            search = name == "search"
            judge = functools.partial(_in_ours, ours, everything)
            end = END if self._has_key else FEED_END
            reach, most = late if search else floor, settings.most_pages
            return Lane(name, read, reach, most, judge, best_effort=search, end=end, platform="Reddit")

        lanes: list[Lane] = []
        for at in range(0, len(settings.watched), _TOGETHER):
            together = "+".join(settings.watched[at : at + _TOGETHER])
            lanes.append(lane("posts", f"r/{together}/new"))
            lanes += [lane("comments", f"r/{together}/comments")] if settings.comments else []
        if settings.account and self._has_key:
            lanes.append(lane("inbox", "message/inbox", True))
            lanes.append(lane("own", f"user/{settings.username}/comments", True, sort="new"))
        if settings.search:
            lanes += [lane("search", "search", q=query, sort="new", t="week", type="link") for query in queries(want)]
        return lanes

    def _listing(self, path: str, more: Mapping[str, str], after: str) -> Told:
        return listing(self._client.listing(path, after, more))

    def _feed(self, path: str, more: Mapping[str, str], after: str) -> Told:
        asked = {"limit": "100", **more, **({"after": after} if after else {})}
        return feed(self._http.get(f"{self._settings.base_url}/{path}/.rss", asked).content)

    def _completed(self, walk: Walk) -> Walk:
        return replace(walk, posts=tuple(self._with_locks(walk.posts))) if self._has_key else walk

    def _with_locks(self, posts: Sequence[Post]) -> list[Post]:
        """The same, comments with the lock of their thread: a comment does not tell it itself."""
        open_ones = [post for post in posts if post.kind == "comment" and post.thread and _is_open(post)]
        threads = list(dict.fromkeys(post.thread or "" for post in open_ones))
        locked: dict[str, str] = {}
        for at in range(0, len(threads), MOST_IDS):
            locked |= shut(self._client.info(threads[at : at + MOST_IDS]))
        marked = {post.ref: locked[post.thread] for post in open_ones if post.thread in locked}
        return [
            replace(post, answer_to=answer_to(post.ref.id, marked[post.ref])) if post.ref in marked else post
            for post in posts
        ]


def _in_ours(ours: frozenset[str], everything: bool, post: Post) -> bool:
    parts = post.url.lower().split("/")
    return everything or (len(parts) > 4 and parts[3] == "r" and parts[4] in ours)


def _is_open(post: Post) -> bool:
    to = address(post.answer_to)
    return to is not None and not to["closed"]


def _below(thing: Any) -> list[Post]:
    """Every comment of a tree of listings, walked without recursion."""
    found: list[Post] = []
    todo = [thing]
    while todo:
        told = todo.pop()
        found += listing(told).posts
        inner = [child.get("data") for child in told["data"]["children"] if isinstance(child, dict)]
        todo += [each["replies"] for each in inner if isinstance(each, dict) and isinstance(each.get("replies"), dict)]
    return found
