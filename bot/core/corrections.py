"""Corrections as rules: what a person said of one post, held for posts like it, in words that say what it does."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from bot.core.likeness import Subjects, alike

KINDS = ("not_us", "not_complaint", "tone")
TONES = ("negative", "neutral", "positive")
SET_ASIDE = ("not_us", "not_complaint")
SERIOUS = {"not_us": ("critical",), "not_complaint": ("high", "critical"), "tone": ()}
"""Severities that are never set aside for their likeness: a person is shown them. How bad it is says little of whom it
concerns, and much of whether it is a complaint."""

HOW_LIKE = (
    "Like it means: of the words that carry a subject, the brand’s own names left out, at least three and 60 in 100 "
    "are shared."
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One correction in force. `said` are its post's subjects; `tagged` that its post tagged us."""

    id: int
    brand: str
    kind: str
    said: Subjects
    tagged: bool = False
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """The rule that holds for a post, and how alike the post is to the rule's own, 0…1."""

    rule: Rule
    likeness: float


class Rules:
    """Every correction in force, ready to be asked. Built once per batch, then only read."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._by_word: dict[tuple[str, str], list[Rule]] = {}
        for rule in rules:
            for word in rule.said:
                self._by_word.setdefault((rule.brand, word), []).append(rule)

    def __bool__(self) -> bool:
        return bool(self._by_word)

    def hit(self, brand: str, said: Subjects, tagged: bool, kinds: Container[str] = SET_ASIDE) -> Hit | None:
        """The most alike rule of these kinds that holds for a post; the newest of equals. None if none does.

        A rule made from a post that did not tag us says nothing of one that does.
        """
        near = {rule.id: rule for word in said for rule in self._by_word.get((brand, word), ())}
        hits = [Hit(rule, alike(rule.said, said)) for rule in near.values() if rule.kind in kinds]
        hits = [one for one in hits if one.likeness and (one.rule.tagged or not tagged)]
        return max(hits, key=lambda one: (one.likeness, one.rule.id), default=None)


def holds(rule: Rule, said: Subjects, tagged: bool) -> bool:
    """Does one rule hold for a post?"""
    return (rule.tagged or not tagged) and alike(rule.said, said) > 0


def likeliest(negative: float, neutral: float, positive: float) -> str:
    """The likeliest tone of a reading, as readers tell it: a tie is neutral."""
    if negative > max(neutral, positive):
        return "negative"
    return "positive" if positive > max(neutral, negative) else "neutral"


def does(kind: str, brand: str, quote: str, *, tagged: bool = False, tone: str = "") -> str:
    """What a correction does, as a sentence for people. `quote` is its post, already safe to show."""
    whom = "anybody" if tagged else "anybody who does not tag you"
    ends = {
        "not_us": f"are set aside as not about {brand}",
        "not_complaint": "are set aside as no complaint",
        "tone": f"are read as {tone} in tone",
    }
    return f"Posts like “{quote}” from {whom} {ends[kind]}."
