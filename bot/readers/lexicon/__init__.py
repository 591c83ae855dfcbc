"""Words customers use, by language: our own small lists, one TOML file a language, read once."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

SPOKEN = frozenset({"en", "de", "es", "fr", "it", "pt"})
"""Languages there is a list for."""

_WORD = re.compile(r"[^\W_]+")
_ELISION = re.compile(r"\b(\w|qu)'(?=\w)")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word or phrase says: its kind ("tone", "complaint", "topics:delivery", "not", "more" …) and its weight."""

    kind: str
    weight: float


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language's entries: phrases by their folded words, beginnings of words by their folded letters.

    `lengths` says for each first word how long the phrases are that begin with it, the longest first.
    """

    phrases: Mapping[tuple[str, ...], tuple[Entry, ...]]
    stems: Mapping[str, tuple[Entry, ...]]
    shortest: int
    longest: int
    lengths: Mapping[str, tuple[int, ...]]

    def at(self, words: list[str], place: int) -> Iterator[tuple[Entry, int]]:
        """The entries that begin at this word, each with its length in words. Bounded work per word."""
        word = words[place]
        for length in self.lengths.get(word, ()):
            if place + length > len(words):
                continue
            for entry in self.phrases.get(tuple(words[place : place + length]), ()):
                yield entry, length
        for size in range(min(len(word), self.longest), self.shortest - 1, -1):
            for entry in self.stems.get(word[:size], ()):
                yield entry, 1


def fold(text: str) -> list[str]:
    """A text's words without case, accents and apostrophes: "Don't" is `dont`, "j’ai reçu" is `j ai recu`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _WORD.findall(_ELISION.sub(r"\1 ", plain.replace("’", "'")).replace("'", ""))


@cache
def lexicon(language: str) -> Lexicon:
    """The list of a language with the signs common to all; the common signs alone where there is none."""
    phrases: dict[tuple[str, ...], list[Entry]] = {}
    stems: dict[str, list[Entry]] = {}
    for name in ("common", language) if language in SPOKEN else ("common",):
        found = tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
        for term, entry in _entries(found):
            if term.endswith("*"):
                stems.setdefault("".join(fold(term)), []).append(entry)
            else:
                phrases.setdefault(tuple(fold(term)), []).append(entry)
    starts: dict[str, set[int]] = {}
    for words in phrases:
        starts.setdefault(words[0], set()).add(len(words))
    sizes = [len(stem) for stem in stems] or [1]
    return Lexicon(
        {words: tuple(found) for words, found in phrases.items()},
        {stem: tuple(found) for stem, found in stems.items()},
        min(sizes),
        max(sizes),
        {first: tuple(sorted(lengths, reverse=True)) for first, lengths in starts.items()},
    )


def _entries(found: Mapping[str, Any]) -> Iterator[tuple[str, Entry]]:
    for kind, groups in found.items():
        for name, terms in groups.items():
            for term in dict.fromkeys(term.strip() for term in terms.split(",") if term.strip()):
                if kind == "topics":
                    yield term, Entry(f"topics:{name}", 1.0)
                elif name == "words":
                    yield term, Entry(kind, 1.0)
                else:
                    yield term, Entry(kind, float(name))
