"""A cheap first sieve for firehoses: could this text be about what we want? The real matcher decides later.

It must let through whatever the matcher may accept, so it folds case, accents, compatibility forms, invisible
characters and the commonest look-alike letters, and looks for pieces of text rather than words.
"""

import re
import unicodedata

from connectors.types import Want

# Unicode's default-ignorable characters that people and spammers really use.
_INVISIBLE = dict.fromkeys([0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F)])
_INVISIBLE |= dict.fromkeys([*range(0x2060, 0x2065), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080)])
# Cyrillic and Greek letters that look like Latin ones; a small part of Unicode's confusables.txt.
_LOOKS_LIKE = str.maketrans("авекмнорстухіјѕԁԛԝһαβεικνορτυχ", "abekmhopctyxijsdqwhabeikvoptux")
_SHORT = 3


def fold(text: str) -> str:
    """`text` as the sieve compares it. One way only: never shown, never stored."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text.translate(_INVISIBLE))
        text = "".join(letter for letter in plain if not unicodedata.combining(letter))
        return " ".join(text.casefold().translate(_LOOKS_LIKE).split())
    return " ".join(text.casefold().split())


class Wanted:
    """A `Want`, prepared for many texts."""

    def __init__(self, want: Want) -> None:
        handles = (handle.lstrip("@") for handle in want.handles)
        tags = (tag.lstrip("#") for tag in want.hashtags)
        needles = {fold(needle) for needle in (*want.terms, *handles, *tags)} - {""}
        short = {needle for needle in needles if len(needle) <= _SHORT and needle.isascii()}
        # "BA" inside "bank" would let half of all posts through; three letters or fewer must stand alone.
        self._short = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, sorted(short)))})(?![a-z0-9])")
        self._any_short = bool(short)
        self._needles = tuple(sorted(needles - short, key=len))
        self._own = frozenset(_name(own) for own in want.own)

    def in_text(self, text: str) -> bool:
        """True if one of the terms, handles or hashtags may be in `text`."""
        folded = fold(text)
        return any(needle in folded for needle in self._needles) or (
            self._any_short and self._short.search(folded) is not None
        )

    def ours(self, *names: str) -> bool:
        """True if one of these names of an account (handle, id) is one of our own."""
        return any(_name(name) in self._own for name in names if name)


def tags(want: Want) -> tuple[str, ...]:
    """Hashtags to follow, without "#": those asked for, and each term as people would write it as one."""
    written = [tag.lstrip("#") for tag in want.hashtags]
    written += ["".join(letter for letter in term if letter.isalnum()) for term in want.terms]
    return tuple(dict.fromkeys(tag.casefold() for tag in written if tag and not tag.isdecimal()))


def _name(name: str) -> str:
    return name.strip().lstrip("@").casefold()
