"""A feed: RSS or Atom, asked politely and read whole."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from connectors.answers import Answer
from connectors.errors import Rejected, Unavailable
from connectors.http import Http
from connectors.rss import parse, sweep
from connectors.rss.cursor import Place, body_mark, key, load, mark, moment, odd_key, remember
from connectors.rss.pages import visited
from connectors.rss.settings import Settings as RssSettings
from connectors.types import Closed, Latency, Native, Page, Post, PostRef, Route, Span, Want

_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"


class Rss:
    """A feed of a blog, a forum or a status page (RSS, Atom). Needs its address; answers are given on the page.

    Reads one feed. Unchanged feeds cost one small answer (ETag, Last-Modified).
    """

    platform: ClassVar[str] = "rss"
    Settings: ClassVar[type[RssSettings]] = RssSettings
    latency: ClassVar[Latency] = Latency.MINUTES

    def __init__(
        self, settings: RssSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._http = http or Http()

    def fetch(self, want: Want) -> Iterator[Page]:
        """What the feed holds that we have not given yet, edited items again; of many items some, and more next time.

        A feed has no past: `since` and `until` choose among what it still holds, all of it.
        """
        whole = want.since is not None or want.until is not None
        place = Place() if whole else load(want.cursor)
        answer = self._ask(place)
        now = self._now()
        # The very bytes of the last read: some servers know no ETag, and reading costs seconds.
        if answer.status == 304 or (body_mark(answer.content) == place.body and not place.sweep):
            yield _unchanged(place, answer, now)
            return
        if len(answer.content) > self._settings.max_mb * 1_000_000:
            raise Unavailable(f"The feed is larger than {self._settings.max_mb} MB; it is not read (max_mb).")
        if whole:
            yield from self._past(answer, want, now)
        else:
            yield self._news(answer, want, place, now)

    def _news(self, answer: Answer, want: Want, place: Place, now: datetime) -> Page:
        most = self._settings.max_items
        content, told = parse.part(answer.content, most, place.sweep)
        feed = parse.feed(content, self._settings.url, now, answer.headers.get("content-type", ""))
        known = [_settled(post, place) for post in feed.posts]
        after = sweep.swept(place, _after(answer, place, known, feed, now), told, known, now - want.first_look, now)
        fresh = (post for post in (_fresh(post, place, now) for post in known) if post is not None)
        posts = sorted((post for post in fresh if _inside(post, want, place, now)), key=_age)
        lost, covered = _account(place, known, want, now)
        given_up, claimed = sweep.claimed(place, after, now)
        odd = tuple(each for each in feed.poison if odd_key(each) not in place.seen)
        notice = _told(after.moved, sweep.words(told.held, most, after.sweep))
        return Page(
            tuple(posts), after.dump(), covered=claimed or covered, lost=given_up or lost, poison=odd, notice=notice
        )

    def _past(self, answer: Answer, want: Want, now: datetime) -> Iterator[Page]:
        """All that the feed holds of a stretch: as many pages as it takes, the last claims it."""
        place, at, heard, left = Place(), 0, list[Post](), True
        while left:
            content, told = parse.part(answer.content, self._settings.max_items, at)
            feed = parse.feed(content, self._settings.url, now, answer.headers.get("content-type", ""))
            at, left = told.following, told.following > 0
            heard += feed.posts
            posts = tuple(sorted((post for post in feed.posts if _inside(post, want, place, now)), key=_age))
            after = _after(answer, place, feed.posts, feed, now)
            lost, covered = (None, None) if left else _account(place, heard, want, now)
            yield Page(posts, after.dump(), covered=covered, lost=lost, poison=feed.poison)

    def route(self, post: Post) -> Route:
        """By hand, on the page itself."""
        if not post.url:
            return Closed("The feed gives no address for this item.")
        return Native(post.url, "A feed can only be read; the answer is given on the page itself.")

    def visit(self, pages: Mapping[PostRef, str]) -> Mapping[PostRef, bool | None]:
        """Whether items are still there, by their own pages on the feed's site."""
        return visited(self._http, self._settings.url, pages)

    @property
    def keeps(self) -> timedelta | None:
        """How long the words of an item stay whose page does not tell."""
        return timedelta(days=self._settings.keep_days) or None

    def probe(self) -> str:
        """Read the feed once and say what it holds, and whether it has moved."""
        answer = self._ask(Place())
        feed = parse.feed(answer.content, self._settings.url, self._now(), answer.headers.get("content-type", ""))
        moved = f"; it has moved for good, set url to {answer.moved_to}" if answer.moved_to else ""
        return f"the feed “{feed.title or 'without a title'}” holds {len(feed.posts)} items{moved}"

    def close(self) -> None:
        self._http.close()

    def _ask(self, place: Place) -> Answer:
        """The feed where it lives now; where it is not found there any more, at the address it had at first."""
        if place.moved:
            try:
                return self._asked(place.moved, place)
            except Rejected:
                return self._asked(self._settings.url, place)
        return self._asked(self._settings.url, place)

    def _asked(self, url: str, place: Place) -> Answer:
        headers = {"accept": _ACCEPT}
        if self._settings.token is not None and _origin(url) == _origin(self._settings.url):
            headers["authorization"] = f"Bearer {self._settings.token.get_secret_value()}"
        if place.etag and not place.sweep:
            headers["if-none-match"] = place.etag
        if place.modified and not place.sweep:
            headers["if-modified-since"] = place.modified
        answer = self._http.get(url, headers=headers)
        if answer.status == 304 and not place.at:
            raise Unavailable("The feed says it is unchanged, but it was never read.")
        return answer if answer.moved_to or url == self._settings.url else replace(answer, moved_to=url)


def _home(answer: Answer) -> str:
    """Where the feed lives by its own word (301, 308); its items keep the ids of the address it had at first."""
    return answer.moved_to or ""


def _unchanged(place: Place, answer: Answer, now: datetime) -> Page:
    """Heard until now, and nothing new."""
    heard = replace(
        place,
        at=int(now.timestamp()),
        moved=_home(answer),
        etag=answer.headers.get("etag", "")[:500] or place.etag,
        modified=answer.headers.get("last-modified", "")[:100] or place.modified,
    )
    told = _told(heard.moved) if heard.moved or place.moved else None
    return Page(cursor=heard.dump(), covered=Span(min(moment(place.at), now), now), notice=told)


def _told(moved: str, many: str = "") -> str:
    gone = f"It has moved for good and is read at {moved}. Set its url to that."
    return " ".join([*([gone] if moved else []), *([many] if many else [])])


def _after(answer: Answer, place: Place, posts: Sequence[Post], feed: parse.Feed, now: datetime) -> Place:
    """Where the next read resumes, but for a sweep of the middle."""
    return Place(
        int(now.timestamp()),
        answer.headers.get("etag", "")[:500],
        answer.headers.get("last-modified", "")[:100],
        remember(posts, feed.poison, place.seen if place.sweep else {}),
        _home(answer),
        body_mark(answer.content),
    )


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _settled(post: Post, place: Place) -> Post:
    """An item without a date keeps the moment it was first seen."""
    first = place.seen.get(key(post), ("", 0))[1]
    return replace(post, created_at=moment(first)) if post.clock == "estimated" and first else post


def _fresh(post: Post, place: Place, now: datetime) -> Post | None:
    known = place.seen.get(key(post))
    if known is None:
        return post
    return replace(post, edited_at=now) if known[0] != mark(post) else None


def _inside(post: Post, want: Want, place: Place, now: datetime) -> bool:
    if want.since is not None or want.until is not None:
        return (want.since is None or want.since <= post.created_at) and (
            want.until is None or post.created_at < want.until
        )
    if place.sweep and place.floor:
        return post.created_at >= moment(place.floor)
    return bool(place.at) or post.created_at >= now - want.first_look


def _account(place: Place, posts: list[Post], want: Want, now: datetime) -> tuple[Span | None, Span | None]:
    """(lost, covered). When no item we knew is left in the feed, what came and went between two reads is lost."""
    times = [post.created_at for post in posts if post.clock != "estimated"]
    oldest = min([*times, now])
    if not place.at:
        return None, Span(max(oldest, want.since or now - want.first_look), now)
    before = moment(place.at)
    rolled = bool(place.seen) and bool(posts) and not any(key(post) in place.seen for post in posts)
    if rolled and oldest > before:
        return Span(before, oldest), Span(oldest, now)
    return None, Span(min(before, now), now)


def _age(post: Post) -> tuple[datetime, str]:
    return post.created_at, post.ref.id
