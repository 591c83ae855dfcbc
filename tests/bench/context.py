"""Whether the context paragraph, read by the network, tells us from namesakes without examples: it does not.

`BENCH_DATA=DIR python -m tests.bench context` ranks the posts of the set sanders that name a brand: by the hand-set
evidence that is used, by the network's head for "is it about this" given the name, given the whole paragraph, by the
cosine of post and paragraph, and by evidence and head together.
"""

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.core.matching import Matcher
from bot.readers.about_evaluate import area, brand_of, named_only, rows_of
from bot.readers.builtin import Builtin, load

Numbers = npt.NDArray[np.float64]
WAYS = ("evidence", "head, name", "head, paragraph", "cosine to the paragraph", "evidence and head, paragraph")


def report() -> None:
    """Print the area under the curve of each way."""
    reader = load()
    rows = rows_of(Path(os.environ["BENCH_DATA"]) / "sanders", "val")
    truth: list[float] = []
    ranked: list[list[float]] = [[] for _ in WAYS]
    for key in sorted({row.brand for row in rows}):
        brand = brand_of(key)
        named = named_only(Matcher([brand]), [row for row in rows if row.brand == key])
        texts = [row.text for row, _ in named]
        evidence = np.array([match.relevant for _, match in named])
        head, whole = (_about(reader, texts, said) for said in (brand.name, brand.context))
        ways = (evidence, head, whole, _near(reader, texts, brand.context), _odds(evidence) + _odds(whole))
        truth += [float(row.us) for row, _ in named]
        for kept, way in zip(ranked, ways, strict=True):
            kept += way.tolist()
    print(f"{len(truth):,} posts, {int(len(truth) - sum(truth)):,} not about us; area under the curve:")
    for name, kept in zip(WAYS, ranked, strict=True):
        print(f"  {name}: {area(np.array(truth), np.array(kept)):.3f}")
    print(f"“orange juice” is about Orange, says the head: {_about(reader, ['orange juice'], 'Orange')[0]:.2f}")


def _about(reader: Builtin, texts: list[str], said: str) -> Numbers:
    """How likely each text is about what is said, by the network's own head."""
    logits, _ = reader.run(texts, [said] * len(texts))
    return np.asarray(1 - reader.chances("entity", logits)[:, 0], np.float64)


def _near(reader: Builtin, texts: list[str], said: str) -> Numbers:
    vectors, one = reader.vectors(texts).astype(np.float64), reader.vectors([said])[0].astype(np.float64)
    return np.asarray(vectors @ one / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(one)), np.float64)


def _odds(chances: Numbers) -> Numbers:
    held = np.clip(chances, 0.02, 0.98)
    return np.asarray(np.log(held / (1 - held)), np.float64)
