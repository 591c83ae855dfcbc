"""GitHub: what is said in our repositories, and what a search of all public issues and discussions finds."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from connectors.errors import AuthFailed, Rejected, Unavailable
from connectors.github import graph
from connectors.github.client import Client
from connectors.github.parse import LOCKED, changed_at, discussions, found, listing, single, talk
from connectors.github.settings import Settings as GitHubSettings
from connectors.http import Http
from connectors.lanes import Bounds, Lane, Told, bounds_of, swept
from connectors.shapes import Odd
from connectors.types import Closed, Here, Latency, Native, Page, Poison, Post, PostRef, Route, Want
from connectors.walked import Place, load

_REMEMBERED = timedelta(days=2)
_MOST_NODES = 100
_MOST_TALK = 100
_MOST_BELOW = 10  # pages of fifty comments of one discussion
_MOST_NAMES = 8


class GitHub:
    """Issues and discussions of your repositories, and public ones that name you. A token hears more and answers."""

    platform: ClassVar[str] = "github"
    Settings: ClassVar[type[GitHubSettings]] = GitHubSettings
    latency: ClassVar[Latency] = Latency.MINUTES
    every_s: ClassVar[int] = 300

    def __init__(
        self, settings: GitHubSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        self._settings = settings
        self._now = now or (lambda: datetime.now(UTC))  # noqa: TID251 the application hands its own clock in
        self._client = Client(settings, http or Http(), self._now)

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was written since the cursor, or between `since` and `until`."""
        now, place = self._now(), load(want.cursor)
        bounds = bounds_of(want, place, now, _REMEMBERED)
        lanes = [*self._own(bounds, place), *self._searches(want, bounds)]
        us = (lambda: (self._client.login(),)) if self._settings.token is not None else tuple
        yield from swept(lanes, bounds, want, now, us=us, rate=lambda: self._client.rate)

    def recheck(self, refs: Sequence[PostRef]) -> Page:
        """The posts as they are now; deleted ones in `gone`. Discussions are looked up with a token only."""
        posts: list[Post] = []
        gone: list[PostRef] = []
        for ref in [ref for ref in refs if "#" in ref.id]:
            repository, _, number = ref.id.partition("#")
            part = f"issues/comments/{number[1:]}" if number.startswith("c") else f"issues/{number}"
            thing = self._client.single(f"repos/{repository}/{part}")
            post = None if thing is None else single(thing, self._settings.repositories)
            if post is None:
                gone.append(ref)
            else:
                posts.append(replace(post, ref=ref))  # a moved issue keeps the name we know it by
        nodes = [ref for ref in refs if "#" not in ref.id] if self._settings.token is not None else []
        for at in range(0, len(nodes), _MOST_NODES):
            here = self._nodes([ref.id for ref in nodes[at : at + _MOST_NODES]])
            posts += here.values()
            gone += [ref for ref in nodes[at : at + _MOST_NODES] if ref.id not in here]
        return Page(posts=tuple(posts), gone=tuple(gone))

    def conversation(self, ref: PostRef) -> Page:
        """The issue and its comments, oldest first. Of a discussion, what a token may see."""
        repository, mark, number = ref.id.partition("#")
        if not mark:
            return self._discussed(ref) if self._settings.token is not None else Page()
        if number.startswith("c"):
            thing = self._client.single(f"repos/{repository}/issues/comments/{number[1:]}")
            number = str(thing.get("issue_url", "")).rpartition("/")[2] if isinstance(thing, dict) else ""
        top = self._client.single(f"repos/{repository}/issues/{number}") if number.isdecimal() else None
        if top is None:
            return Page(gone=(ref,))
        root = single(top, self._settings.repositories)
        below = listing(self._client.said(repository, number, "", 1), "1", self._settings.repositories)
        posts = [*([root] if root is not None else []), *below.posts]
        return Page(posts=tuple(posts[:_MOST_TALK]), truncated=bool(below.after), poison=below.poison)

    def _discussed(self, ref: PostRef) -> Page:
        """The discussion a post belongs to: its beginning, its comments and their replies, oldest first."""
        here = self._nodes([ref.id]).get(ref.id)
        if here is None:
            return Page(gone=(ref,))
        told, more = self._below(here.thread)
        posts = sorted(told.posts, key=lambda post: (post.created_at, post.kind == "comment"))
        return Page(posts=tuple(posts[:_MOST_TALK]), truncated=more or len(posts) > _MOST_TALK, poison=told.poison)

    def route(self, post: Post) -> Route:
        """An issue: here with a token, unless it is locked. A discussion, or without a token: on GitHub itself."""
        if post.answer_to and '"locked":"yes"' in post.answer_to:
            return Closed(LOCKED)
        if "#" not in post.ref.id:
            return Native(post.url, "A discussion is answered on GitHub itself.")
        if self._settings.token is None:
            return Native(post.url, "No token is set, so the answer is given on GitHub itself.")
        return Here("github")

    def probe(self) -> str:
        """Try the token and each repository. Says what can be heard."""
        for repository in self._settings.repositories:
            try:
                answer = self._client.listing(f"repos/{repository}/issues", "1")
                if answer.status != 410:  # it has issues at all
                    listing(answer.json(), "1", self._settings.repositories)
            except Rejected:
                raise Rejected(f"GitHub knows no repository {repository}, or our token may not see it.") from None
        who = (
            f"signed in as {self._client.login()}" if self._settings.token is not None else "no token: 60 reads an hour"
        )
        many = len(self._settings.repositories)
        if not many and self._settings.token is None:
            self._client.search("is:issue earshot", "1")
        search = ", and a search of all public issues" if self._settings.search else ""
        return f"{who}; repositories: {many}{search}{self._unheard()}"

    def _unheard(self) -> str:
        """Why discussions cannot be heard with this token, where they are wanted; "" where they can."""
        if not (self._settings.discussions and self._settings.token is not None and self._settings.repositories):
            return ""
        owner, _, name = self._settings.repositories[0].partition("/")
        try:
            self._client.graph(graph.OF_REPOSITORY, {"owner": owner, "name": name, "after": None})
        except (AuthFailed, Rejected) as why:
            return f'; no discussions: {why} Set discussions = false, or give the token "Discussions: read".'
        return ""

    def close(self) -> None:
        """Give back sockets. Safe to call twice."""
        self._client.close()

    def _own(self, bounds: Bounds, place: Place | None) -> list[Lane]:
        floor, most = bounds.floor(self._settings.overlap_s), bounds.pages(self._settings.most_pages)
        lanes: list[Lane] = []
        for repository in self._settings.repositories:
            for path in (f"repos/{repository}/issues", f"repos/{repository}/issues/comments"):
                ask = functools.partial(self._listing, path, bounds.tag(place, path))
                lanes.append(Lane(path, ask, floor, most, _theirs, platform="GitHub"))
            if self._settings.discussions and self._settings.token is not None:
                owner, _, name = repository.partition("/")
                ask = functools.partial(self._talks, graph.OF_REPOSITORY, {"owner": owner, "name": name}, floor)
                lanes.append(Lane(f"{repository} discussions", ask, floor, most, _theirs, platform="GitHub"))
        return lanes

    def _searches(self, want: Want, bounds: Bounds) -> list[Lane]:
        if not self._settings.search:
            return []
        floor = bounds.floor(self._settings.search_overlap_s)
        lanes: list[Lane] = []
        for name in names_of(want)[:_MOST_NAMES]:
            ask = functools.partial(self._found, f'"{name}" in:title,body is:issue')
            lanes.append(_best_effort(f"search {name}", ask, floor))
            if self._settings.discussions and self._settings.token is not None:
                ask = functools.partial(self._talks, graph.SEARCH, {"query": f'"{name}" sort:updated-desc'}, floor)
                lanes.append(_best_effort(f"discussions {name}", ask, floor))
        return lanes

    def _listing(self, path: str, tag: str, page: str) -> Told:
        answer = self._client.listing(path, page, "" if page else tag)
        if answer.status == 304:
            return Told(same=True, tag=tag)
        if answer.status == 410:
            return Told()  # this repository has no issues
        told = listing(answer.json(), page, self._settings.repositories)
        return replace(told, tag=answer.headers.get("etag", "")[:200])

    def _found(self, query: str, page: str) -> Told:
        return found(self._client.search(query, page), page, self._settings.repositories)

    def _talks(self, question: str, about: Mapping[str, Any], floor: datetime, after: str) -> Told:
        nodes, following = graph.found_in(self._client.graph(question, {**about, "after": after or None}))
        ours = self._settings.repositories
        told = discussions(nodes, ours, following)
        changed = [node for node in nodes if isinstance(node, dict) and changed_at(node) >= floor]
        for node in changed:
            if graph.earlier(node) or graph.cut_short(node):
                below, _ = self._below(node["id"])
                told = replace(told, posts=(*told.posts, *below.posts), poison=(*told.poison, *below.poison))
        return told

    def _below(self, id_: Any) -> tuple[Told, bool]:
        """A whole discussion, its newest comments first; True where it has more of them than may be read."""
        posts: list[Post] = []
        odd: list[Poison] = []
        before: str | None = None
        for _page in range(_MOST_BELOW):
            node = self._client.graph(graph.BELOW, {"id": id_, "before": before}).get("node")
            if not isinstance(node, dict) or not node.get("id"):
                break
            told = discussions([node], self._settings.repositories, "")
            posts += told.posts
            odd += told.poison
            before = graph.earlier(node)
            if not before:
                break
        return Told(tuple(dict.fromkeys(posts)), poison=tuple(odd)), bool(before)

    def _nodes(self, ids: Sequence[str]) -> dict[str, Post]:
        """Discussions and their comments by their ids; those that are gone are left out."""
        told = self._client.graph(graph.NODES, {"ids": list(ids)}).get("nodes")
        known = [node for node in told if isinstance(node, dict) and node.get("id")] if isinstance(told, list) else None
        if known is None:
            raise Unavailable("GitHub answered with something that is not a list of discussions.")
        here: dict[str, Post] = {}
        for node in known:
            try:
                post = talk(node, self._settings.repositories, node.get("discussion"))
            except Odd as why:
                raise Unavailable(f"GitHub answered with a discussion that cannot be read: {why}.") from why
            if post is not None:
                here[post.ref.id] = post
        return here


def names_of(want: Want) -> list[str]:
    """What to search for: each name once, as it would be quoted."""
    names = (*want.terms, *(tag.lstrip("#") for tag in want.hashtags))
    clean = dict.fromkeys(" ".join(name.replace('"', " ").replace("\\", " ").casefold().split()) for name in names)
    return [name for name in clean if name]


def _best_effort(name: str, ask: Callable[[str], Told], floor: datetime) -> Lane:
    return Lane(name, ask, floor, 3, lambda _post: False, best_effort=True, platform="GitHub")


def _theirs(post: Post) -> bool:
    return not post.by_us
