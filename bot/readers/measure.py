"""How good answers are, each figure with its 95 % interval. Pure but for numpy's seeded generator.

Macro recall: Rosenthal et al., SemEval-2017 task 4. Expected calibration error: Guo et al. 2017, equal-width bins.
Intervals: percentile bootstrap over posts; what depends on counts alone is drawn from the confusion table directly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DRAWS = 1_000
BINS = 10

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value, 0…1, and the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def table(truth: Sequence[int], answers: Sequence[int], labels: int) -> Counts:
    """How often label i (row) was answered with j (column)."""
    found = np.zeros((labels, labels), np.int64)
    np.add.at(found, (np.asarray(truth), np.asarray(answers)), 1)
    return found


def macro_recall(counts: Numbers | Counts) -> Numbers:
    """The mean over labels of the share found; last two axes are the table. Labels that never occur do not count."""
    real = counts.sum(axis=-1)
    hit = np.diagonal(counts, axis1=-2, axis2=-1)
    share = np.where(real > 0, hit / np.maximum(real, 1), np.nan)
    return np.asarray(np.nanmean(share, axis=-1), np.float64)


def macro_f1(counts: Numbers | Counts) -> Numbers:
    """The mean over labels of F1; last two axes are the table."""
    hit = np.diagonal(counts, axis1=-2, axis2=-1)
    whole = counts.sum(axis=-1) + counts.sum(axis=-2)
    return np.asarray(np.mean(2 * hit / np.maximum(whole, 1), axis=-1), np.float64)


def from_table(score: Callable[[Numbers | Counts], Numbers], counts: Counts, seed: int = 7) -> Figure:
    """A score of a confusion table with its interval."""
    total = int(counts.sum())
    draws = np.random.default_rng(seed).multinomial(total, (counts / total).ravel(), DRAWS)
    low, high = np.quantile(score(draws.reshape(DRAWS, *counts.shape)), (0.025, 0.975))
    return Figure(float(score(counts)), float(low), float(high))


def precision_at(truth: Numbers, chances: Numbers, recall: float) -> float:
    """The best precision at any threshold that finds at least this share."""
    order = np.argsort(-chances, kind="stable")
    hits = np.cumsum(truth[order])
    enough = hits >= recall * max(1.0, hits[-1]) - 1e-9
    precision = hits / np.arange(1, len(hits) + 1)
    last = np.append(np.diff(chances[order]) != 0, True)
    return float(precision[enough & last].max(initial=0.0))


def calibration_error(hits: Numbers, chances: Numbers) -> float:
    """The mean distance between what was said and what came true, over ten bins, weighted by their posts."""
    bins = np.minimum((chances * BINS).astype(np.int64), BINS - 1)
    said, came = np.bincount(bins, chances, BINS), np.bincount(bins, hits, BINS)
    return float(np.abs(said - came).sum() / len(chances))


def from_posts(score: Callable[[Numbers, Numbers], float], truth: Numbers, chances: Numbers, seed: int = 7) -> Figure:
    """A score of truths and probabilities with its interval, posts drawn with replacement."""
    chance = np.random.default_rng(seed)
    places = chance.integers(0, len(truth), (DRAWS // 4, len(truth)))
    low, high = np.quantile([score(truth[some], chances[some]) for some in places], (0.025, 0.975))
    return Figure(score(truth, chances), float(low), float(high))
