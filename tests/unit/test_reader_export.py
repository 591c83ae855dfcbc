"""Needs the package onnx, which comes with the extra `train`."""

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


def run(kind: Any, ids: Any, mask: Any = None) -> list[Any]:
    import onnxruntime

    session = onnxruntime.InferenceSession(graph(STATE, LAYERS, HEADS, kind), providers=["CPUExecutionProvider"])
    mask = np.ones_like(ids) if mask is None else mask
    return list(session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}))


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


@pytest.mark.parametrize("kind", ["tensor", "rows"])
def test_bytes_stay_close_to_floats(kind: Any) -> None:
    exact, _ = run("float", IDS)
    for at, text in enumerate(IDS):
        assert run(kind, text[None])[0][0] == pytest.approx(exact[at], abs=0.08)


def test_padding_changes_nothing_in_floats() -> None:
    padded, mask = np.pad(IDS, ((0, 0), (0, 5))), np.pad(np.ones_like(IDS), ((0, 0), (0, 5)))
    assert run("float", padded, mask)[0] == pytest.approx(run("float", IDS)[0], abs=1e-5)


def test_rows_do_not_depend_on_their_neighbours() -> None:
    together = run("rows", IDS)[0]
    alone = np.concatenate([run("rows", text[None])[0] for text in IDS])
    assert together == pytest.approx(alone, abs=1e-5)
