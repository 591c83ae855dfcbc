"""What a reader counts as one character: grapheme clusters, by the rules of UAX #29 that matter in posts.

Own and small, because the standard library has none: marks and joiners stay with their letter, emoji sequences, flags,
Hangul syllables and Indic conjuncts stay whole. Linear in the text.
"""

import unicodedata
from collections.abc import Iterator

ZWJ = "\u200d"
_EMOJI = (
    (0x00A9, 0x00A9), (0x00AE, 0x00AE), (0x203C, 0x203C), (0x2049, 0x2049), (0x2122, 0x2122), (0x2139, 0x2139),
    (0x2194, 0x21AA), (0x231A, 0x23FF), (0x24C2, 0x24C2), (0x25AA, 0x25FE), (0x2600, 0x27BF), (0x2934, 0x2935),
    (0x2B05, 0x2B55), (0x3030, 0x3030), (0x303D, 0x303D), (0x3297, 0x3299), (0x1F000, 0x1FAFF),
)  # fmt: skip
_VIRAMAS = frozenset("\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d")
_INDIC = (0x0900, 0x0D7F)


def pictograph(character: str) -> bool:
    """Is this an emoji, as far as its block tells? Regional indicators are not: they come in pairs."""
    code = ord(character)
    return code >= 0xA9 and not flag_letter(character) and any(low <= code <= high for low, high in _EMOJI)


def flag_letter(character: str) -> bool:
    """Is this a regional indicator, half of a flag?"""
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _extends(character: str) -> bool:
    """Does this character belong to the one before it?"""
    if character < "\u0300":
        return False
    if character == ZWJ or "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f":
        return True
    return character == "\u200c" or unicodedata.category(character) in ("Mn", "Mc", "Me")


def _hangul(left: str, right: str) -> bool:
    """Do two conjoining jamo, or a syllable and a jamo, make one syllable (rules GB6 to GB8)?"""
    vowel, tail = "\u1160" <= right <= "\u11a7", "\u11a8" <= right <= "\u11ff"
    if "\u1100" <= left <= "\u115f":
        return vowel or "\u1100" <= right <= "\u115f" or "\uac00" <= right <= "\ud7a3"
    if "\uac00" <= left <= "\ud7a3":
        return tail or (vowel and (ord(left) - 0xAC00) % 28 == 0)
    return ("\u1160" <= left <= "\u11a7" and (vowel or tail)) or ("\u11a8" <= left <= "\u11ff" and tail)


def _conjunct(left: str, right: str) -> bool:
    return left in _VIRAMAS and _INDIC[0] <= ord(right) <= _INDIC[1] and unicodedata.category(right) == "Lo"


def _joined(before: str, character: str, flags: int, last_base: str) -> bool:
    """Does `character` continue the cluster that ends in `before`?"""
    if before < "\u0300" and character < "\u0300":
        return before == "\r" and character == "\n"
    if unicodedata.category(before) == "Cc":
        return False
    if _extends(character) or _hangul(before, character) or _conjunct(before, character):
        return True
    if before == ZWJ and pictograph(character) and pictograph(last_base):
        return True
    return flag_letter(character) and flag_letter(before) and flags % 2 == 1


def graphemes(text: str) -> Iterator[str]:
    """The clusters of `text`, in order; joined they are `text` again."""
    start, flags, base = 0, 0, ""
    for at, character in enumerate(text):
        if at > start and not _joined(text[at - 1], character, flags, base):
            yield text[start:at]
            start, flags = at, 0
        if not _extends(character):
            base = character
        flags = flags + 1 if flag_letter(character) else 0
    if text:
        yield text[start:]


def count(text: str) -> int:
    """How many characters a reader counts."""
    return len(text) if text.isascii() and "\r" not in text else sum(1 for _ in graphemes(text))


def cut(text: str, longest: int) -> str:
    """At most `longest` characters as a reader counts them; what is cut ends in an ellipsis."""
    if len(text) <= longest:
        return text
    kept: list[str] = []
    for cluster in graphemes(text):
        if len(kept) == longest:
            return "".join(kept[: max(0, longest - 1)]).rstrip() + "…"
        kept.append(cluster)
    return text
