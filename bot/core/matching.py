"""Whether a text is about one of our brands: named where, tagged or not, how likely it is us, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from bot.core.brand import Brand
from bot.core.relevance import Blind, Evidence, Found
from bot.core.resting import FOR, told
from bot.core.same import Same
from bot.core.scanning import MOST_PLACES, Scanner, Sighting

FLOOR = 0.25
"""Below this a text does not count as naming the brand: the word is there, the brand is not."""

LIKELY = 0.5
"""From here on a match is more likely us than not."""

BEYOND_DOUBT = 0.95
"""From here on more than a name speaks: an account or an address of ours."""

SAID_TO_US = 0.98
"""How sure we are of what is said in a place of ours."""

OURS = "said in a place that is ours"

Spans = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A brand named in a text. Spans are (start, end, term) in the original text, at most 100, left to right.

    `relevant` is 0…1 with its `why`. `tagged` is a fact: the text holds one of our handles exactly, or the platform
    says so. `warnings` name accounts and links in the text that pass for ours. `title_spans` count in the title.
    `keys` name the evidence that was weighed, and `alone` is how relevant it were by the name alone.
    """

    brand: str
    spans: Spans
    tagged: bool
    relevant: float
    why: str
    title_spans: Spans = ()
    warnings: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    alone: float = 1.0

    @property
    def matched(self) -> bool:
        """Does the text name the brand, as far as we can tell?"""
        return self.relevant >= FLOOR


class Matcher:
    """Finds which of `brands` a text names. Built once, then only read: safe to share between threads."""

    def __init__(self, brands: Iterable[Brand]) -> None:
        self.brands: tuple[Brand, ...] = tuple(brands)
        self._scanner = Scanner(self.brands)
        self._evidence = tuple(map(Evidence, self.brands))

    def match(
        self,
        text: str,
        *,
        title: str = "",
        author_handle: str = "",
        author_name: str = "",
        platform: str = "",
        mentioned: Sequence[str] = (),
        without: Blind = frozenset(),
    ) -> tuple[Match, ...]:
        """Every brand named in `text` or `title`, doubtful ones included: ask `Match.matched` or `Match.relevant`.

        `mentioned` are handles the platform itself reports as tagged. The author's account is only looked at for
        impostors; dropping our own posts is the caller's part (`Brand.owns`). `without` names evidence to look away
        from, as in `Evidence.judge`.
        """
        here = self._scanner.read(text, platform)
        above = self._scanner.read(title, platform) if title else {}
        for index in self._scanner.tagged(mentioned, platform):
            here.setdefault(index, Sighting()).tagged = True
        matches: list[Match] = []
        for index in sorted({*here, *above}):
            seen, headed = (places.get(index, Sighting()) for places in (here, above))
            match = self._made(index, (text, seen), (title, headed), without)
            if match is not None:
                passing = self._scanner.faces[index].author(author_handle, author_name, platform)
                matches.append(_warned(match, passing) if passing else match)
        return tuple(matches)

    def _made(
        self, index: int, here: tuple[str, Sighting], above: tuple[str, Sighting], without: Blind
    ) -> Match | None:
        (text, seen), (title, headed) = here, above
        if _silenced(seen) or _silenced(headed):
            return None
        places, heads = _kept(seen), _kept(headed)
        tagged, name = seen.tagged or headed.tagged, self.brands[index].name
        if not places and not heads:
            why = "the platform says our account is tagged"
            return Match(name, (), True, 0.98, why) if tagged else None
        judge = self._evidence[index].judge
        text, title = _without(text, seen.excluded), _without(title, headed.excluded)
        judged = [judge(text, places, beside=title, tagged=tagged, without=without)] if places else []
        judged += [judge(title, heads, beside=text, tagged=tagged, without=without)] if heads else []
        best = max(judged, key=lambda one: one.relevant)
        relevant = max(best.relevant, 0.95) if tagged else best.relevant
        alone = max(one.alone for one in judged)
        beside = not FOR.isdisjoint(best.keys)
        why = told(best.why, beside) if not tagged and LIKELY <= alone < BEYOND_DOUBT else best.why
        match = Match(name, _spans(places), tagged, relevant, why, _spans(heads), keys=best.keys, alone=alone)
        for warning in {**seen.warnings, **headed.warnings}:
            match = _warned(match, warning)
        return match


def said_to_us(matcher: Matcher, matches: tuple[Match, ...], brand: str) -> tuple[Match, ...]:
    """What is said in a place of ours concerns its `brand`, named or not: a review of our app need not say our name.

    Without a brand (the source's setting) it is the one that is named, else the first that is no competitor.
    """
    own = [each.name for each in matcher.brands if not each.competitor]
    named = [match.brand for match in matches if match.brand in own]
    about = brand if brand in own else next(iter([*named, *own]), None)
    if about is None:
        return matches
    known = next((match for match in matches if match.brand == about), Match(about, (), False, 0.0, ""))
    why = f"{OURS}; {known.why}" if known.why else OURS
    said = replace(known, relevant=max(known.relevant, SAID_TO_US), why=why)
    return (said, *(match for match in matches if match.brand != about))


def _warned(match: Match, warning: str) -> Match:
    """The match with one more warning, said in the why as well; the first three are said."""
    why = f"{match.why}; careful: {warning}" if len(match.warnings) < 3 else match.why
    return replace(match, why=why, warnings=(*match.warnings, warning))


def _without(text: str, stretches: Iterable[tuple[int, int]]) -> str:
    """The text with these stretches blank, so that an excluded phrase speaks neither for nor against."""
    for start, end in stretches:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


def _silenced(seen: Sighting) -> bool:
    """An excluded word that is no part of a longer name around ours removes the match."""
    return any(not seen.overlaps(span) for span in seen.excluded)


def _kept(seen: Sighting) -> list[Found]:
    """Places of the name outside excluded phrases (Delta Force), without those inside a longer place; in order."""
    free = [one for one in seen.found.values() if not _inside_any(one, seen.excluded)]
    free.sort(key=lambda one: (one.start, one.start - one.end))
    kept: list[Found] = []
    for one in free:
        if not kept or one.end > kept[-1].end:
            kept.append(one)
    return kept[:MOST_PLACES]


def _inside_any(one: Found, stretches: Iterable[tuple[int, int]]) -> bool:
    return any(start < one.end and one.start < end for start, end in stretches)


def _spans(places: Sequence[Found]) -> Spans:
    return tuple((one.start, one.end, one.term) for one in places)


def match_line(line: Mapping[str, Any], brand: Brand) -> dict[str, Any]:
    """One line of `earshot match`: `{"id","text"}` in; id, matched, relevant, tagged, spans and why out.

    A line that cannot be read comes back as `{"id","error"}`, the error naming what to mend.
    """
    known = line.get("id")
    text = line.get("text")
    if not isinstance(text, str):
        return {"id": known, "error": '`text` must be a string. Send {"id": …, "text": "…"}.'}
    match = first_match(text, brand)
    if match is None:
        return {"id": known, "matched": False, "relevant": 0.0, "tagged": False, "spans": [], "why": _unnamed(brand)}
    spans = [list(span) for span in match.spans] if match.matched else []
    return {
        "id": known,
        "matched": match.matched,
        "relevant": match.relevant,
        "tagged": match.tagged,
        "spans": spans,
        "why": match.why,
    }


def first_match(text: str, brand: Brand, *, title: str = "", platform: str = "") -> Match | None:
    """Where and how a text names one brand, doubtful or not."""
    return next(iter(_matcher_of(Same(brand)).match(text, title=title, platform=platform)), None)


def _unnamed(brand: Brand) -> str:
    return f"{brand.name} is not named, or an excluded word is there"


@lru_cache(maxsize=16)
def _matcher_of(key: Same[Brand]) -> Matcher:
    return Matcher((key.thing,))
