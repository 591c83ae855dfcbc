"""Two ways of running a stranger's classifier: ONNX Runtime, and torch where it is installed."""

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from bot.readers import hub_export
from bot.readers.normalise import cut
from bot.readers.types import ReaderUnavailable

LONGEST = 192
"""Tokens of one text at most; a social post has rarely more than a hundred."""

ONNX_FILES = ("model.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx", "model_quantized.onnx")
"""Where exporters put the graph, in the order we look."""

WANTED = ["*.json", "*.txt", "*.model", "*.safetensors", "*.onnx"]
"""What is fetched from a hub: never pickled weights, never code."""

Encode = Callable[[str], tuple[list[int], list[int]]]


class Engine(Protocol):
    """A loaded classifier. `independent` means its labels do not exclude one another."""

    labels: tuple[str, ...]
    version: str
    independent: bool

    def logits(self, texts: Sequence[str]) -> Any:
        """Raw outputs, one row per text."""
        ...


def open_engine(model: str, cache: Path) -> Engine:
    """The engine for a folder or a hub name. Raises ReaderUnavailable with the remedy."""
    folder = Path(model) if Path(model).is_dir() else _fetch(model, cache)
    config = _config(folder)
    graph = next((folder / name for name in ONNX_FILES if (folder / name).is_file()), None)
    if graph is not None:
        return OnnxEngine(folder, graph, config)
    weights = _weights(folder)
    if weights and (known := _exported(folder, hub_export.kept(cache, weights), config)):
        return known
    if find_spec("torch") is None:
        raise ReaderUnavailable(
            f"{model} has no ONNX file and torch is not installed: pip install 'earshot-bot[torch]', "
            "or export the model to model.onnx in its folder."
        )
    engine = TorchEngine(folder, config)
    made = hub_export.export(engine.model, cache, weights)
    return OnnxEngine(folder, made, config) if made is not None else engine


def _exported(folder: Path, graph: Path, config: Mapping[str, Any]) -> "OnnxEngine | None":
    """The graph made on an earlier start, if there is one that can be run; one that cannot is thrown away."""
    if not graph.is_file():
        return None
    try:
        return OnnxEngine(folder, graph, config)
    except ReaderUnavailable:
        graph.unlink()
        return None


def _weights(folder: Path) -> str:
    """The hash of a folder's weights; empty where it has none."""
    files = sorted(folder.glob("*.safetensors"))
    return sha256(b"".join(sha256(each.read_bytes()).digest() for each in files)).hexdigest()[:12] if files else ""


class OnnxEngine:
    """A graph in ONNX Runtime with the model's own tokenizer; torch is not needed."""

    def __init__(self, folder: Path, graph: Path, config: Mapping[str, Any]) -> None:
        import onnxruntime

        self.labels, self.independent = _labels(config), _independent(config)
        self.version = sha256(graph.read_bytes()).hexdigest()[:12]
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ReaderUnavailable(f"{graph.name} cannot be run ({type(error).__name__}): export it again.") from error
        self._wants = {each.name for each in self._session.get_inputs()}
        self._encode, self._pad = _encoder(folder, config), int(config.get("pad_token_id") or 0)

    def logits(self, texts: Sequence[str]) -> Any:
        rows = [self._encode(text) for text in texts]
        shape = (len(rows), max(len(ids) for ids, _ in rows))
        ids, mask, types = np.full(shape, self._pad, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for at, (tokens, kinds) in enumerate(rows):
            ids[at, : len(tokens)], types[at, : len(tokens)], mask[at, : len(tokens)] = tokens, kinds, 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
        return self._session.run(None, {name: value for name, value in feed.items() if name in self._wants})[0]


class TorchEngine:
    """A model in torch, from safetensors only."""

    def __init__(self, folder: Path, config: Mapping[str, Any]) -> None:
        import torch
        from transformers import AutoModelForSequenceClassification

        self.labels, self.independent = _labels(config), _independent(config)
        self.version = _weights(folder)
        if not self.version:
            raise ReaderUnavailable(
                f"{folder.name} has no safetensors: pickled weights are never opened. Convert it, or export it to ONNX."
            )
        try:
            self.model = AutoModelForSequenceClassification.from_pretrained(
                folder, use_safetensors=True, trust_remote_code=False, local_files_only=True
            ).eval()
        except Exception as error:
            raise ReaderUnavailable(f"{folder.name} cannot be loaded ({type(error).__name__}: {error}).") from error
        self._torch, self._encode = torch, _encoder(folder, config)
        self._pad = int(config.get("pad_token_id") or 0)

    def logits(self, texts: Sequence[str]) -> Any:
        torch = self._torch
        rows = [self._encode(text)[0] for text in texts]
        width = max(map(len, rows))
        ids = torch.tensor([row + [self._pad] * (width - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        with torch.inference_mode():
            return self.model(input_ids=ids, attention_mask=mask).logits.float().numpy()


def _fetch(model: str, cache: Path) -> Path:
    """A hub model's folder on this machine, downloaded if need be."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model, cache_dir=cache, allow_patterns=WANTED, library_name="Earshot"))
    except Exception as error:
        raise ReaderUnavailable(
            f"{model} is neither a folder nor could it be fetched ({type(error).__name__}): download it elsewhere and "
            "set reader to hub:FOLDER (or builtin+hub:FOLDER)."
        ) from error


def _config(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReaderUnavailable(f"{folder.name} has no readable config.json: it is not a model's folder.") from error
    if not isinstance(found, dict):
        raise ReaderUnavailable(f"{folder.name}'s config.json is not an object: it is not a model's folder.")
    return found


def _labels(config: Mapping[str, Any]) -> tuple[str, ...]:
    named = config.get("id2label") or {}
    if named:
        return tuple(str(named[key]) for key in sorted(named, key=int))
    return tuple(f"LABEL_{at}" for at in range(int(config.get("num_labels") or 2)))


def _independent(config: Mapping[str, Any]) -> bool:
    return config.get("problem_type") == "multi_label_classification"


def _encoder(folder: Path, config: Mapping[str, Any]) -> Encode:
    """The model's tokenizer as a function: from tokenizer.json if there is one, else through transformers."""
    longest = min(LONGEST, int(config.get("max_position_embeddings") or LONGEST) - 2)
    if (folder / "tokenizer.json").is_file():
        from tokenizers import Tokenizer

        fast = Tokenizer.from_file(str(folder / "tokenizer.json"))
        fast.no_truncation()
        fast.no_padding()

        def quick(text: str) -> tuple[list[int], list[int]]:
            found = fast.encode(text)
            return cut(found.ids, longest), cut(found.type_ids, longest)

        return quick
    from transformers import AutoTokenizer

    try:
        slow = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:
        raise ReaderUnavailable(
            f"{folder.name} has no tokenizer that can be loaded ({type(error).__name__})."
        ) from error

    def patient(text: str) -> tuple[list[int], list[int]]:
        ids = list(slow(text)["input_ids"])
        return cut(ids, longest), [0] * min(len(ids), longest)

    return patient
