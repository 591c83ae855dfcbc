"""Fits the second look at replies (manner.py) to the model as shipped: `python -m bot.readers.manner_fit`.

Run it whenever the model or second_look/sentences.txt changes; it takes half a minute. The line of doubt is laid where
two good sentences in a hundred are spoken up about, told by folds that were not fitted on.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from bot.readers.builtin import load
from bot.readers.card import WEIGHTS
from bot.readers.manner import FITTED, FOLDER, GOOD, SENTENCES, middle

SPOKEN_UP = 0.02
"""Share of the good sentences that may be spoken up about. They were chosen to lie near the bad; those of real replies
seldom do (docs/answering.md has the figures)."""

FOLDS = 8
STRENGTH = 0.003


def labelled(folder: Path = FOLDER) -> Iterator[tuple[str, str]]:
    """Each sentence with the rule it breaks, or `good`."""
    label = ""
    for line in (folder / SENTENCES).read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            label = line[1:-1]
        elif line.strip() and not line.startswith("#"):
            yield label, line.strip()


def fit(folder: Path = FOLDER) -> str:
    """Write the line into the folder; what it finds in sentences it was not fitted on, in words."""
    reader, rows = load(), list(labelled(folder))
    truth = np.array([label for label, _ in rows])
    seen = np.array([middle(reader, sentence) for _, sentence in rows])
    mean, spread = seen.mean(axis=0), seen.std(axis=0) + 1e-6
    model = LogisticRegression(C=STRENGTH, max_iter=1000)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=1)
    unseen = cross_val_predict(model, (seen - mean) / spread, truth, cv=folds, method="predict_proba")
    labels = sorted(set(truth.tolist()))
    sure = 1.0 - unseen[:, labels.index(GOOD)]
    least = float(np.quantile(sure[truth == GOOD], 1.0 - SPOKEN_UP))
    model.fit((seen - mean) / spread, truth)
    weights = (model.coef_ / spread).T
    np.savez(
        folder / FITTED,
        labels=np.array(labels),
        weights=weights.astype(np.float32),
        shifts=(model.intercept_ - mean @ weights).astype(np.float32),
        least=np.array(least),
        model=np.array(reader.card.files[WEIGHTS]),
    )
    found = "  ".join(f"{name} {np.mean(sure[truth == name] >= least):.2f}" for name in labels)
    return f"{len(rows)} sentences, least {least:.3f}; spoken up about in folds not fitted on: {found}"


if __name__ == "__main__":
    sys.stdout.write(fit() + "\n")
