"""Whether two replies say the same: their words without whom they are addressed to.

What was said lately is taken apart once, not at every key stroke: three hundred replies take some ten milliseconds.
"""

import re
from functools import lru_cache

from rapidfuzz import fuzz

from bot.core.folding import words
from bot.core.sentences import sentences

_HANDLES = re.compile(r"@[\w.@-]+")
_KEPT = 1024


def plain(text: str) -> tuple[str, ...]:
    """Its words, folded, without whom it is addressed to."""
    return tuple(words(_HANDLES.sub(" ", text)))


@lru_cache(maxsize=_KEPT)
def parted(text: str) -> tuple[tuple[str, ...], frozenset[tuple[str, ...]]]:
    """Of a reply that left: its words, and those of each of its sentences."""
    return plain(text), frozenset(plain(part) for _, part in sentences(text))


def alike(mine: tuple[str, ...], theirs: tuple[str, ...], least: int, likeness: float) -> bool:
    """Are these nearly the same words? Fewer than `least` of them say nothing; `likeness` is 0…1."""
    if len(mine) < least or (len(theirs) < least and mine != theirs):
        return False
    return fuzz.ratio(mine, theirs) >= 100 * likeness


def others(times: int) -> str:
    """So many other customers, in words."""
    return "one other" if times == 1 else f"{times} others"
