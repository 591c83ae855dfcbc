"""Cases like this one: numbers for a text where no model speaks, and the nearest of many. Pure.

The numbers of a text without a model are its words, folded, hashed into 512 places with a sign (Weinberger et al., ICML
2009): the same words in any order are near, in every language that has words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from bot.core.likeness import subjects

PLACES = 512
WORDS_MODEL = "words-1"
NEAR = {WORDS_MODEL: 0.3}
NEAR_BY_MODEL = 0.75
GOOD, BAD = 0.05, -0.1
Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Like:
    """A case that is like this one: its id, and how near (cosine, 0…1)."""

    case_id: int
    near: float


def hashed(text: str) -> Vector:
    """The numbers of a text made of its words alone; all zero for a text without words."""
    made = np.zeros(PLACES, np.float32)
    for word in sorted(subjects(text)):
        mark = crc32(word.encode("utf-8", "replace"))
        made[mark % PLACES] += 1.0 if mark & 0x8000_0000 else -1.0
    return unit(made)


def unit(vector: Vector) -> Vector:
    """The same direction, length one; nothing stays nothing."""
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length, np.float32) if length else np.asarray(vector, np.float32)


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
    bar = NEAR.get(model, NEAR_BY_MODEL)
    close = [at for at, cosine in enumerate(cosines) if cosine >= bar]
    ranked = sorted(close, key=lambda at: -(cosines[at] + bonus[at]))
    return [Like(ids[at], round(cosines[at], 2)) for at in ranked[:most]]
