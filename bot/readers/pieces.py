"""The word pieces of a text, as ids of the model's vocabulary. Words met before are not taken apart again.

The tokenizer never joins what stands on two sides of a blank, so a text's pieces are those of its words in a row.
"""

from functools import lru_cache
from itertools import chain
from typing import Any

from bot.readers.normalise import cut

KEPT = 16_384
"""Words whose pieces are remembered."""

LONG = 40
"""Characters from which a word is not remembered: few come twice, and they would fill the memory."""


class Pieces:
    """A tokenizer with a memory. Safe to share between threads."""

    def __init__(self, tokenizer: Any, longest: int) -> None:
        self._tokenizer, self._longest = tokenizer, longest
        self._known = lru_cache(KEPT)(self._taken_apart)
        framed, bare = (tokenizer.encode("a", add_special_tokens=frame).ids for frame in (True, False))
        start = framed.index(bare[0])
        self._front, self._back = tuple(framed[:start]), tuple(framed[start + len(bare) :])

    @classmethod
    def of(cls, content: bytes, longest: int) -> "Pieces":
        """The tokenizer in a file's bytes; `longest` is the most ids a text may have."""
        from tokenizers import Tokenizer

        found = Tokenizer.from_str(content.decode("utf-8"))
        found.no_truncation()
        found.no_padding()
        return cls(found, longest)

    def alone(self, plain: str) -> list[int]:
        """The ids of a normalised text, with the marks around it."""
        words = plain.split(" ")
        known = self._known if max(map(len, words)) < LONG else self._of_word
        return cut([*self._front, *chain.from_iterable(map(known, words)), *self._back], self._longest)

    def both(self, first: str, second: str) -> tuple[list[int], list[int]]:
        """The ids of two normalised texts in a row, and which of the two each id is of."""
        found = self._tokenizer.encode(first, second)
        return cut(found.ids, self._longest), cut(found.type_ids, self._longest)

    def _of_word(self, word: str) -> tuple[int, ...]:
        return self._known(word) if len(word) < LONG else self._taken_apart(word)

    def _taken_apart(self, word: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(word, add_special_tokens=False).ids)
