"""The one way a text is made ready for the built-in reader: the same bytes in training and in service.

Linear in the text. Nothing in a text is obeyed; it is only rewritten into words the model has met.
"""

import html
import re
import unicodedata
from collections.abc import Sequence

HEAD, TAIL = 3_000, 1_000
"""Characters kept of the beginning and the end of a very long post; what is said first and last weighs most."""

_URL = re.compile(r"(?:https?://|www\.)\S+")
_HANDLE = re.compile(r"@(?<![\w@]@)\w[\w.\-]{0,60}(?:@[\w.\-]{1,80})?")
_TAG = re.compile(r"[#＃](\w{1,100})")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|_")
_LONG = re.compile(r"(.)\1{3,}", re.DOTALL)
_ODD = re.compile(r"[^\x20-\x7e]")


def shorten(text: str) -> str:
    """At most HEAD + TAIL + 1 characters: the beginning and the end of a very long text."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"


def normalise(text: str) -> str:
    """A text as the model reads it: links are `http`, people are `@user`, hashtags and emoji are words."""
    text = html.unescape(html.unescape(shorten(text)))
    if not (text.isascii() and text.isprintable()):
        text = _ODD.sub(_spell, unicodedata.normalize("NFKC", _LONG.sub(r"\1\1\1", text)))
    if "://" in text or "www." in text:
        text = _URL.sub(" http ", text)
    if "@" in text:
        text = _HANDLE.sub("@user", text)
    if "#" in text:
        text = _TAG.sub(_split, text)
    return " ".join(_LONG.sub(r"\1\1\1", text).split())


def cut(ids: Sequence[int], longest: int) -> list[int]:
    """At most `longest` token ids: three quarters from the beginning and one from the end, closing marks included."""
    if len(ids) <= longest:
        return list(ids)
    tail = longest // 4
    return [*ids[: longest - tail], *ids[-tail:]]


def _split(tag: re.Match[str]) -> str:
    return " " + _HUMP.sub(" ", tag[1]) + " "


def _spell(odd: re.Match[str]) -> str:
    """One character that is not plain: emoji become their names, invisible ones go, quotes straighten."""
    char = odd[0]
    if char in "’‘´`":
        return "'"
    category = unicodedata.category(char)
    if category == "So":
        return f" {unicodedata.name(char, '').lower()} "
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    if category in ("Cf", "Mn", "Me", "Sk", "Co", "Cs", "Cn"):
        return char if category == "Mn" and char < "\ufe00" else ""
    return char
