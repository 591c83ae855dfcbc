"""How often the reader of a week is wrong: what its card measured, and what people of this brand found. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.intervals import Rate, percent, percent_words
from bot.core.locales import number
from bot.core.when import counted


@dataclass(frozen=True, slots=True)
class Measured:
    """What a reader got right of labelled posts it never learned from; each kind counts alike (macro recall), 0…1."""

    posts: int
    right: float
    low: float
    high: float

    def words(self) -> str:
        """ "76% (73–78%) of 2,000 labelled posts"."""
        between = f"{percent(self.low)}–{percent_words(self.high)}"
        return f"{percent_words(self.right)} ({between}) of {number(self.posts)} labelled posts"


@dataclass(frozen=True, slots=True)
class Misread:
    """`card`: what was measured, by head ("sentiment", "complaint"); empty where the reader has no such card.

    `complaints`: of the cases that people decided on in so many `days`, about this brand, how many complained. `toned`:
    in how many of the `decided` they changed the tone. `guessed`: mentions in languages the reader does not speak.
    """

    card: Mapping[str, Measured] = field(default_factory=dict)
    complaints: Rate = Rate(0, 0)  # noqa: RUF009  frozen
    toned: int = 0
    decided: int = 0
    days: int = 90
    guessed: int = 0

    def words(self) -> str:
        """A few sentences that stand behind "read by …"."""
        return " ".join(filter(None, (self._card(), self._guessed(), self._own())))

    def _guessed(self) -> str:
        if not self.guessed:
            return ""
        of = counted(self.guessed, "mention")
        return f"Of {of} in a language it does not speak, tone and whether it complains are a guess."

    def _card(self) -> str:
        tone, complaint = self.card.get("sentiment"), self.card.get("complaint")
        if tone is None:
            return "How often it reads a tone wrongly is not measured."
        said = f"The tone is read rightly in {tone.words()}, each tone counting alike"
        return f"{said}; whether they complain in {complaint.words()}." if complaint is not None else f"{said}."

    def _own(self) -> str:
        if not self.decided:
            return f"Nobody here decided on a case in {self.days} days, so its error on our posts is not known."
        put = f"people changed the tone in {number(self.toned)} of {counted(self.decided, 'case')} they decided on"
        if not self.complaints.n:
            return f"Here, in {self.days} days, {put}."
        return f"Here, in {self.days} days, {put}; taken for complaints and rightly so: {self.complaints.words()}."


_CALLED = {"builtin": "the built-in reader", "words": "the word lists"}


def reader_words(readers: Sequence[str]) -> str:
    """Who read, for people: "the built-in reader (2026.11.23) and the word lists (1)". Each is a name and a version;
    the hashes behind a "+" are left out (they are in the JSON file)."""
    named = []
    for reader in readers:
        name, _, version = reader.partition("+")[0].partition(" ")
        called = _CALLED.get(name, name)
        named.append(f"{called} ({version})" if version else called)
    return " and ".join(dict.fromkeys(named))
