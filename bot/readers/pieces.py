"""The word pieces of a text, as ids of the model's vocabulary. Words met before are not taken apart again.

The tokenizer never joins what stands on two sides of a blank, so a text's pieces are those of its words in a row. They
are kept as the bytes the model is given: the model drives everything else out of the processor's cache, and a text's
bytes lie in fewer places than its numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.readers.normalise import cut

KEPT = 16_384
"""Words whose pieces are remembered; when there are more, all are forgotten and the next ones kept."""

LONG = 40
"""Characters from which a word is not remembered: few come twice, and they would fill the memory."""


class Pieces:
    """A tokenizer with a memory. Safe to share between threads."""

    def __init__(self, tokenizer: Any, longest: int) -> None:
        self._tokenizer, self._longest = tokenizer, longest
        self._known = _Known(self._taken_apart)
        framed, bare = (tokenizer.encode("a", add_special_tokens=frame).ids for frame in (True, False))
        start = framed.index(bare[0])
        self._front, self._back = _bytes(framed[:start]), _bytes(framed[start + len(bare) :])

    @classmethod
    def of(cls, content: bytes, longest: int) -> "Pieces":
        """The tokenizer in a file's bytes; `longest` is the most ids a text may have."""
        from tokenizers import Tokenizer

        found = Tokenizer.from_str(content.decode("utf-8"))
        found.no_truncation()
        found.no_padding()
        return cls(found, longest)

    def alone(self, plain: str) -> npt.NDArray[np.int64]:
        """The ids of a normalised text, with the marks around it."""
        words = b"".join(map(self._known.__getitem__, plain.split(" ")))
        ids = np.frombuffer(b"".join((self._front, words, self._back)), np.int64)
        return ids if len(ids) <= self._longest else np.array(cut(ids.tolist(), self._longest), np.int64)

    def both(self, first: str, second: str) -> tuple[list[int], list[int]]:
        """The ids of two normalised texts in a row, and which of the two each id is of."""
        found = self._tokenizer.encode(first, second)
        return cut(found.ids, self._longest), cut(found.type_ids, self._longest)

    def _taken_apart(self, word: str) -> bytes:
        return _bytes(self._tokenizer.encode(word, add_special_tokens=False).ids)


class _Known(dict[str, bytes]):
    """The pieces of words, taken apart when they are first asked for."""

    def __init__(self, taken_apart: Callable[[str], bytes]) -> None:
        super().__init__()
        self._taken_apart = taken_apart

    def __missing__(self, word: str) -> bytes:
        found = self._taken_apart(word)
        if len(word) < LONG:
            if len(self) >= KEPT:
                self.clear()
            self[word] = found
        return found


def _bytes(ids: Sequence[int]) -> bytes:
    return np.array(ids, np.int64).tobytes()
