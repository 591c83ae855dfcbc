"""Folding: bringing the many ways of writing a word to one, and finding the way back to the original.

A folded text keeps words and a handful of separators; case, accents, compatibility forms, zero-width characters and
strike-through marks are gone. A squeezed text has no separators either. Folded text is for comparing only: it is never
stored and never shown. Sources: Unicode UAX #15 (NFKD), UAX #44 (categories), UTS #39 (skeletons).
"""

import re
import unicodedata
from functools import lru_cache

from bot.core.confusables import LOOKALIKES

OTHER = "\x01"  # any separator that has no meaning of its own
HIDDEN = "\x02"  # where an invisible mark stood that may end a word (zero-width space, bidi control)
SEPARATORS = f" {OTHER}{HIDDEN}.-_'@#/:"
_KEPT = frozenset(".-_'@#/:&+")

BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = BIDI_CONTROLS | {"\u200b", "\ufeff"}
_APOSTROPHES = frozenset("\u2018\u2019\u201b\u2032\u02bc\u02b9\u00b4\u0060\uff07\u055a\ua78c")
_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_DOTS = frozenset("\u00b7\u2022\u2024\u30fb\u3002\uff0e\uff61\u2027")
_TRADE_MARKS = frozenset("™℠®©℗")
_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "ħ": "h", "ŧ": "t", "ى": "ي",
            "ک": "ك", "ی": "ي", "ـ": ""}  # fmt: skip

# Marks that decorate a letter and may be dropped; in other scripts a mark is part of the word and stays.
_DROPPED_MARKS = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670),
    (0x06D6, 0x06ED), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F),
)  # fmt: skip

# Default-ignorable characters that are not format controls by category (UAX #44, DerivedCoreProperties).
_IGNORABLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF),
)  # fmt: skip


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


@lru_cache(maxsize=4096)
def invisible(character: str) -> bool:
    """Is this a character that takes no room: zero-width, bidi control, soft hyphen, variation selector, tag?"""
    if character < "\x80":
        return False
    return unicodedata.category(character) == "Cf" or _within(ord(character), _IGNORABLE)


def decorative(character: str) -> bool:
    """Is this a combining mark that folding drops: an accent, a strike, a vowel point?"""
    return _within(ord(character), _DROPPED_MARKS) and unicodedata.category(character)[0] == "M"


def _plain(character: str) -> str:
    """One ASCII character, folded."""
    if character.isalnum():
        return character.lower()
    if character in _KEPT:
        return character
    return " " if character.isspace() else OTHER


def _mark_or_sign(character: str) -> str | None:
    """What a sign, a space or an invisible character becomes; None for what may be part of a word."""
    if character in _APOSTROPHES:
        return "'"
    if character in _DASHES:
        return "-"
    if character in _DOTS:
        return "."
    if character in _BREAKS:
        return HIDDEN
    if character in _TRADE_MARKS:
        return OTHER
    if invisible(character) or decorative(character):
        return ""
    return " " if character.isspace() else None


def _piece(character: str) -> str:
    """One character of a decomposed form, folded."""
    if character < "\x80":
        return _plain(character)
    sign = _mark_or_sign(character)
    if sign is not None:
        return sign
    if character in _LETTERS:
        return _LETTERS[character]
    return character if unicodedata.category(character)[0] in "LNM" else OTHER


def _spread(character: str) -> str:
    """A character as the run it stands for: compatibility forms opened, case folded."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())


def _folded(character: str) -> str:
    sign = _mark_or_sign(character) if character >= "\x80" else None
    return sign if sign is not None else "".join(map(_piece, _spread(character)))


def _skeleton(character: str) -> str:
    if character in LOOKALIKES:
        return LOOKALIKES[character]
    opened = unicodedata.normalize("NFKD", character)
    if opened != character and any(letter in LOOKALIKES for letter in opened):
        return "".join(map(_skeleton, opened))
    return _folded(character)


class _Table(dict[int, str]):
    """A translation table filled as characters turn up; at most one entry per character of Unicode."""

    def __init__(self, skeletons: bool) -> None:
        self.skeletons = skeletons

    def __missing__(self, code: int) -> str:
        self[code] = made = (_skeleton if self.skeletons else _folded)(chr(code))
        return made


_FOLDS = _Table(skeletons=False)
_SKELETONS = _Table(skeletons=True)
_NO_SEPARATORS = dict.fromkeys(map(ord, SEPARATORS))
_WORD = re.compile(f"[^{re.escape(SEPARATORS)}]+")


def fold(text: str) -> str:
    """`text` without case, accents, compatibility forms and invisible characters; separators of ten kinds stay."""
    return text.translate(_FOLDS)


def skeleton(text: str) -> str:
    """`text` folded, and each look-alike of a Latin letter turned into it (UTS #39). Equal to `fold` for ASCII."""
    return text.translate(_SKELETONS)


def squeeze(folded: str) -> str:
    """A folded text without its separators."""
    return folded.translate(_NO_SEPARATORS)


def words(text: str) -> list[str]:
    """The folded words of `text`, in order, possessive endings cut off."""
    cut = (word for word in _WORD.findall(fold(text).replace("'s ", " ")))
    return [word for word in cut if word not in ("&", "+")]


class Folded:
    """A text, its fold, its squeeze, and the ways back. Positions are worked out only when somebody asks."""

    __slots__ = ("_origin", "_place", "_table", "_tokens", "folded", "squeezed", "text")

    def __init__(self, text: str, *, skeletons: bool = False) -> None:
        self.text = text
        self._table = _SKELETONS if skeletons else _FOLDS
        self.folded = text.translate(self._table)
        self.squeezed = squeeze(self.folded)
        self._place: list[int] | None = None
        self._origin: list[int] | None = None
        self._tokens: list[tuple[str, int]] | None = None

    def place(self, index: int) -> int:
        """Where the squeezed character `index` stands in the fold."""
        if self._place is None:
            self._place = [at for at, character in enumerate(self.folded) if character not in SEPARATORS]
        return self._place[index]

    def origin(self, at: int) -> int:
        """Which character of the original the folded character `at` came from; len(text) past the end."""
        if self.text.isascii():
            return at
        if self._origin is None:
            origin: list[int] = []
            for index, character in enumerate(self.text):
                origin.extend([index] * len(self._table[ord(character)]))
            origin.append(len(self.text))
            self._origin = origin
        return self._origin[at]

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """The stretch of the original that folds to `folded[start:end]`; None if it would cut a character in two."""
        first, last = self.origin(start), self.origin(end - 1)
        split_left = start > 0 and self.origin(start - 1) == first
        split_right = end < len(self.folded) and self.origin(end) == last
        return None if split_left or split_right else (first, last + 1)

    def tokens(self) -> list[tuple[str, int]]:
        """Words of the fold with their places, left to right."""
        if self._tokens is None:
            self._tokens = [(found.group(), found.start()) for found in _WORD.finditer(self.folded)]
        return self._tokens
