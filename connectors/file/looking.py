"""A first look at a file: how it is written, what its columns hold. What a person is shown before an import."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

from connectors.file.columns import Columns, checked, flat, guess_columns, value
from connectors.file.parse import Manner, Odd, looks_escaped, read
from connectors.file.records import Form, Kind, Record, charset, opened, records, size
from connectors.types import Poison, Post, PostRef

SAMPLE_BYTES = 1_000_000
SAMPLE_ROWS = 200
_KINDS: dict[str, Kind] = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json"}
_LISTS = ("dialogContent", "messages", "comments", "posts", "turns", "tweets", "items", "statuses")


@dataclass(frozen=True, slots=True)
class Layout:
    """What was found: how the file is written, how its rows are to be read, its columns, its length in bytes."""

    form: Form
    manner: Manner
    header: tuple[str, ...]
    size: int

    @property
    def columns(self) -> Columns:
        """Our field → the file's column."""
        return self.manner.columns


def look(
    path: Path,
    *,
    columns: Columns | None = None,
    platform: str = "file",
    encoding: str = "",
    zone: tzinfo = UTC,
    escaped: bool | None = None,
) -> Layout:
    """Guess a file's layout; `columns` overrides the guess field by field (an empty name drops a field).

    Raises ValueError with a sentence that names the file, the column and the remedy; OSError if it cannot be opened.
    """
    with path.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
    if not head.strip():
        raise ValueError(f"{path.name} is empty.")
    form = _form(path, head, encoding or _encoding(head), guessed=not encoding)
    sample = _sample(path, form)
    if form.kind == "json" and sample and (inner := _list_inside(sample[0])):
        form = Form(form.kind, form.encoding, inner=inner)
        sample = _sample(path, form)
    if not sample:
        raise ValueError(f"{path.name} holds no row that can be read as {form.kind.upper()}.")
    header = form.header or tuple(dict.fromkeys(name for row in sample for name in flat(row)))
    guessed = guess_columns(header, sample)
    mapping = checked({**guessed, **(columns or {})}, header)
    texts = [each for row in sample if isinstance(each := value(row, mapping.get("text")), str)]
    manner = Manner(mapping, platform, looks_escaped(texts) if escaped is None else escaped, zone)
    return Layout(form, manner, header, size(path, form))


def rows(
    path: Path, layout: Layout, start_offset: int = 0, *, now: datetime
) -> Iterator[tuple[int, Post | Poison | PostRef]]:
    """Each row and the byte behind it, from `start_offset` on: a post, a post that is gone, or what could not be read.

    Nothing is dropped but blank lines. Offsets count up to `layout.size`. A post whose time cannot be read gets that of
    the row before it, marked as estimated: rows of one file are mostly in some order of time.
    """
    around: datetime | None = None
    for record in records(path, layout.form, start_offset):
        outcome = _outcome(record, layout.manner, around or now)
        if isinstance(outcome, Post) and outcome.clock != "estimated" and outcome.created_at <= now:
            around = outcome.created_at
        yield record.after, outcome


def _outcome(record: Record, manner: Manner, around: datetime) -> Post | Poison | PostRef:
    if record.why:
        return Poison(record.raw, f"The row cannot be read: {record.why}.")
    try:
        return read(record.row, manner, around)
    except Odd as why:
        return Poison(record.raw, f"The row is no post: {why}.", _told_id(record.row, manner))


def _told_id(row: Any, manner: Manner) -> str | None:
    told = value(row, manner.columns.get("id")) if isinstance(row, Mapping) else None
    return str(told)[:200] if isinstance(told, str | int) else None


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    old_ends = "+cr" if b"\r" in head and b"\n" not in head else ""
    try:
        head[: head.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError as error:
        # One bad byte in much good UTF-8 is a bad byte; many are another encoding.
        rest = head.decode("utf-8", "replace")
        many = rest.count("\ufffd") * 20 > sum(not letter.isascii() for letter in rest)
        return ("cp1252" if many and error.start < len(head) - 4 else "utf-8") + old_ends
    return "utf-8" + old_ends


def _form(path: Path, head: bytes, encoding: str, *, guessed: bool) -> Form:
    start = head.decode(encoding.removesuffix("+cr"), "replace").lstrip("\ufeff").lstrip()
    if not start:
        raise ValueError(f"{path.name} is empty.")
    kind = _kind(path, start)
    if kind != "csv":  # JSON is UTF-8 by its own rules, unless a person said otherwise
        return Form(kind, "utf-8" if guessed and encoding.startswith("cp1252") else encoding)
    delimiter = _delimiter(start.splitlines()[0])
    bare = Form("csv", encoding)
    with opened(path, bare) as stream:
        lines = stream.read(SAMPLE_BYTES).decode(charset(bare), "replace")
    header = next((row for row in csv.reader(lines.lstrip("\ufeff").splitlines(True), delimiter=delimiter) if row), [])
    return Form("csv", encoding, delimiter, _unique(header))


def _kind(path: Path, start: str) -> Kind:
    """What it is by what it says, then by what it is called."""
    if start.startswith("{"):
        return "jsonl" if _is_line(start) or _KINDS.get(path.suffix.lower()) != "json" else "json"
    if start.startswith("["):
        return "json" if _KINDS.get(path.suffix.lower()) != "jsonl" else "jsonl"
    return "csv" if _KINDS.get(path.suffix.lower()) != "jsonl" else "jsonl"


def _is_line(start: str) -> bool:
    try:
        json.loads(start.splitlines()[0])
    except (ValueError, RecursionError):
        return False
    return True


def _delimiter(line: str) -> str:
    return max(",;\t|", key=line.count)


def _unique(header: list[str]) -> tuple[str, ...]:
    """Column names, blank and repeated ones numbered, so that every cell has its own name."""
    names: list[str] = []
    for at, cell in enumerate(header, start=1):
        name = cell.strip() or f"column {at}"
        names.append(f"{name} {at}" if name in names else name)
    return tuple(names)


def _sample(path: Path, form: Form) -> list[dict[str, Any]]:
    found = (record.row for record in records(path, form) if isinstance(record.row, dict))
    return list(islice(found, SAMPLE_ROWS))


def _list_inside(row: Mapping[str, Any]) -> str:
    lists = [
        name for name, inside in row.items() if isinstance(inside, list) and inside and isinstance(inside[0], dict)
    ]
    return next((name for name in (*_LISTS, *lists) if name in lists), "") if "text" not in row else ""
