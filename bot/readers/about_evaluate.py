"""`earshot evaluate --data DIR --about`: how well posts about us are told from the rest, with 0, 10 and 100 examples.

Only posts that name the brand are counted: no other becomes a mention. Examples are half about us and half not, drawn
from rows that are not measured; every figure is over all draws. Removing the evidence a verdict cites must change it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.core.brand import Brand
from bot.core.learned import SPEAKS, Piece, refined
from bot.core.matching import LIKELY, Match, Matcher
from bot.core.resting import ALONE, ENOUGH, FOR
from bot.readers import measure
from bot.readers.about import Example, lesson_of, looked_at, same, weighed
from bot.readers.measure import Figure
from bot.readers.train_data import rows
from bot.readers.types import Reader

SIZES = (0, 10, 100)
DRAWS = 3
AGAINST = frozenset(("word", "short", "how", "against", "not_us", "namesake", "noun", "foreign", "required"))
"""Keys of evidence that can only speak against us."""

CONTEXTS = {
    "apple": ("Apple", "We make phones and computers: iPhone, iPad, Mac, iOS, Siri, iCloud; stores, support, updates."),
    "google": ("Google", "We make a search engine, Android and Nexus phones, Gmail, maps and documents."),
    "microsoft": ("Microsoft", "We make Windows, Office, Xbox, Bing and phones; updates and software."),
    "twitter": ("Twitter", "We run a network for short messages: tweets, followers, timelines, trends."),
}
"""Who the brands of the set sanders are, in a sentence of ours; those of entity have nothing but their name."""


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled post: which brand, what it says, whether it is about the brand."""

    brand: str
    text: str
    us: bool


@dataclass(slots=True)
class Tally:
    """What came of one set, size and reader: truths and probabilities, and the verdicts whose evidence was removed.

    `removed`: verdicts "not us", whether each turned; `cited`: verdicts "us" that cite more than the name, whether each
    turned; `named`: those said to stand by the name alone, whether each stood.
    """

    truth: list[float] = field(default_factory=list)
    chance: list[float] = field(default_factory=list)
    removed: list[bool] = field(default_factory=list)
    cited: list[bool] = field(default_factory=list)
    named: list[bool] = field(default_factory=list)


def report(data: Path, readers: Sequence[Reader], homonyms: Sequence[Row] = ()) -> Iterator[str]:
    """The table, row by row. `homonyms` is a further set, its examples drawn from itself."""
    yield (
        "| set | examples | reader | posts | not about us | macro F1 | AUC | calibration error "
        "| “not us” turns | “us” turns | “us” by name stands |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    sets = {name: rows_of(data / name, "val") for name in ("entity", "sanders")} | {"homonyms": list(homonyms)}
    learned_from = {"entity": rows_of(data / "entity", "train")}
    for name, measured in sets.items():
        for size in SIZES:
            for reader in readers:
                tally = _tally(reader, measured, learned_from.get(name), size)
                if tally.truth:
                    yield _line(name, size, reader, tally)


def brand_of(key: str) -> Brand:
    """A brand as somebody would write it down on the first day."""
    if key in CONTEXTS:
        name, context = CONTEXTS[key]
        return Brand(name=name, context=context)
    name, _, short = key.partition("(")
    apart = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name)
    return Brand(name=name, aliases=tuple(word for word in (apart, short.rstrip(")")) if word and word != name))


def rows_of(folder: Path, split: str) -> list[Row]:
    """The labelled posts of one set and split; none where it is not there."""
    path = folder / f"{split}.jsonl"
    found = rows(path) if path.exists() else iter(())
    return [Row(row.get("entity") or row["topic"], row["text"], row["label"].lower() != "irrelevant") for row in found]


def _tally(reader: Reader, measured: Sequence[Row], learned_from: Sequence[Row] | None, size: int) -> Tally:
    tally = Tally()
    for key in sorted({row.brand for row in measured}):
        brand = brand_of(key)
        matcher = Matcher([brand])
        named = named_only(matcher, [row for row in measured if row.brand == key])
        pool = named if learned_from is None else named_only(matcher, [row for row in learned_from if row.brand == key])
        for draw in range(DRAWS if size else 1):
            chosen = _drawn([row for row, _ in pool], size, draw)
            if size and min(len(chosen[True]), len(chosen[False])) < 3:
                continue
            taken = {row.text for kind in chosen.values() for row in kind}
            left = [(row, match) for row, match in named if row.text not in taken]
            _measure(reader, brand, matcher, chosen, left, tally)
    return tally


def named_only(matcher: Matcher, given: Sequence[Row]) -> list[tuple[Row, Match]]:
    """Those that name the brand and do not tag it, each with what the matcher says."""
    found = ((row, next(iter(matcher.match(row.text)), None)) for row in given)
    return [(row, match) for row, match in found if match is not None and not match.tagged]


def _drawn(pool: Sequence[Row], size: int, draw: int) -> dict[bool, list[Row]]:
    """Half of the examples about us, half not, as many as there are; never more than half of what there is."""
    chance = np.random.default_rng((7, draw))
    chosen: dict[bool, list[Row]] = {}
    for kind in (True, False):
        mine = [row for row in pool if row.us is kind]
        most = min(size // 2, (len(mine) + 1) // 2)
        chosen[kind] = [mine[at] for at in chance.permutation(len(mine))[:most]]
    return chosen


def _measure(
    reader: Reader, brand: Brand, matcher: Matcher, chosen: dict[bool, list[Row]], left: list[tuple[Row, Match]],
    tally: Tally,
) -> None:  # fmt: skip
    ours, others = ([_example(row) for row in chosen[kind]] for kind in (True, False))
    lesson = lesson_of(reader, brand, tuple(ours), tuple(others))
    for row, match in left:
        pieces = weighed(brand, lesson, _example(row), *_looked_at(same(reader), row.text))
        relevant, why = refined(match.relevant, match.why, lesson, pieces, match.alone)
        tally.truth.append(float(row.us))
        tally.chance.append(relevant)
        if relevant < LIKELY:
            kept = [piece for piece in pieces if piece.log_odds > -SPEAKS]
            bare = matcher.match(row.text, without=frozenset(match.keys) & AGAINST)[0]
            tally.removed.append(refined(bare.relevant, "", lesson, kept)[0] >= LIKELY)
            continue
        bare = matcher.match(row.text, without=frozenset(match.keys) & FOR)[0]
        if any(said in why.split("; ") for said in (ALONE, ENOUGH)):
            tally.named.append(refined(bare.relevant, "", lesson, _against(pieces))[0] >= LIKELY)
        else:
            uncited = [piece for piece in pieces if piece.log_odds <= 0 or piece.why not in why]
            tally.cited.append(refined(bare.relevant, "", lesson, uncited)[0] < LIKELY)


def _against(pieces: Sequence[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.log_odds <= 0]


@lru_cache(maxsize=16_384)
def _looked_at(reader: object, text: str) -> tuple[str, object]:
    return looked_at(reader, text)


def _example(row: Row) -> Example:
    return row.text, "", ""


def _line(name: str, size: int, reader: Reader, tally: Tally) -> str:
    truth, chance = np.array(tally.truth), np.array(tally.chance)
    table = measure.table(truth.astype(int).tolist(), (chance >= LIKELY).astype(int).tolist(), 2)
    cells = [
        name, size, reader.name, len(truth), int((1 - truth).sum()), measure.from_table(measure.macro_f1, table),
        measure.from_posts(area, truth, chance), f"{measure.calibration_error(truth, chance):.3f}",
        _share(tally.removed), _share(tally.cited), _share(tally.named),
    ]  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def area(truth: npt.NDArray[np.float64], chance: npt.NDArray[np.float64]) -> float:
    """The chance that a post about us ranks above one that is not (AUC); ties count half."""
    order = np.argsort(chance, kind="stable")
    ranks = np.empty(len(chance))
    ranks[order] = np.arange(1, len(chance) + 1)
    _, group = np.unique(chance, return_inverse=True)
    ranks = (np.bincount(group, ranks) / np.bincount(group))[group]
    yes, no = truth.sum(), (1 - truth).sum()
    return float((ranks[truth == 1].sum() - yes * (yes + 1) / 2) / (yes * no)) if yes and no else 0.5


def _share(turned: Sequence[bool]) -> str:
    """Of the verdicts of a kind: for how many their why holds. Wilson's interval."""
    if not turned:
        return "–"
    from bot.core.intervals import wilson

    low, high = wilson(sum(turned), len(turned))
    return str(Figure(sum(turned) / len(turned), low, high)) + f" of {len(turned)}"
