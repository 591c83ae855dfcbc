"""A feed's bytes → Posts. Pure: the moment of reading is an argument.

XML is inert here (P-45): a document type or an entity of its own is refused before feedparser sees the bytes.
"""

import calendar
import codecs
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from time import struct_time
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

import defusedxml.sax
import feedparser
from defusedxml.common import DefusedXmlException

from connectors.errors import Unavailable
from connectors.rss.sweep import Cut, cut
from connectors.text import one_line, plain, storable, web_link
from connectors.types import Author, Poison, Post, PostRef

PLATFORM = "rss"
_FIRST_ELEMENT = re.compile(rb"<[A-Za-z_]")
_ITEM = re.compile(rb"<(?:item|entry)[\s>]", re.IGNORECASE)
_ENDS = (b"</rss>", b"</feed>", b"</rdf:rdf>")
_GLOBAL = re.compile(r"(?:https?|tag|urn):", re.IGNORECASE)
_CHARSETS = ("utf-8", "utf-16", "ascii", "iso8859", "cp125", "shift_jis", "euc", "gb", "big5", "koi8")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML has no such characters, not even escaped
_LONGEST_ID = 300
MOST_ODD = 200


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says now: posts in its own order, items that could not be read, its title."""

    posts: tuple[Post, ...]
    poison: tuple[Poison, ...]
    title: str


def feed(content: bytes, url: str, now: datetime, content_type: str = "") -> Feed:
    """Read a feed. Raises Unavailable if it is none, breaks off, or declares entities of its own.

    Items of a feed that is not well-formed are read as far as they make sense; an item with characters that XML does
    not know is set aside with its bytes.
    """
    inspect(content)
    told = feedparser.parse(
        BytesIO(content),  # never the bytes themselves: feedparser would take a short text for a file's name
        response_headers=_headers(content, content_type),
        sanitize_html=False,  # everything becomes plain text
        resolve_relative_uris=False,
    )
    if not told.get("version"):
        raise Unavailable("The server answered with something that is not a feed.")
    title = one_line(_text(told.get("feed", {}), "title"))
    posts: dict[PostRef, Post] = {}
    poison: list[Poison] = []
    raw = _raw_items(content, len(told.entries))
    for at, entry in enumerate(map(dict, told.entries)):  # plain: feedparser's own invents fields with a warning
        try:
            post = _post(entry, told.get("feed", {}), url, now)
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as why:
            poison.append(Poison(raw[at] or _dump(entry), f"The feed's item cannot be read: {why}."))
        else:
            posts.setdefault(post.ref, post)
    return Feed(tuple(posts.values()), _bounded(poison, content), title)


def part(content: bytes, most: int, at: int) -> tuple[bytes, Cut]:
    """What is read now of a feed of more than `most` items, and which these are. In UTF-16 all are read."""
    starts = [found.start() for found in _ITEM.finditer(content)]
    told = cut(len(starts), most, at)
    if told.whole:
        return content, told
    inspect(content)  # as a whole: what is cut out must not hide that it breaks off
    middle = content[starts[told.begin] : starts[told.stop]] if told.stop > told.begin else b""
    return content[: starts[told.head]] + middle + content[starts[len(starts) - told.tail] :], told


def _bounded(poison: list[Poison], content: bytes) -> tuple[Poison, ...]:
    """A feed of nothing but nonsense is set aside as a whole behind its first items."""
    more = len(poison) - MOST_ODD
    if more <= 0:
        return tuple(poison)
    rest = Poison(content[:1_000_000], f"{more} more items of the feed cannot be read; this is the feed itself.")
    return (*poison[:MOST_ODD], rest)


def inspect(content: bytes) -> None:
    """Raise Unavailable for XML that is dangerous or breaks off."""
    if not content.strip():
        raise Unavailable("The feed is empty.")
    bare = content.replace(b"\0", b"") if b"\0" in content[:200] else content  # UTF-16 reads as ASCII for this
    first = _FIRST_ELEMENT.search(bare)
    head = bare[: first.start() if first else None].upper()
    if b"<!ENTITY" in head or b"<!DOCTYPE" in head:
        raise Unavailable("The answer declares a document type or entities of its own; it is not read as a feed.")
    try:
        defusedxml.sax.parseString(content, ContentHandler(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unavailable("The feed declares entities of its own; it is not read.") from error
    except (SAXException, ValueError, LookupError, struct.error) as error:
        if not any(end in bare[-2000:].lower() for end in _ENDS):
            raise Unavailable("The feed breaks off or is not a feed.") from error


def _post(entry: Mapping[str, Any], channel: Mapping[str, Any], url: str, now: datetime) -> Post:
    title = one_line(_words(entry, "title"))
    text = _body(entry) or title
    if _NOT_XML.search(_text(entry, "title") + _text(entry, "id")):
        raise ValueError("it holds characters that XML does not know")
    link = web_link(_text(entry, "link"))
    if not text and not link:
        raise ValueError("it has neither words nor a link")
    written = _moment(entry.get("published_parsed")) or _moment(entry.get("updated_parsed"))
    return Post(
        ref=PostRef(PLATFORM, item_id(entry, url)),
        url=link or web_link(_text(channel, "link")) or url.split("?", 1)[0],
        author=_author(entry, channel, url),
        text=text,
        created_at=written or now,
        clock="server" if written else "estimated",
        kind="article",
        title=title,
        language=_language(_text(channel, "language")),
    )


def item_id(entry: Mapping[str, Any], url: str) -> str:
    """An id that stays the same from poll to poll and differs between feeds: guid, else link, else the words."""
    guid = storable(_text(entry, "id").strip())
    link = web_link(_text(entry, "link"))
    feed_key = sha256(url.encode()).hexdigest()[:8]
    if not guid and not link:
        words = f"{_text(entry, 'title')}\x1f{_text(entry, 'summary')}"
        return f"{feed_key}:{sha256(storable(words).encode()).hexdigest()[:24]}"
    known = guid or link
    id_ = known if _GLOBAL.match(known) else f"{feed_key}:{known}"
    return id_ if len(id_) <= _LONGEST_ID else f"{feed_key}:{sha256(id_.encode()).hexdigest()}"


def _body(entry: Mapping[str, Any]) -> str:
    for content in entry.get("content") or []:
        if content.get("value"):
            return _read(content)
    return _words(entry, "summary")


def _words(entry: Mapping[str, Any], name: str) -> str:
    detail = entry.get(f"{name}_detail")
    return _read(detail) if detail else plain(_text(entry, name))


def _read(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value") or "")
    return storable(value).strip() if detail.get("type") == "text/plain" else plain(value)


def _text(thing: Mapping[str, Any], name: str) -> str:
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def _author(entry: Mapping[str, Any], channel: Mapping[str, Any], url: str) -> Author:
    detail = entry.get("author_detail") or {}
    host = url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0]
    name = one_line(str(detail.get("name") or "")) or one_line(_text(channel, "title")) or host
    name = name[:200]
    return Author(id=f"{host}/{name.casefold()}", handle=name, name=name)


def _moment(parsed: Any) -> datetime | None:
    """feedparser's struct_time is UTC. A date outside the calendar counts as none."""
    if not isinstance(parsed, struct_time):
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None  # the post is kept, its time marked as estimated


def _language(text: str) -> str | None:
    found = _LANGUAGE.match(text.strip())
    return found[0].lower() if found else None


def _headers(content: bytes, content_type: str) -> dict[str, str]:
    """The server's charset counts only where the feed itself says nothing, and only if it is a plain one."""
    if b"encoding=" in content[:200] or content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return {}
    charset = content_type.partition("charset=")[2].partition(";")[0].strip("\"' ")
    try:
        name = codecs.lookup(charset).name if charset else ""
    except LookupError:
        name = ""  # an unknown charset is no charset
    return {"content-type": f"application/xml; charset={name}"} if name.startswith(_CHARSETS) else {}


def _raw_items(content: bytes, count: int) -> list[bytes]:
    """Each item's own bytes, if the items can be told apart in the text; else empty."""
    starts = [found.start() for found in _ITEM.finditer(content)]
    if not starts or len(starts) != count:
        return [b""] * count
    return [content[start:end] for start, end in zip(starts, [*starts[1:], len(content)], strict=True)]


def _dump(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, default=str).encode()
