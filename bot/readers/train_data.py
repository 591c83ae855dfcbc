"""The labelled sets the built-in reader is fitted on, as plain rows. Only sets marked trainable are ever opened here.

Layout and terms of the data folder: its own README. A row whose text nearly equals one we measure on is dropped, so
that no figure is earned by memory.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.readers.normalise import normalise

HEADS: Mapping[str, tuple[str, ...]] = {
    "sentiment": ("negative", "neutral", "positive"),
    "complaint": ("no", "yes"),
    "irony": ("non_irony", "irony"),
    "offensive": ("not-offensive", "offensive"),
    "emotion": ("anger", "joy", "optimism", "sadness"),
    "entity": ("Irrelevant", "Negative", "Neutral", "Positive"),
}
"""Each head and its labels in the order of the model's outputs."""

REPEAT = {"complaint": 3}
"""How often a small set's rows are shown in one epoch."""

MEASURED = ("airline", "sanders", "sxsw", "multilingual", *HEADS)
"""Folders whose validation rows must not be among the training rows."""

_KEY = re.compile(r"@user|http|\W+")


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text. `pair` is what the label is about, for heads that judge a text in the light of a name."""

    head: str
    label: int
    text: str
    pair: str = ""
    domain: str = ""


def examples(data: Path, head: str, split: str) -> Iterator[Example]:
    """The rows of one set and split, normalised. Rows with a label the head does not know raise ValueError."""
    for row in rows(data / head / f"{split}.jsonl"):
        label = _label(head, row["label"])
        pair = normalise(row.get("entity", ""))
        yield Example(head, label, normalise(row["text"]), pair, row.get("domain", ""))


def _label(head: str, given: str | int) -> int:
    name = HEADS[head][given] if isinstance(given, int) else given
    if name not in HEADS[head]:
        raise ValueError(f"{head} has no label {name!r}: its labels are {', '.join(HEADS[head])}.")
    return HEADS[head].index(name)


def training_rows(data: Path) -> tuple[list[Example], int]:
    """Every row to learn from, repeats included, and how many were dropped as near-copies of measured ones."""
    measured = set(_measured_keys(data))
    kept: list[Example] = []
    dropped = 0
    for head in HEADS:
        for example in examples(data, head, "train"):
            if near(example.text) in measured:
                dropped += 1
            else:
                kept.extend([example] * REPEAT.get(head, 1))
    return kept, dropped


def near(text: str) -> str:
    """What two texts share when they are the same but for links, handles, case and punctuation."""
    return _KEY.sub("", normalise(text).lower())


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _measured_keys(data: Path) -> Iterator[str]:
    for folder in MEASURED:
        for path in sorted((data / folder).glob("*val.jsonl")):
            for row in rows(path):
                if key := near(row["text"]):
                    yield key
