"""What eight bits cost the built-in reader: `python -m tests.bench eight`.

Reads labelled sets twice by the same weights, as floats and as the bytes that ship, through the whole reader.
BENCH_DATA is the folder of labelled sets, BENCH_FITS the checkpoints of `earshot train` whose mean ships (each order's
`last.pt`, colons between). Needs the extra `train`.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np

from bot.readers import measure
from bot.readers.builtin import MODEL, Builtin
from bot.readers.card import TOKENIZER, WEIGHTS
from bot.readers.evaluate import TONES, labelled
from bot.readers.measure import Counts
from bot.readers.types import Verdict

SHAPE = (6, 12)
"""Layers and attention heads of the base weights."""


def report() -> None:
    """Print whether the bytes are those that ship, and a row for each set: both figures, and what is lost."""
    import torch

    from bot.readers.export import graph
    from bot.readers.ship import mean

    fits = [torch.load(path, weights_only=True)["model"] for path in os.environ["BENCH_FITS"].split(":")]
    state = mean([{name: part.float().numpy() for name, part in fit.items()} for fit in fits])
    ships, made = Builtin(), sha256(graph(state, *SHAPE)).hexdigest()
    print(
        f"their mean as bytes: {'what ships' if made == ships.card.files[WEIGHTS] else f'not what ships ({made[:12]})'}"
    )
    print("| set | posts | measure | floats | eight bits | lost, points [95 %] | posts answered otherwise |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        floats = _reader(Path(folder), graph(state, *SHAPE, "float"))
        for row in _rows(Path(os.environ["BENCH_DATA"]), floats, ships):
            print(row, flush=True)


def _reader(folder: Path, weights: bytes) -> Builtin:
    """The shipped reader with other weights in it, calibrated as it ships."""
    card = json.loads((MODEL / "card.json").read_text("utf-8"))
    card["files"][WEIGHTS] = sha256(weights).hexdigest()
    (folder / WEIGHTS).write_bytes(weights)
    (folder / TOKENIZER).write_bytes((MODEL / TOKENIZER).read_bytes())
    (folder / "card.json").write_text(json.dumps(card), "utf-8")
    return Builtin(folder)


def _rows(data: Path, floats: Builtin, ships: Builtin) -> Iterator[str]:
    for name in ("sentiment", "airline", "sanders", "sxsw", "complaint"):
        posts = labelled(data, name)
        texts, truth = [text for text, _ in posts], [label for _, label in posts]
        said = [[_label(name, one) for one in reader.read(texts)] for reader in (floats, ships)]
        yield _row(name, np.array(truth), np.array(said[0]), np.array(said[1]))


def _label(name: str, verdict: Verdict) -> int:
    return int(verdict.complaint >= 0.5) if name == "complaint" else TONES.index(verdict.sentiment)


def _row(name: str, truth: Counts, floats: Counts, whole: Counts) -> str:
    """The loss in points with its interval: the same posts drawn with replacement for both."""
    called, score = ("macro F1", measure.macro_f1) if name == "complaint" else ("macro recall", measure.macro_recall)
    labels, draw = int(truth.max()) + 1, np.random.default_rng(7)

    def both(of: Counts) -> tuple[float, float]:
        one, other = (measure.table(truth[of].tolist(), said[of].tolist(), labels) for said in (floats, whole))
        return float(score(one)), float(score(other))

    before, after = both(np.arange(len(truth)))
    pairs = (both(draw.integers(0, len(truth), len(truth))) for _ in range(measure.DRAWS))
    low, high = np.quantile([100 * (one - other) for one, other in pairs], (0.025, 0.975))
    lost = f"{100 * (before - after):.1f} [{low:.1f}, {high:.1f}]"
    return (
        f"| {name} | {len(truth):,} | {called} | {before:.3f} | {after:.3f} | {lost} | {np.mean(floats != whole):.3f} |"
    )
