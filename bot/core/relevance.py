"""How likely a match is about us, 0…1, from evidence a person can check; every piece of it ends up in the why.

Version 1 weighs hand-set evidence: how we are named, whether the name is also an everyday word, the brand's context,
the examples of *us* and *not us*, words that speak for a namesake, words people use towards companies.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

from bot.core.brand import Brand
from bot.core.denials import sides
from bot.core.display import one_line
from bot.core.folding import fold
from bot.core.homonyms import HOMONYMS
from bot.core.likeness import stem, subjects
from bot.core.ordinary import CUSTOMER_WORDS, ordinary_words
from bot.core.peoples import PEOPLES, of_a_people
from bot.core.resting import FOR
from bot.core.terms import alphabet, terms_of

_AROUND = 400  # characters on each side of a span that count as its surroundings
_NOUN_BEFORE = frozenset(("the", "a", "an", "his", "her", "their", "its", "this", "that", "at", "no"))
_PRIOR = {
    "account": 0.98, "domain": 0.95, "hashtag": 0.9, "tag": 0.75, "stranger": 0.6, "label": 0.6, "path": 0.45,
    "posing": 0.7, "spaced": 0.6, "split": 0.65, "camel": 0.5, "number": 0.6, "slip": 0.6, "digits": 0.5,
}  # fmt: skip
_PLAIN = 0.8  # a name that is no other word, written as it should be
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Found:
    """One place where a brand is named: original [start, end), the term, and in which way it is written."""

    start: int
    end: int
    term: str
    how: str
    key: str = ""
    looked_like: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """How likely it is us, and why in words. `alone`: how likely by the name, looking away from all else for us."""

    relevant: float
    why: str
    keys: tuple[str, ...] = ()
    alone: float = 0.0


Blind = frozenset[str]
"""Keys of evidence: word (also an everyday word), short, how (in which way it is written), context, against, customer,
us, not_us, namesake, noun, foreign, required."""


class Reasons:
    """Evidence as it is weighed: sentences and keys, but for what `without` looks away from."""

    def __init__(self, first: str, manner: str, without: Blind) -> None:
        self.said, self.keys, self.without = [first], [manner] if manner else [], without

    def __call__(self, key: str, sentence: str) -> bool:
        """Name one piece of evidence; False where it is looked away from, and then it must not count."""
        if key in self.without:
            return False
        self.said.append(sentence)
        self.keys.append(key)
        return True


@dataclass(frozen=True, slots=True)
class _Example:
    words: frozenset[str]
    text: str


class Evidence:
    """What is known of one brand, prepared once; `judge` weighs a text against it."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        names = frozenset(stem(word) for name in brand.called() for word in _WORD.findall(fold(name)))
        self._names = names
        ours, others = sides(brand.context)
        self._context = subjects(ours) - names
        self._against = subjects(others) - names - self._context
        self._us = tuple(_Example(subjects(text) - names, text) for text in brand.us)
        self._not_us = tuple(_Example(subjects(text) - names, text) for text in brand.not_us)
        hints = {hint for term in terms_of(brand, 0) if term.kind == "name" for hint in HOMONYMS.get(term.key, ())}
        self._hints = frozenset(hint for hint in hints if stem(hint) not in self._context)

    def judge(
        self, text: str, found: Sequence[Found], *, beside: str = "", tagged: bool = False, without: Blind = frozenset()
    ) -> Judged:
        """The best of the places found, moved by what stands around them. `found` is not empty.

        `beside` is more of the same post (the title of a text, the text of a title). `without` names evidence to look
        away from (keys of Reason): whoever doubts a reason can see what the verdict would be without it.
        """
        seen = self._judged(text, found, beside, tagged, without)
        if FOR.isdisjoint(seen.keys):
            return replace(seen, alone=seen.relevant)
        return replace(seen, alone=self._judged(text, found, beside, tagged, without | FOR).relevant)

    def _judged(self, text: str, found: Sequence[Found], beside: str, tagged: bool, without: Blind) -> Judged:
        scored = [(self._prior(text, one, without), one) for one in found[:20]]
        (score, because, manner), one = max(scored, key=lambda pair: pair[0][0])
        nearby = f"{text[max(0, one.start - _AROUND) : one.end + _AROUND]} {beside[:_AROUND]}"
        reasons = Reasons(because, manner, without)
        if not tagged:
            score = self._weighed(score, nearby, reasons)
            score = self._capped(score, text, found, nearby, reasons)
            score = self._needed(score, f"{text} {beside}", reasons)
        score = round(min(0.99, max(0.02, score)), 2)
        return Judged(score, "; ".join(reasons.said), tuple(reasons.keys))

    def _prior(self, text: str, one: Found, without: Blind) -> tuple[float, str, str]:
        """How likely a place is us by itself, in words, and the key of what about its manner speaks against it."""
        written = text[one.start : one.end]
        shown = f"“{one_line(written, 60)}”"
        if one.how in _PRIOR:
            said, doubted = _HOW[one.how].format(shown=shown, term=one.term), _PRIOR[one.how] < 0.7
            return max(_PRIOR[one.how], _PLAIN if "how" in without else 0.0), said, "how" if doubted else ""
        score, because, manner = self._plain(text, one, written, without)
        if one.how == "plural" and written[:1].islower():
            score -= 0.1
        if one.looked_like:
            because += ", written with look-alike letters"
        return score, f"{shown} {because}", manner

    def _plain(self, text: str, one: Found, written: str, without: Blind) -> tuple[float, str, str]:
        """A name standing as a word of its own."""
        if " " in one.term.strip() or len(one.key) > 12:
            return 0.85, f"is {one.term} in full", ""
        lower = written.islower() and not one.term.islower()
        if one.key in PEOPLES and "word" not in without:
            score, also = of_a_people(text, one.start, one.end, one.how == "plural", self._context)
            return score, f"is {one.term}, {also}", "word"
        if one.key in ordinary_words() and "word" not in without:
            return *_as_a_word(text, one, written, lower), "word"
        if len(one.key) <= 2 and "short" not in without:
            return (0.25 if lower else 0.45), f"is {one.term}, too short to be sure", "short"
        if lower:
            return (0.65 if len(one.key) <= 4 else 0.75), f"is {one.term} in small letters", ""
        return _PLAIN, f"is {one.term}", ""

    def _weighed(self, score: float, nearby: str, reasons: Reasons) -> float:
        about = subjects(nearby) - self._names
        shared = sorted(about & self._context)
        if shared and reasons("context", f"speaks of {_listed(shared)}, as your context does"):
            score += min(0.36, 0.12 * len(shared)) * (1.0 if score < 0.8 else 0.3)
        strange = sorted(about & self._against)
        if strange and reasons("against", f"speaks of {_listed(strange)}, which your context says you are not"):
            score -= min(0.5, 0.35 * len(strange))
        served = sorted({word for word in _WORD.findall(fold(nearby)) if word in CUSTOMER_WORDS})
        said = f"speaks as a customer does ({_listed(served)})"
        if served and score < 0.75 and reasons("customer", said):
            score += 0.15 if len(set(map(stem, served))) == 1 else 0.2  # two words of custom outweigh small letters
        return self._by_examples(score, about, reasons)

    def _by_examples(self, score: float, about: frozenset[str], reasons: Reasons) -> float:
        us, ours = _nearest(about, self._us) if "us" not in reasons.without else (0.0, "")
        other, theirs = _nearest(about, self._not_us) if "not_us" not in reasons.without else (0.0, "")
        if max(us, other) < 0.3 or us == other:
            return score
        if us > other:
            reasons("us", f"like your example “{_short(ours)}”")
            return max(score + 0.3 * us, 0.9 if us > 0.8 else 0.0)
        reasons("not_us", f"like your example of not us “{_short(theirs)}”")
        return min(score - 0.5 * other, 0.1 if other > 0.8 else 1.0)

    def _capped(self, score: float, text: str, found: Sequence[Found], nearby: str, reasons: Reasons) -> float:
        words = set(_WORD.findall(fold(nearby)))
        hints = sorted(words & self._hints)
        if hints and reasons("namesake", f"{_listed(hints)} speaks for a namesake"):
            score -= 0.6 if len(hints) == 1 else 0.7
        nouns = {_as_noun(text, one) for one in found}
        if nouns == {"of"} and reasons("noun", "used as an ordinary word (“the … of”)"):
            score = min(score, 0.1)
        elif nouns <= {"of", "end"} and reasons("noun", "stands like an ordinary word (“the …”)"):
            score -= 0.3
        strange = all(_foreign(text, one) for one in found)
        if strange and reasons("foreign", "a word of another language that only looks like it"):
            score = min(score, 0.15)
        return score

    def _needed(self, score: float, text: str, reasons: Reasons) -> float:
        """Low without any of the required words, wherever in the post they stand."""
        if not self.brand.required:
            return score
        folded = fold(text)
        if any(re.search(rf"(?<!\w){re.escape(fold(word))}(?!\w)", folded) for word in self.brand.required):
            return score
        missing = reasons("required", f"none of the required words ({_listed(self.brand.required)})")
        return min(score, 0.15) if missing else score


_HOW = {
    "account": "{shown} is our account",
    "domain": "{shown} is our address",
    "hashtag": "{shown} is our hashtag",
    "tag": "{shown} stands in a hashtag as {term}",
    "stranger": "{shown} is an account called like {term}",
    "label": "{shown} is a link called like {term}",
    "posing": "{shown} passes for {term}",
    "path": "{shown} is named only inside a link",
    "spaced": "{shown} is {term} spelt letter by letter",
    "split": "{shown} is {term} in two pieces",
    "camel": "{shown} begins a longer name",
    "number": "{shown} is {term} with a number behind it",
    "slip": "{shown} is nearly {term}",
    "digits": "{shown} is {term} with digits for letters",
}


def _as_a_word(text: str, one: Found, written: str, lower: bool) -> tuple[float, str]:
    """A name that is also an everyday word: the capital letter is what speaks for us."""
    if lower:
        return 0.3, f"is {one.term}, but also an everyday word in small letters"
    if written.isupper() and not one.term.isupper():
        shouting = sum(map(str.isupper, text[:400])) > 0.6 * sum(map(str.isalpha, text[:400]))
        return (0.4 if shouting else 0.6), f"is {one.term} in capitals, also an everyday word"
    if _opens_sentence(text, one.start):
        return 0.5, f"is {one.term}, also an everyday word, at the beginning of a sentence"
    return 0.65, f"is {one.term} with a capital inside a sentence, also an everyday word"


def _opens_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - 8) : start].rstrip(" \t\"'“‘(*_@#")
    return not before or before[-1] in ".!?…:\n\r"


def _as_noun(text: str, one: Found) -> str:
    """“the acme of success”, “at the acme.”: a small-letter name after an article, before *of* or at the end."""
    written = text[one.start : one.end]
    if one.how not in ("exact", "plural") or not written.islower() or one.term.islower():
        return ""
    before = _WORD.findall(text[max(0, one.start - 20) : one.start].lower())
    after = _WORD.findall(text[one.end : one.end + 8].lower())
    if not before or before[-1] not in _NOUN_BEFORE:
        return ""
    ends = not text[one.end :].lstrip(" ")[:1].strip(".!?,;:…")
    return "of" if after[:1] == ["of"] else "end" if ends else ""


def _foreign(text: str, one: Found) -> bool:
    """A whole word of another alphabet, among words of that alphabet: it looks like our name by chance."""
    written = alphabet(text[one.start : one.end])
    own = alphabet(one.term)
    if one.how in ("account", "domain") or not written or written == own or not one.looked_like:
        return False
    if any(alphabet(character) == own for character in text[one.start : one.end]):
        return False
    around = text[max(0, one.start - 60) : one.start] + text[one.end : one.end + 60]
    return alphabet(around) == written


def _nearest(about: frozenset[str], examples: Sequence[_Example]) -> tuple[float, str]:
    """The likeness (cosine over shared subjects, 0…1) of the nearest example, and its text."""
    best, text = 0.0, ""
    for example in examples:
        shared = len(about & example.words)
        likeness = shared / sqrt(len(about) * len(example.words)) if shared else 0.0
        if likeness > best:
            best, text = likeness, example.text
    return best, text


def _listed(words: object) -> str:
    return ", ".join(f"“{word}”" for word in list(words)[:4])  # type: ignore[call-overload]


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 40 else f"{plain[:39]}…"
