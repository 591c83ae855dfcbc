"""Cases like this one: numbers for a text, and the nearest of many. Pure.

The numbers of a text are the words that carry its subject, the brand's own names left out, hashed into 512 places with
a sign (Weinberger et al., ICML 2009): the same words in any order are near, in every language that has words. Where a
model speaks, its numbers stand beside them with the smaller weight: a model fitted for tone finds what feels alike,
the words find what it is about, and a case worth reading is near in both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from bot.core.likeness import said

PLACES = 512
WORDS_MODEL = "words-1"
WORDS_WEIGH = 0.6
NEAR = {WORDS_MODEL: 0.25}
NEAR_BY_BOTH = 0.48
GOOD, BAD = 0.05, -0.1
Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Like:
    """A case that is like this one: its id, and how near (cosine, 0…1)."""

    case_id: int
    near: float


def hashed(text: str, names: Iterable[str] = ()) -> Vector:
    """The numbers of a text made of its words alone; all zero for a text without any. `names` are the brand's own."""
    made = np.zeros(PLACES, np.float32)
    for word in sorted(said(text, names)):
        mark = crc32(word.encode("utf-8", "replace"))
        made[mark % PLACES] += 1.0 if mark & 0x8000_0000 else -1.0
    return unit(made)


def unit(vector: Vector) -> Vector:
    """The same direction, length one; nothing stays nothing."""
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length, np.float32) if length else np.asarray(vector, np.float32)


def both(words: Vector, model: Vector) -> Vector:
    """Words and a model's numbers as one vector, whose cosine is the weighted sum of theirs."""
    return unit(np.concatenate([np.sqrt(WORDS_WEIGH) * words, np.sqrt(1 - WORDS_WEIGH) * unit(model)]))


def packed(vector: Vector) -> bytes:
    """A vector as the store keeps it: half precision, which moves a cosine by less than 0.001."""
    return np.asarray(vector, np.float16).tobytes()


def unpacked(content: bytes) -> Vector:
    """And back."""
    return np.frombuffer(content, np.float16).astype(np.float32)


def nearest(
    wanted: Vector, ids: Sequence[int], matrix: Vector, bonus: Sequence[float], model: str, most: int = 3
) -> list[Like]:
    """The nearest of many (rows of `matrix`, of length one); what ended well stands before what did not."""
    if not len(ids) or not float(np.linalg.norm(wanted)):
        return []
    cosines = [float(one) for one in matrix @ wanted]
    bar = NEAR.get(model, NEAR_BY_BOTH)
    close = [at for at, cosine in enumerate(cosines) if cosine >= bar]
    ranked = sorted(close, key=lambda at: -(cosines[at] + bonus[at]))
    return [Like(ids[at], round(cosines[at], 2)) for at in ranked[:most]]
