"""`earshot read`: one JSON line in, one JSON object out. A bad line yields an error and stops nothing."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from bot.readers.types import Reader, ReaderUnavailable, Verdict

BATCH = 64
"""Lines read at once when many come; verdicts do not depend on it."""


def read_line(line: str, reader: Reader) -> dict[str, Any]:
    """The answer to one line `{"id","text","language"?}`.

    Either `{"id","sentiment","negative","neutral","positive","complaint","urgency","language","topics","reader"}`
    or `{"id","error"}`; `id` comes back as it was given, None where there was none to read.
    """
    return next(read_lines([line], reader))


def read_lines(lines: Iterable[str], reader: Reader) -> Iterator[dict[str, Any]]:
    """The answers to many lines, in order. Blank lines are answered with an error like any other bad line."""
    waiting = iter(lines)
    while batch := [_parse(line) for line in islice(waiting, BATCH)]:
        yield from _read(batch, reader)


def answer(key: Any, verdict: Verdict, reader: Reader) -> dict[str, Any]:
    """A verdict in the shape other programs rely on; numbers to four places.

    Where the reader does not speak the language it says `"language_supported": false` too: the numbers are a guess.
    """
    name, version = verdict.by or (reader.name, reader.version)
    return {
        "id": key,
        "sentiment": verdict.sentiment,
        "negative": round(verdict.negative, 4),
        "neutral": round(verdict.neutral, 4),
        "positive": round(verdict.positive, 4),
        "complaint": round(verdict.complaint, 4),
        "urgency": round(verdict.urgency, 4),
        "language": verdict.language,
        "topics": list(verdict.topics),
        "reader": f"{name}/{version}",
    } | ({} if verdict.language_supported else {"language_supported": False})


def _read(batch: list[dict[str, Any]], reader: Reader) -> Iterator[dict[str, Any]]:
    good = [row for row in batch if "error" not in row]
    try:
        verdicts = iter(reader.read([row["text"] for row in good], [row["language"] for row in good]))
    except ReaderUnavailable as error:
        yield from (row if "error" in row else {"id": row["id"], "error": str(error)} for row in batch)
        return
    for row in batch:
        yield row if "error" in row else answer(row["id"], next(verdicts), reader)


def _parse(line: str) -> dict[str, Any]:
    """A line as id, text and language; or id and error."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"not JSON: {error}"}
    if not isinstance(found, Mapping):
        return {"id": None, "error": "not a JSON object"}
    key, text, language = found.get("id"), found.get("text"), found.get("language")
    if not isinstance(text, str):
        return {"id": key, "error": '"text" must be a string'}
    if language is not None and not isinstance(language, str):
        return {"id": key, "error": '"language" must be a string'}
    return {"id": key, "text": text, "language": language}
