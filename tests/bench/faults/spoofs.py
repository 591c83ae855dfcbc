"""brand_spoof.jsonl: is the brand meant, and does somebody pass for it? Asked of the matcher as every post is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.core.brand import brand_from_dict
from bot.core.matching import Matcher, match_line
from tests.bench.faults.rows import Fate, lines


def play(folder: Path) -> Iterator[Fate]:
    """Each text beside the brand that its row names."""
    for row in lines(folder, "brand_spoof"):
        yield Fate(row["id"], tuple(_matched(row)))


def _matched(row: dict[str, Any]) -> list[str]:
    handles = [one for one in row["official"] if one.startswith("@")]
    domains = [one for one in row["official"] if not one.startswith("@")]
    brand = brand_from_dict({"name": row["brand"], "handles": handles, "domains": domains})
    told, found = match_line(row, brand), Matcher([brand]).match(row["text"])
    meant = bool(told["matched"]) and told["relevant"] >= 0.5
    warned = bool(found and found[0].warnings)
    differs = [] if meant == row["mention_of_brand"] else [f"{'taken' if meant else 'not taken'} for us ({row['why']})"]
    return differs + ([] if warned == row["impostor_warning"] else [f"warned: {warned} ({row['why']})"])
