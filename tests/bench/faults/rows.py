"""Rows of a folder of hostile inputs, and what became of each: held, differs from its oracle, or cannot be played."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one row. `differs`: what was other than its oracle says; `unplayable`: why nothing was tried."""

    id: str
    differs: tuple[str, ...] = ()
    unplayable: str = ""


def lines(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of `name`.jsonl; raises FileNotFoundError if the folder has no such file."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("//"):
                yield json.loads(line)


def unrolled(value: Any) -> Any:
    """The same with every {"$gen": [[piece, times], …]} written out."""
    if isinstance(value, dict):
        if set(value) == {"$gen"}:
            return "".join(piece * times for piece, times in value["$gen"])
        return {name: unrolled(part) for name, part in value.items()}
    return [unrolled(part) for part in value] if isinstance(value, list) else value
