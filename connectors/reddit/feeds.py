"""Reddit's public feeds (Atom) → Post. Pure: what can be heard without a key.

XML is inert here: a document type or an entity of its own is refused before anything is read.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connectors.errors import Unavailable
from connectors.lanes import Told
from connectors.reddit.parse import PLATFORM, Odd, answer_to
from connectors.text import one_line, plain, web_link
from connectors.types import Author, Poison, Post, PostRef

_ATOM = "{http://www.w3.org/2005/Atom}"
_NAME = re.compile(r"t[13]_[a-z0-9]{1,13}")
_THREAD = re.compile(r"/comments/([a-z0-9]{1,13})(?:/|$)")
_WORDS = re.compile(r"<!-- SC_OFF -->(.*)<!-- SC_ON -->", re.DOTALL)


def feed(content: bytes) -> Told:
    """A feed's entries. Raises Unavailable if it is none, breaks off, or declares entities of its own."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (DefusedXmlException, ParseError, ValueError, LookupError) as error:
        raise Unavailable("Reddit answered with something that is not a feed.") from error
    if root.tag != f"{_ATOM}feed":
        raise Unavailable("Reddit answered with something that is not a feed.")
    entries = root.findall(f"{_ATOM}entry")
    posts: list[Post] = []
    poison: list[Poison] = []
    for entry in entries:
        try:
            posts += _post(entry)
        except Odd as why:
            poison.append(Poison(tostring(entry)[:1_000_000], f"Reddit's feed: {why}."))
    times = tuple(post.created_at for post in posts)
    return Told(tuple(posts), (), tuple(poison), "", times, len(entries))


def _post(entry: Element) -> Iterator[Post]:
    id_ = _text(entry, "id")
    if id_.startswith(("t2_", "t5_")):  # a search also gives accounts and subreddits
        return
    if not _NAME.fullmatch(id_):
        raise Odd("it has no name of its own, or one that is none")
    author = one_line(_text(entry, "author", "name")).removeprefix("/u/")
    if not author or author == "[deleted]":
        return
    link = _link(entry)
    comment = id_.startswith("t1_")
    title = one_line(_text(entry, "title"))
    title = title.partition(" on ")[2] if comment else title
    words = _words(_text(entry, "content")) or title
    if words.lower() in ("[deleted]", "[removed]"):
        return
    if not words:
        raise Odd("it has no words")
    thread = _THREAD.search(link)
    yield Post(
        ref=PostRef(PLATFORM, id_),
        url=link,
        author=Author(author, author),
        text=words,
        created_at=_moment(_text(entry, "published") or _text(entry, "updated")),
        kind="comment" if comment else "post",
        title=title,
        thread=id_ if not comment else f"t3_{thread[1]}" if thread else None,
        answer_to=answer_to(id_),
    )


def _words(html: str) -> str:
    """What the author wrote: between Reddit's own marks. A link without words has none, only its frame."""
    found = _WORDS.search(html)
    return plain(found[1]) if found else ""


def _link(entry: Element) -> str:
    found = entry.find(f"{_ATOM}link")
    return web_link(found.get("href", "")) if found is not None else ""


def _text(entry: Element, *path: str) -> str:
    found = entry.find("/".join(f"{_ATOM}{name}" for name in path))
    return (found.text or "").strip() if found is not None else ""


def _moment(value: str) -> datetime:
    try:
        told = datetime.fromisoformat(value)
    except ValueError as error:
        raise Odd("it does not say when it was written") from error
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
