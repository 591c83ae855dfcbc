"""Readers for tests: one that says what it is told, one that breaks, one that is slow."""

from collections.abc import Callable, Mapping, Sequence

from bot.readers.types import ReaderUnavailable, Verdict

CALM = Verdict(negative=0.1, neutral=0.8, positive=0.1, complaint=0.05, language="en")
"""What a scripted reader says of a text nobody scripted."""

CROSS = Verdict(negative=0.8, neutral=0.15, positive=0.05, complaint=0.95, urgency=0.5, language="en")
"""A clear complaint."""


class Scripted:
    """Gives the verdict written for a text, or the usual one, and remembers what it was asked."""

    name = "scripted"
    version = "1"

    def __init__(self, verdicts: Mapping[str, Verdict] | None = None, otherwise: Verdict = CALM) -> None:
        self.verdicts, self.otherwise = dict(verdicts or {}), otherwise
        self.asked: list[list[str]] = []

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        self.asked.append(list(texts))
        return [self.verdicts.get(text, self.otherwise) for text in texts]


class Crashing:
    """Works `after` times and then never again, with the error given: ReaderUnavailable unless another is asked for."""

    name = "crashing"
    version = "1"

    def __init__(self, error: Exception | None = None, after: int = 0) -> None:
        self.error, self.left = error or ReaderUnavailable("the model broke: reinstall it"), after

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        if self.left <= 0:
            raise self.error
        self.left -= 1
        return [CALM] * len(texts)


class Slow:
    """Calls `wait` before each batch, so that a test can hold a reading in flight or move its clock."""

    name = "slow"
    version = "1"

    def __init__(self, wait: Callable[[], object], otherwise: Verdict = CALM) -> None:
        self.wait, self.otherwise = wait, otherwise

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        self.wait()
        return [self.otherwise] * len(texts)
