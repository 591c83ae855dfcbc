"""A file's bytes → rows, each with the place behind it. Bad rows keep their bytes; reading resumes at any place."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Literal

Kind = Literal["csv", "jsonl", "json"]
MAX_LINE = 16_000_000
MAX_RECORD_LINES = 5_000
MAX_IN_MEMORY = 256_000_000
_KEPT = 1_000_000  # of a row that cannot be read

csv.field_size_limit(MAX_LINE)  # the module's own limit of 128 KiB is below a long post


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written. `inner` names the list inside each JSON object that holds the posts (conversations)."""

    kind: Kind
    encoding: str = "utf-8"
    delimiter: str = ","
    header: tuple[str, ...] = ()
    inner: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the place behind it in bytes, what it holds, its bytes. `why` is set if it cannot be read."""

    after: int
    row: Any
    raw: bytes
    why: str = ""


def records(path: Path, form: Form, start: int = 0) -> Iterator[Record]:
    """Rows from `start`, a place given earlier in `Record.after` (0: from the beginning)."""
    with opened(path, form) as stream:
        if form.kind == "json":
            yield from _array(stream, form, start)
        elif form.kind == "jsonl":
            yield from _lines(stream, form, start)
        else:
            yield from _rows(stream, form, start)


def opened(path: Path, form: Form) -> BinaryIO:
    """The file as bytes in which a newline is one byte; UTF-16 and old line ends are rewritten in memory."""
    if form.encoding.startswith("utf-16") or form.encoding.endswith("+cr"):
        name = form.encoding.removesuffix("+cr")
        text = _whole(path).decode(name, "replace").replace("\r\n", "\n").replace("\r", "\n")
        return BytesIO(text.encode("utf-8", "replace"))
    return path.open("rb")


def size(path: Path, form: Form) -> int:
    """Bytes to read in all: the end of the scale on which `Record.after` counts."""
    if isinstance(stream := opened(path, form), BytesIO):
        return len(stream.getbuffer())
    stream.close()
    return path.stat().st_size


def charset(form: Form) -> str:
    """The encoding of the bytes `opened` gives."""
    return "utf-8" if form.encoding.startswith("utf-16") or form.encoding.endswith("+cr") else form.encoding


def _whole(path: Path) -> bytes:
    if path.stat().st_size > MAX_IN_MEMORY:
        raise ValueError(f"{path.name} is too large to be read at once; save it as UTF-8 JSON Lines or CSV.")
    return path.read_bytes()


def _lines(stream: BinaryIO, form: Form, start: int) -> Iterator[Record]:
    stream.seek(start)
    while line := stream.readline(MAX_LINE):
        why = ""
        if len(line) >= MAX_LINE and not line.endswith(b"\n"):
            why = "the line is too long"
            _skip_line(stream)
        bare = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not bare:
            continue
        row, why = (None, why) if why else _json(bare, charset(form))
        yield Record(stream.tell(), row, bare[:_KEPT], why)


def _skip_line(stream: BinaryIO) -> None:
    while (more := stream.readline(MAX_LINE)) and not more.endswith(b"\n"):
        pass


def _json(line: bytes, encoding: str) -> tuple[Any, str]:
    known = json.detect_encoding(line)
    try:
        text = line.decode(encoding if known == "utf-8" else known, "replace")
        return json.loads(text, parse_constant=lambda _: None, parse_int=_exact), ""
    except (ValueError, LookupError):
        return None, "the line is no JSON"
    except RecursionError:
        return None, "the line's JSON is nested too deeply"


def _exact(digits: str) -> int | str:
    """Numbers beyond every column keep their digits as text."""
    return int(digits) if len(digits) <= 400 else digits


class _Fed:
    """Hands lines to the csv module and knows where the row it is building began and how far it has come."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream, self._encoding = stream, encoding
        self.began = stream.tell()
        self.lines: list[bytes] = []

    def __iter__(self) -> "_Fed":
        return self

    def __next__(self) -> str:
        line = self._stream.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.lines.append(line)
        if len(self.lines) > MAX_RECORD_LINES or (len(line) >= MAX_LINE and not line.endswith(b"\n")):
            raise csv.Error("it does not end")
        return line.decode(self._encoding, "replace")

    def finish(self) -> tuple[int, bytes]:
        """The place behind the finished row, and its bytes."""
        raw = b"".join(self.lines)
        self.began += len(raw)
        self.lines = []
        return self.began, raw


def _rows(stream: BinaryIO, form: Form, start: int) -> Iterator[Record]:
    stream.seek(start)
    at_head = start == 0
    while True:
        fed = _Fed(stream, charset(form))
        try:
            for cells in csv.reader(fed, delimiter=form.delimiter, strict=True):
                after, raw = fed.finish()
                if cells and not at_head:
                    yield _record(cells, form, after, raw)
                at_head = at_head and not cells
            return
        except csv.Error as error:
            # A quote that never closes would swallow the rest of the file: only its first line is judged alone.
            first = fed.lines[0] if fed.lines else b""
            stream.seek(fed.began + len(first))
            if not first.endswith(b"\n"):
                _skip_line(stream)
            yield _sloppy(first, form, stream.tell(), str(error))
            at_head = False


def _sloppy(line: bytes, form: Form, after: int, why: str) -> Record:
    """A line with stray quotes, read as it stands if it then has the right number of fields."""
    try:
        cells = next(csv.reader([line.decode(charset(form), "replace")], delimiter=form.delimiter), [])
    except csv.Error:
        cells = []
    if len(cells) == len(form.header):
        return _record(cells, form, after, line)
    return Record(after, None, line[:_KEPT], f"the row cannot be read: {why}")


def _record(cells: list[str], form: Form, after: int, raw: bytes) -> Record:
    if len(cells) != len(form.header):
        why = f"it has {len(cells)} fields where the header has {len(form.header)}"
        return Record(after, None, raw[:_KEPT], why)
    return Record(after, dict(zip(form.header, cells, strict=True)), raw[:_KEPT])


def _array(stream: BinaryIO, form: Form, start: int) -> Iterator[Record]:
    encoding = charset(form)
    # Bad bytes become lone surrogates, which come out as the same bytes again: places stay exact.
    text = stream.read()[start:].decode(encoding, "surrogateescape")
    decode = json.JSONDecoder(parse_constant=lambda _: None, parse_int=_exact).raw_decode
    at, done, place = _to_item(text, 0, " \t\r\n,\ufeff"), 0, start
    if start == 0 and text[at : at + 1] == "[":
        at = _to_item(text, at + 1, _BETWEEN)
    while at < len(text) and text[at] != "]":
        end, row, why = _item(decode, text, at)
        before, place = place, place + len(text[done:end].encode(encoding, "surrogateescape"))
        raw = text[at:end].encode(encoding, "surrogateescape")
        yield from _inner(row, form, (before, place), raw, why)
        done, at = end, _to_item(text, end, _BETWEEN)


_BETWEEN = " \t\r\n,"


def _item(decode: Callable[[str, int], tuple[Any, int]], text: str, at: int) -> tuple[int, Any, str]:
    try:
        row, end = decode(text, at)
    except (ValueError, RecursionError):
        return len(text), None, "the file is no JSON from here on"
    return end, row, ""


def _to_item(text: str, at: int, between: str) -> int:
    while at < len(text) and text[at] in between:
        at += 1
    return at


def _inner(row: Any, form: Form, places: tuple[int, int], raw: bytes, why: str) -> Iterator[Record]:
    """The posts inside an object. Reading can resume before or behind a conversation, not inside it."""
    inside = row.get(form.inner) if form.inner and isinstance(row, dict) else None
    if not isinstance(inside, list) or not inside:
        yield Record(places[1], row, raw[:_KEPT], why)
        return
    around = {name: each for name, each in row.items() if name != form.inner}
    for at, each in enumerate(inside, start=1):
        full = {**around, **each} if isinstance(each, dict) else each
        yield Record(places[at == len(inside)], full, json.dumps(each).encode()[:_KEPT], why)
