"""Reading one text for every brand at once: which names, accounts and links stand where. The verdict is not made here.

Linear in the text: the automaton is Aho-Corasick, each proof looks at a bounded stretch, each word is looked up once.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

import ahocorasick

from bot.core.brand import Brand
from bot.core.edges import How, fits
from bot.core.folding import Folded, fold
from bot.core.fuzzy import Fuzzy
from bot.core.impostor import Faces, Verdict, looks_in, one_off
from bot.core.links import Zone, Zones, address_of
from bot.core.relevance import Found
from bot.core.terms import Term, skeleton_key, terms_of

MOST_PLACES = 100
"""Places kept for each brand and text; a text that repeats a name more often says nothing new."""

MOST_ADDRESSES = 1000
"""Links and accounts looked at in one text, the first ones; more than that is an attack and not a post."""

_LINKISH = re.compile(r"@|://|xn--|www\.")
_LEET = str.maketrans("01345678", "oieasgtb")
_MOST_PATH_WORDS = 30


@dataclass(slots=True)
class Sighting:
    """What was seen of one brand in one text."""

    found: dict[tuple[int, int], Found] = field(default_factory=dict)
    excluded: set[tuple[int, int]] = field(default_factory=set)
    tagged: bool = False
    warnings: dict[str, None] = field(default_factory=dict)

    def overlaps(self, span: tuple[int, int]) -> bool:
        """Is any place found inside or across this stretch?"""
        return any(start < span[1] and span[0] < end for start, end in self.found)


Sightings = dict[int, Sighting]


class Scanner:
    """Every brand's terms, indexed once; `read` only looks, so threads may share it."""

    def __init__(self, brands: Sequence[Brand]) -> None:
        self.brands = brands
        terms = [term for index, brand in enumerate(brands) for term in terms_of(brand, index)]
        self._names = _automaton((term.key, term) for term in terms)
        self._looks = _automaton((skeleton_key(term), term) for term in terms)
        self._fuzzy = Fuzzy(terms)
        self._accounts: dict[str, list[int]] = {}
        self._slips: dict[str, list[int]] = {}
        self.faces = tuple(map(Faces, brands))
        for index, faces in enumerate(self.faces):
            for key in faces.reminders():
                self._accounts.setdefault(key, []).append(index)
            for form in faces.slip_reminders():
                self._slips.setdefault(form, []).append(index)
        self._digits: dict[str, list[Term]] = {}
        for term in terms:
            if term.kind == "name" and len(term.key) >= 4 and term.key.isascii() and term.key.isalpha():
                self._digits.setdefault(term.key.replace("l", "i"), []).append(term)

    def read(self, text: str, platform: str = "") -> Sightings:
        """What `text` holds of each brand, by the brand's index."""
        seen: Sightings = {}
        plain = _Reading(Folded(text))
        drawn = plain
        if not text.isascii():
            looks = Folded(text, skeletons=True)
            drawn = plain if looks.folded == plain.folded.folded else _Reading(looks)
        self._scan(plain, self._names, seen, drawn=False)
        if drawn is not plain:
            self._scan(drawn, self._looks, seen, drawn=True)
        self._scan_slips(plain, seen)
        self._scan_digits(plain.folded, seen)
        if seen or plain.hit or drawn.hit or _LINKISH.search(drawn.folded.folded):
            self._scan_addresses(drawn, platform, seen)
        return seen

    def tagged(self, handles: Sequence[str], platform: str = "") -> Iterator[int]:
        """Brands whose own account is among `handles`."""
        for handle in handles:
            for index in self._reminded(_account_words(handle)):
                if self.faces[index].account(handle, platform).ours:
                    yield index

    # ---- names

    def _scan(self, reading: "_Reading", automaton: Any, seen: Sightings, *, drawn: bool) -> None:
        """Note every name that stands as a word."""
        if automaton is None:
            return
        folded = reading.folded
        for last, (length, terms) in automaton.iter(folded.squeezed):
            reading.hit = True
            start, end = last + 1 - length, last + 1
            zone = reading.zones.at(folded.place(start))
            if zone is None or _holds_words(zone, folded.place(start)):
                for term in terms:
                    _prove(folded, zone, start, end, term, seen, drawn)

    def _scan_slips(self, reading: "_Reading", seen: Sightings) -> None:
        for slip in islice(self._fuzzy.slips(reading.folded), MOST_ADDRESSES):
            reading.hit = True
            zone = reading.zones.at(slip.start)
            span = reading.folded.span(slip.start, slip.end)
            if span is None or (zone is not None and zone.kind != "tag"):
                continue
            sighting = seen.get(slip.term.brand)
            if sighting is None or not sighting.overlaps(span):
                _note(seen, slip.term, span, "slip", drawn=False)

    def _scan_digits(self, folded: Folded, seen: Sightings) -> None:
        """4cme, acm3: digits that stand for letters."""
        if not self._digits or not any(digit in folded.folded for digit in "0134578"):
            return
        for word, place in folded.tokens():
            if not 4 <= len(word) <= 40 or word.isalpha() or word.isdigit():
                continue
            span = folded.span(place, place + len(word))
            for term in self._digits.get(word.translate(_LEET).replace("l", "i"), ()) if span else ():
                _note(seen, term, span, "digits", drawn=False)  # type: ignore[arg-type]

    # ---- accounts and links

    def _scan_addresses(self, reading: "_Reading", platform: str, seen: Sightings) -> None:
        folded = reading.folded
        known: dict[tuple[str, str], dict[int, Verdict]] = {}
        addresses = (zone for zone in reading.zones.all if zone.kind != "tag")
        for zone in islice(addresses, MOST_ADDRESSES):
            span = folded.span(zone.start, zone.end)
            if span is None:
                continue
            written, trailing = folded.text[span[0] : span[1]], folded.text[span[1] : span[1] + 1]
            verdicts = known.get((written, trailing))
            if verdicts is None:
                verdicts = known[written, trailing] = self._verdicts(zone.kind, written, trailing, platform)
            for index, verdict in verdicts.items():
                _note_address(seen.setdefault(index, Sighting()), verdict, zone, folded, span)

    def _verdicts(self, kind: str, written: str, trailing: str, platform: str) -> dict[int, Verdict]:
        if kind == "account":
            near = sorted({*self._reminded(_account_words(written)), *self._slipped((written.lstrip("@").lower(),))})
            made = {at: self.faces[at].account(written, platform, trailing=trailing) for at in near}
        else:
            link = written.rpartition("@")[2] if kind == "mail" else written
            near = sorted({*self._reminded(_link_words(link)), *self._slipped(address_of(link).host.split("."))})
            made = {at: self.faces[at].link(link) for at in near}
        return {index: verdict for index, verdict in made.items() if verdict.mentions}

    def _slipped(self, labels: Iterable[str]) -> Iterator[int]:
        """Brands whose own domain or handle is one slip away from one of these."""
        for label in labels if self._slips else ():
            for form in one_off(label) if len(label) <= 63 else ():
                yield from self._slips.get(form, ())

    def _reminded(self, words: Iterable[str]) -> list[int]:
        """Brands that one of these words may remind of."""
        keys = {key for word in words for key in looks_in(word)}
        return sorted({index for key in keys for index in self._accounts.get(key, ())})


class _Reading:
    """One fold of a text, with its zones once somebody needs them, and whether anything was hit."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.hit = False

    @cached_property
    def zones(self) -> Zones:
        return Zones(self.folded)


def _automaton(pairs: Iterable[tuple[str, Term]]) -> Any:
    """Aho-Corasick over the keys; each leads to its length and every term behind it. None if there is nothing."""
    gathered: dict[str, list[Term]] = {}
    for key, term in pairs:
        if key:
            gathered.setdefault(key, []).append(term)
    automaton = ahocorasick.Automaton()
    for key, terms in gathered.items():
        automaton.add_word(key, (len(key), tuple(terms)))
    automaton.make_automaton()
    return automaton if gathered else None


def _holds_words(zone: Zone, place: int) -> bool:
    """Do words inside this zone count as words: in a hashtag, and in a link behind its host?"""
    return zone.kind == "tag" or (zone.kind in ("link", "host") and place >= zone.path)


def _prove(folded: Folded, zone: Zone | None, start: int, end: int, term: Term, seen: Sightings, drawn: bool) -> None:
    if term.kind == "domain":
        return
    how = fits(folded, term, start, end, in_tag=zone is not None and zone.kind == "tag")
    if how is None:
        return
    first, last = folded.place(start), folded.place(end - 1) + 1
    if term.kind == "tag":
        if zone is None or zone.kind != "tag" or (first - 1, last) != (zone.start, zone.end):
            return
        first -= 1
    span = folded.span(first, last)
    if span is not None:
        _note(seen, term, span, _manner(term, how, zone), drawn=drawn)


def _manner(term: Term, how: How, zone: Zone | None) -> str:
    if term.kind == "tag":
        return "hashtag"
    if zone is not None:
        return "tag" if zone.kind == "tag" else "path"
    return how


def _note(seen: Sightings, term: Term, span: tuple[int, int], how: str, *, drawn: bool) -> None:
    sighting = seen.setdefault(term.brand, Sighting())
    if term.kind == "excluded":
        sighting.excluded.add(span)
    elif len(sighting.found) < MOST_PLACES:
        sighting.found.setdefault(span, Found(*span, term.text, how, term.key, drawn))


def _note_address(sighting: Sighting, verdict: Verdict, zone: Zone, folded: Folded, span: tuple[int, int]) -> None:
    account = zone.kind == "account"
    if verdict.warning:
        sighting.warnings[verdict.warning] = None
    if account and verdict.ours:
        sighting.tagged = True
    how = ("account" if account else "domain") if verdict.ours else "stranger" if account else "label"
    place = _narrowed(verdict, zone, folded) or span
    if len(sighting.found) < MOST_PLACES:
        sighting.found.setdefault(
            place, Found(*place, verdict.term, "posing" if verdict.warning and not verdict.ours else how)
        )


def _narrowed(verdict: Verdict, zone: Zone, folded: Folded) -> tuple[int, int] | None:
    """Where in the zone the term itself is written; None if it is only alluded to."""
    wanted = fold(verdict.term)
    at = folded.folded.find(wanted, zone.start, zone.end)
    return folded.span(at, at + len(wanted)) if at >= 0 else None


def _account_words(handle: str) -> Iterator[str]:
    plain = handle.removeprefix("@")
    yield plain
    yield plain.split("@", 1)[0].removesuffix(".bsky.social")
    yield from re.split(r"[.@-]", plain)[:4]


def _link_words(link: str) -> Iterator[str]:
    address = address_of(link)
    for label in (*address.host.split("."), *address.claims.split(".")):
        yield label
        yield from label.split("-") if "-" in label else ()
    yield from re.split(r"[^\w]+", address.path[:2000])[:_MOST_PATH_WORDS]
