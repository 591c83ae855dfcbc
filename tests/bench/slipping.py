"""Slips of the finger in names: how many posts name a brand by one alone, and how many planted slips are heard.

`BENCH_DATA=DIR python -m tests.bench slips` reads every labelled set for 60 real names of six letters and more, once
with the common words alone told from slips and once with all known ones. Planted: ten slips of each name, seeded.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bot.core import fuzzy
from bot.core.brand import Brand
from bot.core.matching import LIKELY, Matcher
from bot.core.ordinary import known_words, ordinary_words
from bot.core.scanning import Scanner

_NAMES = """
Adidas Adobe Airbnb Alaska Allianz Amazon American Amtrak Barclays Blackberry Booking Budweiser Cadbury Cartier
Chanel Charter Chipotle Comcast Columbia Condor Converse Corona Discover Dropbox Eurostar Facebook Ferrari Fidelity
Frontier Garmin Garnier Generali Gillette Google Heineken Huawei Instagram JetBlue Kaiser Lufthansa Mastercard
Microsoft Netflix Nintendo Optimum Orange PayPal PlayStation Primark Progressive Samsung Santander Southwest
Spectrum Spotify Starbucks Stripe Twitter Verizon YouTube
"""
NAMES = _NAMES.split()
PLANTED = 10


def report() -> None:
    """Print both tables."""
    texts = sorted({text for file in Path(os.environ["BENCH_DATA"]).rglob("*.jsonl") for text in _texts(file)})
    brands = [Brand(name=name) for name in NAMES]
    for said, words in (("common words are no slips", ordinary_words), ("known words are no slips", known_words)):
        heard, kept = _with(words, brands, texts)
        most = ", ".join(f"{brand} as {form} {many}" for (brand, form), many in heard.most_common(12))
        print(f"{said}: {heard.total():,} of {len(texts):,} posts name one of {len(NAMES)} by a slip alone: {most}")
        print(f"  planted slips heard: {kept} of {PLANTED * len(NAMES)}")


def _texts(file: Path) -> list[str]:
    rows = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    return [row["text"] for row in rows if isinstance(row.get("text"), str)]


def _with(words: Callable[[], frozenset[str]], brands: list[Brand], texts: list[str]) -> tuple[Counter[object], int]:
    before = fuzzy.known_words
    fuzzy.known_words = words  # type: ignore[attr-defined]
    try:
        scanner = Scanner(brands)
        heard = Counter(
            (brands[index].name, text[found.start : found.end].lower())
            for text in texts
            for index, seen in scanner.read(text).items()
            if seen.found and all(one.how == "slip" for one in seen.found.values())
            for found in list(seen.found.values())[:1]
        )
        return heard, sum(_heard(brand) for brand in brands)
    finally:
        fuzzy.known_words = before  # type: ignore[attr-defined]


def _heard(brand: Brand) -> int:
    """Of the slips planted in its name, how many count as the brand."""
    chance, matcher = random.Random(brand.name), Matcher([brand])
    texts = [f"my {_slipped(chance, brand.name)} trouble again" for _ in range(PLANTED)]
    return sum(any(match.relevant >= LIKELY for match in matcher.match(text)) for text in texts)


def _slipped(chance: random.Random, name: str) -> str:
    """A letter left out, doubled, swapped with the next, or one of the row beside it; never the first."""
    at = chance.randrange(1, len(name))
    wrong = chance.choice("abcdefghijklmnopqrstuvwxyz".replace(name[at].lower(), ""))
    return chance.choice((
        name[:at] + name[at + 1 :],
        name[:at] + name[at] + name[at:],
        name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :] if at > 1 else name[:at] + name[at + 1 :],
        name[:at] + wrong + name[at + 1 :],
    ))  # fmt: skip
