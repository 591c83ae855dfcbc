"""A second look at a reply, by its meaning: blame, arguing, mockery, advice, in words that stand on no list.

Three small nets over what the built-in model makes of a sentence half-way (its later layers know only tones), fitted
by manner_fit.py on sentences of our own in second_look/. It speaks English, and only reminds or asks for a second
person (core/guards.py). Where the reader is another one, was changed, or fails, there is no second look.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

from bot.core.drafts import Sounding
from bot.core.sentences import sentences
from bot.readers.both import Both
from bot.readers.builtin import Builtin
from bot.readers.card import WEIGHTS
from bot.readers.types import Reader, ReaderUnavailable

FOLDER = Path(__file__).parent / "second_look"
FITTED, SENTENCES = "nets.npz", "sentences.txt"
GOOD = "good"
MOST = 60
"""Sentences of one reply that are looked at: each takes about a millisecond."""

_THEIRS = re.compile(
    r"\W*(?:as )?you (?:say|said|write|wrote|feel|felt|(?:mention|quote|call|ask|describe)(?:e?d)?)\b",
    re.IGNORECASE,
)
"""How a sentence begins that tells what the customer said: what is bad in it is not ours."""

Numbers = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Nets:
    """Some nets of one hidden layer, one beside the other: first a table each, then what is behind it."""

    first: Floats
    first_shifts: Floats
    second: Floats
    second_shifts: Floats

    def chances(self, seen: Numbers) -> Numbers:
        """How likely each label is, as the nets say on average."""
        hidden = np.maximum(seen.astype(np.float32) @ self.first + self.first_shifts, 0.0)
        scores = np.einsum("nh,nhl->nl", hidden, self.second) + self.second_shifts
        return np.asarray(np.mean([shares(one) for one in scores], axis=0), np.float64)


class Manner:
    """What single sentences sound like; `labels` are names of rules and `good`.

    Raises ReaderUnavailable where it is not fitted to this reader.
    """

    def __init__(self, reader: Builtin, folder: Path = FOLDER) -> None:
        self._reader = reader
        try:
            with np.load(folder / FITTED, allow_pickle=False) as kept:
                fitted = {name: kept[name] for name in kept.files}
            self.labels = [str(one) for one in fitted["labels"]]
            self._nets = _Nets(*(np.asarray(fitted[name], np.float32) for name in _Nets.__slots__))
            self._least, model = float(fitted["least"]), str(fitted["model"])
        except (OSError, ValueError, KeyError) as error:
            raise ReaderUnavailable(f"The second look cannot be read ({type(error).__name__}).") from error
        if model != reader.card.files[WEIGHTS]:
            raise ReaderUnavailable(
                "The second look was fitted to another model: run python -m bot.readers.manner_fit."
            )
        self._once = lru_cache(maxsize=2048)(self._judged)

    def sounds(self, text: str) -> tuple[Sounding, ...]:
        """The sentences of an English reply that sound as if they crossed a boundary. Raises ReaderUnavailable."""
        if not self._reader.speaks(text):
            return ()
        found = []
        for start, sentence in list(sentences(text))[:MOST]:
            rule, sure = self._once(sentence.strip())
            if rule:
                left = start + len(sentence) - len(sentence.lstrip())
                found.append(Sounding(rule, left, start + len(sentence.rstrip()), sure))
        return tuple(found)

    def _judged(self, sentence: str) -> tuple[str, float]:
        """The rule that a sentence seems to break and how likely that any is; "" for one that sounds good."""
        if _THEIRS.match(sentence):
            return "", 0.0
        chances = self._nets.chances(middle(self._reader, sentence))
        sure = 1.0 - float(chances[self.labels.index(GOOD)])
        if sure < self._least:
            return "", sure
        rules = [at for at, label in enumerate(self.labels) if label != GOOD]
        return self.labels[max(rules, key=lambda at: float(chances[at]))], sure


def middle(reader: Builtin, sentence: str) -> Numbers:
    """A sentence as the model has it half-way, as one row of numbers. Raises ReaderUnavailable."""
    return np.concatenate([np.asarray(layer, np.float64).mean(axis=0) for layer in reader.layers(sentence)])


def shares(scores: Numbers | Floats) -> Numbers:
    """Scores as chances that sum to one."""
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum(), np.float64)


def listener(reader: Reader) -> Callable[[str], tuple[Sounding, ...]]:
    """What tells the manner of a text by this reader; one that hears nothing where it cannot. Never raises."""
    first: Any = reader.real if isinstance(reader, Both) else reader
    if not isinstance(first, Builtin):
        return _nothing
    try:
        manner = Manner(first)
    except ReaderUnavailable as error:
        _log("no second look at replies", str(error))
        return _nothing

    def hear(text: str) -> tuple[Sounding, ...]:
        try:
            return manner.sounds(text)
        except ReaderUnavailable as error:
            _log("no second look at a reply", str(error))
            return ()

    return hear


def _nothing(_text: str) -> tuple[Sounding, ...]:
    return ()


def _log(what: str, why: str) -> None:
    structlog.get_logger("earshot.readers").warning(what, why=why)
