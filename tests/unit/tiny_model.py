"""A model small enough to write by hand: every token adds its row of a table. ONNX bytes without the onnx package.

Field numbers are those of onnx.proto3 (ModelProto, GraphProto, NodeProto, TensorProto, ValueInfoProto).
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

FLOAT, INT64 = 1, 7


def number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def block(field: int, content: bytes | str) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def tensor(name: str, array: Any) -> bytes:
    kind = FLOAT if array.dtype == np.float32 else INT64
    dims = b"".join(number(1, size) for size in array.shape)
    return dims + number(2, kind) + block(8, name) + block(9, array.tobytes())


def value(name: str, kind: int, dims: Sequence[str]) -> bytes:
    shape = b"".join(block(1, block(2, dim)) for dim in dims)
    return block(1, name) + block(2, block(1, number(1, kind) + block(2, shape)))


def node(op: str, inputs: Sequence[str], output: str, attributes: Mapping[str, int] | None = None) -> bytes:
    given = b"".join(
        block(5, block(1, name) + number(3, found) + number(20, 2)) for name, found in (attributes or {}).items()
    )
    return b"".join(block(1, name) for name in inputs) + block(2, output) + block(4, op) + given


def summing_model(tables: Mapping[str, Any], inputs: Sequence[str] = ("input_ids",)) -> bytes:
    """For each output, the sum over the tokens of their rows in that output's table."""
    graph = b"".join(
        block(1, node("Gather", [f"{name}_table", "input_ids"], f"{name}_rows", {"axis": 0}))
        + block(1, node("ReduceSum", [f"{name}_rows", "axis"], name, {"keepdims": 0}))
        for name in tables
    )
    graph += block(2, "tiny")
    graph += b"".join(block(5, tensor(f"{name}_table", table)) for name, table in tables.items())
    graph += block(5, tensor("axis", np.array([1], np.int64)))
    graph += b"".join(block(11, value(name, INT64, ["posts", "tokens"])) for name in inputs)
    graph += b"".join(block(12, value(name, FLOAT, ["posts", "numbers"])) for name in tables)
    return number(1, 8) + block(7, graph) + block(8, number(2, 17))


def write_tokenizer(path: Path, words: Sequence[str]) -> dict[str, int]:
    """A tokenizer of whole lower-case words; 0 is padding, 1 is any other word. Returns the ids."""
    ids = {word: at for at, word in enumerate(["[PAD]", "[UNK]", *words])}
    found = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
    found.normalizer = normalizers.Lowercase()
    found.pre_tokenizer = pre_tokenizers.Whitespace()
    found.save(str(path))
    return ids


def table(ids: Mapping[str, int], rows: Mapping[str, Sequence[float]], width: int) -> Any:
    out = np.zeros((len(ids), width), np.float32)
    for word, row in rows.items():
        out[ids[word]] = row
    return out


def hub_folder(folder: Path, labels: Sequence[str], rows: Mapping[str, Sequence[float]], **config: Any) -> Path:
    """A model's folder as an exporter leaves it: config.json, tokenizer.json, model.onnx."""
    folder.mkdir(parents=True)
    ids = write_tokenizer(folder / "tokenizer.json", sorted(rows))
    (folder / "model.onnx").write_bytes(summing_model({"logits": table(ids, rows, len(labels))}))
    named = {str(at): label for at, label in enumerate(labels)}
    (folder / "config.json").write_text(json.dumps({"id2label": named, "pad_token_id": 0, **config}))
    return folder


def builtin_folder(folder: Path, rows: Mapping[str, Sequence[float]], **changes: Any) -> Path:
    """A built-in model's folder with heads sentiment (3), complaint (2) and emotion (2): seven numbers a word."""
    folder.mkdir(parents=True)
    ids = write_tokenizer(folder / "tokenizer.json", sorted(rows))
    tables = {"logits": table(ids, rows, 7), "pooled": table(ids, {w: r[:3] for w, r in rows.items()}, 3)}
    inputs = ("input_ids", "token_type_ids")
    (folder / "model.onnx").write_bytes(summing_model(tables, inputs))
    names = ("model.onnx", "tokenizer.json")
    card = {
        "version": "0",
        "date": "2026-01-01",
        "files": {name: sha256((folder / name).read_bytes()).hexdigest() for name in names},
        "outputs": {
            "sentiment": ["negative", "neutral", "positive"],
            "complaint": ["no", "yes"],
            "emotion": ["anger", "joy"],
        },
        "calibration": {},
        "languages": ["en"],
        "longest": 16,
        "width": 3,
        **changes,
    }
    (folder / "card.json").write_text(json.dumps(card))
    return folder
