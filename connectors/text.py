"""Text as people wrote it: HTML becomes plain text, and any text becomes storable. Nothing is escaped here.

Escaping belongs to each exit (page, Slack, CSV, mail, log). What happens here happens once and loses no words.
"""

import html as entities
import re
from collections.abc import Iterator
from functools import lru_cache

from connectors.addresses import check
from connectors.errors import Rejected

_PARAGRAPHS = {"p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "pre", "section", "table", "ul", "dl"}
_LINES = {"br", "div", "li", "tr", "dt", "dd", "figcaption"}
_SILENT_NAMES = ("script", "style", "template", "noscript", "title")
_SILENT = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _SILENT_NAMES}
_NAME = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_INSIDE_TAG = re.compile("[\"'>]")
_HREF = re.compile(r"""(?:^|[\s/])href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The same text without the code points no database keeps: NUL and lone surrogates become U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Storable text on one line, runs of white space as one space: for titles, names and handles."""
    return " ".join(storable(text).split())


def plain(html: str) -> str:
    """HTML as plain text: paragraphs and line breaks kept, scripts and styles dropped, links followed by their address.

    A link whose words already are its address (also one cut short with dots) is written once, as the full address;
    mentions and hashtags keep only their words. Linear in the length, whatever is in it. The result is text to be
    escaped like any other: this is no sanitiser.
    """
    return _Text().read(storable(html))


@lru_cache(maxsize=4_096)
def web_link(url: str) -> str:
    """The URL if it is one a person may safely follow (absolute, http or https), else an empty string."""
    try:
        check(url.strip(), private_ok=True)
    except Rejected:
        return ""  # the post is kept without its link
    return url.strip()


class _Text:
    """Collects words, pending breaks and the link being read. One pass, no look back."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._breaks = 0
        self._space = False
        self._pre = 0
        self._link: tuple[str, int] | None = None

    def read(self, html: str) -> str:
        for words, closing, name, attributes in _pieces(html):
            self._say(entities.unescape(words))
            if name == "a":
                self._anchor(closing, attributes)
            elif name in _PARAGRAPHS:
                self._break(2)
                self._pre += 0 if name != "pre" else -1 if closing else 1
            elif name in _LINES:
                self._line(name, closing)
            elif name in ("td", "th"):
                self._space = True
        return "".join(self._out)

    def _say(self, words: str) -> None:
        if self._pre <= 0:
            self._space = self._space or words[:1].isspace()
            ends = words[-1:].isspace()
            words = _SPACE.sub(" ", words).strip(" \t\r\n\f")
        else:
            ends = False
        if not words:
            self._space = self._space or ends
            return
        self._gap()
        self._out.append(words)
        self._space = ends

    def _gap(self) -> None:
        if self._out and self._breaks:
            self._out.append("\n" * self._breaks)
        elif self._out and self._space:
            self._out.append(" ")
        self._breaks, self._space = 0, False

    def _break(self, lines: int) -> None:
        self._breaks = max(self._breaks, lines)

    def _line(self, name: str, closing: bool) -> None:
        if name == "br":
            self._breaks = min(self._breaks + 1, 2)
            return
        self._break(1)
        if name == "li" and not closing:
            self._gap()
            self._out.append("• ")

    def _anchor(self, closing: bool, attributes: str) -> None:
        if not closing:
            href = _href(attributes)
            self._link = (href, len(self._out)) if href else None
        elif self._link is not None:
            (href, start), self._link = self._link, None
            self._finish_link(href, "".join(self._out[start:]), start)

    def _finish_link(self, href: str, said: str, start: int) -> None:
        words = said.strip()
        if not words or words.startswith(("@", "#")):
            return
        shown = words.removesuffix("...").removesuffix("…")
        bare = href.split("://", 1)[-1].rstrip("/")
        if words.rstrip("/") in (href.rstrip("/"), bare):
            return
        if shown != words and (href.startswith(shown) or bare.startswith(shown)):
            lead = said[: len(said) - len(said.lstrip())]
            self._out[start:] = [lead + href]
            return
        self._out.append(f" ({href})")


def _href(attributes: str) -> str:
    found = _HREF.search(attributes[:8192])
    href = entities.unescape(found[1] or found[2] or found[3] or "").strip() if found else ""
    return href if href.lower().startswith(("http://", "https://")) else ""


def _pieces(html: str) -> Iterator[tuple[str, bool, str, str]]:
    """Runs of words, each with the tag that follows it: (words, closing, name, attributes).

    Every step moves forward and nothing is read twice: a tag that never closes makes the rest plain words.
    """
    at = start = 0
    while (at := html.find("<", at)) >= 0:
        tag = _NAME.match(html, at + 1)
        if tag is None and html[at + 1 : at + 2] not in ("!", "?"):
            at += 1  # "I <3 you": a sign, not a tag
            continue
        end = _end_of_remark(html, at) if tag is None else _end_of_tag(html, tag.end())
        if end < 0:
            break
        name = tag[2].lower() if tag else ""
        yield html[start:at], bool(tag and tag[1]), name, html[tag.end() : end - 1] if tag and name == "a" else ""
        at = start = end
        if tag and not tag[1] and name in _SILENT:
            close = _SILENT[name].search(html, end)
            at = start = close.start() if close else len(html)
    yield html[start:], False, "", ""


def _end_of_tag(html: str, at: int) -> int:
    """Where the tag's `>` ends, quotes respected; -1 if it never does."""
    while found := _INSIDE_TAG.search(html, at):
        if found[0] == ">":
            return found.end()
        at = html.find(found[0], found.end()) + 1
        if at == 0:
            return -1
    return -1


def _end_of_remark(html: str, at: int) -> int:
    mark = "-->" if html.startswith("<!--", at) else ">"
    end = html.find(mark, at)
    return end + len(mark) if end >= 0 else -1
