"""An Instagram account: comments on its media come whole by webhook; a mention is only named there and then asked for.

Facts: developers.facebook.com/docs/instagram-platform (webhooks `comments`, `live_comments`, `mentions`;
mentioned_comment and mentioned_media). Untagged words cannot be heard by any API of Instagram's.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from connectors.errors import Rejected, Unavailable
from connectors.http import Http
from connectors.instagram.settings import Settings as InstagramSettings
from connectors.meta.graph import Missing
from connectors.meta.posted import Posted, entries
from connectors.shapes import Odd, ident, line, record, words
from connectors.text import web_link
from connectors.types import Author, Closed, Here, Kind, Native, Page, Post, PostRef, Route, Want

_OWN = "id,text,timestamp,username,from,parent_id,media{id,permalink}"
_COMMENT = "id,text,timestamp,username,media{id,permalink}"
_MEDIA = "id,caption,timestamp,username,permalink"
_MENTIONS = (("mentioned_comment", "comment_id", _COMMENT), ("mentioned_media", "media_id", _MEDIA))


class Instagram(Posted):
    """Hears comments on your media, and comments and captions that mention you. Untagged words no API offers."""

    platform: ClassVar[str] = "instagram"
    called: ClassVar[str] = "Instagram"
    Settings: ClassVar[type[InstagramSettings]] = InstagramSettings

    def __init__(
        self, settings: InstagramSettings, *, http: Http | None = None, now: Callable[[], datetime] | None = None
    ) -> None:
        super().__init__(settings, settings.base_url, http, now)

    def fetch(self, want: Want) -> Iterator[Page]:
        """What was posted to us since the cursor."""
        yield from self.posted(want)

    def route(self, post: Post) -> Route:
        """Here with a token, else on Instagram itself."""
        if self._meta.access_token is not None and self._meta.account_id and post.answer_to:
            return Here("instagram")
        if not post.url:
            return Closed("Instagram gave no address for this comment; it is in the app, under the account's activity.")
        return Native(post.url, "No access token is set, so the answer is given on Instagram itself.")

    def probe(self) -> str:
        """Whose account this is, or that only listening is set up."""
        if self._meta.app_secret is None:
            return "no app_secret yet, so no webhook is taken"
        if self._meta.access_token is None or not self._meta.account_id:
            return "comments are taken; mentions need access_token and account_id, and so do answers"
        told = self._graph.get(self._meta.account_id, {"fields": "id,username"})
        name = line(told.get("username")) if isinstance(told, dict) else ""
        if not name:
            raise Unavailable("Instagram did not say whose token this is.")
        return f"webhooks are taken; signed in as @{name}"

    def changes(self, told: dict[str, Any], came_at: datetime) -> Iterator[tuple[Any, datetime]]:
        """The changes of an account."""
        return entries(told, "instagram", came_at)

    def change(self, told: Any, at: datetime) -> Post | PostRef | None:
        """A comment as it came, or a mention looked up."""
        field, value = record(told).get("field"), record(told).get("value")
        if field in ("comments", "live_comments"):
            return self._comment(record(value, "its value"), at)
        if field == "mentions":
            return self._mention(record(value, "its value"), at)
        return None

    def looked_up(self, id_: str, at: datetime) -> Post:
        """A comment on our media by its own id; a comment or caption that mentions us only through our account."""
        try:
            thing = record(self._graph.get(id_, {"fields": _OWN}))
        except Missing:
            return self._mentioned_again(id_, at)
        who, about = line(thing.get("username")), record(thing.get("media"), "its medium")
        told, media, parent = thing.get("from"), ident(about.get("id")), thing.get("parent_id")
        known = ident(told.get("id")) if isinstance(told, dict) and told.get("id") else who.casefold()
        return Post(
            ref=PostRef(self.platform, id_),
            url=web_link(str(about.get("permalink") or "")),
            author=Author(known or f"of:{id_}", who, who),
            text=words(thing.get("text")),
            created_at=_time(thing.get("timestamp")) or at,
            kind="comment",
            in_reply_to=PostRef(self.platform, ident(parent) if parent else media),
            thread=media,
            answer_to=_to(comment=id_),
        )

    def _mentioned_again(self, id_: str, at: datetime) -> Post:
        if not self._meta.account_id:
            raise Odd("a mention cannot be asked for: account_id is missing")
        for name, asked, fields in _MENTIONS:
            try:
                told = self._graph.get(self._meta.account_id, {"fields": f"{name}.{asked}({id_}){{{fields}}}"})
            except Missing:
                continue
            thing = record(record(told).get(name), "the mention")
            about = thing.get("media")
            media = ident(about.get("id")) if isinstance(about, dict) else id_
            return self._mentioned(thing, id_, media, id_ if asked == "comment_id" else "", at)
        raise Missing("Instagram shows no such comment or caption.")

    def _comment(self, value: Mapping[str, Any], at: datetime) -> Post:
        author, media = record(value.get("from"), "its author"), record(value.get("media"), "its medium")
        id_, about = ident(value.get("id")), ident(media.get("id"))
        parent = value.get("parent_id")
        return Post(
            ref=PostRef(self.platform, id_),
            url="",
            author=Author(ident(author.get("id")), line(author.get("username")), line(author.get("username"))),
            text=words(value.get("text")),
            created_at=at,
            kind="comment",
            in_reply_to=PostRef(self.platform, ident(parent) if parent else about),
            thread=about,
            answer_to=_to(comment=id_),
        )

    def _mention(self, value: Mapping[str, Any], at: datetime) -> Post | PostRef | None:
        """The webhook names only ids; the words are asked for at once, because Meta keeps the mention nowhere."""
        media = ident(value.get("media_id"))
        comment = ident(value["comment_id"]) if value.get("comment_id") else ""
        if self._meta.access_token is None or not self._meta.account_id:
            raise Odd("a mention whose words cannot be asked for: access_token and account_id are missing")
        name, id_ = ("mentioned_comment", comment) if comment else ("mentioned_media", media)
        fields = f"mentioned_comment.comment_id({comment}){{{_COMMENT}}}" if comment else (
            f"mentioned_media.media_id({media}){{{_MEDIA}}}"
        )  # fmt: skip
        try:
            told = self._graph.get(self._meta.account_id, {"fields": fields})
        except Missing:
            return PostRef(self.platform, id_)  # deleted meanwhile, or by a private account
        except Rejected as why:
            raise Odd(f"its words were refused: {why}") from why
        thing = record(record(told).get(name), "the mention")
        return self._mentioned(thing, id_, media, comment, at)

    def _mentioned(self, thing: Mapping[str, Any], id_: str, media: str, comment: str, at: datetime) -> Post:
        who, about = line(thing.get("username")), thing.get("media")
        link = thing.get("permalink") or (about.get("permalink") if isinstance(about, dict) else "")
        kind: Kind = "comment" if comment else "post"
        return Post(
            ref=PostRef(self.platform, id_),
            url=web_link(str(link or "")),
            author=Author(who.casefold() or f"of:{id_}", who, who),
            text=words(thing.get("text") if comment else thing.get("caption")),
            created_at=_time(thing.get("timestamp")) or at,
            kind=kind,
            in_reply_to=PostRef(self.platform, media) if comment else None,
            thread=media,
            answer_to=_to(media=media, comment=comment, mention="yes"),
        )


def _to(**parts: str) -> str:
    return json.dumps({name: part or "-" for name, part in ({"media": "-", "mention": "-"} | parts).items()})


def _time(value: Any) -> datetime | None:
    """Meta's +0000, which Python 3.11 reads."""
    try:
        told = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return told if told.tzinfo else None
