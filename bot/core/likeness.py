"""How alike two posts are: by the words that carry a subject, the brand's own names left out."""

import re
from collections.abc import Iterable
from math import sqrt

from bot.core.folding import fold
from bot.core.ordinary import STOP_WORDS

ALIKE = 0.6
"""From this likeness on a correction of one post holds for another. How often that is right: docs/judging.md."""

FEWEST = 3
"""So many subject words two posts must share: with fewer, a likeness says nothing."""

_WORD = re.compile(r"[^\W_]+")
_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)
_LONGEST = 4_000  # characters of a post that are compared: the subject stands at the front

Subjects = frozenset[str]


def stem(word: str) -> str:
    """A word without its commonest English endings: crude, but the same on both sides of a comparison."""
    for ending in ("ings", "ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def words_in(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return _WORD.findall(fold(text))


def subjects(text: str) -> Subjects:
    """What a text talks about: its folded words without the empty ones, stemmed."""
    return frozenset(stem(word) for word in words_in(text) if len(word) > 2 and word not in STOP_WORDS)


def said(text: str, names: Iterable[str] = ()) -> Subjects:
    """What a post says besides naming the brand and linking somewhere. `names` are every way the brand is called."""
    own = {stem(word) for name in names for word in words_in(name)}
    return subjects(_LINK.sub(" ", text[:_LONGEST])) - own


def likeness(one: Subjects, other: Subjects) -> float:
    """The cosine of two sets of subjects, 0…1; 1 for the same words."""
    shared = len(one & other)
    return shared / sqrt(len(one) * len(other)) if shared else 0.0


def alike(one: Subjects, other: Subjects) -> float:
    """The likeness of two posts where it reaches ALIKE and rests on FEWEST shared words; else 0."""
    if len(one & other) < min(FEWEST, max(len(one), len(other))):
        return 0.0
    found = likeness(one, other)
    return found if found >= ALIKE else 0.0


def may_be_alike(one: Subjects, text: str) -> bool:
    """A quick no: False only where `alike(one, said(text))` is 0. Folding a text costs more than looking into it."""
    if not text.isascii():
        return True
    plain = text.lower()
    return sum(1 for word in one if word in plain) >= min(FEWEST, len(one))
