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

LONGEST = 6
"""Words in the longest phrase of any list."""

_WORD = re.compile(r"[^\W_]+")
_ELISION = re.compile(r"\b(\w|qu)'(?=\w)")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a word or phrase says: its kind ("tone", "complaint", "topics:delivery", "not", "more" …) and its weight."""

    kind: str
    weight: float


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language's entries: phrases by their folded words, beginnings of words by their folded letters."""

    phrases: Mapping[tuple[str, ...], tuple[Entry, ...]]
    stems: Mapping[str, tuple[Entry, ...]]
    shortest: int
    longest: int

    def at(self, words: list[str], place: int) -> Iterator[tuple[Entry, int]]:
        """The entries that begin at this word, each with its length in words. Bounded work per word."""
        for length in range(min(LONGEST, len(words) - place), 0, -1):
            for entry in self.phrases.get(tuple(words[place : place + length]), ()):
                yield entry, length
        word = words[place]
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
    sizes = [len(stem) for stem in stems] or [1]
    return Lexicon(
        {words: tuple(found) for words, found in phrases.items()},
        {stem: tuple(found) for stem, found in stems.items()},
        min(sizes),
        max(sizes),
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
