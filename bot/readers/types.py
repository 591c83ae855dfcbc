"""What a reader says of a post, and what the rest of the house may ask of any reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

Sentiment = Literal["negative", "neutral", "positive"]


class ReaderUnavailable(Exception):
    """This reader cannot work here. The message says why and what a person can do about it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reader makes of one text. Every number is 0…1; the three tones sum to one.

    `complaint` is the probability that the author has a problem with us, whatever the tone. `urgency` says how much an
    early answer matters. `language` is an ISO 639-1 code, "und" where nobody can tell. `language_supported` is False
    where the reader does not speak it: its numbers are then a guess and the post is better queued by age. `by` is the
    name and version of who gave it where that is not the reader that was asked but one behind it.
    """

    negative: float
    neutral: float
    positive: float
    complaint: float
    urgency: float = 0.0
    language: str = "und"
    language_supported: bool = True
    topics: tuple[str, ...] = ()
    spam: float = 0.0
    by: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        numbers = (self.negative, self.neutral, self.positive, self.complaint, self.urgency, self.spam)
        if not all(0.0 <= number <= 1.0 for number in numbers):
            raise ValueError(f"A verdict's numbers are 0…1, not {numbers}.")

    @property
    def sentiment(self) -> Sentiment:
        """The likeliest tone. A tie is neutral: we do not accuse on a coin toss."""
        if self.negative > max(self.neutral, self.positive):
            return "negative"
        return "positive" if self.positive > max(self.neutral, self.negative) else "neutral"


@runtime_checkable
class Reader(Protocol):
    """Reads texts. Safe to share between threads; the same text gets the same verdict in any batch."""

    @property
    def name(self) -> str:
        """Which reader this is: "words", "builtin", "hub:owner/model"."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever a verdict may change, so that a stored reading can be told from a newer one."""
        ...

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        """One verdict per text, in order. `languages` is what the platforms said, where they did.

        Raises ReaderUnavailable when the reader has stopped working; no text, however hostile, makes it raise.
        """
        ...


@runtime_checkable
class Embeds(Protocol):
    """A reader that can also say where a text lies: near texts have a high cosine."""

    def run(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> tuple[Any, Any]:
        """Raw outputs, and one row of numbers a text. Raises ReaderUnavailable."""
        ...


@runtime_checkable
class Sees(Protocol):
    """A reader that gives each text's vector from the same look as its verdict."""

    def read_whole(
        self, texts: Sequence[str], languages: Sequence[str | None] | None = None
    ) -> tuple[list[Verdict], list[Any]]:
        """What `read` gives, and a vector per text; None where it has none. Raises ReaderUnavailable."""
        ...
