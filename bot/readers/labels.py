"""What the labels of a stranger's model mean to us. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.readers.types import ReaderUnavailable

Role = Literal["negative", "neutral", "positive", "complaint", "content"]
"""What one label stands for. "content" is the other side of "complaint"."""

_STARS = re.compile(r"([1-5])[ _-]*(?:stars?)?")
_NAMES: tuple[tuple[str, Role], ...] = (
    (r"(?:no|not|non|isn't)\W*_?complain\w*|praise|other", "content"),
    (r"complain\w*", "complaint"),
    (r"(?:very[ _-]*)?neg\w*", "negative"),
    (r"neu\w*|mixed", "neutral"),
    (r"(?:very[ _-]*)?pos\w*", "positive"),
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a model's probabilities say in our words; `complaint` is None where it has no opinion."""

    negative: float
    neutral: float
    positive: float
    complaint: float | None


def roles(labels: Sequence[str]) -> tuple[Role, ...]:
    """Each label's role. Raises ReaderUnavailable if the labels are not tones, stars or complaints.

    `LABEL_0…` follow the custom of the sentiment models on the hubs: two are negative, positive; three are negative,
    neutral, positive; five are one star to five.
    """
    if all(re.fullmatch(r"LABEL_\d+", label) for label in labels):
        found = _NUMBERED.get(len(labels))
    elif len(labels) == 5 and all(_STARS.fullmatch(label.strip().lower()) for label in labels):
        found = tuple(_star(int(label.strip()[0])) for label in labels)
    else:
        found = _named(labels)
    if found is None or not _complete(found):
        raise ReaderUnavailable(
            f"This model's labels {list(labels)[:8]} are not tones, stars or complaints: choose a sentiment or "
            'complaint model, or set reader = "builtin".'
        )
    return found


def numbers(chances: Sequence[float], meaning: Sequence[Role]) -> Numbers:
    """Probabilities of labels as tones and complaint. A model without "neutral" is neutral where it is unsure."""
    total = dict.fromkeys(("negative", "neutral", "positive", "complaint", "content"), 0.0)
    for chance, role in zip(chances, meaning, strict=True):
        total[role] += min(1.0, max(0.0, chance))
    complaint = total["complaint"] if "complaint" in meaning else None
    negative, neutral, positive = total["negative"], total["neutral"], total["positive"]
    if "positive" not in meaning:
        negative, neutral = negative or total["complaint"], neutral or total["content"]
    elif "neutral" not in meaning:
        lean = positive - negative
        negative, neutral, positive = max(0.0, -lean), 1 - abs(lean), max(0.0, lean)
    whole = negative + neutral + positive
    if whole <= 0:
        return Numbers(0.0, 1.0, 0.0, complaint)
    return Numbers(negative / whole, neutral / whole, positive / whole, complaint)


def _named(labels: Sequence[str]) -> tuple[Role, ...] | None:
    found: list[Role] = []
    for label in labels:
        plain = label.strip().lower()
        role = next((role for pattern, role in _NAMES if re.fullmatch(pattern, plain)), None)
        if role is None:
            return None
        found.append(role)
    return tuple(found)


def _star(stars: int) -> Role:
    return "negative" if stars < 3 else "neutral" if stars == 3 else "positive"


def _complete(found: Sequence[Role]) -> bool:
    return {"negative", "positive"} <= set(found) or {"complaint", "content"} <= set(found)


_NUMBERED: dict[int, tuple[Role, ...]] = {
    2: ("negative", "positive"),
    3: ("negative", "neutral", "positive"),
    5: ("negative", "negative", "neutral", "positive", "positive"),
}
