"""Words customers use, by language: our own small lists, one TOML file a language, read once."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from bot.readers.language import ENGLISH

SPOKEN = frozenset({"en", "de", "es", "fr", "it", "pt"})
"""Languages there is a list for."""

LEAST = 3
"""Letters in the shortest beginning of a word."""

KEPT = 16_384
"""Tokens remembered for telling nothing; when there are more, all are forgotten and the next ones kept."""

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

    `lengths` says for each first word how long the phrases are that begin with it, the longest first; `beginnings` has
    the beginnings by their first three letters; `starts` has the first three letters of all. `telling` has of each
    phrase a word that is rare in texts, without which it is not there; `dull` remembers tokens without any such word.
    """

    phrases: Mapping[tuple[str, ...], tuple[Entry, ...]]
    lengths: Mapping[str, tuple[int, ...]]
    beginnings: Mapping[str, tuple[tuple[str, tuple[Entry, ...]], ...]]
    starts: frozenset[str]
    telling: frozenset[str]
    dull: set[str] = field(default_factory=set, compare=False)

    def silent(self, plain: str) -> bool:
        """Whether no entry can be in a normalised text: true of most, and sooner known than what is in it."""
        tokens = plain.split(" ")
        if self.dull.issuperset(tokens):
            return True
        new = [token for token in tokens if token not in self.dull]
        dull = [token for token in new if not self._tells(token)]
        if len(self.dull) + len(dull) > KEPT:
            self.dull.clear()
        self.dull.update(dull)
        return len(dull) == len(new)

    def _tells(self, token: str) -> bool:
        words = fold(token)
        return any(word in self.telling or self._begins(word) for word in words)

    def _begins(self, word: str) -> bool:
        return any(word.startswith(beginning) for beginning, _ in self.beginnings.get(word[:LEAST], ()))

    def places(self, words: list[str]) -> list[int]:
        """Where an entry may begin; most words of a text begin none."""
        starts = self.starts
        return [place for place, word in enumerate(words) if word[:LEAST] in starts]

    def at(self, words: list[str], place: int) -> list[tuple[Entry, int]]:
        """The entries that begin at this word, each with its length in words. Bounded work per word."""
        word, left = words[place], len(words) - place
        found = [
            (entry, length)
            for length in self.lengths.get(word, ())
            if length <= left
            for entry in self.phrases.get(tuple(words[place : place + length]), ())
        ]
        for beginning, entries in self.beginnings.get(word[:LEAST], ()):
            if word.startswith(beginning):
                found.extend((entry, 1) for entry in entries)
        return found


def fold(text: str) -> list[str]:
    """A text's words without case, accents and apostrophes: "Don't" is `dont`, "j’ai reçu" is `j ai recu`."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    plain = plain.replace("’", "'")
    if "'" in plain:
        plain = _ELISION.sub(r"\1 ", plain).replace("'", "")
    return _WORD.findall(plain)


@cache
def lexicon(language: str, *kinds: str) -> Lexicon:
    """The list of a language with the signs common to all; the common signs alone where there is none.

    `kinds` are the only ones wanted ("urgent", "topics"); all where none is named.
    """
    phrases: dict[tuple[str, ...], list[Entry]] = {}
    stems: dict[str, list[Entry]] = {}
    for name in ("common", language) if language in SPOKEN else ("common",):
        found = tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
        wanted = {kind: groups for kind, groups in found.items() if not kinds or kind in kinds}
        for term, entry in _entries(wanted):
            if term.endswith("*"):
                stems.setdefault("".join(fold(term)), []).append(entry)
            else:
                phrases.setdefault(tuple(fold(term)), []).append(entry)
    lengths: dict[str, set[int]] = {}
    for words in phrases:
        lengths.setdefault(words[0], set()).add(len(words))
    beginnings: dict[str, list[tuple[str, tuple[Entry, ...]]]] = {}
    for stem in sorted(stems, key=len, reverse=True):
        beginnings.setdefault(stem[:LEAST], []).append((stem, tuple(stems[stem])))
    return Lexicon(
        {words: tuple(found) for words, found in phrases.items()},
        {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()},
        {start: tuple(found) for start, found in beginnings.items()},
        frozenset([*beginnings, *(first[:LEAST] for first in lengths)]),
        frozenset(min(words, key=lambda word: (word in ENGLISH, -len(word))) for words in phrases),
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
