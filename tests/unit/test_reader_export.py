"""Needs the package onnx, which comes with the extra `train`."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx")

from bot.readers.export import graph

LAYERS, HEADS, WIDTH, INNER, VOCABULARY = 2, 4, 128, 256, 50
CHANCE = np.random.default_rng(5)


def weights() -> dict[str, Any]:
    def some(*shape: int) -> Any:
        return (CHANCE.normal(size=shape) * 0.08).astype(np.float32)

    state = {
        "encoder.embeddings.word_embeddings.weight": some(VOCABULARY, WIDTH) * 10,
        "encoder.embeddings.position_embeddings.weight": some(64, WIDTH),
        "encoder.embeddings.token_type_embeddings.weight": some(2, WIDTH),
        "encoder.embeddings.LayerNorm.weight": np.ones(WIDTH, np.float32),
        "encoder.embeddings.LayerNorm.bias": some(WIDTH),
        "heads.weight": some(5, WIDTH),
        "heads.bias": some(5),
    }
    for layer in range(LAYERS):
        at = f"encoder.encoder.layer.{layer}"
        shapes = {
            **{f"attention.self.{name}": (WIDTH, WIDTH) for name in ("query", "key", "value")},
            "attention.output.dense": (WIDTH, WIDTH),
            "intermediate.dense": (INNER, WIDTH),
            "output.dense": (WIDTH, INNER),
        }
        for name, shape in shapes.items():
            state[f"{at}.{name}.weight"], state[f"{at}.{name}.bias"] = some(*shape), some(shape[0])
        for name in ("attention.output", "output"):
            state[f"{at}.{name}.LayerNorm.weight"] = np.ones(WIDTH, np.float32)
            state[f"{at}.{name}.LayerNorm.bias"] = some(WIDTH)
    return state


STATE = weights()


def run(kind: Any, ids: Any) -> list[Any]:
    import onnxruntime

    session = onnxruntime.InferenceSession(graph(STATE, LAYERS, HEADS, kind), providers=["CPUExecutionProvider"])
    return list(session.run(None, {"input_ids": ids, "token_type_ids": np.zeros_like(ids)}))


def reference(ids: Any) -> Any:
    """The same network in plain numpy, for one text (Devlin et al. 2018)."""
    from math import erf

    def norm(hidden: Any, name: str) -> Any:
        centred = hidden - hidden.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * STATE[f"{name}.weight"] + STATE[f"{name}.bias"]

    def linear(hidden: Any, name: str) -> Any:
        return hidden @ STATE[f"{name}.weight"].T + STATE[f"{name}.bias"]

    at = "encoder.embeddings"
    hidden = STATE[f"{at}.word_embeddings.weight"][ids] + STATE[f"{at}.position_embeddings.weight"][: len(ids)]
    hidden = norm(hidden + STATE[f"{at}.token_type_embeddings.weight"][0], f"{at}.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.encoder.layer.{layer}"
        parts = [linear(hidden, f"{at}.attention.self.{name}") for name in ("query", "key", "value")]
        query, key, value = (part.reshape(len(ids), HEADS, -1).transpose(1, 0, 2) for part in parts)
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(WIDTH / HEADS)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (shares / shares.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(ids), WIDTH)
        hidden = norm(linear(mixed, f"{at}.attention.output.dense") + hidden, f"{at}.attention.output.LayerNorm")
        wide = linear(hidden, f"{at}.intermediate.dense")
        bent = wide * 0.5 * (1 + np.vectorize(erf)(wide / np.sqrt(2)))
        hidden = norm(linear(bent, f"{at}.output.dense") + hidden, f"{at}.output.LayerNorm")
    return linear(hidden.mean(0), "heads")


IDS = CHANCE.integers(0, VOCABULARY, (3, 12))


def test_the_graph_computes_what_the_network_does() -> None:
    logits, _ = run("float", IDS)
    for text, row in zip(IDS, logits, strict=True):
        assert row == pytest.approx(reference(text), abs=1e-4)


def test_bytes_stay_close_to_floats() -> None:
    exact, vectors = run("float", IDS)
    for at, text in enumerate(IDS):
        logits, vector = run("bytes", text[None])
        assert logits[0] == pytest.approx(exact[at], abs=0.08)
        assert vector[0] == pytest.approx(vectors[at], abs=0.2)


@pytest.mark.parametrize("length", [1, 2, 63])
def test_any_length_up_to_the_last_place_is_read(length: int) -> None:
    ids = np.resize(IDS[0], (1, length))
    assert run("bytes", ids)[0][0] == pytest.approx(run("float", ids)[0][0], abs=0.08)


def test_what_is_slow_is_not_used() -> None:
    import onnx

    made = onnx.load_from_string(graph(STATE, LAYERS, HEADS))
    kinds = Counter(node.op_type for node in made.graph.node)
    assert kinds["QAttention"] == LAYERS
    assert kinds["SkipLayerNormalization"] == 0
    assert {each.name for each in made.graph.input} == {"input_ids", "token_type_ids"}
