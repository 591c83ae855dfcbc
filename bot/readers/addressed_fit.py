"""Fits the line of addressed.py to the model as shipped: `python -m bot.readers.addressed_fit DIR`, half a minute.

Run it whenever the model or second_look/orders.txt changes. DIR holds labelled sets whose posts may be learned from
(sentiment, complaint, entity; see docs/reading-figures.md): their sentences are what does not speak to a machine. Each
order is looked at alone, before and behind posts. The line is laid where one in 200 sentences of posts that it was not
fitted on lies beyond it.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from bot.readers.addressed import FITTED, FOLDER, LEAST, spans
from bot.readers.builtin import Builtin, load
from bot.readers.card import WEIGHTS
from bot.readers.train_data import rows

SETS, POSTS = ("sentiment", "complaint", "entity"), 2_000
ORDERS = "orders.txt"
BESIDE = 6
"""Posts that each order is put before and behind."""

BEYOND = 0.005
"""Share of the sentences of posts that may lie beyond the line."""

STRENGTH = 0.01

Numbers = npt.NDArray[np.float64]


def fit(data: Path, folder: Path = FOLDER) -> str:
    """Write the line into the folder; what it finds, in words."""
    reader, chance = load(), np.random.default_rng(11)
    posts = [text for name in SETS for text in _some(data / name / "train.jsonl", chance)]
    orders = [line for line in (folder / ORDERS).read_text("utf-8").splitlines() if line.strip()]
    plain = np.array([seen for text in posts for seen in _sentences(reader, text)])
    known, unknown = plain[::2], plain[1::2]
    told = np.array([seen for order in orders for seen in _placed(reader, order, posts, chance)])
    mean, spread = plain.mean(axis=0), plain.std(axis=0) + 1e-6
    fitted = LogisticRegression(C=STRENGTH, max_iter=3_000, class_weight="balanced")
    fitted.fit((np.vstack([told, known]) - mean) / spread, np.r_[np.ones(len(told)), np.zeros(len(known))])
    line = fitted.coef_[0] / spread
    shift = float(fitted.intercept_[0] - line @ mean)
    least = float(np.quantile(unknown @ line + shift, 1.0 - BEYOND))
    model = reader.card.files[WEIGHTS]
    np.savez_compressed(folder / FITTED, weights=line.astype("f4"), shift=shift, least=least, model=model)
    found = float(np.mean(told @ line + shift > least))
    return f"{len(orders)} orders, {len(plain):,} sentences of {len(posts):,} posts; beyond: {found:.3f} of the orders"


def _some(file: Path, chance: np.random.Generator) -> list[str]:
    texts = [row["text"] for row in rows(file)]
    return [texts[at] for at in sorted(chance.permutation(len(texts))[:POSTS].tolist())]


def _placed(reader: Builtin, order: str, posts: Sequence[str], chance: np.random.Generator) -> Iterator[Numbers]:
    """An order's sentences alone, and before and behind some posts."""
    alone = list(_sentences(reader, order))
    yield from alone
    for at in chance.integers(0, len(posts), BESIDE).tolist():
        post = posts[at].strip() if posts[at].strip()[-1:] in ".!?" else f"{posts[at].strip()}."
        yield from list(_sentences(reader, f"{order} {post}"))[: len(alone)]
        yield from list(_sentences(reader, f"{post} {order}"))[-len(alone) :]


def _sentences(reader: Builtin, text: str) -> Iterator[Numbers]:
    """Each sentence of a text as the model has it half-way, a row of numbers each."""
    ids, layer = reader.half_way(text)
    for start, stop in spans(ids.tolist(), reader.ends):
        if stop - start >= LEAST:
            yield np.asarray(layer[start:stop], np.float64).mean(axis=0)


if __name__ == "__main__":
    sys.stdout.write(fit(Path(sys.argv[1])) + "\n")
