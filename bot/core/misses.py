"""What change of a brand's rules would have caught a missed complaint: each proved on the post before it is named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import floor

from bot.core.brand import Brand
from bot.core.case import Heard, section_of
from bot.core.folding import fold
from bot.core.likeness import words_in
from bot.core.matching import FLOOR, LIKELY, Match, Matcher
from bot.core.ordinary import CUSTOMER_WORDS, STOP_WORDS

LEAST_BAR = 0.01
MOST = 3  # offers for one miss: more is no choice but a quiz
EXAMPLE = 280  # characters of a post that an example of us keeps


@dataclass(frozen=True, slots=True)
class Missed:
    """A post nobody was shown. `read` is what is known of it; its relevance, tag and bar are judged anew."""

    text: str
    read: Heard
    title: str = ""
    author_handle: str = ""
    author_name: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A change that would have caught it: `key` names it for good, `words` for people, `brand` is what is saved."""

    key: str
    words: str
    brand: Brand


def offers(brand: Brand, missed: Missed) -> list[Offer]:
    """The smallest changes that would have put it in the queue; two together only where no single one does."""
    found = match_of(brand, missed)
    naming = list(_naming(brand, missed, found))
    bar = _bar(brand, missed)
    alone = [offer for offer in [*([bar] if bar else []), *naming] if is_queued(offer.brand, missed)]
    if alone:
        return alone[:MOST]
    both = [_together(offer, lower) for offer in naming if (lower := _bar(offer.brand, missed)) is not None]
    return [offer for offer in both if is_queued(offer.brand, missed)][:MOST]


def match_of(brand: Brand, missed: Missed) -> Match | None:
    """How this brand is named in it; None if it is not, or an excluded word silences it."""
    told = Matcher([brand]).match(
        missed.text, title=missed.title, author_handle=missed.author_handle, author_name=missed.author_name,
        platform=missed.platform,
    )  # fmt: skip
    return next(iter(told), None)


def is_queued(brand: Brand, missed: Missed) -> bool:
    """Would these rules have queued it?"""
    found = match_of(brand, missed)
    if found is None or found.relevant < FLOOR or brand.competitor:
        return False
    heard = replace(missed.read, relevance=found.relevant, tagged=found.tagged, queue_at=brand.queue_at)
    return section_of(heard) == "care"


def _bar(brand: Brand, missed: Missed) -> Offer | None:
    chance = missed.read.complaint
    if chance is None or chance >= brand.queue_at or chance < LEAST_BAR:
        return None
    lower = max(LEAST_BAR, floor(chance * 100) / 100)
    words = f"Queue from {lower:g} instead of {brand.queue_at:g}: it read as {chance:.2f}."
    return Offer(f"bar:{lower:g}", words, brand.model_copy(update={"queue_at": lower}))


def _naming(brand: Brand, missed: Missed, found: Match | None) -> Iterator[Offer]:
    """Changes to how we are named; the narrowest first."""
    ways: tuple[Callable[[Brand, Missed, Match | None], Iterator[Offer]], ...] = (_excluded, _aliases, _required, _us)
    if found is None or (found.relevant < LIKELY and not found.tagged):
        for way in ways:
            yield from way(brand, missed, found)


def _excluded(brand: Brand, missed: Missed, _found: Match | None) -> Iterator[Offer]:
    text = fold(f"{missed.title} {missed.text}")
    for word in brand.excluded:
        if fold(word) in text:
            rest = tuple(one for one in brand.excluded if one != word)
            words = f"No longer leave out posts with “{word}”."
            yield Offer(f"excluded:{word}", words, brand.model_copy(update={"excluded": rest}))


def _aliases(brand: Brand, missed: Missed, found: Match | None) -> Iterator[Offer]:
    known = {fold(name) for name in (*brand.called(), *brand.hashtags)}
    for text, spans in ((missed.text, found.spans), (missed.title, found.title_spans)) if found is not None else ():
        for start, end, _term in spans[:3]:
            form = " ".join(text[start:end].lstrip("#@").split())
            if form and fold(form) not in known:
                known.add(fold(form))
                words = f"“{form}” is us: add it to the names."
                yield Offer(f"alias:{form}", words, brand.model_copy(update={"aliases": (*brand.aliases, form)}))


def _required(brand: Brand, missed: Missed, _found: Match | None) -> Iterator[Offer]:
    if not brand.required:
        return
    names = {word for name in brand.called() for word in words_in(name)}
    said = [word for word in words_in(f"{missed.title} {missed.text}") if word not in names | STOP_WORDS]
    telling = [word for word in said if word in CUSTOMER_WORDS] or [word for word in said if len(word) > 3]
    for word in list(dict.fromkeys(telling))[:1]:
        words = f"“{word}” is enough to be about us: add it to the words of which one must be near."
        yield Offer(f"required:{word}", words, brand.model_copy(update={"required": (*brand.required, word)}))


def _us(brand: Brand, missed: Missed, _found: Match | None) -> Iterator[Offer]:
    example = " ".join(f"{missed.title} {missed.text}".split())[:EXAMPLE]
    if example and example not in brand.us:
        words = "Keep it as an example of posts about us; ones like it count as ours."
        yield Offer("us", words, brand.model_copy(update={"us": (*brand.us, example)}))


def _together(one: Offer, other: Offer) -> Offer:
    return Offer(f"{one.key}+{other.key}", f"{one.words} {other.words}", other.brand)


def why(brand: Brand, missed: Missed, doubt: tuple[float, str] | None = None) -> str:
    """Why nobody was shown it, in a sentence. `doubt`: how likely it was taken to be about us, and why, when it was
    heard, where that was too little; by what people taught it, not only by the name."""
    found = match_of(brand, missed)
    if found is None:
        return "One of the words that mean somebody else stands in it."
    if found.relevant < LIKELY and not found.tagged:
        doubt = found.relevant, found.why
    if doubt is not None:
        return f"It was taken for somebody else, {doubt[0]:.2f} of 1: {doubt[1].rstrip('.')}."
    if missed.read.complaint is None:
        return "No reader could say whether it is a complaint."
    return f"It read as a complaint with {missed.read.complaint:.2f} of 1; the bar is {brand.queue_at:g}."
