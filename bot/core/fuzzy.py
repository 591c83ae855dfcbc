"""Names with a slip in them: one letter wrong in six, two in ten. Found by deletion neighbourhoods, proved by distance.

Two words within one edit share a form with one letter deleted (Garbe's symmetric deletion). The first letter must be
right: people rarely miss it, and it keeps ordinary words out. A slip that makes a known word is that word.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from rapidfuzz.distance import OSA

from bot.core.edges import between_words
from bot.core.folding import Folded, squeeze
from bot.core.ordinary import known_words
from bot.core.terms import Term, words_of_key

_SHORTEST_WORD = 5
_REMEMBERED = 65536
_MOST_WORDS = 20000  # behind that many words of one post nobody looks for slips
_PREFIX = 8  # forms are made of the first letters only; the distance is proved on the whole
_ALPHABETS = frozenset(("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "HEBREW", "ARABIC"))


def allowed(key: str) -> int:
    """How many slips a name of this length may carry."""
    return 2 if len(key) >= 10 else 1 if len(key) >= 6 else 0


@dataclass(frozen=True, slots=True)
class Slip:
    """A name with a slip: folded [start, end), and how many letters are off."""

    term: Term
    start: int
    end: int
    off: int


@dataclass(frozen=True, slots=True)
class _Entry:
    term: Term
    words: int
    index: int
    length: int


class Fuzzy:
    """The index over all names long enough to carry a slip."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._index: dict[str, list[_Entry]] = {}
        self._deepest: dict[str, int] = {}
        self._lengths: dict[str, tuple[int, int]] = {}
        self._exact: set[str] = set()
        self._entries = lru_cache(maxsize=_REMEMBERED)(self._find)  # people use the same words again and again
        for term in terms:
            if term.kind == "name":
                self._exact.add(term.key)
                self._add(term)

    def _add(self, term: Term) -> None:
        slips = allowed(term.key)
        if not slips or term.alphabet not in _ALPHABETS:
            return
        words = words_of_key(term.key, term.breaks)
        forms = [(term.key, 1, 0)] + [(word, len(words), at) for at, word in enumerate(words) if len(words) > 1]
        for word, count, at in forms:
            if len(word) >= _SHORTEST_WORD:
                self._put(word, _Entry(term, count, at, len(word)), min(slips, 2 if len(word) >= 8 else 1))

    def _put(self, word: str, entry: _Entry, depth: int) -> None:
        for form in _deletions(word, depth):
            self._index.setdefault(form, []).append(entry)
        first = word[0]
        low, high = self._lengths.get(first, (99, 0))
        self._deepest[first] = max(depth, self._deepest.get(first, 0))
        self._lengths[first] = (min(low, len(word) - depth), max(high, len(word) + depth))

    def slips(self, folded: Folded) -> Iterator[Slip]:
        """Names with one or two slips in `folded`. Words seen before cost a look into a table."""
        if not self._index:
            return
        tokens = folded.tokens()
        for at, (word, _) in enumerate(tokens[:_MOST_WORDS]):
            for entry in self._entries(word):
                slip = self._proved(folded, tokens, at, entry)
                if slip is not None:
                    yield slip

    def _find(self, word: str) -> tuple[_Entry, ...]:
        low, high = self._lengths.get(word[0], (1, 0))
        if not low <= len(word) <= high:
            return ()
        forms = _deletions(word, self._deepest[word[0]])
        found = {id(entry): entry for form in forms for entry in self._index.get(form, ())}
        return tuple(found.values())

    def _proved(self, folded: Folded, tokens: list[tuple[str, int]], at: int, entry: _Entry) -> Slip | None:
        first, last = at - entry.index, at - entry.index + entry.words - 1
        if first < 0 or last >= len(tokens) or not _together(folded.folded, tokens, first, last):
            return None
        start, end = tokens[first][1], tokens[last][1] + len(tokens[last][0])
        written, key = squeeze(folded.folded[start:end]), entry.term.key
        off = OSA.distance(key, written, score_cutoff=allowed(key))
        if not 0 < off <= allowed(key) or written[0] != key[0] or not self._misspelt(written, key, entry.words):
            return None
        return Slip(entry.term, start, end, off)

    def _misspelt(self, written: str, key: str, words: int) -> bool:
        """Is it a slip, and not another name, another number, an inflection, or a word of its own?"""
        if written in self._exact or written in (f"{key}s", f"{key}es"):
            return False
        if _digits(written) != _digits(key):
            return False
        return words > 1 or known_words().isdisjoint((written, written.removesuffix("s")))


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))


def _together(folded: str, tokens: list[tuple[str, int]], first: int, last: int) -> bool:
    pairs = zip(tokens[first:last], tokens[first + 1 : last + 1], strict=True)
    return all(between_words(folded[at + len(word) : after], len(word)) for (word, at), (_, after) in pairs)


def _deletions(word: str, depth: int) -> set[str]:
    """The beginning of `word`, and what is left of it with up to `depth` letters deleted; the first letter stays."""
    head = word[1:_PREFIX]
    forms = {word[:_PREFIX]}
    for count in range(1, depth + 1):
        for gone in combinations(range(len(head)), count):
            forms.add(word[0] + "".join(letter for at, letter in enumerate(head) if at not in gone))
    return forms
