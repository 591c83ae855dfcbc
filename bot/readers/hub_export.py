"""A hub model's graph, made once with torch and kept by the hash of its weights: after that torch is not needed.

ONNX Runtime reads about twice as many posts a CPU second (figures: docs/reading.md). What cannot be exported runs in
torch as before, and the log says why. torch.onnx: pytorch.org/docs/stable/onnx.html.
"""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import structlog

CLOSE = 1e-3
"""How far the graph's answers may lie from torch's, in a logit."""

PROBES = ([5, 6, 7, 8, 9, 10, 11], [7, 5, 6])
"""Token ids the two are compared on; any model has these."""


def kept(cache: Path, weights: str) -> Path:
    """Where the graph of these weights is kept; `weights` is their hash."""
    return cache / "exported" / f"{weights}.onnx"


def export(model: Any, cache: Path, weights: str) -> Path | None:
    """Write the graph of a loaded torch classifier, whole or not at all. None where it cannot be, said in the log."""
    path = kept(cache, weights)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        _write(model, part)
        _compare(model, part)
    except Exception as error:  # noqa: BLE001  a stranger's model and a large library: torch itself still runs it
        part.unlink(missing_ok=True)
        structlog.get_logger("earshot.readers").warning("not exported", why=f"{type(error).__name__}: {error}"[:300])
        return None
    part.replace(path)
    return path


def _write(model: Any, path: Path) -> None:
    import torch

    ids = torch.tensor([PROBES[0], PROBES[0]])
    axes = {name: {0: "posts", 1: "tokens"} for name in ("input_ids", "attention_mask")}

    class Plain(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.inner(input_ids=input_ids, attention_mask=attention_mask).logits

    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer's remarks on shapes that do not vary
        torch.onnx.export(
            Plain().eval(), (ids, torch.ones_like(ids)), str(path), input_names=list(axes), output_names=["logits"],
            dynamic_axes={**axes, "logits": {0: "posts"}}, opset_version=17, dynamo=False,
        )  # fmt: skip


def _compare(model: Any, path: Path) -> None:
    """Raises ValueError where the graph does not say what torch says, for one length and another."""
    import onnxruntime
    import torch

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for probe in PROBES:
        ids = torch.tensor([probe])
        with torch.inference_mode():
            wanted = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits.float().numpy()
        found = session.run(None, {"input_ids": ids.numpy(), "attention_mask": np.ones_like(ids.numpy())})[0]
        if not np.allclose(wanted, found, atol=CLOSE):
            raise ValueError(f"the graph is {np.abs(wanted - found).max():.3g} off")
