"""Do posts that do not complain stay ours where people only ever answered complaints: `python -m tests.bench drift`.

BENCH_DATA has the sets sanders and entity. Examples of us are drawn from all posts about the brand, or only from those
the reader calls complaints; each is measured with the examples' tone as an unknown of its own (core/learned.py) and
without.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from bot.core import learned
from bot.core.learned import Known, learn, refined
from bot.core.likeness import said
from bot.core.matching import LIKELY, Match, Matcher
from bot.readers import measure
from bot.readers.about_evaluate import DRAWS, Row, brand_of, named_only, rows_of
from bot.readers.builtin import Builtin, load
from bot.readers.language import UNKNOWN, language_of

COMPLAINS = 0.3
SIZES = (10, 60)


@dataclass(frozen=True, slots=True)
class Seen:
    """A post of a brand as the examples' lesson weighs it."""

    us: bool
    known: Known
    match: Match

    @property
    def complains(self) -> bool:
        """Whether the reader would queue it."""
        return (self.known.complaint or 0.0) >= COMPLAINS


def report() -> None:
    """Print the table."""
    data, reader = Path(os.environ["BENCH_DATA"]), load()
    print(
        "| set | examples | of us | tone apart | calm of us kept | complaints of us kept | not us refused | macro F1 |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in ("sanders", "entity"):
        brands = [_seen(reader, key, rows) for key, rows in _by_brand(rows_of(data / name, "val"))]
        for size in SIZES:
            for only in (False, True):
                for tone in (0.0, learned.TONE):
                    with patch("bot.core.learned.TONE", tone):
                        print(_line(name, size, only, bool(tone), brands), flush=True)


def _by_brand(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    for key in sorted({row.brand for row in rows}):
        yield key, [row for row in rows if row.brand == key]


def _seen(reader: Builtin, key: str, rows: Sequence[Row]) -> list[Seen]:
    brand = brand_of(key)
    named = named_only(Matcher([brand]), rows)
    logits, vectors = reader.run([row.text for row, _ in named])
    chances = reader.chances("complaint", logits)
    found = []
    for at, (row, match) in enumerate(named):
        tongue = language_of(row.text)
        words = said(row.text, brand.called())
        complaint = float(chances[at, 1])
        known = Known(row.text, words, "" if tongue == UNKNOWN else tongue, vectors[at], complaint=complaint)
        found.append(Seen(row.us, known, match))
    return found


def _line(name: str, size: int, only: bool, tone: bool, brands: Sequence[Sequence[Seen]]) -> str:
    told: list[tuple[Seen, bool]] = []
    for posts in brands:
        for draw in range(DRAWS):
            told += _told(posts, size, only, draw)
    kept = [_share([us for post, us in told if post.us and post.complains is loud]) for loud in (False, True)]
    refused = _share([not us for post, us in told if not post.us])
    table = measure.table([int(post.us) for post, _ in told], [int(us) for _, us in told], 2)
    whose, apart = "complaints" if only else "any", "yes" if tone else "no"
    f1 = float(measure.macro_f1(table))
    return f"| {name} | {size} | {whose} | {apart} | {kept[0]} | {kept[1]} | {refused} | {f1:.3f} |"


def _told(posts: Sequence[Seen], size: int, only: bool, draw: int) -> Iterator[tuple[Seen, bool]]:
    """Each post that was not shown, and whether it is taken for us."""
    chance = np.random.default_rng((7, draw))
    ours = [at for at, post in enumerate(posts) if post.us and (post.complains or not only)]
    others = [at for at, post in enumerate(posts) if not post.us]
    shown = [_some(chance, pool, size) for pool in (ours, others)]
    if min(map(len, shown)) < learned.LEAST:
        return
    lesson = learn(*([posts[at].known for at in kind] for kind in shown))
    for at in sorted(set(range(len(posts))) - {*shown[0], *shown[1]}):
        post = posts[at]
        relevant, _why = refined(post.match.relevant, "", lesson, lesson.weigh(post.known), post.match.alone)
        yield post, relevant >= LIKELY


def _some(chance: np.random.Generator, pool: Sequence[int], size: int) -> list[int]:
    return [pool[at] for at in chance.permutation(len(pool))[: min(size // 2, (len(pool) + 1) // 2)]]


def _share(said_so: Sequence[bool]) -> str:
    return f"{sum(said_so) / len(said_so):.3f} of {len(said_so):,}" if said_so else "–"
