"""Invented posts in the mix and lengths of real ones, the same in every run: half of them complain."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)

_BAD = (
    "{brand} lost my {thing} and nobody answers, third day in a row. Worst service ever.",
    "@{handle} my {thing} was damaged on arrival and your line hangs up on me. Is anybody there?",
    "Still waiting for a refund from {brand}. They charged me twice for one {thing}!",
    "Never again {brand}. {thing} cancelled without a word, two hours in the cold with the kids #{handle}fail",
    "so {brand} says delivered. It is not. The {thing} is nowhere and the app crashes when I ask",
)
_FINE = (
    "Thanks {brand}, the {thing} came a day early and the driver was lovely!",
    "Does anybody know whether {brand} carries a {thing} on Sundays?",
    "Reading about {brand} and their new depot for every kind of {thing} https://news.example/{n}",
    "@{handle} how do I change the address for my {thing}, please?",
    "My cousin starts at {brand} next week, he will sort each {thing} by hand apparently",
)
_THINGS = ("parcel", "suitcase", "flight", "laptop", "birthday present", "package", "sofa", "ticket")


def made(number: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """So many posts, a few seconds apart, from two thirds as many people."""
    chance = random.Random(seed)
    for n in range(number):
        kind = _BAD if chance.random() < 0.55 else _FINE
        words = chance.choice(kind).format(brand="Northwind", handle="northwind", thing=chance.choice(_THINGS), n=n)
        who = chance.randrange(max(1, number * 2 // 3))
        yield {
            "id": f"p{n}",
            "text": f"{words} ({n})",
            "created_at": (START + timedelta(seconds=20 * n)).isoformat(),
            "author_id": f"a{who}",
            "author": f"user{who}",
            "followers": chance.randrange(5000),
            "lang": "en",
        }


def written(path: Path, number: int) -> Path:
    """The posts as a file of JSON Lines."""
    with path.open("w", encoding="utf-8") as stream:
        for row in made(number):
            stream.write(json.dumps(row) + "\n")
    return path
