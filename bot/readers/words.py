"""The reader that is always there: word lists of our own, no model, no network, linear in the text.

It knows six languages, negation, emphasis, emoji and what customers say when something is wrong. The few numbers that
turn counts into probabilities were fitted on the trainable sets only; figures and commands are in docs/reading.md.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.readers.language import UNKNOWN, language_of
from bot.readers.lexicon import SPOKEN, Entry, fold, lexicon
from bot.readers.normalise import normalise, shorten
from bot.readers.orders import graver, told
from bot.readers.types import Verdict

MOST_WORDS = 1_200
"""Words looked at; normalised text has at most about this many."""

MOST_TOPICS = 4
ASIDE = ("urgent", "topics", "spam")
"""Kinds of entries that no model is asked for."""

_SURE = 0.5
"""Beside English the lists are short: who complains in words they do not hold is not told from who does not."""

_AFTER_NOT = 3
_FLIP = -0.6
_EMOTICONS = (
    (re.compile(r"[:;=8][-o']?[)\]D3pP](?!\w)|<3|\(:|\^_\^|[xX]D\b"), " happyface "),
    (re.compile(r"[:;=][-o']?[(\[/|\\](?![/\w])|:'\(|\):|-_+-|</3|D:(?!\w)"), " sadface "),
    (re.compile(r">:\(|[:;]@(?!\w)"), " angerface "),
)


_FACE = re.compile("|".join(pattern.pattern for pattern, _ in _EMOTICONS))


@dataclass(slots=True)
class Signs:
    """What was found in one text: sums of weights by kind, and topics by name."""

    good: float = 0.0
    bad: float = 0.0
    complaint: float = 0.0
    relief: float = 0.0
    urgent: float = 0.0
    spam: float = 0.0
    topics: Counter[str] = field(default_factory=Counter)


class Words:
    """The word reader. Has no state; safe to share."""

    name = "words"
    version = "1"

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        """One verdict per text. Unknown languages are read by their emoji and marked as not supported."""
        given = languages if languages is not None else [None] * len(texts)
        return [self.read_one(text, said) for text, said in zip(texts, given, strict=True)]

    def read_one(self, text: str, given: str | None = None) -> Verdict:
        """The verdict on one text, without what orders a machine about."""
        one = told(shorten(text))
        found = self.in_language(one.rest, language_of(one.rest, given))
        for own in one.own:
            found = graver(found, self.in_language(own, language_of(own, given)))
        return found

    def in_language(self, text: str, language: str) -> Verdict:
        """The verdict on one text whose language is known."""
        plain = normalise(_faces(text))
        found = signs(plain, language)
        negative, neutral, positive = tones(found, plain)
        likely = complaint(found, plain)
        sure = language in ("en", UNKNOWN) or likely >= _SURE or positive > max(negative, neutral)
        return Verdict(
            negative=negative,
            neutral=neutral,
            positive=positive,
            complaint=likely,
            urgency=_pressing(found, plain),
            language=language,
            language_supported=sure and (language in SPOKEN or language == UNKNOWN),
            topics=topics(found),
            spam=spam(found, plain),
        )


def aside(text: str, plain: str, language: str) -> tuple[float, tuple[str, ...], float]:
    """Urgency, topics and likeness to advertising alone: what no model is asked for. `plain` is the text normalised."""
    if lexicon("en" if language == UNKNOWN else language, *ASIDE).silent(plain):
        return 0.0, (), spam(Signs(), plain)
    found, urgent = signs(plain, language, *ASIDE), 0.0
    if found.urgent:
        faced = normalise(_faces(text))
        urgent = _pressing(signs(faced, language), faced)
    return urgent, topics(found), spam(found, plain)


def urgent_at_a_glance(text: str, language: str | None) -> float:
    """Urgency by the lists alone, in a fiftieth of a model's time: who is read first while more comes than is read."""
    front = shorten(text)
    return aside(front, normalise(front), language or UNKNOWN)[0]


def signs(plain: str, language: str, *only: str) -> Signs:
    """Everything the lists know about a normalised text, or some kinds. An unknown language is read as English."""
    words = fold(plain)[:MOST_WORDS]
    found, known = Signs(), lexicon("en" if language == UNKNOWN else language, *only)
    negated_until, boost, boosted, taken = -1, 1.0, -1, -1
    for place in known.places(words):
        if not (entries := known.at(words, place)):
            continue
        if place != boosted:
            boost = 1.0
        tone, end = _tone(entries, place, taken)
        if tone:
            taken = end
            _weigh(found, tone * boost * (_FLIP if place <= negated_until else 1.0))
        _collect(found, entries)
        kinds = {entry.kind for entry, _ in entries}
        if "negators" in kinds:
            negated_until = place + _AFTER_NOT
        boost, boosted = (1.35 if "boosters" in kinds else 0.6 if "dampers" in kinds else 1.0), place + 1
    return found


def tones(found: Signs, plain: str) -> tuple[float, float, float]:
    """Negative, neutral and positive from the sums of good and bad words; exclamation marks add weight."""
    loud = 1 + 0.12 * min(4, plain.count("!"))
    good, bad = _bend(found.good * loud), _bend(found.bad * loud + 0.5 * found.complaint / 3)
    return _softmax(-0.06 + 0.97 * bad - 0.6 * good, 0.4 - 0.43 * good - 0.37 * bad, -0.34 + 1.02 * good - 0.6 * bad)


def complaint(found: Signs, plain: str) -> float:
    """How likely the author has a problem with whom they write about."""
    asks = 0.67 if "?" in plain else 0.0
    against = 1.47 * _bend(found.complaint / 2) + 1.06 * _bend(found.bad)
    return _logistic(against - 0.64 * _bend(found.good) - 0.36 * found.relief + asks - 1.7)


def urgency(found: Signs) -> float:
    """How much an early answer matters, by what the text says of time, danger and being stuck."""
    return 1 - math.exp(-found.urgent / 3.5)


def _pressing(found: Signs, plain: str) -> float:
    """Urgency, the less of it the better the text sounds."""
    urgent = urgency(found)
    return urgent * (1 - max(0.0, tones(found, plain)[2] - 0.5)) if urgent else 0.0


def angry_urgency(urgent: float, complaint: float, anger: float) -> float:
    """Urgency with tone: what the words say, and a little more where somebody complains in anger."""
    return 1 - (1 - urgent) * (1 - 0.3 * complaint * anger)


def spam(found: Signs, plain: str) -> float:
    """Advertising by its form and its phrases; an opinion is never spam."""
    size = max(1, plain.count(" ") + 1)
    links = plain.count("http ") + plain.endswith("http")
    crowd = (plain.count("@user") + 2 * links) / size if size >= 6 else 0.0
    return _logistic(-4.0 + 1.2 * found.spam + 4.0 * max(0.0, crowd - 0.4))


def topics(found: Signs) -> tuple[str, ...]:
    """What the text is about, the most mentioned first, ties by name."""
    order = sorted(found.topics.items(), key=lambda one: (-one[1], one[0]))
    return tuple(name for name, _ in order[:MOST_TOPICS])


def _tone(entries: Sequence[tuple[Entry, int]], place: int, taken: int) -> tuple[float, int]:
    """The tone of the longest phrase beginning here, unless a longer one already spoke for this word."""
    if place <= taken:
        return 0.0, taken
    return next(((entry.weight, place + size - 1) for entry, size in entries if entry.kind == "tone"), (0.0, taken))


def _weigh(found: Signs, tone: float) -> None:
    if tone > 0:
        found.good += tone
    else:
        found.bad -= tone


def _collect(found: Signs, entries: Sequence[tuple[Entry, int]]) -> None:
    for entry in _longest(entries):
        if entry.kind.startswith("topics:"):
            found.topics[entry.kind.removeprefix("topics:")] += 1
        elif entry.kind == "complaint":
            found.complaint += max(0.0, entry.weight)
            found.relief += max(0.0, -entry.weight) / 2
        elif entry.kind in ("urgent", "spam"):
            setattr(found, entry.kind, getattr(found, entry.kind) + entry.weight)


def _longest(entries: Sequence[tuple[Entry, int]]) -> Iterator[Entry]:
    """Of each kind the longest phrase only, so that "charged twice" is not also "charged"."""
    seen: set[str] = set()
    for entry, _ in entries:
        if entry.kind not in seen:
            seen.add(entry.kind)
            yield entry


def _faces(text: str) -> str:
    if not _FACE.search(text[:10_000]):
        return text
    for pattern, name in _EMOTICONS:
        text = pattern.sub(name, text) if len(text) < 10_000 else text
    return text


def _bend(total: float) -> float:
    """Grows ever more slowly: ten angry words are not ten times one."""
    return math.log1p(max(0.0, total))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def _softmax(*values: float) -> tuple[float, float, float]:
    highs = [math.exp(value - max(values)) for value in values]
    first, second, third = (high / sum(highs) for high in highs)
    return first, second, third
