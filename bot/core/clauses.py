"""The parts of a sentence that say something of their own: "You paid £500, and I'll refund £40" says two things."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CONTRAST = r"(?:,\s*|\s)(?:but|however|instead|though|aber|sondern|jedoch|mais|pero|sino|però|mas|maar)\s"
_JOINT = (
    r"(?:,\s*|\s)(?:and|so|und|et|y|e|en)\s(?=(?:i|we|you|your|ich|wir|sie|nous|vous|je|io|noi|ik|wij)(?:\W|$))"
    r"|,\s(?=(?:i|we|ich|wir|nous)\W)|;|:\s|\s[–—-]\s"
)
_BETWEEN = re.compile(rf"(?P<contrast>{_CONTRAST})|{_JOINT}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a text that begins at `start`; `against` says that it turns against what stands before it."""

    start: int
    text: str
    against: bool = False


def clauses(sentence: str, at: int = 0) -> Iterator[Clause]:
    """The parts of a sentence that begins at `at`, left to right."""
    start, against = 0, False
    for found in _BETWEEN.finditer(sentence):
        yield Clause(at + start, sentence[start : found.start()], against)
        start, against = found.end(), found["contrast"] is not None
    yield Clause(at + start, sentence[start:], against)
