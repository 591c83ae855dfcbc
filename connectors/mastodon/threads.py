"""Which post answers which: a Status only tells its parent's id on one server, we need addresses."""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from connectors.errors import PlatformError, Rejected, Unavailable
from connectors.mastodon.client import Server
from connectors.mastodon.parse import Heard, Odd, local_id_of, status
from connectors.types import AuthorRef, Post, PostRef

_OF_ACCOUNT = re.compile(r"https://(?P<host>[a-z0-9.:-]+)/(?:users/|@)(?P<name>[A-Za-z0-9_.-]+)(?:/statuses)?/[^/]+")
_KNOWS = re.compile(r"3\.([4-9]|\d\d)|[4-9]\.|\d\d+\.")
_KEPT = 5_000
_MOST = 20


class Threads:
    """Looks up the posts above a reply, at most twenty times a page. A look that fails leaves the post as it is."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], tuple[str, str]] = OrderedDict()
        self.missed = 0

    def placed(self, heard: list[tuple[Server, Heard]]) -> list[Post]:
        """The posts, replies with the post they answer and the thread they belong to, as far as can be known."""
        here = {(server.url, one.local_id): one.post for server, one in heard}
        looks = 0
        posts: list[Post] = []
        for server, one in heard:
            found = self._known.get((server.url, one.parent_id or ""))
            if one.parent_id is None:
                self._keep(server, one.local_id, one.post.ref.id, one.post.ref.id)
            elif found is None and looks < _MOST:
                looks += 1
                found = self._ask(server, one)
            if one.parent_id is not None:
                posts.append(self._joined(server, one, found, here))
            else:
                posts.append(one.post)
        return posts

    def _joined(
        self, server: Server, one: Heard, found: tuple[str, str] | None, here: dict[tuple[str, str], Post]
    ) -> Post:
        beside = here.get((server.url, one.parent_id or ""))
        parent = found[0] if found else beside.ref.id if beside else None
        root = found[1] if found else None
        if parent is None:
            return replace(one.post, thread=one.post.ref.id)
        self._keep(server, one.local_id, one.post.ref.id, root or parent)
        return replace(one.post, in_reply_to=PostRef("mastodon", parent), thread=root or parent)

    def _ask(self, server: Server, one: Heard) -> tuple[str, str] | None:
        """(address of the parent, address of the root), from the reply's context."""
        try:
            thing = server.get(f"/api/v1/statuses/{one.local_id}/context").json()
        except PlatformError:
            self.missed += 1
            return None
        above = thing.get("ancestors") if isinstance(thing, dict) else None
        uris: dict[str, str] = {}
        for ancestor in above if isinstance(above, list) else []:
            try:
                found = status(ancestor, server.url)
            except Odd:
                self.missed += 1
                continue
            if found is not None:
                uris[found.local_id] = found.post.ref.id
        if one.parent_id not in uris:
            return None
        root = next(iter(uris.values()))
        self._keep(server, one.parent_id, uris[one.parent_id], root)
        return uris[one.parent_id], root

    def _keep(self, server: Server, local_id: str, uri: str, root: str) -> None:
        self._known[(server.url, local_id)] = (uri, root)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)


class Finder:
    """Where a post can be asked for: on one of our own servers, at its origin, or through our account's server."""

    def __init__(
        self,
        servers: tuple[Server, ...],
        stranger: Callable[[str], Server],
        where: Mapping[PostRef, tuple[str, str]],
    ) -> None:
        self._servers = servers
        self._stranger = stranger
        self._where = where

    def look(self, ref: PostRef) -> tuple[str, Heard | None, Server | None]:
        """("here", the post, its server), or "gone", or "unknown" where nobody we may ask can tell.

        Raises Unavailable, RateLimited or AuthFailed where the server that should know did not answer.
        """
        server, local_id = self._place(ref)
        known = server in self._servers
        if server is None or local_id is None:
            return self._through_home(ref)
        try:
            answer = server.get(f"/api/v1/statuses/{local_id}", expected=(404, 410))
        except (Rejected, Unavailable):
            if known:
                raise
            return self._through_home(ref)  # a stranger's server may refuse us, or be away: ours may still know
        if answer.status in (404, 410):
            return "gone", None, server
        return self._checked(ref, answer.json(), server)

    def left(self, gone: Sequence[PostRef]) -> tuple[AuthorRef, ...]:
        """Of those whose posts are gone, whose account went with them. Its own server is asked, by its own name there:
        elsewhere a server with two domains is known by the other one."""
        asked: dict[AuthorRef, tuple[Server, str]] = {}
        for ref in gone:
            if (found := _OF_ACCOUNT.fullmatch(ref.id)) is not None:
                home = self._whose(ref.id) or self._stranger(f"https://{found['host']}")
                asked[AuthorRef("mastodon", f"https://{found['host']}/@{found['name']}")] = home, found["name"]
        return tuple(who for who, (home, name) in asked.items() if _has_left(home, name))

    def _through_home(self, ref: PostRef) -> tuple[str, Heard | None, Server | None]:
        home = next((server for server in self._servers if server.token is not None), None)
        if home is None:
            return "unknown", None, None
        thing = search(home, ref.id)
        return ("unknown", None, None) if thing is None else ("here", thing, home)

    def _checked(self, ref: PostRef, thing: object, server: Server) -> tuple[str, Heard | None, Server | None]:
        try:
            found = status(thing, server.url)
        except Odd as error:
            raise Unavailable(f"{server.host} answered in a shape that is not a post.") from error
        if found is None or found.post.ref != ref:
            return "unknown", None, None  # the number belongs to another post there
        return "here", found, server

    def _place(self, ref: PostRef) -> tuple[Server | None, str | None]:
        """Whom to ask, and for which number: first the server we heard it from, as its rendering is the one we keep."""
        url, local_id = self._where.get(ref, ("", ""))
        heard_from = next((server for server in self._servers if server.url == url), None)
        if heard_from is not None:
            return heard_from, local_id
        parts = urlsplit(ref.id)
        own = self._whose(ref.id)
        if own is None and parts.scheme == "https" and parts.netloc:
            own = self._stranger(f"https://{parts.netloc}")
        return own, local_id_of(ref.id)

    def _whose(self, uri: str) -> Server | None:
        host = urlsplit(uri).netloc.lower()
        for server in self._servers:
            if server.host == host:
                return server
        for server in self._servers:
            if host and server.facts().domain == host:
                return server
        return None


def _has_left(server: Server, name: str) -> bool:
    """True if the server says that there is no such account, or that it is suspended. One that may not know the
    question (older than 3.4, or another program) is not asked: its "not found" would mean something else."""
    try:
        if not _KNOWS.match(server.facts().version) or "compatible" in server.facts().version:
            return False
        answer = server.get("/api/v1/accounts/lookup", {"acct": name}, expected=(404, 410))
    except PlatformError:
        return False  # the posts are known to be gone; whose account went is told another time
    if answer.status in (404, 410):
        return True
    thing = answer.json()
    return isinstance(thing, dict) and thing.get("suspended") is True


def search(home: Server, uri: str) -> Heard | None:
    """A post as our account's server knows it, fetched from its origin if need be. None if it cannot be had."""
    params = {"q": uri, "type": "statuses", "resolve": "true", "limit": "5"}
    thing = home.get("/api/v2/search", params).json()
    found = thing.get("statuses") if isinstance(thing, dict) else None
    if not isinstance(found, list):
        raise Unavailable(f"{home.host} answered the search in an unknown shape.")
    for one in found:
        try:
            heard = status(one, home.url)
        except Odd as error:
            raise Unavailable(f"{home.host} answered the search with something that is not a post.") from error
        if heard is not None and uri in (heard.post.ref.id, heard.post.url):
            return heard
    return None
