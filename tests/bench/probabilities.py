"""What the built-in reader's probabilities are worth: `BENCH_DATA=DIR python -m tests.bench probabilities`.

On the labelled sets of docs/reading.md: calibration on rows held back from it, cuts and what they find, domains, the
cut one would choose, and what a brand's own labels change (docs/judging.md). Every draw is seeded.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.core.recalibrated import Label, fit
from bot.readers import measure
from bot.readers.builtin import Builtin, load
from bot.readers.calibrate import curve, temperature
from bot.readers.evaluate import labelled
from bot.readers.measure import Numbers
from bot.readers.train_data import examples, rows

Places = npt.NDArray[np.int64] | npt.NDArray[np.bool_]

HALVES = 20
CUTS = (0.09, 0.15, 0.25, 0.3, 0.35, 0.5)
QUEUED = 0.3
WORSE = 0.01
LABELS = (50, 100, 200, 400)
ABOVE = 0.75
"""The share of a brand's labels that stand on queued posts."""


@dataclass(frozen=True, slots=True)
class Set:
    """Posts of one kind: the likelihood of a complaint we give each, and whether it is one."""

    name: str
    chances: Numbers
    truth: Numbers


def report() -> None:
    """Print every table."""
    data, reader = Path(os.environ["BENCH_DATA"]), load()
    texts, truth = zip(*labelled(data, "complaint"), strict=True)
    chances = np.array([one.complaint for one in reader.read(texts)])
    complaint = Set("complaint", chances, np.array(truth, np.float64))
    for line in (*_held_out(data, reader), *_cuts(complaint), *_domains(data, complaint), *_chosen(complaint)):
        print(line, flush=True)
    for line in _own_labels([*_brands(data, reader), complaint]):
        print(line, flush=True)


def _held_out(data: Path, reader: Builtin) -> Iterator[str]:
    """Calibrated on one half of the validation rows, measured on the other; what ships gives the weights alone."""
    for head in ("sentiment", "complaint"):
        kept = list(examples(data, head, "val"))
        logits = reader.run([row.text for row in kept], [row.pair for row in kept])[0][:, reader.card.columns(head)]
        truth = np.array([row.label for row in kept])
        before, after = [], []
        for mine, theirs in _halves(len(kept)):
            scale, shift = (
                curve((logits[mine, 1] - logits[mine, 0]).astype(np.float64), truth[mine])
                if head == "complaint"
                else (temperature(logits[mine].astype(np.float64), truth[mine]), 0.0)
            )
            before.append(_error(logits[theirs], truth[theirs]))
            after.append(_error(_moved(logits[theirs], scale, shift), truth[theirs]))
        yield f"calibration held out, {head}: {np.mean(before):.3f} before, {np.mean(after):.3f} after"


def _moved(logits: Numbers, scale: float, shift: float) -> Numbers:
    return logits * scale + np.array([0.0] * (logits.shape[1] - 1) + [shift])


def _error(logits: Numbers, truth: Numbers) -> float:
    """Two labels: of the second one's probability; more: of the likeliest one's."""
    high = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances = (high / high.sum(axis=1, keepdims=True)).astype(np.float64)
    if chances.shape[1] == 2:
        return measure.calibration_error(truth.astype(np.float64), chances[:, 1])
    return measure.calibration_error((chances.argmax(axis=1) == truth).astype(np.float64), chances.max(axis=1))


def _halves(many: int, draws: int = HALVES) -> Iterator[tuple[Places, Places]]:
    for seed in range(draws):
        order = np.random.default_rng(seed).permutation(many)
        yield order[: many // 2], order[many // 2 :]


def _cuts(posts: Set) -> Iterator[str]:
    yield "| show from | recall | precision | share of posts shown | macro F1 |\n|---|---|---|---|---|"
    for cut in CUTS:
        shown = posts.chances >= cut
        found = (posts.truth * shown).sum()
        yield (
            f"| {cut:.2f} | {found / posts.truth.sum():.3f} | {found / shown.sum():.3f} | {shown.mean():.2f} "
            f"| {_f1(posts.truth, shown):.3f} |"
        )


def _f1(truth: Numbers, said: Places) -> float:
    return float(measure.macro_f1(measure.table(truth.astype(int).tolist(), said.astype(int).tolist(), 2)))


def _domains(data: Path, posts: Set) -> Iterator[str]:
    named: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows(data / "complaint" / "val.jsonl")):
        named[row["domain"]].append(at)
    found = {name: (_f1(posts.truth[at], posts.chances[at] >= 0.5), len(at)) for name, at in named.items()}
    told = sorted(found.items(), key=lambda one: one[1])
    yield "domains, macro F1 at 0.5: " + ", ".join(f"{name} {f1:.2f} ({many})" for name, (f1, many) in told)


def _chosen(posts: Set) -> Iterator[str]:
    """The cut with the best macro F1 on one half, measured on the other, beside the cuts that product and bench use."""
    tried = np.arange(0.05, 0.951, 0.01)
    picked, own, half, queued = [], [], [], []
    for mine, theirs in _halves(len(posts.truth), 200):
        best = max(tried, key=lambda cut: (_f1(posts.truth[mine], posts.chances[mine] >= cut), -abs(cut - 0.5)))
        picked.append(best)
        for kept, cut in ((own, best), (half, 0.5), (queued, QUEUED)):
            kept.append(_f1(posts.truth[theirs], posts.chances[theirs] >= cut))
    low, high = np.quantile(picked, (0.1, 0.9))
    yield (
        f"the cut with the best macro F1 on one half: median {np.median(picked):.2f} (eight in ten {low:.2f} to "
        f"{high:.2f}); on the other {np.mean(own):.3f}, 0.5 there {np.mean(half):.3f}, {QUEUED} {np.mean(queued):.3f}"
    )


def _brands(data: Path, reader: Builtin) -> Iterator[Set]:
    """Sets the reader was never fitted on, each as a brand's posts; a negative tone stands for a complaint."""
    lines = list(rows(data / "airline" / "val.jsonl"))
    for airline in sorted({line["airline"] for line in lines}):
        mine = [line for line in lines if line["airline"] == airline]
        truth = np.array([float(line["label"] == "negative") for line in mine])
        yield Set(f"airline, {airline}", _complaints(reader, [line["text"] for line in mine]), truth)
    for name in ("sanders", "sxsw"):
        posts = labelled(data, name)
        truth = np.array([float(label == 0) for _, label in posts])
        yield Set(name, _complaints(reader, [text for text, _ in posts]), truth)


def _complaints(reader: Builtin, texts: Sequence[str]) -> Numbers:
    return np.array([one.complaint for one in reader.read(texts)])


def _own_labels(sets: Sequence[Set]) -> Iterator[str]:
    """Calibration error on the half held back, before and after so many labels; how often worse by more than WORSE."""
    yield f"| set | before | {' | '.join(f'{many} labels' for many in LABELS)} |\n|---|---|{'---|' * len(LABELS)}"
    for posts in sets:
        before: list[float] = []
        after: dict[int, list[float]] = defaultdict(list)
        for seed, (mine, theirs) in enumerate(_halves(len(posts.truth))):
            held = Set(posts.name, posts.chances[theirs], posts.truth[theirs])
            before.append(measure.calibration_error(held.truth, held.chances))
            for many in LABELS:
                learned = fit(_drawn(posts, mine, many, seed))
                now = np.array([learned.of(float(one)) if learned else one for one in held.chances])
                after[many].append(measure.calibration_error(held.truth, now))
        cells = (_cell(before, after[many]) for many in LABELS)
        yield f"| {posts.name} | {np.mean(before):.3f} | {' | '.join(cells)} |"


def _cell(before: Sequence[float], after: Sequence[float]) -> str:
    return f"{np.mean(after):.3f} ({sum(b > a + WORSE for a, b in zip(before, after, strict=True))})"


def _drawn(posts: Set, mine: Places, many: int, seed: int) -> list[Label]:
    """Three quarters from above the bar, the rest from below; each stands for its share of those it was drawn from."""
    draw, found = np.random.default_rng(1_000 + seed), []
    above = posts.chances[mine] >= QUEUED
    for pool, wanted in ((mine[above], round(ABOVE * many)), (mine[~above], many - round(ABOVE * many))):
        some = draw.permutation(pool)[:wanted]
        found += [Label(float(posts.chances[at]), bool(posts.truth[at]), len(pool) / len(some)) for at in some.tolist()]
    return found
