"""Threads: what is posted to us about our own account, and keyword search for our names under its daily limit.

Facts: developers.facebook.com/docs/threads (webhooks `replies`, `mentions`, `delete`; keyword_search with
search_type=RECENT, since, until, at most 100 a page; 2,200 searches in 24 hours and account).
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from connectors.errors import PlatformError, Unavailable
from connectors.http import Http
from connectors.meta.posted import Posted, second
from connectors.shapes import Odd, ident, line, moment, record, rows, words
from connectors.text import web_link
from connectors.threads.settings import Settings as ThreadsSettings
from connectors.types import Author, Closed, Here, Latency, Native, Page, Poison, Post, PostRef, Route, Span, Want
from connectors.walked import Place, Walk, load, pages, raw
from connectors.wanted import Wanted

_FIELDS = "id,text,timestamp,permalink,username,is_reply,is_quote_post"
_WHOLE = f"{_FIELDS},replied_to,root_post"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where both ways of hearing resume: the hook's own cursor and the search's."""

    hook: str | None = None
    search: str | None = None

    def dump(self) -> str:
        return json.dumps({"hook": self.hook, "search": self.search}, separators=(",", ":"))


class Threads(Posted):
    """Finds posts that name you by keyword search, and hears replies and mentions as they are posted."""

    platform: ClassVar[str] = "threads"
    called: ClassVar[str] = "Threads"
    Settings: ClassVar[type[ThreadsSettings]] = ThreadsSettings
    latency: ClassVar[Latency] = Latency.MINUTES

    def __init__(
        self, settings: ThreadsSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        super().__init__(settings, settings.base_url, http, now)
        self._settings = settings
        self._names: tuple[str, ...] = ()

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was posted to us, then what the search finds; only the search can claim all that was said."""
        at, self._names = _load(want.cursor), _queries(want)
        searches = self._settings.search and self._meta.access_token is not None
        if want.since is not None and searches:
            yield from self._search(want, at)
            return
        for page in self.posted(replace(want, cursor=at.hook)):
            at = _Cursor(page.cursor, at.search)
            claimed = page.covered
            if searches and claimed is not None:
                start = _until(at.search) or claimed.end
                claimed = Span(start, start)
            yield replace(page, cursor=at.dump() if page.cursor is not None else None, covered=claimed)
        if searches and self._due(want, at):
            yield from self._search(want, at)

    def looked_up(self, id_: str, at: datetime) -> Post:
        """A post or a reply by its own id."""
        return self._post(record(self._graph.get(id_, {"fields": _WHOLE})), at)

    def shows_strangers(self, post: Post) -> bool:
        """Replies to us may be shown where strangers' posts are not."""
        return super().shows_strangers(post) and (post.kind == "post" or not self._settings.search)

    def sees_others(self, missing: Collection[str]) -> bool:
        """With a search: whether the newest post of a stranger that it finds can be looked up."""
        if not self._settings.search or not self._names:
            return super().sees_others(missing)
        asked = {"q": self._names[0], "search_type": "RECENT", "fields": "id,username", "limit": "5"}
        found = [record(one) for one in rows(self._graph.get("keyword_search", asked), "data", self.called)]
        ours = self._meta.handle.casefold()
        theirs = [str(one.get("id")) for one in found if line(one.get("username")).casefold() != ours]
        return bool(theirs) and self.can_see(theirs[0])

    def route(self, post: Post) -> Route:
        """Here with a token, else on Threads itself."""
        if self._meta.access_token is not None and self._meta.account_id and post.answer_to:
            return Here("threads")
        if not post.url:
            return Closed("Threads gave no address for this post.")
        return Native(post.url, "No access token is set, so the answer is given on Threads itself.")

    def probe(self) -> str:
        """Whose account this is, and which ways of hearing are set up."""
        if self._meta.access_token is None:
            taken = self._meta.app_secret is not None
            return (
                "webhooks are taken; search needs an access_token" if taken else "no app_secret and no access_token yet"
            )
        told = self._graph.get("me", {"fields": "id,username"})
        name = line(told.get("username")) if isinstance(told, dict) else ""
        if not name:
            raise Unavailable("Threads did not say whose token this is.")
        return f"signed in as @{name}"

    def changes(self, told: dict[str, Any], came_at: datetime) -> Iterator[tuple[Any, datetime]]:
        """{"time", "values": {"field", "value"}}, or a list of them."""
        values = told.get("values")
        for each in values if isinstance(values, list) else [values]:
            yield each, second(told.get("time")) or came_at

    def change(self, told: Any, at: datetime) -> Post | PostRef | None:
        """A reply, a mention, or a deletion."""
        field, value = record(told).get("field"), record(record(told).get("value"), "its value")
        if field == "delete":
            return PostRef(self.platform, ident(value.get("id")))
        return self._post(value, at) if field in ("replies", "mentions") else None

    def _post(self, thing: Mapping[str, Any], at: datetime | None = None) -> Post:
        id_, who = ident(thing.get("id")), line(thing.get("username"))
        if not who:
            raise Odd("it does not say who wrote it")
        parent, root = thing.get("replied_to"), thing.get("root_post")
        above = ident(parent.get("id")) if isinstance(parent, dict) else ""
        first = ident(root.get("id")) if isinstance(root, dict) else ""
        written = moment(thing.get("timestamp")) if thing.get("timestamp") is not None else at
        if written is None:
            raise Odd("it does not say when it was written")
        return Post(
            ref=PostRef(self.platform, id_),
            url=web_link(str(thing.get("permalink") or "")),
            author=Author(who.casefold(), who, who),
            text=words(thing.get("text")),
            created_at=written,
            kind="reply" if above or thing.get("is_reply") is True else "post",
            in_reply_to=PostRef(self.platform, above) if above else None,
            thread=first or id_,
            answer_to=json.dumps({"id": id_}, separators=(",", ":")),
        )

    def _due(self, want: Want, at: _Cursor) -> bool:
        """A round asks once for every name: rounds are spread so that a day's searches last the day."""
        place = load(at.search)
        if place is None:
            return True
        rest = _DAY * len(_queries(want)) / self._settings.searches_a_day
        return self._now() - datetime.fromtimestamp(place.asked, UTC) >= rest

    def _search(self, want: Want, at: _Cursor) -> Iterator[Page]:
        now = self._now()
        known = load(at.search) if want.since is None else None
        overlap = timedelta(seconds=self._settings.overlap_s)
        resumed = datetime.fromtimestamp(known.until, UTC) - overlap if known else None
        start, end = want.since or resumed or now - want.first_look, min(want.until or now, now)
        if start >= end or not _queries(want):
            return
        place = known or Place(int(start.timestamp()))
        walk, failure = self._walk(want, start, end)
        for page in pages(walk, place, now, max(3600, 2 * self._settings.overlap_s), at.search):
            yield replace(page, cursor=_Cursor(at.hook, page.cursor).dump()).by("search")
        if failure is not None:
            raise failure

    def _walk(self, want: Want, start: datetime, end: datetime) -> tuple[Walk, PlatformError | None]:
        """Every name's newest pages back to `start`. A failure keeps what was read before it, and moves no cursor."""
        found: dict[PostRef, Post] = {}
        odd: list[Poison] = []
        reached, truncated, failure = start, False, None
        try:
            for query in _queries(want):
                cut = self._one(query, (start, end), found, odd)
                truncated, reached = truncated or cut is not None, max(reached, cut or start)
        except PlatformError as error:
            failure = error
        wanted = Wanted(want)
        posts = tuple(
            post for post in found.values() if start <= post.created_at < end and not wanted.ours(post.author.handle)
        )
        covered = Span(reached, end) if failure is None and reached < end else None
        return Walk(posts, tuple(odd), covered, truncated, whole=failure is None), failure

    def _one(
        self, query: str, span: tuple[datetime, datetime], found: dict[PostRef, Post], odd: list[Poison]
    ) -> datetime | None:
        """One name. Returns the time from which on it was read, where there was more than may be read at once."""
        asked = {"q": query, "search_type": "RECENT", "fields": _FIELDS, "limit": "100",
                 "since": str(int(span[0].timestamp())), "until": str(int(span[1].timestamp()) + 1)}  # fmt: skip
        oldest, cursors = span[1], set()
        for _page in range(self._settings.most_pages):
            told = self._graph.get("keyword_search", asked)
            for thing in rows(told, "data", self.called):
                try:
                    post = self._post(record(thing))
                except Odd as why:
                    odd.append(Poison(raw(thing), f"Threads: {why}."))
                    continue
                found[post.ref] = post
                oldest = min(oldest, post.created_at)
            after = _after(told)
            if not after:
                return None
            if after in cursors:
                raise Unavailable("Threads leads in circles: the same next page again.")
            cursors.add(after)
            asked["after"] = after
        return oldest


def _queries(want: Want) -> tuple[str, ...]:
    """Each name once; the API knows no OR."""
    names = [*want.terms, *(handle.lstrip("@") for handle in want.handles)]
    return tuple(dict.fromkeys(" ".join(name.split()).casefold() for name in names if name.strip()))


def _after(told: Any) -> str:
    paging = told.get("paging") if isinstance(told, dict) else None
    if not isinstance(paging, dict) or "next" not in paging:
        return ""
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) else ""


def _load(cursor: str | None) -> _Cursor:
    try:
        told = json.loads(cursor or "")
        hook, search = told["hook"], told["search"]
    except (ValueError, TypeError, KeyError):
        return _Cursor()
    return _Cursor(hook if isinstance(hook, str) else None, search if isinstance(search, str) else None)


def _until(search: str | None) -> datetime | None:
    place = load(search)
    return datetime.fromtimestamp(place.until, UTC) if place else None
