"""Hacker News: stories and comments, found by its public search a minute or so after they are written."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.errors import Unavailable
from connectors.hackernews.cursor import Place, load, mark, short
from connectors.hackernews.parse import Odd, changed_at, composer, hit, item
from connectors.hackernews.settings import Settings as HackerNewsSettings
from connectors.http import Http
from connectors.types import Latency, Native, Page, Poison, Post, PostRef, Route, Span, Want

MOST_HITS = 1000  # a query never gives more, whatever the page (algolia/hn-search#230): busy times are cut in half
MOST_PAGES = 20
MOST_CUTS = 64
DEEPEST = 20  # how far up a conversation is followed
_MEANINGS = {400: Unavailable, 404: Unavailable, 410: Unavailable}  # the address is fixed: a refusal is a hiccup


@dataclass(frozen=True, slots=True)
class _Found:
    hits: tuple[Any, ...]
    parts: int = 1  # into how many slices this time must be cut to see everything; 1: all was given
    stuck: bool = False  # the server promises more than it gives, or does not look at what was asked


class HackerNews:
    """Stories and comments that name you, by a public search. Needs nothing; answers are given by hand.

    Searches each name in slices of time; looks single items up to learn of edits and deletions.
    """

    platform: ClassVar[str] = "hackernews"
    Settings: ClassVar[type[HackerNewsSettings]] = HackerNewsSettings
    latency: ClassVar[Latency] = Latency.MINUTES

    def __init__(
        self,
        settings: HackerNewsSettings,
        *,
        http: Http | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._http = http or Http()

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was written since the cursor, or between `since` and `until`: one page for each slice of time.

        Unavailable, behind what it gave, where the search leads in circles.
        """
        words = queries(want)
        now = int(self._now().timestamp())
        end = min(int(want.until.timestamp()), now) if want.until else now
        place = load(want.cursor) or Place(_start(want, now))
        begin = place.until - self._settings.overlap_s if place.seen or want.cursor else place.until
        if want.since is not None:
            begin = max(begin, int(want.since.timestamp()))
        todo = [(begin, end)] if words and begin < end else []
        cursor = want.cursor
        while todo:
            low, high = todo.pop()
            found = self._search(words, low, high)
            if found.parts > 1 and not found.stuck and high - low > 1:
                todo += _cut(low, high, found.parts)
                continue
            given = self._page(found, place, low, high)
            if found.stuck:
                yield replace(given, cursor=cursor, covered=None, truncated=True)
                raise Unavailable("Hacker News search leads in circles: the same page again, or not what it promised.")
            place = place.after(given, high, self._settings.overlap_s)
            cursor = place.dump()
            yield replace(given, cursor=cursor)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The posts as they are now; those deleted or killed in `gone`."""
        posts: list[Post] = []
        gone: list[PostRef] = []
        for ref in refs:
            now = self._item(ref.id)
            if now is None:
                gone.append(ref)
            else:
                posts.append(now)
        return Page(posts=tuple(posts), gone=tuple(gone))

    def conversation(self, ref: PostRef) -> Page:
        """What it answers, up to the story, oldest first; the post itself last."""
        said: list[Post] = []
        step: PostRef | None = ref
        while step is not None and len(said) < DEEPEST:
            post = self._item(step.id)
            if post is None:
                break
            said.append(post)
            step = post.in_reply_to
        return Page(posts=tuple(reversed(said)))

    def route(self, post: Post) -> Route:
        """By hand: Hacker News takes no posts from programs."""
        return Native(composer(post), "Hacker News has no way to answer but its own page; the text is copied for you.")

    def probe(self) -> str:
        """Ask the search for one post."""
        self._search(("hn",), int(self._now().timestamp()) - 86_400, int(self._now().timestamp()))
        return "its search answers; no account is needed"

    def close(self) -> None:
        self._http.close()

    def _search(self, words: Sequence[str], low: int, high: int) -> _Found:
        """All hits for all words written in [low, high). The index answers newest first."""
        hits: dict[str, Any] = {}
        parts, stuck = 1, False
        for word in words:
            found = self._one(word, low, high)
            hits |= {_key(each): each for each in found.hits}
            parts, stuck = max(parts, found.parts), stuck or found.stuck
        times = [each.get("created_at_i") for each in hits.values() if isinstance(each, dict)]
        outside = any(isinstance(time, int) and not low <= time < high for time in times)
        return _Found(tuple(hits.values()), parts, stuck or (outside and parts > 1))

    def _one(self, word: str, low: int, high: int) -> _Found:
        """One word's hits, page by page. A page that brings nothing new although more was promised ends the asking."""
        hits: dict[str, Any] = {}
        for page in range(MOST_PAGES):
            told = self._told(_ask(word, low, high, page))
            new = {_key(each): each for each in told["hits"]}
            if page and new and new.keys() <= hits.keys():
                return _Found(tuple(hits.values()), stuck=True)
            hits |= new
            if page + 1 >= _number(told.get("nbPages")):
                break
        promised = _number(told.get("nbHits"))
        parts = -(-3 * promised // (2 * max(1, len(hits))))  # half as many again: people come in bursts
        enough = promised <= len(hits)
        return _Found(tuple(hits.values()), 1 if enough else min(MOST_CUTS, max(2, parts)), not hits and not enough)

    def _told(self, question: dict[str, str]) -> dict[str, Any]:
        url = f"{self._settings.base_url}/api/v1/search_by_date"
        told = self._http.get_json(url, question, meanings=_MEANINGS)
        if not isinstance(told, dict) or not isinstance(told.get("hits"), list):
            raise Unavailable("Hacker News search answered with something else than a list of hits.")
        return told

    def _page(self, found: _Found, place: Place, low: int, high: int) -> Page:
        posts: list[Post] = []
        gone: list[PostRef] = []
        poison: list[Poison] = []
        for each in found.hits:
            try:
                post = hit(each)
            except Odd as why:
                odd = Poison(json.dumps(each).encode(), f"Hacker News: {why}.", _key(each))
                poison += [] if _key(each) in place.seen else [odd]
                continue
            if post is None:
                gone.append(PostRef(self.platform, str(each["objectID"])))
            elif (known := place.seen.get(post.ref.id)) is None:
                posts.append(post)
            elif known[1] != mark(post):
                posts.append(replace(post, edited_at=changed_at(each, self._now())))
        posts.sort(key=lambda post: (post.created_at, post.ref.id))
        lost = Span(_moment(low), _moment(high)) if found.parts > 1 and not found.stuck else None
        covered = Span(_moment(low), _moment(high))
        return Page(tuple(posts), None, tuple(gone), covered=covered, poison=tuple(poison), lost=lost).by("search")

    def _item(self, id_: str) -> Post | None:
        if not id_.isdecimal():
            return None
        try:
            return item(self._http.get_json(f"{self._settings.items_url}/v0/item/{id_}.json", meanings=_MEANINGS))
        except Odd as why:
            raise Unavailable(f"Hacker News answered with an item that cannot be read: {why}.") from why


def queries(want: Want) -> tuple[str, ...]:
    """What to search for: each name once, phrases in quotes. A phrase that holds another single word is left out."""
    names = (*want.terms, *(handle.lstrip("@") for handle in want.handles), *(tag.lstrip("#") for tag in want.hashtags))
    clean = dict.fromkeys(" ".join(name.replace('"', " ").casefold().split()) for name in names)
    single = {name for name in clean if name and " " not in name}
    phrases = [f'"{name}"' for name in clean if " " in name and not single & set(name.split())]
    return (*sorted(single), *phrases)


def _ask(word: str, low: int, high: int, page: int) -> dict[str, str]:
    return {
        "page": str(page),
        "query": word,
        "tags": "(story,comment)",
        "numericFilters": f"created_at_i>={low},created_at_i<{high}",
        "hitsPerPage": str(MOST_HITS),
        "typoTolerance": "false",
    }


def _key(each: Any) -> str:
    """A hit's own number; for one without, a mark of what it holds, so that it is set aside once."""
    number = each.get("objectID") if isinstance(each, dict) else None
    return number if isinstance(number, str) and number else f"odd {short(json.dumps(each, sort_keys=True))}"


def _number(told: Any) -> int:
    return told if isinstance(told, int) and not isinstance(told, bool) else 0


def _cut(low: int, high: int, parts: int) -> list[tuple[int, int]]:
    """Equal slices of [low, high), the newest first: the last is taken next."""
    step = max(1, -(-(high - low) // parts))
    return [(at, min(at + step, high)) for at in reversed(range(low, high, step))]


def _start(want: Want, now: int) -> int:
    return int(want.since.timestamp()) if want.since else now - int(want.first_look.total_seconds())


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
