from pathlib import Path

import pytest

from bot.readers import engines, hub_export
from bot.readers.engines import OnnxEngine, open_engine
from bot.readers.types import ReaderUnavailable
from tests.unit.tiny_model import hub_folder

TONES = {"awful": (4.0, 0.0, 0.0), "lovely": (0.0, 0.0, 4.0)}
LABELS = ["negative", "neutral", "positive"]


def folder_with_weights(tmp_path: Path) -> tuple[Path, Path]:
    """A model's folder as it lies on a hub, with weights and no graph; and the graph, apart."""
    folder = hub_folder(tmp_path / "tones", LABELS, TONES)
    graph = (folder / "model.onnx").rename(tmp_path / "graph.onnx")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder, graph


def hash_of(folder: Path) -> str:
    return engines._weights(folder)


def test_a_graph_made_before_is_used_and_torch_is_not_asked(tmp_path: Path) -> None:
    folder, graph = folder_with_weights(tmp_path)
    kept = hub_export.kept(tmp_path / "cache", hash_of(folder))
    kept.parent.mkdir(parents=True)
    graph.rename(kept)
    engine = open_engine(str(folder), tmp_path / "cache")
    assert isinstance(engine, OnnxEngine)
    assert engine.logits(["awful"])[0].argmax() == 0


def test_other_weights_do_not_use_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, graph = folder_with_weights(tmp_path)
    kept = hub_export.kept(tmp_path / "cache", hash_of(folder))
    kept.parent.mkdir(parents=True)
    graph.rename(kept)
    (folder / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr("bot.readers.engines.find_spec", lambda _name: None)
    with pytest.raises(ReaderUnavailable, match="torch is not installed"):
        open_engine(str(folder), tmp_path / "cache")


def test_a_damaged_graph_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _ = folder_with_weights(tmp_path)
    kept = hub_export.kept(tmp_path / "cache", hash_of(folder))
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"no graph")
    monkeypatch.setattr("bot.readers.engines.find_spec", lambda _name: None)
    with pytest.raises(ReaderUnavailable, match="torch is not installed"):
        open_engine(str(folder), tmp_path / "cache")
    assert not kept.exists()


def tiny_bert() -> object:
    pytest.importorskip("torch", reason="exporting needs the extra torch")
    transformers = pytest.importorskip("transformers", reason="exporting needs transformers")
    shape = transformers.BertConfig(
        vocab_size=60, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=40, num_labels=3,
    )  # fmt: skip
    return transformers.BertForSequenceClassification(shape).eval()


def test_an_exported_model_says_what_torch_says(tmp_path: Path) -> None:
    path = hub_export.export(tiny_bert(), tmp_path, "abc")  # compared on export: None where it differs
    assert path == hub_export.kept(tmp_path, "abc")
    assert path.is_file()
    assert list(path.parent.glob("*.part")) == []


def test_a_model_that_cannot_be_exported_stays_in_torch(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="exporting needs the extra torch")
    assert hub_export.export(object(), tmp_path, "abc") is None
    assert list((tmp_path / "exported").iterdir()) == []
