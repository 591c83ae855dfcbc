"""A Facebook Page: what is said on it and of it, as its webhooks tell."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from connectors.errors import Rejected, Unavailable
from connectors.facebook.settings import Settings as FacebookSettings
from connectors.http import Http
from connectors.meta.graph import Missing
from connectors.meta.posted import Posted, entries, second
from connectors.shapes import Odd, ident, line, record, words
from connectors.text import web_link
from connectors.types import Author, Closed, Here, Native, Page, Post, PostRef, Route, Want

_WORDS = ("comment", "post", "status", "photo", "video", "share", "album")
_FIELDS = "id,message,from,created_time,permalink_url,parent{id},object{id}"
_POST_FIELDS = "id,message,from,created_time,permalink_url"


class Facebook(Posted):
    """Hears comments and visitors' posts on your Page, and posts that name it. There is no public keyword search."""

    platform: ClassVar[str] = "facebook"
    called: ClassVar[str] = "Facebook"
    Settings: ClassVar[type[FacebookSettings]] = FacebookSettings

    def __init__(
        self, settings: FacebookSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        super().__init__(settings, settings.base_url, http, now)

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was posted to us since the cursor."""
        yield from self.posted(want)

    def route(self, post: Post) -> Route:
        """Here with a token, else on Facebook itself."""
        if self._meta.access_token is not None and post.answer_to:
            return Here("facebook")
        if not post.url:
            return Closed("Facebook gave no address for this post.")
        return Native(post.url, "No access token is set, so the answer is given on Facebook itself.")

    def probe(self) -> str:
        """Whose Page this is, or that only listening is set up."""
        if self._meta.app_secret is None:
            return "no app_secret yet, so no webhook is taken"
        if self._meta.access_token is None:
            return "webhooks are taken; without an access_token answers are given on Facebook itself"
        told = self._graph.get("me", {"fields": "id,name"})
        name = line(told.get("name")) if isinstance(told, dict) else ""
        if not name:
            raise Unavailable("Facebook did not say whose token this is.")
        return f"webhooks are taken; signed in as {name}"

    def changes(self, told: dict[str, Any], came_at: datetime) -> Iterator[tuple[Any, datetime]]:
        """The changes of a Page."""
        return entries(told, "page", came_at)

    def change(self, told: Any, at: datetime) -> Post | PostRef | None:
        """A comment or a post on the Page (`feed`), or one that names it (`mention`)."""
        value = record(record(told).get("value"), "its value")
        if record(told).get("field") not in ("feed", "mention") or value.get("item") not in (None, *_WORDS):
            return None  # likes, ratings' counts and whatever Meta adds next
        comment = value.get("item") == "comment" or value.get("comment_id") is not None
        id_ = ident(value.get("comment_id" if comment else "post_id"))
        if value.get("verb") in ("remove", "hide"):
            return PostRef(self.platform, id_)
        if not isinstance(value.get("message"), str) or not isinstance(value.get("from"), dict):
            return self._named(id_, at)
        return self._post(id_, value, second(value.get("created_time")) or at)

    def _named(self, id_: str, at: datetime) -> Post | PostRef | None:
        """A webhook that only names a post: its words are asked for. A picture without words is none."""
        try:
            heard = self.looked_up(id_, at)
        except Missing:
            return PostRef(self.platform, id_)  # deleted meanwhile, or not for us to see
        except Rejected as why:
            raise Odd(f"its words were refused: {why}") from why
        return heard if heard.text else None

    def looked_up(self, id_: str, at: datetime) -> Post:
        """A comment's id has an underscore as a post's has; which fields it knows tells them apart."""
        try:
            told = self._graph.get(id_, {"fields": _FIELDS})
        except Rejected:
            told = self._graph.get(id_, {"fields": _POST_FIELDS})
        thing = record(told)
        parent, about = thing.get("parent"), thing.get("object")
        value = {
            "message": thing.get("message"),
            "from": thing.get("from"),
            "permalink_url": thing.get("permalink_url"),
            "parent_id": parent.get("id") if isinstance(parent, dict) else None,
            "post_id": about.get("id") if isinstance(about, dict) else id_,
        }
        return self._post(id_, value, _iso(thing.get("created_time")) or at)

    def _post(self, id_: str, value: Mapping[str, Any], at: datetime) -> Post:
        thread = ident(value.get("post_id") or id_)
        comment = id_ != thread
        parent = ident(value.get("parent_id") or thread) if comment else ""
        inner = value.get("post")
        link = value.get("permalink_url") or (inner.get("permalink_url") if isinstance(inner, dict) else "")
        return Post(
            ref=PostRef(self.platform, id_),
            url=web_link(str(link or "")) or f"https://www.facebook.com/{id_}",
            author=self._author(value.get("from")),
            text=words(value.get("message")),
            created_at=at,
            kind="comment" if comment else "post",
            in_reply_to=PostRef(self.platform, parent) if parent else None,
            thread=thread,
            edited_at=self._now() if value.get("verb") == "edited" else None,
            answer_to=json.dumps({"id": id_}, separators=(",", ":")),
        )

    def _author(self, told: Any) -> Author:
        if not isinstance(told, dict):
            return Author("unknown", "")  # people who did not grant the app anything are not named
        id_ = ident(told.get("id"))
        if id_ == self._meta.account_id and self._meta.handle:
            return Author(id_, self._meta.handle, line(told.get("name")))
        return Author(id_, line(told.get("name")), line(told.get("name")))


def _iso(value: Any) -> datetime | None:
    try:
        told = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return told if told.tzinfo else None
