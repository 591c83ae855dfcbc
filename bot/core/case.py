"""What a heard post asks of us: an answer, a kind word, or nothing."""

from dataclasses import dataclass
from typing import Literal

Section = Literal["care", "delight", "calm"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a mention when it is decided on. The figures are None when no reader could read it.

    `queue_at` is the brand's own threshold on the complaint probability (0…1).
    """

    tagged: bool
    sentiment: str | None
    complaint: float | None
    urgency: float | None
    positive: float = 0.0
    spam: float = 0.0
    relevance: float = 1.0
    rating: float | None = None
    reader_speaks_it: bool = True
    queue_at: float = 0.5


LIKELY_US = 0.5
PRAISED = 0.6
URGENT = 0.75
SPAM = 0.9
POOR_RATING = 0.5
GOOD_RATING = 0.8


def section_of(heard: Heard) -> Section:
    """Where a mention belongs. A doubtful namesake is not queued; what nobody could read is: never deaf (P-34)."""
    if heard.relevance < LIKELY_US and not heard.tagged:
        return "calm"
    if heard.complaint is None:
        return "care"
    if heard.spam >= SPAM and not heard.tagged:
        return "calm"
    if _owed(heard):
        return "care"
    if heard.sentiment == "positive" and heard.positive >= PRAISED:
        return "delight"
    return "calm"


def _owed(heard: Heard) -> bool:
    assert heard.complaint is not None
    if heard.complaint >= heard.queue_at or (heard.urgency or 0.0) >= URGENT:
        return True
    if heard.rating is not None and heard.rating <= POOR_RATING:
        return True
    if heard.rating is not None and heard.rating >= GOOD_RATING and not heard.reader_speaks_it:
        return False  # words nobody reads, and stars that everybody does
    if not heard.reader_speaks_it and heard.sentiment != "positive":
        return True  # a guess is no reason to leave somebody waiting
    return heard.tagged and heard.sentiment != "positive"
