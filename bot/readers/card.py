"""The card of the built-in model, as far as a program needs it: what the outputs mean and which bytes are the model."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from bot.core.misread import Measured
from bot.readers.types import ReaderUnavailable

REMEDY = 'reinstall earshot-bot, or set reader = "words"'
WEIGHTS, TOKENIZER = "model.onnx", "tokenizer.json"
MODEL = Path(__file__).parent / "model"
_FIGURE = re.compile(r"(0?\.\d+) \[(0?\.\d+), (0?\.\d+)\]")  # as ship.py writes them


@dataclass(frozen=True, slots=True)
class Card:
    """Outputs by head in the order of the model's columns, their calibration, the languages spoken, the file hashes.

    `calibration` holds per head a `scale` the logits are multiplied with and a `shift` added per label; both were
    fitted on validation rows. `longest` is in tokens.
    """

    version: str
    date: str
    files: Mapping[str, str]
    outputs: Mapping[str, Sequence[str]]
    calibration: Mapping[str, Mapping[str, Sequence[float]]]
    languages: frozenset[str]
    longest: int
    width: int
    figures: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> "Card":
        """The card in a folder. Raises ReaderUnavailable where there is none or it cannot be read."""
        try:
            found = json.loads((folder / "card.json").read_text(encoding="utf-8"))
            return cls(
                version=str(found["version"]),
                date=str(found["date"]),
                files={name: str(found["files"][name]) for name in (WEIGHTS, TOKENIZER)},
                outputs=found["outputs"],
                calibration=found["calibration"],
                languages=frozenset(found["languages"]),
                longest=int(found["longest"]),
                width=int(found["width"]),
                figures=found.get("figures", {}),
            )
        except OSError as error:
            raise ReaderUnavailable(f"The built-in model is not here ({error.strerror}): {REMEDY}.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReaderUnavailable(f"The built-in model's card cannot be read ({error!r}): {REMEDY}.") from error

    def measured(self) -> dict[str, Measured]:
        """By head, the macro recall on posts that were never learned from; a head without such a figure is left out."""
        read = {head: _FIGURE.fullmatch(str(one.get("macro recall", ""))) for head, one in self.figures.items()}
        return {
            head: Measured(int(str(self.figures[head]["posts"])), *map(float, found.groups()))
            for head, found in read.items()
            if found is not None
        }

    @property
    def full_version(self) -> str:
        """As readings keep it: the version and the beginning of the weights' hash."""
        return f"{self.version}+{self.files[WEIGHTS][:8]}"

    def columns(self, head: str) -> slice:
        """Where a head's numbers stand in the model's output."""
        start = 0
        for name, labels in self.outputs.items():
            if name == head:
                return slice(start, start + len(labels))
            start += len(labels)
        raise ReaderUnavailable(f"The built-in model has no output {head!r}: {REMEDY}.")

    def bytes_of(self, folder: Path, name: str) -> bytes:
        """A file's bytes, if they are the very ones the card names. Raises ReaderUnavailable otherwise."""
        try:
            found = (folder / name).read_bytes()
        except OSError as error:
            raise ReaderUnavailable(f"The built-in model lacks {name} ({error.strerror}): {REMEDY}.") from error
        if sha256(found).hexdigest() != self.files[name]:
            raise ReaderUnavailable(f"The built-in model's {name} is not the file its card names: {REMEDY}.")
        return found


def measured(folder: Path, reader: str) -> dict[str, Measured]:
    """What the card in a folder says of a reader ("builtin 2026.11.23+abddc40a"); nothing of any other."""
    try:
        card = Card.read(folder)
    except ReaderUnavailable:
        return {}
    return card.measured() if reader == f"builtin {card.full_version}" else {}
