"""Posts a second through the matcher, on invented brands and posts: `python -m tests.bench.matching`.

Prints one JSON object a line: brands, aliases each, seconds to build, posts a second (one core, CPU time).
"""

import json
import random
import time

from bot.core.brand import Brand, brand_from_dict
from bot.core.matching import Matcher
from bot.core.ordinary import ordinary_words

_SYLLABLES = ["ba", "ke", "lo", "mi", "nu", "ra", "so", "ti", "ve", "zo", "dri", "plu", "sta", "gre", "fo"]
_POSTS = 5000


def _name(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choice(_SYLLABLES) for _ in range(syllables)).title()


def _brand(chance: random.Random, aliases: int) -> Brand:
    names = [_name(chance, 3 + at % 2) + chance.choice(["", " Air", " App"]) for at in range(aliases)]
    return brand_from_dict({"name": _name(chance, 3), "aliases": names, "handles": [_name(chance, 3)]})


def _posts(chance: random.Random, known: Brand) -> list[str]:
    """Short posts of everyday words; every fifth names a brand, some hold a link, an account, an emoji."""
    everyday = sorted(ordinary_words())
    made = []
    for _ in range(_POSTS):
        words = chance.choices(everyday, k=chance.randint(8, 30))
        if chance.random() < 0.2:
            words.insert(chance.randrange(len(words)), chance.choice(known.called()))
        words += [extra for extra in ("https://t.example/x", "@someone", "é😢") if chance.random() < 0.1]
        made.append(" ".join(words))
    return made


def measure(brands: int, aliases: int) -> dict[str, float]:
    """Build a matcher and read the posts once."""
    chance = random.Random(4)
    ours = [_brand(chance, aliases) for _ in range(brands)]
    posts = _posts(chance, ours[0])
    start = time.process_time()
    matcher = Matcher(ours)
    built = time.process_time()
    named = sum(bool(matcher.match(post)) for post in posts)
    spent = time.process_time() - built
    return {
        "brands": brands,
        "aliases": aliases,
        "build_s": round(built - start, 2),
        "posts_per_s": round(len(posts) / spent),
        "named": named,
    }


if __name__ == "__main__":
    for many in (1, 1000):
        print(json.dumps(measure(many, 10)))
