"""Sentences of a post that speak to a machine, known by no pattern: told by what the model makes of them half-way.

One straight line over the built-in model's last middle layer, fitted by addressed_fit.py on orders of our own and on
posts. A sentence beyond the line decides neither the tone nor that a complaint is none: the post is read without it
too. Where the model is another one there is no such line, and every sentence counts.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).parent / "second_look"
FITTED = "addressed.npz"
MARKS = ".!?"
"""Pieces that end a sentence."""

LEAST = 3
"""Word pieces that a sentence has at least to be looked at, and that must be left of a post read without it."""

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Addressed:
    """The line (`weights`, `shift`) and from where on (`least`) a sentence is taken to speak to a machine."""

    weights: Floats
    shift: float
    least: float
    ends: frozenset[int]

    @classmethod
    def fitted(cls, model: str, ends: Collection[int], folder: Path = FOLDER) -> "Addressed | None":
        """What was fitted to the model of this hash; None where nothing was, or it cannot be read."""
        try:
            with (folder / FITTED).open("rb") as file, np.load(file, allow_pickle=False) as kept:
                if str(kept["model"]) != model:
                    return None
                line, shift, least = np.asarray(kept["weights"], np.float32), float(kept["shift"]), float(kept["least"])
        except (OSError, ValueError, KeyError, BadZipFile):
            return None
        return cls(line, shift, least, frozenset(ends))

    def several(self, ids: Ids) -> bool:
        """Whether a text may hold more than one sentence; the others need no look."""
        return not self.ends.isdisjoint(ids[0, 1:-2].tolist())

    def rest(self, ids: Ids, layer: Floats) -> Ids | None:
        """A post's ids without the sentences that speak to a machine; None where it has none, or nothing else.

        `layer` is what the model makes of each id half-way. Plain loops: between two posts the model has driven numpy's
        code out of the processor's cache, and a dozen calls of it took as long as the model's own layers for a word.
        """
        pieces, seen = ids[0].tolist(), (layer[0] @ self.weights).tolist()
        kept, beyond = [], False
        for start, stop in spans(pieces, self.ends):
            long = stop - start
            if long >= LEAST and sum(seen[start:stop]) / long + self.shift > self.least:
                beyond = True
            else:
                kept += pieces[start:stop]
        if not beyond or len(kept) < LEAST:
            return None
        return np.array([[pieces[0], *kept, pieces[-1]]], np.int64)


def spans(pieces: Sequence[int], ends: Collection[int]) -> list[tuple[int, int]]:
    """Where each sentence of a framed text begins and stops, in pieces; marks in a row end one."""
    stops = [at + 1 for at in range(1, len(pieces) - 2) if pieces[at] in ends and pieces[at + 1] not in ends]
    stops.append(len(pieces) - 1)
    return list(zip([1, *stops], stops, strict=False))
