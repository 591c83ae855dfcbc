"""`earshot evaluate --data DIR`: how well a reader reads, set by set, beside what people use today.

Every set here is one the shipped weights were not fitted on. Texts are read as they come, in whatever language.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from bot.readers import measure
from bot.readers.both import Both
from bot.readers.measure import Figure
from bot.readers.rivals import rivals
from bot.readers.train_data import rows
from bot.readers.types import Reader, Verdict
from bot.readers.words import Words

TONES = ("negative", "neutral", "positive")
BATCH = 256

_SAME = {
    "positive emotion": "positive",
    "negative emotion": "negative",
    "no emotion toward brand or product": "neutral",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: which set and how many posts, who read it, what is measured, and the figure."""

    set: str
    posts: int
    reader: str
    measure: str
    figure: Figure


def evaluate(data: Path, reader: Reader, beside: Sequence[Reader] = ()) -> Iterator[Line]:
    """Every set found under `data`, read by `reader` and then by each of `beside`. Yields as it goes."""
    for name, path in _tone_sets(data):
        posts = _toned(path)
        for who in (reader, *beside):
            yield from _tones(name, who, posts)
    if (data / "complaint" / "val.jsonl").exists():
        complaints = labelled(data, "complaint")
        for who in (reader, *beside):
            yield from _complaints(who, complaints)


def labelled(data: Path, name: str) -> list[tuple[str, int]]:
    """The validation posts of one English set with their labels: 1 for a complaint, else where in TONES it stands."""
    path = data / name / "val.jsonl"
    return [(row["text"], int(row["label"])) for row in rows(path)] if name == "complaint" else _toned(path)


def _toned(path: Path) -> list[tuple[str, int]]:
    """Texts with their tones; "irrelevant" and "cannot tell" are left out."""
    return [(row["text"], tone) for row in rows(path) if (tone := _tone(row["label"])) is not None]


def report(data: Path, reader: Reader) -> Iterator[str]:
    """The whole table for one reader, beside the word reader, VADER and a linear model fitted in the same run.

    Rows come as they are measured. Raises ReaderUnavailable where the packages of the extra `train` are missing.
    """
    beside = [each for each in (Words(), *rivals(data)) if each.name != reader.name]
    yield from markdown(evaluate(data, reader, beside))


def markdown(lines: Iterator[Line]) -> Iterator[str]:
    """The table as text, row by row as it is measured."""
    yield "| set | posts | reader | measure | value [95 %] |"
    yield "|---|---|---|---|---|"
    for line in lines:
        yield f"| {line.set} | {line.posts} | {line.reader} | {line.measure} | {line.figure} |"


def _tone_sets(data: Path) -> Iterator[tuple[str, Path]]:
    for name in ("sentiment", "airline", "sanders", "sxsw"):
        if (path := data / name / "val.jsonl").exists():
            yield name, path
    for path in sorted((data / "multilingual").glob("*.val.jsonl")):
        yield path.name.removesuffix(".val.jsonl"), path


def _tone(label: str) -> int | None:
    """A set's own label as a tone; None for "irrelevant" and "cannot tell"."""
    plain = label.lower()
    plain = _SAME.get(plain, plain)
    return TONES.index(plain) if plain in TONES else None


def _called(reader: Reader) -> str:
    """Its name; of two readers as one, both names."""
    return reader.called if isinstance(reader, Both) else reader.name


def _read(reader: Reader, texts: Sequence[str]) -> list[Verdict]:
    return [v for at in range(0, len(texts), BATCH) for v in reader.read(texts[at : at + BATCH])]


def _tones(name: str, reader: Reader, labelled: Sequence[tuple[str, int]]) -> Iterator[Line]:
    verdicts, truth = _read(reader, [text for text, _ in labelled]), [label for _, label in labelled]
    answers = [TONES.index(verdict.sentiment) for verdict in verdicts]
    found = measure.from_table(measure.macro_recall, measure.table(truth, answers, 3))
    yield Line(name, len(truth), _called(reader), "tone, macro recall", found)
    hits = np.array([float(real == said) for real, said in zip(truth, answers, strict=True)])
    sure = np.array([max(verdict.negative, verdict.neutral, verdict.positive) for verdict in verdicts])
    error = measure.from_posts(measure.calibration_error, hits, sure)
    yield Line(name, len(truth), _called(reader), "tone, calibration error", error)


def _complaints(reader: Reader, labelled: Sequence[tuple[str, int]]) -> Iterator[Line]:
    verdicts, truth = _read(reader, [text for text, _ in labelled]), [label for _, label in labelled]
    chances, real = np.array([verdict.complaint for verdict in verdicts]), np.array(truth, np.float64)
    found = measure.from_table(measure.macro_f1, measure.table(truth, (chances >= 0.5).astype(int).tolist(), 2))
    yield Line("complaint", len(truth), _called(reader), "complaint, macro F1 at 0.5", found)
    for recall in (0.90, 0.95):
        at = measure.from_posts(partial(measure.precision_at, recall=recall), real, chances)
        yield Line("complaint", len(truth), _called(reader), f"complaint, precision at recall {recall:.2f}", at)
    error = measure.from_posts(measure.calibration_error, real, chances)
    yield Line("complaint", len(truth), _called(reader), "complaint, calibration error", error)
