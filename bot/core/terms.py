"""What a brand is looked for by: each name, hashtag or word to exclude, folded once, with the breaks it may have."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from bot.core.brand import Brand
from bot.core.folding import fold, skeleton, squeeze

Kind = Literal["name", "tag", "excluded", "domain"]

_AND = " and "


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for. `key` is squeezed; `breaks` are the offsets in it where a separator may stand.

    `signs` are those of its own that part words nowhere else (the comma of "Earth, Wind & Fire"), each with its offset.
    """

    brand: int
    text: str
    kind: Kind
    key: str
    breaks: frozenset[int]
    alphabet: str
    signs: frozenset[tuple[int, str]] = frozenset()


def alphabet(text: str) -> str:
    """The script most letters of `text` belong to, as Unicode names it (`LATIN`, `CYRILLIC`); empty if no letter."""
    counts: dict[str, int] = {}
    for character in text[:80]:
        if character.isalpha():
            script = unicodedata.name(character, "?").split(" ", 1)[0]
            counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda script: counts[script]) if counts else ""


def breaks_of(text: str, *, skeletons: bool = False) -> frozenset[int]:
    """Offsets in the squeezed form of `text` where it has a separator or a camel hump."""
    turn = skeleton if skeletons else fold
    found: set[int] = set()
    length = 0
    before = " "
    for character in text:
        piece = turn(character)
        kept = squeeze(piece)
        hump = character.isupper() and before.islower()
        if length and (hump or len(kept) < len(piece)):
            found.add(length)
        length += len(kept)
        before = character
    return frozenset(found - {length})


def signs_of(text: str) -> frozenset[tuple[int, str]]:
    """Signs inside `text`, folded, each with its offset in the squeezed form."""
    folded = fold(text)
    found: set[tuple[int, str]] = set()
    length, sign = 0, ""
    for character in folded:
        kept = squeeze(character)
        if kept and sign and length:
            found.add((length, sign))
        sign = "" if kept else sign if character.isspace() else sign + character
        length += len(kept)
    return frozenset(found)


def terms_of(brand: Brand, index: int) -> Iterator[Term]:
    """Everything `brand` is looked for by. Handles are not here: accounts are compared whole (impostor.py)."""
    for name in brand.called():
        yield from _spellings(index, name)
    for tag in brand.hashtags:
        yield _term(index, tag, "tag")
    for word in brand.excluded:
        yield _term(index, word, "excluded")
    for domain in brand.domains:
        yield _term(index, domain, "domain")


def _spellings(index: int, name: str) -> Iterator[Term]:
    yield _term(index, name, "name")
    if "&" in name and len(squeeze(fold(name))) > 3:
        yield _term(index, name.replace("&", _AND).replace("  ", " "), "name", shown=name)
    if _AND in name.lower():
        yield _term(index, name.lower().replace(_AND, " & "), "name", shown=name)


def _term(index: int, text: str, kind: Kind, shown: str = "") -> Term:
    return Term(index, shown or text, kind, squeeze(fold(text)), breaks_of(text), alphabet(text), signs_of(text))


def skeleton_key(term: Term) -> str:
    """What the term's key looks like: the key under which look-alike spellings are found."""
    return squeeze(skeleton(term.key))


def words_of_key(key: str, breaks: frozenset[int]) -> list[str]:
    """The words of a key, cut at its breaks."""
    edges = [0, *sorted(breaks), len(key)]
    return [key[start:end] for start, end in pairwise(edges)]
