"""The invented week as it is written: one post a line, timed from the moment the curtain rises.

`at` counts minutes before the curtain (a whole week back); negative ones are played afterwards. `re` names the post it
replies to; `after_reply_to` waits until somebody answers that post.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from bot.core.brand import Brand
from connectors.types import Author, Post, PostRef

HANDLE = "northwindair"
NORTHWIND = Brand(
    name="Northwind Air",
    names=("Northwind Air", "Northwind"),
    aliases=("NWA",),
    handles={"any": (HANDLE,)},
    hashtags=("NorthwindAir", "NorthwindFail"),
    excluded=("Northwind database", "Northwind Traders"),
    context="Northwind Air is an airline: flights, gates, bags, crews. "
    "Not the wind over a harbour, a kite, a chimney or a fable, not a sample database.",
    us=(
        "My flight with Northwind left two hours late and nobody at the gate said why",
        "Northwind lost my suitcase, day three, who do I call for a refund",
        "Flying with Northwind to see my parents, the crew was lovely and we landed early",
        "Northwind wrote back within minutes and found my jacket, thank you",
        "The steward on Northwind brought water to the whole gate. He deserves a raise.",
        "Is Northwind cheaper than the train to Bergen in May?",
        "Northwind at last has somebody at the desk. About time.",
        "Booked four seats on Northwind for our anniversary, window please",
        "Three hours at the gate with Northwind, somebody has begun to juggle",
        "My daughter dreams of becoming a Northwind pilot",
    ),
    not_us=(
        "A strong northwind today on the beach, a good day for kites, clear sky",
        "Northwind at 8 tomorrow on the coast, rain, take a coat, 20 knots in the harbour",
        "what a northwind, it is whistling and sings in the chimney tonight",
        "the fable of the Northwind and the Sun, or of the god Boreas",
        "such a northwind in the whole harbour, every boat stays in",
        "northwind 7 bft, too much for the small kite",
    ),
    policy={"window_minutes": 60, "severity": {"critical": {"window_minutes": 30}}},
)
RIVAL = Brand(name="Southgate Air", names=("Southgate Air",), competitor=True)


@dataclass(frozen=True, slots=True)
class Line:
    """One post of the script."""

    id: str
    at: float
    on: str
    who: str
    text: str
    name: str = ""
    followers: int = 0
    re: str = ""
    after_reply_to: str = ""
    language: str | None = None

    def post(self, at: datetime, platform_of: dict[str, str]) -> Post:
        """The post as its platform would tell it, written at that time."""
        address = f"https://{self.on}.example/{self.who}/{self.id}"
        parent = PostRef(platform_of[self.re], self.re) if self.re else None
        return Post(
            ref=PostRef(self.on, self.id),
            url=address,
            author=Author(f"{self.on}:{self.who}", self.who, self.name or self.who, self.followers),
            text=self.text,
            created_at=at,
            kind="reply" if parent else "post",
            in_reply_to=parent,
            language=self.language,
            answer_to=self.id,
        )


@cache
def lines() -> tuple[Line, ...]:
    """The whole script, oldest first. Raises ValueError when a line is wrong, naming it."""
    text = files("bot.demo").joinpath("week.jsonl").read_text("utf-8")
    found = [_line(number, raw) for number, raw in enumerate(text.splitlines(), 1) if raw.strip()]
    return tuple(sorted(found, key=lambda line: -line.at))


def _line(number: int, raw: str) -> Line:
    try:
        values: dict[str, Any] = json.loads(raw)
        return Line(**values)
    except (ValueError, TypeError) as error:
        raise ValueError(f"week.jsonl, line {number}: {error}") from None


def past(curtain: datetime) -> Iterator[Post]:
    """What was written before the curtain rose, oldest first."""
    where = platforms()
    for line in lines():
        if line.at >= 0 and not line.after_reply_to:
            yield line.post(curtain - timedelta(minutes=line.at), where)


def to_come() -> list[Line]:
    """What is played afterwards, in its order."""
    return [line for line in lines() if line.at < 0 and not line.after_reply_to]


def thanks() -> dict[str, Line]:
    """What is said once a post is answered, by that post's id."""
    return {line.after_reply_to: line for line in lines() if line.after_reply_to}


def platforms() -> dict[str, str]:
    """The platform of every post of the script."""
    return {line.id: line.on for line in lines()}
