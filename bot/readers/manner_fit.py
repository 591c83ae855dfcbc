"""Fits the second look at replies (manner.py) to the model as shipped: `python -m bot.readers.manner_fit`.

Run it whenever the model or second_look/sentences.txt changes; it takes half a minute. The line of doubt is laid where
one good sentence in a hundred is spoken up about (a reply has two or three), told by folds that were not fitted on.
"""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier

from bot.readers.builtin import load
from bot.readers.card import WEIGHTS
from bot.readers.manner import FITTED, FOLDER, GOOD, SENTENCES, Numbers, middle

SPOKEN_UP = 0.01
"""Share of the good sentences that may be spoken up about. They were chosen to lie near the bad; those of real replies
seldom do (docs/answering.md has the figures)."""

Labels = npt.NDArray[np.str_]
FOLDS = 5
NETS, WIDE, ROUNDS, STRENGTH = 3, 64, 12, 0.3
"""Three small nets that vote find half as much again as one straight line at the same share of good sentences; one net
finds less than three, and stronger or weaker penalties (0.05 to 10) find no more."""


def labelled(folder: Path = FOLDER) -> Iterator[tuple[str, str]]:
    """Each sentence with the rule it breaks, or `good`."""
    label = ""
    for line in (folder / SENTENCES).read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            label = line[1:-1]
        elif line.strip() and not line.startswith("#"):
            yield label, line.strip()


def fit(folder: Path = FOLDER) -> str:
    """Write the nets into the folder; what they find in sentences they were not fitted on, in words."""
    reader, rows = load(), list(labelled(folder))
    truth = np.array([label for label, _ in rows])
    seen = np.array([middle(reader, sentence) for _, sentence in rows])
    mean, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-6
    scaled, good = (seen - mean) / spread, truth == GOOD
    sure = np.zeros(len(rows))
    for known, unknown in StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(scaled, truth):
        sure[unknown] = _doubt(_nets(scaled[known], truth[known]), scaled[unknown])
    least = float(np.quantile(sure[good], 1.0 - SPOKEN_UP))
    _write(folder, _nets(scaled, truth), (mean, spread), least, reader.card.files[WEIGHTS])
    found = "  ".join(f"{name} {np.mean(sure[truth == name] >= least):.2f}" for name in sorted(set(truth.tolist())))
    return f"{len(rows)} sentences, least {least:.3f}; spoken up about in folds not fitted on: {found}"


def _nets(seen: Numbers, truth: Labels) -> list[MLPClassifier]:
    """Nets that differ only in the numbers they began with. Labels come out sorted."""
    wide = {"hidden_layer_sizes": (WIDE,), "alpha": STRENGTH, "max_iter": ROUNDS, "batch_size": 64}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # to stop early is meant
        return [MLPClassifier(**wide, random_state=number).fit(seen, truth) for number in range(NETS)]


def _doubt(nets: list[MLPClassifier], seen: Numbers) -> Numbers:
    """How likely each is to break any rule, as the nets say on average."""
    good = list(nets[0].classes_).index(GOOD)
    return np.asarray(1.0 - np.mean([net.predict_proba(seen)[:, good] for net in nets], axis=0), np.float64)


def _write(folder: Path, nets: list[MLPClassifier], scale: tuple[Numbers, Numbers], least: float, model: str) -> None:
    """The nets side by side, their scale worked into the first layer; in two bytes a number."""
    mean, spread = scale
    first = np.array([net.coefs_[0] / spread[:, None] for net in nets])
    np.savez_compressed(
        folder / FITTED,
        labels=np.array([str(label) for label in nets[0].classes_]),
        first=first.astype(np.float16),
        first_shifts=np.array([net.intercepts_[0] - mean @ one for net, one in zip(nets, first, strict=True)], "f4"),
        second=np.array([net.coefs_[1] for net in nets]).astype(np.float16),
        second_shifts=np.array([net.intercepts_[1] for net in nets], "f4"),
        least=np.array(least),
        model=np.array(model),
    )


if __name__ == "__main__":
    sys.stdout.write(fit() + "\n")
