"""What a brand's own examples of *us* and *not us* teach: log-odds per post, each with a reason a person can check.

Few-shot: nothing below three examples of each kind, then more and more. With vectors (the built-in reader's) a ridge
logistic regression over them; without, the words that stand in one kind of example and not in the other (naive Bayes,
at most six words). Beside either the language a post is in. Nothing is kept but the examples themselves: take one
away and what it taught is gone. Figures and how the constants were chosen: docs/judging.md.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING, Any

from bot.core import resting
from bot.core.display import one_line
from bot.core.matching import LIKELY

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vector = npt.NDArray[np.floating[Any]]

LEAST = 3
"""Examples of each kind before anything is learned."""

RIDGE, STEPS = 0.1, 12
WORDS_SHARE, MOST_WORDS, BOUND = 0.3, 6, 2.0
SHARED = 0.2
"""How much a shared word counts beside nearness when one example is named for many."""

SPEAKS = 0.25
"""Log-odds from which a piece is named in the why."""

TONE = 30.0
"""How freely the examples' own tone takes what it can explain, where it would pass for the matter."""

CALM, ONE_IN = 0.3, 5
"""What is called a complaint by less is calm; where fewer than one in so many examples of us is, tone is set apart."""

SETTLED = 10
"""Examples at which what was known before them counts half."""


@dataclass(frozen=True, slots=True)
class Known:
    """A post or an example as learning sees it: subject words, vector if any; language, source, author ("" unknown).

    `complaint` is what the reader of the vector calls it, 0…1.
    """

    text: str
    words: frozenset[str]
    language: str = ""
    vector: "Vector | None" = None
    source: str = ""
    author: str = ""
    complaint: float | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence: log-odds for us (above nought) or against, and in words.

    `key`: likeness, words, tongue, source or author.
    """

    key: str
    log_odds: float
    why: str


@dataclass(frozen=True, slots=True)
class Learned:
    """What the examples of one brand teach. Make it with `learn`."""

    us: tuple[Known, ...]
    not_us: tuple[Known, ...]
    weights: "Vector | None"
    mean: "Vector | None"
    words: dict[str, float]

    def weigh(self, post: Known) -> list[Piece]:
        """Evidence for and against, the strongest first; empty where there are too few examples."""
        found = [self._author(post.author)]
        if min(len(self.us), len(self.not_us)) >= LEAST:
            seen = self.weights is not None and post.vector is not None and self._in_a_tongue_of_ours(post.language)
            found += [self._likeness(post) if seen else self._by_words(post), self._tongue(post.language)]
            found.append(self._source(post.source))
        return sorted((piece for piece in found if piece is not None), key=lambda piece: -abs(piece.log_odds))

    def _in_a_tongue_of_ours(self, language: str) -> bool:
        """Whether any example is in this language: where none is, how near vectors lie says nothing of the matter."""
        tongues = {one.language for one in (*self.us, *self.not_us)} - {""}
        return not language or not tongues or language in tongues

    def _likeness(self, post: Known) -> Piece | None:
        assert self.weights is not None
        assert post.vector is not None
        direction = _unit(post.vector)
        log_odds = float(direction @ self.weights[:-1] + self.weights[-1])
        kind, examples = ("us", self.us) if log_odds > 0 else ("not us", self.not_us)
        seen = direction - self.mean
        nearest = max(
            examples,
            key=lambda one: float(_unit(_unit(one.vector) - self.mean) @ seen) + SHARED * len(post.words & one.words),
        )
        return Piece(
            "likeness", log_odds, f"reads like your {len(examples)} examples of {kind}, most {_short(nearest)}"
        )

    def _by_words(self, post: Known) -> Piece | None:
        strongest = sorted((w for w in post.words if w in self.words), key=lambda word: -abs(self.words[word]))
        strongest = strongest[:MOST_WORDS]
        log_odds = WORDS_SHARE * sum(self.words[word] for word in strongest)
        speaking = [f"“{word}”" for word in strongest if self.words[word] * log_odds > 0]
        if not speaking:
            return None
        kind = "us" if log_odds > 0 else "not us"
        return Piece("words", log_odds, f"{', '.join(speaking[:4])} as in your examples of {kind}")

    def _tongue(self, language: str) -> Piece | None:
        found = self._told(language, [one.language for one in self.us], [one.language for one in self.not_us])
        return found and Piece("tongue", found[0], f"its language is {language}, as of {found[1]}")

    def _source(self, source: str) -> Piece | None:
        found = self._told(source, [one.source for one in self.us], [one.source for one in self.not_us])
        return found and Piece("source", found[0] / 2, f"heard on {one_line(source, 40)}, as {found[1]}")

    def _told(self, value: str, ours: Sequence[str], others: Sequence[str]) -> tuple[float, str] | None:
        """What a plain fact speaks for, by how often each kind of example shares it; None where too few say it."""
        ours, others = ([one for one in kind if one] for kind in (ours, others))
        if not value or min(len(ours), len(others)) < LEAST or value not in {*ours, *others}:
            return None
        log_odds = _share(ours.count(value), len(ours)) - _share(others.count(value), len(others))
        kind, seen = ("us", ours) if log_odds > 0 else ("not us", others)
        count = f"{seen.count(value)} of your {len(seen)} examples of {kind}"
        return max(-BOUND, min(BOUND, log_odds)), count

    def _author(self, author: str) -> Piece | None:
        """Who wrote it: people keep talking about the same thing."""
        ours, others = (sum(1 for one in kind if author and one.author == author) for kind in (self.us, self.not_us))
        if ours == others:
            return None
        if ours > others:
            return Piece("author", min(1.5, 0.8 * (ours - others)), "you answered its author before")
        said = f"earlier posts of its author ({others}) were not about us"
        return Piece("author", -min(2.0, 1.2 * (others - ours)), said)


def learn(us: Sequence[Known], not_us: Sequence[Known]) -> Learned:
    """What these examples teach."""
    enough = min(len(us), len(not_us)) >= LEAST
    both = [*us, *not_us]
    seen = enough and all(one.vector is not None for one in both)
    rows = _rows(both) if seen else None
    weights, mean = (None, None) if rows is None else (_fitted(rows, _tones(us, not_us), len(us)), rows.mean(axis=0))
    return Learned(tuple(us), tuple(not_us), weights, mean, _words(us, not_us) if enough else {})


def refined(
    relevant: float, why: str, taught: Learned, pieces: Iterable[Piece], alone: float | None = None
) -> tuple[float, str]:
    """Relevance (0…1) and its why once the examples have spoken. The more there are, the less the rest counts.

    `alone` is what the relevance were by the name alone (as it is, where nobody says): a verdict that the name upholds
    against all that speaks against it says so, and one that it does not cites enough to fall when that is looked away
    from.
    """
    pieces = list(pieces)
    if not pieces:
        return relevant, why
    many = len(taught.us) + len(taught.not_us)
    found = _together(relevant, pieces, many)
    bare = min(relevant, relevant if alone is None else alone)
    against = [piece for piece in pieces if piece.log_odds <= 0]
    cited = [piece for piece in pieces if abs(piece.log_odds) >= SPEAKS]
    if found < LIKELY:
        return found, _sentence(resting.plain(why), cited)
    if _together(bare, against, many) >= LIKELY:
        beside = bare < relevant or any(piece.log_odds > 0 for piece in cited)
        return found, resting.told(_sentence(why, cited), beside)
    return found, _sentence(resting.plain(why), _deciding(bare, pieces, cited, many))


def _deciding(bare: float, pieces: list[Piece], cited: list[Piece], many: int) -> list[Piece]:
    """What is cited, and as many of the fainter pieces for us as it takes for the verdict to fall without them."""
    left = [piece for piece in pieces if piece not in cited or piece.log_odds <= 0]
    while _together(bare, left, many) >= LIKELY:
        strongest = max(left, key=lambda piece: piece.log_odds)
        left.remove(strongest)
        cited = [*cited, strongest]
    return cited


def _together(relevant: float, pieces: Iterable[Piece], many: int) -> float:
    """Relevance once these pieces of `many` examples have spoken."""
    held = min(0.98, max(0.02, relevant))
    odds = log(held / (1 - held)) * max(0.5, 1 - many / (2 * SETTLED)) + sum(piece.log_odds for piece in pieces)
    return round(min(0.99, max(0.02, 1 / (1 + exp(-max(-30.0, min(30.0, odds)))))), 2)


def _sentence(why: str, cited: Iterable[Piece]) -> str:
    return "; ".join([why, *(piece.why for piece in cited)])


def _words(us: Sequence[Known], not_us: Sequence[Known]) -> dict[str, float]:
    ours, others = (Counter(word for one in kind for word in one.words) for kind in (us, not_us))
    return {word: _share(ours[word], len(us)) - _share(others[word], len(not_us)) for word in {*ours, *others}}


def _share(count: int, of: int) -> float:
    return log((count + 0.5) / (of + 1))


def _unit(vector: Any) -> Any:
    import numpy as np

    wide = np.asarray(vector, np.float64)
    return wide / (np.sqrt(wide @ wide) or 1.0)


def _rows(examples: Sequence[Known]) -> Any:
    import numpy as np

    return np.array([_unit(one.vector) for one in examples])


def _tones(us: Sequence[Known], not_us: Sequence[Known]) -> Any:
    """How much each example complains, around the middle of both kinds; all alike where that is not known of one, or
    enough of us are calm for the tone not to pass for the matter."""
    import numpy as np

    said = [one.complaint for one in (*us, *not_us)]
    known = [0.5 if one is None else one for one in said]
    calm = sum(one < CALM for one in known[: len(us)])
    if None in said or calm * ONE_IN >= len(us):
        return np.zeros(len(said))
    held = np.clip(known, 0.01, 0.99)
    tones = np.log(held / (1 - held)) / 4
    return tones - (tones[: len(us)].mean() + tones[len(us) :].mean()) / 2


def _fitted(rows: Any, tones: Any, ours: int) -> Any:
    """Ridge logistic regression, both kinds counting alike; Newton's method in as many unknowns as there are examples.

    Vectors tell tones apart before they tell subjects. Where people only ever answered complaints, all that is calm
    would be unlike us: there the tone is an unknown of its own, and looked away from when a post is weighed. Returns a
    weight per dimension and, last, the shift.
    """
    import numpy as np

    truth = np.arange(len(rows)) < ours
    counts = np.where(truth, len(rows) / (2 * ours), len(rows) / (2 * (len(rows) - ours)))
    kernel = rows @ rows.T / RIDGE + 100.0  # the shift is a dimension of its own, hardly held back
    kernel += TONE * np.outer(tones, tones)
    found = np.zeros(len(rows))
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(kernel @ found, -30, 30)))
        bend = counts * chance * (1 - chance)
        step = np.linalg.solve(np.eye(len(rows)) + bend[:, None] * kernel, counts * (chance - truth) + found)
        found = found - step
    return np.append(rows.T @ found / RIDGE, 100.0 * found.sum())


def _short(example: Known) -> str:
    plain = one_line(" ".join(example.text.split()), 48)
    return f"“{plain}”"
