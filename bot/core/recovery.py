"""Whether a customer was won back, by their own later public words and nothing else.

Silence is never satisfaction. A neutral word is no recovery either: most are "sent you a message". Only clear good
words after our answer are. The last clear word decides, because people say "still nothing" before they say "thanks".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from bot.core.when import span_words
from bot.core.zones import utc

Sentiment = Literal["negative", "neutral", "positive"]
PERIODS = (7, 30)
COMPLAINT_BAR = 0.5


class Outcome(StrEnum):
    """What became of a customer after our answer."""

    RECOVERED = "recovered"
    UNCHANGED = "unchanged"
    WORSE = "worse"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Words:
    """One public post of a customer about the brand, as it was read. `complaint` is a probability, 0…1.

    `leaving` is True where they say they go elsewhere.
    """

    post_id: str
    at: datetime
    sentiment: Sentiment
    complaint: float = 0.0
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome after so many days. `final` is False while the period still runs. `deciding` are post ids."""

    days: int
    outcome: Outcome
    deciding: tuple[str, ...]
    final: bool
    why: str


def recovery(
    before: Words, answered_at: datetime, later: Iterable[Words], now: datetime, periods: tuple[int, ...] = PERIODS
) -> tuple[Verdict, ...]:
    """One verdict per period (days after our answer). `before` is the post that was answered.

    Words at or before `answered_at`, after the period, or after `now` do not count.
    """
    answered_at, now = utc(answered_at, "answered_at"), utc(now, "now")
    words = sorted((word for word in later if answered_at < utc(word.at, "at") <= now), key=_place)
    return tuple(_verdict(before, answered_at, words, now, days) for days in periods)


def mood(words: Words) -> int:
    """From -3 (leaving) over -2 (an angry complaint), -1 (anger or a complaint), 0 to 1 (good words, no complaint)."""
    if words.leaving:
        return -3
    complains = words.complaint >= COMPLAINT_BAR
    if words.sentiment == "negative":
        return -2 if complains else -1
    if complains:
        return -1
    return 1 if words.sentiment == "positive" else 0


def _place(words: Words) -> tuple[datetime, str]:
    return words.at, words.post_id


def _verdict(before: Words, answered_at: datetime, later: list[Words], now: datetime, days: int) -> Verdict:
    end = answered_at + timedelta(days=days)
    words = [word for word in later if word.at <= end]
    outcome, deciding = _judge(before, words)
    return Verdict(
        days, outcome, tuple(word.post_id for word in deciding), now >= end, _why(outcome, answered_at, deciding)
    )


def _judge(before: Words, words: list[Words]) -> tuple[Outcome, list[Words]]:
    if not words:
        return Outcome.SILENT, []
    clear = [word for word in words if mood(word) != 0]
    if not clear:
        return Outcome.UNCHANGED, words
    last = clear[-1]
    if mood(last) < mood(before):
        return Outcome.WORSE, [last]
    better = mood(last) > 0 and mood(last) > mood(before)
    return (Outcome.RECOVERED if better else Outcome.UNCHANGED), [last]


def _why(outcome: Outcome, answered_at: datetime, deciding: list[Words]) -> str:
    if not deciding:
        return "No public word since our answer: counted as nothing, never as satisfied."
    after = span_words(deciding[-1].at - answered_at)
    match outcome:
        case Outcome.RECOVERED:
            return f"Spoke well of us {after} after our answer."
        case Outcome.WORSE:
            return f"Spoke worse of us {after} after our answer."
        case _:
            return f"Wrote again {after} after our answer, no better than before."
