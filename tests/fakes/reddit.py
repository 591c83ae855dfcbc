"""A small Reddit over real sockets: tokens, listings, info, inbox, comments, public feeds. No library of Reddit's.

fake = FakeReddit()
name = fake.submit("Acme lost my parcel", "where is it?", author="pat", subreddit="complaints")
answer = fake.comment(name, "same here", author="kim")
fake.replies                      # what was really published through the API
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from tests.fakes.server import Asked, FakeServer, Told


@dataclass
class Thing:
    name: str
    author: str
    at: datetime
    text: str
    title: str = ""
    subreddit: str = "complaints"
    parent: str = ""
    link: str = ""
    edited: datetime | None = None
    locked: bool = False
    archived: bool = False
    gone: bool = False
    api: bool = False
    raw: dict[str, Any] = field(default_factory=dict)


class FakeReddit(FakeServer):
    """`username` is ours; the password is good for it. `listing_end`: no listing gives more entries than that."""

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        username: str = "acme_care",
        password: str = "password-SECRET",
    ) -> None:
        super().__init__()
        self.now, self.username, self.password = now, username, password
        self.things: dict[str, Thing] = {}
        self.listing_end = 1000
        self.page_limit = 100
        self.left = 99
        self.token = 0
        self.errors: list[list[str]] = []
        self.forbidden = False
        self.abouts: dict[str, dict[str, Any]] = {}  # what a subreddit says of itself and us, where it is not the usual
        self._serial = 36**5

    # -- what people do -----------------------------------------------------------------------------------------------

    def submit(
        self,
        title: str,
        text: str = "",
        author: str = "pat",
        *,
        subreddit: str = "complaints",
        at: datetime | None = None,
    ) -> str:
        """Somebody posts. The full name."""
        with self.lock:
            name = self._name("t3")
            self.things[name] = Thing(name, author, at or self.now(), text, title, subreddit, link=name)
            return name

    def comment(self, parent: str, text: str, author: str = "kim", *, at: datetime | None = None) -> str:
        """Somebody answers. The full name."""
        with self.lock:
            name, above = self._name("t1"), self.things[parent]
            kept = Thing(name, author, at or self.now(), text, "", above.subreddit, parent, above.link)
            self.things[name] = kept
            return name

    def edit(self, name: str, text: str) -> None:
        self.things[name].text, self.things[name].edited = text, self.now()

    def delete(self, name: str) -> None:
        """The author takes it away: its place stays."""
        self.things[name].gone = True

    def forget(self, name: str) -> None:
        """Nothing of it is left, not even its place."""
        del self.things[name]

    @property
    def replies(self) -> list[Thing]:
        with self.lock:
            return [thing for thing in self.things.values() if thing.api and not thing.gone]

    def _name(self, kind: str) -> str:
        self._serial += 1
        number, letters = self._serial, ""
        while number:
            number, rest = divmod(number, 36)
            letters = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + letters
        return f"{kind}_{letters}"

    # -- HTTP ---------------------------------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Told:
        with self.changed:
            if asked.path == "/api/v1/access_token":
                return self._grant(asked)
            if asked.path.endswith("/.rss"):
                return self._feed(asked)
            if asked.headers.get("authorization") != f"bearer token-{self.token}-SECRET":
                return Told({"message": "Unauthorized", "error": 401}, 401, {"www-authenticate": "Bearer"})
            told = self._api(asked)
            limits = {"x-ratelimit-remaining": f"{self.left}.0", "x-ratelimit-used": "1", "x-ratelimit-reset": "300"}
            return Told(told.body, told.status, {**limits, **told.headers})

    def _grant(self, asked: Asked) -> Told:
        form = asked.form()
        if form.get("grant_type") == "password" and form.get("password") != self.password:
            return Told({"error": "invalid_grant"})
        self.token += 1
        return Told({"access_token": f"token-{self.token}-SECRET", "expires_in": 3600, "scope": "*"})

    def _api(self, asked: Asked) -> Told:
        if asked.path == "/api/v1/me":
            return Told({"name": self.username, "id": "77"})
        if asked.path == "/api/info":
            names = asked.one("id").split(",")
            return Told(_listing([self._shown(self.things[name]) for name in names if name in self.things]))
        about = re.fullmatch(r"/r/(\w+)/about", asked.path)
        if about:
            return self._about(about[1])
        if asked.path == "/api/comment":
            return self._create(asked.form())
        if asked.path == "/api/del":
            name = asked.form()["id"]
            if name in self.things:
                self.things[name].gone = True
            return Told({})
        thread = re.fullmatch(r"/comments/(\w+)(?:/_/(\w+))?", asked.path)
        if thread:
            return self._thread(f"t3_{thread[1]}")
        found = self._found(asked.path, asked)
        return Told({"message": "Not Found", "error": 404}, 404) if found is None else self._page(asked, found)

    def _about(self, name: str) -> Told:
        usual: dict[str, Any] = {"display_name": name, "subreddit_type": "public", "restrict_commenting": False}
        ours = dict.fromkeys(("user_is_banned", "user_is_muted", "user_is_contributor", "user_is_moderator"), False)
        return Told({"kind": "t5", "data": {**usual, **ours, **self.abouts.get(name, {})}})

    def _found(self, path: str, asked: Asked) -> list[Thing] | None:
        posts = [thing for thing in self.things.values() if thing.name.startswith("t3_")]
        comments = [thing for thing in self.things.values() if thing.name.startswith("t1_")]
        watched = re.fullmatch(r"/r/([\w+]+)/(new|comments)", path)
        if watched:
            subreddits = watched[1].split("+")
            kind = posts if watched[2] == "new" else comments
            return [thing for thing in kind if thing.subreddit in subreddits or subreddits == ["all"]]
        if path == "/search":
            words = [word.strip('"').lower() for word in asked.one("q").split(" OR ")]
            return [thing for thing in posts if any(word in f"{thing.title} {thing.text}".lower() for word in words)]
        if path == "/message/inbox":
            return [thing for thing in comments if self._is_to_us(thing)]
        if path == f"/user/{self.username}/comments":
            return [thing for thing in comments if thing.author == self.username]
        return None

    def _is_to_us(self, thing: Thing) -> bool:
        parent = self.things.get(thing.parent)
        return f"u/{self.username}" in thing.text or (parent is not None and parent.author == self.username)

    def _page(self, asked: Asked, found: list[Thing]) -> Told:
        found = sorted(found, key=lambda thing: (thing.at, thing.name), reverse=True)[: self.listing_end]
        after = asked.one("after")
        at = next((n + 1 for n, thing in enumerate(found) if thing.name == after), 0)
        size = min(int(asked.one("limit", "25")), self.page_limit)
        part = found[at : at + size]
        more = part[-1].name if part and at + size < len(found) else None
        inbox = asked.path == "/message/inbox"
        return Told(_listing([self._shown(thing, inbox) for thing in part], more))

    def _shown(self, thing: Thing, inbox: bool = False) -> dict[str, Any]:
        kind, id_ = thing.name.split("_")
        link = self.things.get(thing.link)
        path = f"/r/{thing.subreddit}/comments/{thing.link[3:]}/x/"
        text = "[deleted]" if thing.gone else thing.text
        shown: dict[str, Any] = {
            "id": id_,
            "name": thing.name,
            "author": "[deleted]" if thing.gone else thing.author,
            "author_fullname": f"t2_{thing.author}",
            "subreddit": thing.subreddit,
            "created_utc": thing.at.timestamp(),
            "edited": thing.edited.timestamp() if thing.edited else False,
            "score": 3,
            "archived": thing.archived,
        }
        if kind == "t3":
            shown |= {"title": thing.title, "selftext": text, "permalink": path, "num_comments": 2}
            shown |= {"locked": thing.locked, "removed_by_category": "deleted" if thing.gone else None}
        else:
            shown |= {"body": text, "parent_id": thing.parent, "link_title": link.title if link else ""}
            place = f"{path}{id_}/"
            shown |= {"context": f"{place}?context=3", "was_comment": True} if inbox else {"permalink": place}
            shown |= {} if inbox else {"link_id": thing.link}
        return {"kind": kind, "data": {**shown, **thing.raw}}

    def _thread(self, link: str) -> Told:
        if link not in self.things:
            return Told({"message": "Not Found", "error": 404}, 404)
        return Told([_listing([self._shown(self.things[link])]), self._below(link)])

    def _below(self, parent: str) -> dict[str, Any]:
        children = []
        for thing in self.things.values():
            if thing.parent == parent:
                shown = self._shown(thing)
                below = self._below(thing.name)
                shown["data"]["replies"] = below if below["data"]["children"] else ""
                children.append(shown)
        return _listing(children)

    def _create(self, form: dict[str, str]) -> Told:
        if self.forbidden:
            return Told({"message": "Forbidden", "error": 403}, 403)
        parent = self.things.get(form.get("thing_id", ""))
        errors = self.errors
        if parent is None or parent.gone:
            errors = [["DELETED_COMMENT", "that comment has been deleted", "parent"]]
        elif self.things[parent.link].locked:
            errors = [["THREAD_LOCKED", "Comments are locked.", "parent"]]
        if errors or parent is None:
            return Told({"json": {"errors": errors}})
        name = self.comment(parent.name, form["text"], self.username)
        self.things[name].api = True
        return Told({"json": {"errors": [], "data": {"things": [self._shown(self.things[name])]}}})

    # -- public feeds -------------------------------------------------------------------------------------------------

    def _feed(self, asked: Asked) -> Told:
        found = self._found(asked.path.removesuffix("/.rss"), asked)
        if found is None:
            return Told("<html/>", 404, {"content-type": "text/html"})
        shown = sorted((one for one in found if not one.gone), key=lambda one: (one.at, one.name), reverse=True)
        entries = "".join(self._entry(one) for one in shown[: min(100, int(asked.one("limit", "25")))])
        head = '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>'
        return Told(f"{head}{entries}</feed>", 200, {"content-type": "application/atom+xml; charset=UTF-8"})

    def _entry(self, one: Thing) -> str:
        link = f"https://www.reddit.com/r/{one.subreddit}/comments/{one.link[3:]}/x/"
        title = one.title
        if one.name.startswith("t1_"):
            link += f"{one.name[3:]}/"
            title = f"/u/{one.author} on {self.things[one.link].title}"
        text = _xml(str(one.raw.get("selftext", one.text)))
        words = f'<!-- SC_OFF --><div class="md"><p>{html.escape(text)}</p></div><!-- SC_ON -->' if text else ""
        framed = f'{words} submitted by <a href="https://www.reddit.com/user/{one.author}">/u/{one.author}</a>'
        return (
            f"<entry><author><name>/u/{one.author}</name></author>"
            f'<category term="{one.subreddit}"/><content type="html">{escape(framed)}</content><id>{one.name}</id>'
            f'<link href="{link}"/><updated>{one.at.isoformat()}</updated><published>{one.at.isoformat()}</published>'
            f"<title>{escape(_xml(title))}</title></entry>"
        )


def _xml(text: str) -> str:
    """XML has no control characters and no lone surrogates."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text)


def _listing(children: list[dict[str, Any]], after: str | None = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": after, "before": None, "dist": len(children), "children": children}}
