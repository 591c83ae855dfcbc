"""The card of the built-in model, as far as a program needs it: what the outputs mean and which bytes are the model."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bot.readers.types import ReaderUnavailable

REMEDY = 'reinstall earshot-bot, or set reader = "words"'
WEIGHTS, TOKENIZER = "model.onnx", "tokenizer.json"


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
            )
        except OSError as error:
            raise ReaderUnavailable(f"The built-in model is not here ({error.strerror}): {REMEDY}.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReaderUnavailable(f"The built-in model's card cannot be read ({error!r}): {REMEDY}.") from error

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
