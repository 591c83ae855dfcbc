"""Sentences of a post that speak to a machine, known by no pattern: told by what the model makes of them half-way.

One straight line over the built-in model's last middle layer, fitted by addressed_fit.py on orders of our own and on
posts. A sentence beyond the line decides neither the tone nor that a complaint is none: the post is read without it
too. Where the model is another one there is no such line, and every sentence counts.
"""

from collections.abc import Collection
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
    ends: Ids

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
        return cls(line, shift, least, np.array(sorted(ends), np.int64))

    def rest(self, ids: Ids, layer: Floats) -> Ids | None:
        """A post's ids without the sentences that speak to a machine; None where it has none, or nothing else.

        `layer` is what the model makes of each id half-way.
        """
        starts, stops = spans(ids, self.ends)
        if len(starts) < 2:
            return None
        sums = np.add.reduceat(layer[:-1] @ self.weights, starts)
        long = stops - starts
        told = (sums / long + self.shift > self.least) & (long >= LEAST)
        if not told.any() or long[~told].sum() < LEAST:
            return None
        kept = np.concatenate([[False], ~np.repeat(told, long), [False]])
        kept[[0, -1]] = True
        return np.asarray(ids[kept], np.int64)


def spans(ids: Ids, ends: Ids) -> tuple[Ids, Ids]:
    """Where each sentence of a framed text begins and stops, in ids; marks in a row end one."""
    mark = np.isin(ids[1:-1], ends)
    last = np.flatnonzero(mark[:-1] & ~mark[1:]) + 2
    return np.concatenate([[1], last]), np.concatenate([last, [len(ids) - 1]])
