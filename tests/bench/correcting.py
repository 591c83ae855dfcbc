"""Corrections and rewind, timed: `python -m tests.bench correcting`; with BENCH_DATA=DIR (the labelled sets of
docs/judging.md) also how often a post like a corrected one deserves the same word."""

import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from bot.clock import HandClock
from bot.core.likeness import ALIKE, FEWEST, Subjects, likeness, said
from bot.steps import answer as desk
from bot.store import corrections, migrate
from bot.store.db import Database
from bot.store.tables_house import AccountRow
from bot.web import rehearse, spellings
from config.settings import Settings
from tests.conftest import NOW
from tests.flow.path import ACME, laid, page, post
from tests.flow.path import Path as Way

WAITING = int(os.environ.get("BENCH_WAITING", "3000"))
WORDS = ("parcel", "driver", "refund", "door", "phone", "weeks", "river", "bridge", "depot")
KINDS = (30, 3)  # of how many kinds the waiting posts are: of thirty, 100 of 3,000 are like the one that is pressed


def report() -> None:
    """Print the timings, and the precision of likeness where there is data."""
    for kinds in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            way = _laid(Path(folder), kinds)
            _press(way)
            if kinds == KINDS[0]:
                _rewind(way)
                _suggest(way)
    if data := os.environ.get("BENCH_DATA"):
        _alike(Path(data))


def _laid(folder: Path, kinds: int) -> Way:
    db = Database(f"sqlite:///{folder / 'bench.sqlite'}")
    migrate.upgrade(db)
    way = laid(db, HandClock(NOW), Settings(home=folder))
    with db.begin() as session:
        session.add(AccountRow(id=1, login="lena", name="Lena", password_hash="", created_at=NOW))
    texts = [
        f"Acme {' '.join(f'{word}{n % kinds}' for word in WORDS)} terrible, broken, number {n}" for n in range(WAITING)
    ]
    for at in range(0, WAITING, 500):
        way.hear(page(*(post(str(n), texts[n], who=f"w{n}") for n in range(at, min(at + 500, WAITING)))))
    return way


def _press(way: Way) -> None:
    first = way.cases()[0].id or 0
    for what, press in (("not us", desk.not_us), ("undone", desk.put_back)):
        start = time.perf_counter()
        done = press(way.app, first, 1)
        took = time.perf_counter() - start
        rests = _rest(way)
        print(
            f"{what}, {WAITING:,} cases waiting: {took * 1000:.0f} ms ({type(done).__name__}); then {len(rests)} more "
            f"transactions in {sum(rests):.1f} s, the longest {max(rests, default=0) * 1000:.0f} ms"
        )
        with way.app.db.read() as session:
            listed = corrections.of_brand(session, "Acme")[0]
        print(f"  in the end {listed.aside:,} set aside, {listed.back:,} back")


def _rest(way: Way) -> list[float]:
    """What the loop does right after a press, in seconds a transaction."""
    rests: list[float] = []
    while True:
        start = time.perf_counter()
        if not desk.spread_some(way.app):
            return rests
        rests.append(time.perf_counter() - start)


def _rewind(way: Way) -> None:
    start = time.perf_counter()
    told = rehearse.rehearse(way.app, ACME, ACME.model_copy(update={"excluded": ("river3",)}))
    took = time.perf_counter() - start
    print(f"rewind, {len(told.posts):,} posts twice: {took:.1f} s, −{len(told.fewer('queued'))} queued")


def _suggest(way: Way) -> None:
    start = time.perf_counter()
    found = spellings.of(way.app, ACME)
    print(f"suggestions from {WAITING:,} posts: {(time.perf_counter() - start) * 1000:.0f} ms, {len(found)} found")


Row = tuple[Subjects, bool, str]


def _alike(data: Path) -> None:
    """Of posts like one that deserved a correction, how many deserved it too. Same texts are left out."""
    entity: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(data / "entity" / "train.jsonl"):
        about = said(str(row["text"]), [str(row["entity"])])
        entity[str(row["entity"])].append((about, row["label"] == "Irrelevant", str(row["text"])))
    complaint: list[Row] = [
        (said(str(row["text"])), str(row["label"]) == "0", str(row["text"]))
        for row in _rows(data / "complaint" / "train.jsonl")
    ]
    for name, groups in (("not us (entity)", list(entity.values())), ("not a complaint", [complaint])):
        base = [right for group in groups for _said, right, _text in group]
        print(f"{name}: by chance {sum(base) / len(base):.3f}")
        for least in (0.3, 0.4, 0.5, ALIKE, 0.7):
            pairs = [right for group in groups for right in _like(group, least)]
            share = sum(pairs) / len(pairs) if pairs else 0.0
            print(f"  likeness from {least:.1f}, {FEWEST} words shared: {len(pairs):6,} pairs, right {share:.3f}")


def _like(group: list[Row], least: float) -> Iterable[bool]:
    for example, corrected, text in group:
        if not corrected:
            continue
        for other, right, words in group:
            if words != text and len(example & other) >= FEWEST and likeness(example, other) >= least:
                yield right


def _rows(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
