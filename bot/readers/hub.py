"""Any text-classification model that `transformers` can load, from a folder or a hub, in the place of the built-in one.

An ONNX file in the model's folder is run by ONNX Runtime; without one, torch loads the safetensors. Pickled weights
are never opened and a model's own code is never run. What the model has no label for comes from the word reader.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bot.readers.engines import Engine, open_engine
from bot.readers.labels import Numbers, numbers, roles
from bot.readers.normalise import shorten
from bot.readers.orders import graver, told
from bot.readers.types import ReaderUnavailable, Verdict
from bot.readers.words import Words, angry_urgency

BATCH = 16

_URL = re.compile(r"https?://\S+")
_HANDLE = re.compile(r"(?<![\w@])@\w[\w.\-]{0,60}(?:@[\w.\-]{1,80})?")


class Hub:
    """A reader around somebody else's model. It is taken to speak every language its owner chose it for."""

    def __init__(self, model: str, engine: Engine) -> None:
        self.name = f"hub:{Path(model).name if Path(model).is_dir() else model}"
        self.version = engine.version
        self._engine, self._roles, self._words = engine, roles(engine.labels), Words()

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        """One verdict per text, in order. Raises ReaderUnavailable when the model stops working."""
        split = [told(shorten(text)) for text in texts]
        given = languages if languages is not None else [None] * len(texts)
        found = self._read([one.rest for one in split], given)
        for at, one in enumerate(split):
            for verdict in self._read(one.own, [given[at]] * len(one.own)):
                found[at] = graver(found[at], verdict)
        return found

    def _read(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[Verdict]:
        hints = self._words.read(texts, languages)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        verdicts = list(hints)
        for start in range(0, len(order), BATCH):
            some = order[start : start + BATCH]
            for at, chances in zip(some, self._chances([plain(texts[at]) for at in some]), strict=True):
                verdicts[at] = _verdict(numbers(chances, self._roles), hints[at])
        return verdicts

    def _chances(self, texts: Sequence[str]) -> list[list[float]]:
        try:
            logits = np.asarray(self._engine.logits(texts), np.float64)
        except Exception as error:
            raise ReaderUnavailable(f"{self.name} stopped working ({type(error).__name__}).") from error
        if not np.isfinite(logits).all():
            raise ReaderUnavailable(f"{self.name} answers with numbers that are none: its weights are damaged.")
        if self._engine.independent:
            chances = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
        else:
            high = np.exp(logits - logits.max(axis=-1, keepdims=True))
            chances = high / high.sum(axis=-1, keepdims=True)
        return [list(map(float, row)) for row in chances]


def open_hub(model: str, home: Path) -> Hub:
    """The reader for a model named on a hub ("owner/model") or lying in a folder (absolute, or under `home`).

    Downloads go to `home/models`. Raises ReaderUnavailable with what a person can do about it.
    """
    folder = home / model
    named = str(folder) if folder.is_dir() else model
    return Hub(named, open_engine(named, home / "models"))


def plain(text: str) -> str:
    """A text as public models met it: links as `http`, people as `@user`, nothing invisible, not endless."""
    kept = (char if char.isprintable() else " " for char in unicodedata.normalize("NFC", shorten(text)))
    return _HANDLE.sub("@user", _URL.sub("http", "".join(kept))).strip() or "."


def _verdict(found: Numbers, hint: Verdict) -> Verdict:
    complaint = found.complaint
    if complaint is None:
        complaint = hint.complaint if hint.language_supported else 0.8 * found.negative
    return replace(
        hint,
        negative=found.negative,
        neutral=found.neutral,
        positive=found.positive,
        complaint=complaint,
        urgency=angry_urgency(hint.urgency, complaint, found.negative),
        language_supported=True,
    )
