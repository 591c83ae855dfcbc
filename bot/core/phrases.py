"""Looking for plain words in a text the way names are looked for: folded, word by word, in every script."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import ahocorasick

from bot.core.edges import fits
from bot.core.folding import Folded, fold, skeleton, squeeze
from bot.core.terms import Term, alphabet, breaks_of, signs_of


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase found at [start, end) of the original text."""

    phrase: str
    start: int
    end: int


class Phrasebook:
    """A set of phrases, indexed once. Word-bounded: *rates* is not in *pirates*."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._automaton: Any = ahocorasick.Automaton()
        gathered: dict[str, list[Term]] = {}
        for phrase in phrases:
            key = squeeze(fold(phrase))
            term = Term(0, phrase, "name", key, breaks_of(phrase), alphabet(phrase), signs_of(phrase))
            gathered.setdefault(key, []).append(term)
        for key, terms in gathered.items():
            self._automaton.add_word(key, (len(key), tuple(terms)))
        self._empty = not gathered
        if gathered:
            self._automaton.make_automaton()

    def find(self, text: str) -> tuple[Said, ...]:
        """Every phrase said in `text`, left to right; of those that overlap the longest."""
        if self._empty:
            return ()
        readings = [Folded(text)]
        if not text.isascii() and skeleton(text) != readings[0].folded:
            readings.append(Folded(text, skeletons=True))
        found = sorted({one for folded in readings for one in self._in(folded)}, key=lambda one: (one.start, -one.end))
        kept: list[Said] = []
        for one in found:
            if not kept or one.start >= kept[-1].end:
                kept.append(one)
        return tuple(kept)

    def _in(self, folded: Folded) -> Iterator[Said]:
        for last, (length, terms) in self._automaton.iter(folded.squeezed):
            for term in terms:
                start, end = last + 1 - length, last + 1
                if fits(folded, term, start, end) not in ("exact", "plural", "spaced"):
                    continue
                span = folded.span(folded.place(start), folded.place(end - 1) + 1)
                if span is not None:
                    yield Said(term.text, *span)
