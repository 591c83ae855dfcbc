"""Lemmy: new posts and comments of communities on one server, and a search of all that server knows."""

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from connectors.errors import Rejected, Unavailable
from connectors.http import Http
from connectors.lanes import Bounds, Lane, Told, bounds_of, swept
from connectors.lemmy.client import Client
from connectors.lemmy.parse import LOCKED, listing, resolved
from connectors.lemmy.settings import Settings as LemmySettings
from connectors.types import Closed, Here, Latency, Native, Page, Post, PostRef, Route, Want
from connectors.walked import Walk, load

_REMEMBERED = timedelta(days=2)
_MOST_NAMES = 5
_MOST_PARENTS = 10
_NOBODY = "No account of a Lemmy server is set, so the answer is given on Lemmy itself."


class Lemmy:
    """Posts and comments of communities on a Lemmy server, and its search. Needs no account; one lets it answer."""

    platform: ClassVar[str] = "lemmy"
    Settings: ClassVar[type[LemmySettings]] = LemmySettings
    latency: ClassVar[Latency] = Latency.MINUTES
    every_s: ClassVar[int] = 180

    def __init__(
        self, settings: LemmySettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._client = Client(settings, http or Http())

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was written since the cursor, or between `since` and `until`."""
        now = self._now()
        bounds = bounds_of(want, load(want.cursor), now, _REMEMBERED)
        host = urlsplit(self._settings.base_url).netloc
        us = (f"{self._settings.username}@{host}",) if self._settings.username else ()
        yield from swept(self._lanes(want, bounds), bounds, want, now, us=lambda: us, with_more=self._placed)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The posts as this server has them now; those taken away in `gone`."""
        posts: list[Post] = []
        gone: list[PostRef] = []
        for ref in refs:
            try:
                found = self._here(ref.id)
            except Rejected:
                continue  # the server could not look it up: that does not say that it is gone
            if found is not None:
                posts.append(replace(found, ref=ref))
            else:
                gone.append(ref)
        return Page(posts=tuple(posts), gone=tuple(gone))

    def conversation(self, ref: PostRef) -> Page:
        """The post and the comments below it, oldest first."""
        found = self._here(ref.id)
        if found is None:
            return Page(gone=(ref,))
        root = found if found.thread in (None, ref.id) else self._here(found.thread or "")
        to = json.loads(found.answer_to or "{}")
        told = listing(self._client.below(to["post"]), "comments", self._settings.base_url, "", self._settings.ours)
        known = {post.ref: post for post in [*told.posts, found, *([root] if root is not None else [])]}
        posts = sorted(known.values(), key=lambda post: (post.created_at, post.ref.id))
        return Page(posts=tuple(posts), truncated=bool(told.after), poison=told.poison)

    def route(self, post: Post) -> Route:
        """Closed where the post is locked; here with an account; else on Lemmy itself."""
        if post.answer_to and '"locked":"yes"' in post.answer_to:
            return Closed(LOCKED)
        return Here("lemmy") if self._settings.account else Native(post.url, _NOBODY)

    def probe(self) -> str:
        """Ask the server who it is, and try the account."""
        thing = self._client.site()
        view = thing.get("site_view") if isinstance(thing, dict) else None
        site = view.get("site") if isinstance(view, dict) else None
        if not isinstance(site, dict):
            raise Unavailable("This answers, but not as a Lemmy server does.")
        who = "; answers are given on Lemmy itself"
        if self._settings.account:
            self._client.sign_in()
            who = f"; signed in as {self._settings.username}"
        return f"{str(site.get('name') or 'a Lemmy server')[:80]} ({thing.get('version', 'version not told')}){who}"

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()

    def _here(self, address: str) -> Post | None:
        """A post as this server has it; None if it was taken away."""
        thing = self._client.object(address)
        found = None if thing is None else resolved(thing, self._settings.base_url, self._settings.ours)
        return found if isinstance(found, Post) else None

    def _lanes(self, want: Want, bounds: Bounds) -> list[Lane]:
        floor, most = bounds.floor(self._settings.overlap_s), bounds.pages(self._settings.most_pages)
        lanes: list[Lane] = []
        for community in self._settings.watched:
            for what, ask in (("posts", self._client.posts), ("comments", self._client.comments)):
                read = functools.partial(self._listed, ask, community, what)
                ours = community in self._settings.ours
                lanes.append(Lane(f"{community} {what}", read, floor, most, _judge(ours), platform="Lemmy"))
        for name in names_of(want)[:_MOST_NAMES] if self._settings.search else ():
            for what in ("posts", "comments"):
                read = functools.partial(self._found, name, what)
                lanes.append(Lane(f"search {name} {what}", read, floor, most, _judge(False), platform="Lemmy"))
        return lanes

    def _listed(self, ask: Callable[[str, str], object], community: str, what: str, page: str) -> Told:
        return listing(ask(community, page), what, self._settings.base_url, page, self._settings.ours)

    def _found(self, name: str, what: str, page: str) -> Told:
        told = self._client.search(name, what, page)
        return listing(told, what, self._settings.base_url, page, self._settings.ours)

    def _placed(self, walk: Walk) -> Walk:
        """Comments with the comment they answer: a list tells its number on this server only."""
        here = {to["comment"]: post.ref for post in walk.posts if (to := json.loads(post.answer_to or "{}"))}
        looks = 0
        posts: list[Post] = []
        for post in walk.posts:
            parent = json.loads(post.answer_to or "{}").get("parent", "-")
            if parent != "-" and parent not in here and looks < _MOST_PARENTS:
                looks += 1
                thing = self._client.comment(parent)
                above = None if thing is None else resolved(thing, self._settings.base_url, ())
                here |= {parent: above.ref if isinstance(above, Post) else above} if above is not None else {}
            posts.append(replace(post, in_reply_to=here[parent]) if parent in here and parent != "-" else post)
        return replace(walk, posts=tuple(posts))


def names_of(want: Want) -> list[str]:
    """What to search for: each name once."""
    clean = dict.fromkeys(" ".join(name.casefold().split()) for name in want.terms)
    return [name for name in clean if name]


def _judge(ours: bool) -> Callable[[Post], bool]:
    return lambda _post: ours
