"""A second opinion on complaints, from the pieces words are made of: a linear model over hashed groups of letters.

The transformer knows what a sentence means; two thousand labelled complaints do not teach it every way a word is
misspelt or bent. Asked where the transformer sees no complaint, this finds the missed ones with fewer false ones
(figures: docs/reading.md).
A table of 65,536 bytes; no word and no text can be read back out of it.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import exp, sqrt
from operator import mul
from typing import Any, Self
from zlib import crc32

import numpy as np
import numpy.typing as npt

from bot.readers.calibrate import line
from bot.readers.pieces import KEPT, LONG

SLOTS = 1 << 16
SHORTEST, LONGEST = 2, 5
MOST_LETTERS = 2_000
"""Characters looked at: what is wrong stands at the front."""

BALANCE = 4.0
"""The inverse strength of the ridge the weights were fitted with."""

RIDGE = 0.01
STEEP = 2.0
"""How fast the second opinion loses its say as the transformer's margin grows above nought."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blend:
    """How the two opinions become one: slopes of the transformer's margin below and above nought, the weight of the
    letters where that margin is low, and a shift. Fitted on validation rows; the sum is calibrated log-odds."""

    below: float
    above: float
    letters: float
    shift: float

    def of(self, margin: float, second: float) -> float:
        """Log-odds of a complaint from the transformer's margin and the letters'."""
        asked = second / (1 + exp(max(-30.0, min(30.0, STEEP * margin))))
        return (self.below if margin < 0 else self.above) * margin + self.letters * asked + self.shift

    @classmethod
    def fitted(cls, margin: Numbers, second: Numbers, truth: npt.NDArray[np.int64]) -> Self | None:
        """The likeliest blend on labelled rows; None where one opinion would count against itself: too few rows."""
        found = line(np.stack(parts(margin, second), axis=1), truth, RIDGE)
        return cls(*(round(float(number), 4) for number in found)) if (found[:3] > 0).all() else None


def parts(margin: Any, second: Any) -> tuple[Any, Any, Any]:
    """The margin below nought, above it, and the second opinion as far as it is asked."""
    asked = second / (1 + np.exp(np.clip(STEEP * margin, -30, 30)))
    return np.minimum(margin, 0.0), np.maximum(margin, 0.0), asked


class Letters:
    """A weight per slot, and what is added to the sum. Safe to share between threads; remembers words it met."""

    def __init__(self, table: Sequence[int], scale: float, shift: float) -> None:
        """`table` holds a whole number for each slot, to be multiplied by `scale`."""
        self.table, self.scale, self.shift = table, scale, shift
        self._known = lru_cache(KEPT)(self._met)

    @classmethod
    def of(cls, content: bytes, scale: float, shift: float) -> Self:
        """The model in a file's bytes: one signed byte a slot. ValueError for another size."""
        if len(content) != SLOTS:
            raise ValueError(f"{len(content)} weights where {SLOTS} are expected")
        return cls(array("b", content), scale, shift)

    def weigh(self, plain: str) -> float:
        """How much the letters of a normalised text speak for a complaint: log-odds, before calibration."""
        met = [self._known(word) if len(word) < LONG else self._met(word) for word in words(plain)]
        often = Counter(array("H", b"".join([found for _, found in met]))).values()
        length = sqrt(sum(map(mul, often, often)))
        return self.shift + (self.scale * sum([weight for weight, _ in met]) / length if length else 0.0)

    def _met(self, word: str) -> tuple[int, bytes]:
        """What a word's slots weigh together, and the slots, two bytes each."""
        found = array("H", slots(word))
        return sum(map(self.table.__getitem__, found)), found.tobytes()


def words(plain: str) -> list[str]:
    """The words looked at."""
    return plain[:MOST_LETTERS].lower().split()


def slots(word: str) -> list[int]:
    """The slots hit by two to five letters in a row; a blank marks the word's ends."""
    raw = f" {word} ".encode("utf-8", "replace")
    return [
        crc32(raw[at : at + size]) & (SLOTS - 1)
        for size in range(SHORTEST, min(LONGEST, len(raw)) + 1)
        for at in range(len(raw) - size + 1)
    ]


def fit(texts: Sequence[str], labels: Sequence[int]) -> tuple[bytes, float, float]:
    """Weights as bytes, their scale and the shift, fitted on normalised texts. Needs scikit-learn; repeats exactly."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=BALANCE, class_weight="balanced", max_iter=1000)
    model.fit(_rows(texts), list(labels))
    weights = np.asarray(model.coef_[0], np.float64)
    scale = float(np.abs(weights).max()) / 127 or 1.0
    return np.round(weights / scale).astype(np.int8).tobytes(), round(scale, 8), round(float(model.intercept_[0]), 6)


def _rows(texts: Sequence[str]) -> Any:
    """Texts as rows of unit length over the slots."""
    from scipy.sparse import csr_matrix

    counted = [Counter(chain.from_iterable(map(slots, words(text)))) for text in texts]
    ends = np.cumsum([0, *map(len, counted)])
    values = [np.fromiter(row.values(), float, len(row)) for row in counted]
    data = np.concatenate([row / max(1.0, np.sqrt((row * row).sum())) for row in values])
    places = np.concatenate([np.fromiter(row.keys(), np.int64, len(row)) for row in counted])
    return csr_matrix((data, places, ends), shape=(len(texts), SLOTS))
