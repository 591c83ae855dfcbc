"""A brand called American among posts that say the word: `BENCH_DATA=DIR python -m tests.bench peoples`.

The posts to airlines that name it (handles taken out) are about the airline but for a few; those of the sets
sentiment, irony, offensive and emotion that hold the word are not, but for a few. By hand-set evidence alone.
"""

import json
import os
import re
from pathlib import Path

from bot.core.brand import Brand
from bot.core.matching import LIKELY, Matcher

OTHERS = ("sentiment", "irony", "offensive", "emotion")
_HANDLE = re.compile(r"@\w+")


def report() -> None:
    """Print how many of each are taken for the airline, without a context and with one."""
    data = Path(os.environ["BENCH_DATA"])
    airline = _texts(data / "airline")
    others = [text for name in OTHERS for text in _texts(data / name)]
    for context in ("", "We are an airline: flights, bags, gates, refunds."):
        matcher = Matcher([Brand(name="American", context=context)])
        for said, texts in (("to airlines", airline), ("others", others)):
            found = [matches[0].relevant >= LIKELY for text in texts if (matches := matcher.match(text))]
            print(f"{context or 'no context'}: {said}: {sum(found)} of {len(found)} taken for the airline")


def _texts(folder: Path) -> list[str]:
    lines = (line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines())
    return sorted({_HANDLE.sub("@user", json.loads(line)["text"]) for line in lines})
