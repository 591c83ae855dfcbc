"""How themes are called, week after week: `python -m tests.bench themes`.

BENCH_DATA names a folder of real posts with times: airline/val.jsonl (`text`, `created`, `airline`, `user`) and
threads/spotify_requests.csv (`text`, `created_at`, `author_id`). Each week of each brand of at least LEAST complaints
gets its themes as the digest makes them, with the names of the weeks before. Printed: how many themes, names of one
word, names that say only where, names kept from the week before, complaints that the themes speak for, and pairs of
themes of one week whose names are the same but for endings and contractions.
"""

import csv
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

from bot.core.likeness import stem
from bot.core.priority import Bars
from bot.core.themes import Theme, marks_of, themes
from bot.core.week import Said
from bot.readers.builtin import load

LEAST = 30
DENIES = ("not", "no", "never", "cannot", "without", "nobody")
LEADS = ("on", "over", "under", "in", "at", "off")
Weeks = dict[str, dict[str, list[Said]]]


@dataclass
class Count:
    """What is printed."""

    themes: int = 0
    one_word: int = 0
    where: int = 0
    later: int = 0
    kept: int = 0
    spoken_for: int = 0
    complaints: int = 0
    same: int = 0


def read(rows: Iterable[tuple[str, datetime, str, str]]) -> Weeks:
    """(brand, when, words, author) → by brand and week, read as the digest reads them."""
    found = list(rows)
    verdicts = load().read([text for _brand, _at, text, _who in found])
    made: Weeks = defaultdict(lambda: defaultdict(list))
    for number, ((brand, at, text, who), verdict) in enumerate(zip(found, verdicts, strict=True)):
        year, week, _day = at.isocalendar()
        tones = {"negative": verdict.negative, "neutral": verdict.neutral, "positive": verdict.positive}
        tone = max(tones, key=lambda name: tones[name])
        said = Said(str(number), at, "x", brand, True, verdict.complaint >= Bars().complaint, tone, text, who)  # type: ignore[arg-type]
        made[brand][f"{year}-W{week:02d}"].append(said)
    return made


def airlines(file: Path) -> Iterable[tuple[str, datetime, str, str]]:
    """Posts to six airlines; those whose time cannot be read are left out."""
    with file.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            try:
                at = datetime.strptime(row["created"], "%Y-%m-%d %H:%M:%S %z")
            except ValueError:
                continue
            yield row["airline"], at - timedelta(hours=5), row["text"], row["user"]


def support(file: Path) -> Iterable[tuple[str, datetime, str, str]]:
    """Posts to one support account."""
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            at = datetime.strptime(row["created_at"], "%a %b %d %H:%M:%S %z %Y")
            yield "Spotify", at.astimezone(UTC), row["text"], row["author_id"]


def counted(weeks: dict[str, list[Said]], names: Sequence[str], show: bool) -> Count:
    """One brand's weeks, one after another."""
    count, known, before, last = Count(), list[str](), None, set[str]()
    for label in sorted(weeks):
        mine = [one for one in weeks[label] if one.complaint]
        others = [one for one in weeks[label] if not one.complaint]
        if len(mine) < LEAST:
            continue
        found = themes(mine, before, others, names, known=known)
        _add(count, found, last, len(mine), first=before is None)
        if show:
            print(f"   {names[0]} {label}: " + "; ".join(f"{theme.name} ({theme.n})" for theme in found))
        before, last = mine, {theme.name for theme in found}
        known = [mark for theme in found for mark in marks_of(theme)] + known
    return count


def _add(count: Count, found: Sequence[Theme], last: set[str], complaints: int, first: bool) -> None:
    count.themes += len(found)
    count.one_word += sum(" " not in theme.name for theme in found)
    count.where += sum(theme.name.split()[0] in LEADS and theme.name.count(" ") > 1 for theme in found)
    count.later += 0 if first else len(found)
    count.kept += sum(theme.name in last for theme in found)
    count.spoken_for += len({post for theme in found for post in theme.posts})
    count.complaints += complaints
    count.same += sum(_plain(one.name) == _plain(other.name) for one, other in combinations(found, 2))


def _plain(name: str) -> frozenset[str]:
    words = ("not" if word in DENIES or word.endswith(("n't", "nt")) else stem(word) for word in name.split())
    return frozenset(words)


def report() -> None:
    """Print the figures of both kinds of weeks, and every name with BENCH_NAMES."""
    folder, show = Path(os.environ.get("BENCH_DATA", "../shared/data")), bool(os.environ.get("BENCH_NAMES"))
    kinds = {"airlines": (airlines, folder / "airline/val.jsonl"),
             "support": (support, folder / "threads/spotify_requests.csv")}  # fmt: skip
    for kind, (rows, file) in kinds.items():
        if not file.exists():
            print(f"No posts at {file}: name the folder in BENCH_DATA.")
            continue
        counts = [counted(weeks, (brand, brand.replace(" ", ""), f"{brand}Cares", "AmericanAir", "SouthwestAir"), show)
                  for brand, weeks in read(rows(file)).items()]  # fmt: skip
        total = Count(*(sum(parts) for parts in zip(*(vars(one).values() for one in counts), strict=True)))
        print(
            f"{kind}: {total.themes} themes, {total.one_word} names of one word, {total.where} perhaps only where, "
            f"kept {total.kept} of {total.later}; they speak for {total.spoken_for} of {total.complaints} complaints; "
            f"{total.same} pairs of one name"
        )
