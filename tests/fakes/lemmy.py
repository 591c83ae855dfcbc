"""A small Lemmy over real sockets, 0.19 or 1.0: lists, search, objects, sign-in, comments, refusals by word.

fake = FakeLemmy()
post = fake.post("Parcel lost?", "by Acme")            # its address
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.fakes.server import Asked, FakeServer, Told

SITE = "https://lemmy.test"
PAGE = 50


@dataclass
class Thing:
    id: int
    address: str
    author: str
    text: str
    at: datetime
    community: str
    title: str = ""
    post: int = 0
    path: str = ""
    deleted: bool = False
    locked: bool = False
    api: bool = False


class FakeLemmy(FakeServer):
    """`username` is ours. `refuse`: the word every question gets. `version`: of the API it speaks. `unresolved`: an
    address that cannot be looked up just now."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), username: str = "acme_care") -> None:
        super().__init__()
        self.now, self.username = now, username
        self.things: dict[int, Thing] = {}
        self.refuse = ""
        self.version = 3
        self.unresolved = ""
        self.logins = 0

    def post(
        self,
        title: str,
        text: str = "",
        author: str = "pat",
        *,
        at: datetime | None = None,
        community: str = "complaints",
    ) -> str:
        """Somebody posts. The address."""
        with self.lock:
            id_ = 700 + len(self.things)
            self.things[id_] = Thing(id_, f"{SITE}/post/{id_}", author, text, at or self.now(), community, title, id_)
            return self.things[id_].address

    def comment(self, above: str, text: str, author: str = "kim", *, at: datetime | None = None) -> str:
        """Somebody comments on a post or a comment. The address."""
        with self.lock:
            up = self.at(above)
            id_ = 700 + len(self.things)
            path = f"{up.path or '0'}.{id_}"
            made = Thing(id_, f"{SITE}/comment/{id_}", author, text, at or self.now(), up.community, "", up.post, path)
            self.things[id_] = made
            return made.address

    def at(self, address: str) -> Thing:
        return next(thing for thing in self.things.values() if thing.address == address)

    @property
    def replies(self) -> list[Thing]:
        with self.lock:
            return [thing for thing in self.things.values() if thing.api and not thing.deleted]

    def answer(self, asked: Asked) -> Told:
        with self.lock:
            what = asked.path.removeprefix(f"/api/v{self.version}/")
            if self.refuse:
                return Told({"error": self.refuse}, 400)
            if what == asked.path:
                return Told("", 404)
            if what == ("user/login" if self.version == 3 else "account/auth/login"):
                good = asked.json() == {"username_or_email": self.username, "password": "password-SECRET"}
                self.logins += 1
                return Told({"jwt": "jwt-SECRET"}) if good else Told({"error": "incorrect_login"}, 401)
            if asked.token not in ("", "jwt-SECRET"):
                return Told({"error": "not_logged_in"}, 400)
            return self._read(what, asked) if asked.method == "GET" else self._write(what, asked)

    def _write(self, what: str, asked: Asked) -> Told:
        body = asked.json()
        if what == "comment/delete" or asked.method == "DELETE":
            self.things[body["comment_id"]].deleted = True
            return Told({"comment_view": self._view(self.things[body["comment_id"]])})
        above = self.things.get(body.get("parent_id", body["post_id"]))
        if above is None or self.things[body["post_id"]].locked:
            return Told({"error": "locked" if above else "couldnt_find_post"}, 400)
        made = self.at(self.comment(above.address, body["content"], self.username))
        made.api = True
        return Told({"comment_view": self._view(made), "recipient_ids": []})

    def _read(self, what: str, asked: Asked) -> Told:
        everything = list(self.things.values())
        if what == "site":
            return Told({"site_view": {"site": {"name": "Complaints"}}, "version": "0.19.9"})
        if what == "resolve_object":
            found = [thing for thing in everything if thing.address == asked.one("q")]
            if self.unresolved == asked.one("q"):
                return Told({"error": "resolve_object_failed", "message": "timeout"}, 400)
            name = "comment" if found and found[0].path else "post"
            if self.version == 4:
                there = found and not found[0].deleted
                return Told({"type_": name, **self._view(found[0])}) if there else Told({"error": "not_found"}, 404)
            return Told({name: self._view(found[0])}) if found else Told({"error": "couldnt_find_object"}, 404)
        if what == "comment":
            known = self.things.get(int(asked.one("id")))
            return Told({"comment_view": self._view(known)}) if known else Told({"error": "couldnt_find_comment"}, 404)
        if what in ("user", "person/content"):
            mine = [thing for thing in everything if thing.author == asked.one("username") and thing.path]
            shown = [self._view(thing) for thing in reversed(mine) if not thing.deleted]
            tagged = [{"type_": "comment", **view} for view in shown]
            return Told({"comments": shown} if self.version == 3 else {"items": tagged, "next_page": None})
        return self._list(what, asked, everything)

    def _list(self, what: str, asked: Asked, found: list[Thing]) -> Told:
        kind = asked.one("type_").lower() if what == "search" else f"{what.split('/')[0]}s"
        found = [thing for thing in found if bool(thing.path) == (kind == "comments")]
        if what == "search":
            found = [thing for thing in found if asked.one("q") in f"{thing.title} {thing.text}".casefold()]
        if asked.one("community_name"):
            found = [thing for thing in found if thing.community == asked.one("community_name")]
        if asked.one("post_id"):
            found = [thing for thing in found if str(thing.post) == asked.one("post_id")]
        newest = sorted(found, key=lambda thing: thing.at, reverse=True)
        if self.version == 4:
            return self._cursor(what, kind, newest, asked)
        part = newest[(int(asked.one("page", "1")) - 1) * PAGE :][:PAGE]
        return Told({kind: [self._view(thing) for thing in part]})

    def _cursor(self, what: str, kind: str, newest: list[Thing], asked: Asked) -> Told:
        """A page by its cursor, as 1.0 gives it; a search mixes in what is neither post nor comment."""
        assert asked.one("sort") in ("new", "old"), "1.0 writes its words small"
        at = int(asked.one("page_cursor", "c0").removeprefix("c"))
        items: list[dict[str, Any]] = [self._view(thing) for thing in newest[at : at + PAGE]]
        if what == "search":
            items = [{"type_": kind.removesuffix("s"), **view} for view in items] + [{"type_": "person", "person": {}}]
        more = f"c{at + PAGE}" if at + PAGE < len(newest) else None
        return Told({"items": items, "next_page": more, "prev_page": None})

    def _view(self, thing: Thing) -> dict[str, Any]:
        return self._view_3(thing) if self.version == 3 else _view_4(self._view_3(thing))

    def _view_3(self, thing: Thing) -> dict[str, Any]:
        top = self.things[thing.post]
        post = {"id": top.id, "name": top.title, "body": top.text, "published": _iso(top.at), "ap_id": top.address}
        post |= {"locked": top.locked, "deleted": top.deleted, "removed": False}
        creator = {"name": thing.author, "display_name": thing.author.title(), "actor_id": f"{SITE}/u/{thing.author}"}
        community = {"name": thing.community, "actor_id": f"{SITE}/c/{thing.community}"}
        view: dict[str, Any] = {"post": post, "creator": creator, "community": community, "counts": {"score": 3}}
        if thing.path:
            said = {"id": thing.id, "content": thing.text, "published": _iso(thing.at), "ap_id": thing.address}
            view["comment"] = said | {"path": thing.path, "deleted": thing.deleted, "removed": False}
        return view


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _view_4(view: dict[str, Any]) -> dict[str, Any]:
    """The same as 1.0 says it: other names, and the counts inside."""
    named = {"published": "published_at", "actor_id": "ap_id"}
    told = {
        part: {named.get(name, name): value for name, value in inner.items()}
        for part, inner in view.items()
        if part != "counts"
    }
    told["comment" if "comment" in told else "post"]["score"] = 3
    return told
