"""What Bluesky wants to know of a text: how long it is to a reader, and where in its bytes links and names stand.

Facts (atproto lexicons `app.bsky.richtext.facet`, `app.bsky.feed.post`): facets count UTF-8 bytes, a post holds at most
300 graphemes and 3,000 bytes. Graphemes follow UAX #29 closely enough never to count too few.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_LINK = re.compile(r"https?://[^\s<>\"\u0000-\u001f]{1,2000}", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@./-])@([a-z0-9](?:[a-z0-9-]{0,62}\.)+[a-z]{2,24})(?![\w-])", re.IGNORECASE)
_TAG = re.compile(r"(?<![\w&])#(\w{1,64})")
_TRAILING = ".,;:!?'\"”’»…"
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of text that means something: bytes `start`…`end`, what it is, and its value."""

    start: int
    end: int
    kind: str
    value: str


def graphemes(text: str) -> int:
    """How many characters a reader counts."""
    count, flags, joined = 0, 0, False
    before = ""
    for letter in text:
        flags = flags + 1 if _is_flag(letter) else 0
        extends = _extends(letter) or (joined and unicodedata.category(letter) == "So")
        continues = count > 0 and (
            extends or flags == 2 or (before == "\r" and letter == "\n") or _jamo(before, letter)
        )
        flags = 0 if flags == 2 else flags
        count += not continues
        joined = letter == _JOINER
        before = letter
    return count


def marks(text: str) -> Iterator[Mark]:
    """Links, names and hashtags of a text, in no particular order; none overlaps a link."""
    taken: list[tuple[int, int]] = []
    for found in _LINK.finditer(text):
        end = found.start() + len(_trimmed(found[0]))
        taken.append((found.start(), end))
        yield _mark(text, found.start(), end, "link", text[found.start() : end])
    for pattern, kind in ((_MENTION, "mention"), (_TAG, "tag")):
        for found in pattern.finditer(text):
            free = not any(start < found.end() and found.start() < end for start, end in taken)
            if free and not (kind == "tag" and found[1].isdecimal()):
                yield _mark(text, found.start(), found.end(), kind, found[1])


def _trimmed(link: str) -> str:
    """A link without the punctuation that ends the sentence around it."""
    while True:
        shorter = link.rstrip(_TRAILING)
        if shorter.endswith(")") and shorter.count("(") < shorter.count(")"):
            shorter = shorter[:-1]
        if shorter == link:
            return link
        link = shorter


def _mark(text: str, start: int, end: int, kind: str, value: str) -> Mark:
    begin = len(text[:start].encode())
    return Mark(begin, begin + len(text[start:end].encode()), kind, value)


def _extends(letter: str) -> bool:
    if letter < "\u0300":
        return False
    tagged = "\U000e0020" <= letter <= "\U000e007f" or "\U0001f3fb" <= letter <= "\U0001f3ff"
    return letter in (_JOINER, "\u200c") or tagged or unicodedata.category(letter) in ("Mn", "Me")


def _is_flag(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _jamo(before: str, letter: str) -> bool:
    """Korean letters that join into one syllable: vowels and finals after what they belong to."""
    if not "\u1160" <= letter <= "\u11ff" or not before:
        return False
    return "\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
