"""Makes probabilities mean what they say: a scale and shifts for logits, fitted on rows the model was not fitted on.

One temperature for tones (Guo et al. 2017), which moves no answer; a logistic curve for complaints (Platt 1999).
"""

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

STEPS = 50


def temperature(logits: Numbers, truth: npt.NDArray[np.int64]) -> float:
    """The factor on the logits that makes the truth likeliest; found by halving intervals of its logarithm."""
    low, high = np.log(0.05), np.log(20.0)
    for _ in range(STEPS):
        first, second = low + (high - low) / 3, high - (high - low) / 3
        if surprise(logits * np.exp(first), truth) < surprise(logits * np.exp(second), truth):
            high = second
        else:
            low = first
    return float(np.exp((low + high) / 2))


def surprise(logits: Numbers, truth: npt.NDArray[np.int64]) -> float:
    """The mean negative log-likelihood of the truth."""
    high = logits - logits.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(high).sum(axis=1)) - high[np.arange(len(truth)), truth]))


def curve(margin: Numbers, truth: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Scale and shift of a margin such that the logistic of `scale * margin + shift` is the chance of a yes."""
    scale, shift = line(margin[:, None], truth)
    return float(scale), float(shift)


def line(columns: Numbers, truth: npt.NDArray[np.int64], ridge: float = 1e-6) -> Numbers:
    """The weights of the columns and, last, the shift that make the logistic of their sum the chance of a yes.

    Platt's smoothed targets keep a set that is split perfectly from asking for infinite weights. Newton's method.
    """
    yes, no = int(truth.sum()), int(len(truth) - truth.sum())
    target = np.where(truth == 1, (yes + 1) / (yes + 2), 1 / (no + 2))
    whole = np.concatenate([columns, np.ones((len(columns), 1))], axis=1)
    found = np.zeros(whole.shape[1])
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(whole @ found, -30, 30)))
        slope = whole.T @ (chance - target) + ridge * found
        bend = (whole * (chance * (1 - chance))[:, None]).T @ whole + ridge * np.eye(len(found))
        found = found - np.clip(np.linalg.solve(bend, slope), -2, 2)
    return found
