"""Which language a text is in, found offline. Short texts believe what the platform said.

Detector: py3langid, a naive-Bayes model over byte sequences, shipped in its wheel. It is loaded on first use only.
"""

import re
from functools import cache, lru_cache
from typing import Any

import numpy as np

from bot.readers.normalise import shorten

UNKNOWN = "und"
"""ISO 639-2 for "undetermined"."""

SURE = 0.95
SURE_ALONE = 0.90
ENOUGH = 0.50
SHORT, LONG = 16, 32
"""Letters below which only a claim counts, and above which a sure detector outvotes a claim."""

_CODES = (
    "ar bg bn ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv ms nl no pl pt ro ru sk sl sr sv ta te th "
    "tl tr uk ur vi zh"
)
SPOKEN = frozenset(_CODES.split())
"""The detector chooses among these; its hundred others are mostly mistakes in short posts."""

PLAIN = ((2, 4), (3, 6))
"""A text is English where it has so many everyday words of English, and one of so many of its words is one. Of 10,944
posts in six other languages 12 look so, some of them rightly; of 10,427 English ones 71 %."""

FEWEST = min(fewest for fewest, _ in PLAIN)

_EVERYDAY = (
    "about after again and are at back be because been before being but by can could did do does even "
    "ever every for from get going got had has have he her his how i if is it its just know my never not now of "
    "off on only our out over please really she should still than that the their then there these they this those to "
    "up very we were what when which who why with would you your i'm i've it's don't can't didn't doesn't isn't "
    "won't that's you're"
)
ENGLISH = frozenset(_EVERYDAY.split())
"""Everyday words of English that are none, or rare ones, of its neighbours ("was" is German too, "me" Spanish)."""

_NOISE = re.compile(r"(?:https?://|www\.)\S+|[@#]\w+|[\W\d_]+")
_LATIN = re.compile(r"[a-zA-Z\u00c0-\u024f]")


def language_of(text: str, given: str | None = None) -> str:
    """The ISO 639-1 code of a text's language, or "und".

    `given` is what the platform claims; it is often only the author's own setting. It wins for short texts and unless
    the detector is sure of something else over a text of some length.
    """
    claim = code_of(given)
    text = shorten(text)
    if claim in (None, "en") and _plainly_english(text):
        return "en"
    told = letters(text)
    if len(told) < SHORT and (claim or not told or _LATIN.search(told)):
        return claim or (_if_sure(told) if told else UNKNOWN)
    found, confidence = detector().classify(told)
    if claim and (found == claim or confidence < SURE or len(told) < LONG):
        return claim
    return str(found) if confidence >= ENOUGH else claim or UNKNOWN


def letters(text: str) -> str:
    """The words of a text that tell its language: no links, handles, hashtags, digits or signs."""
    return _NOISE.sub(" ", text).strip()


def _plainly_english(text: str) -> bool:
    """Whether everyday English words leave no doubt; asking the detector takes ten times as long."""
    words = set(text.lower().split())
    found = len(words & ENGLISH)
    return found >= FEWEST and any(found >= fewest and found * share >= len(words) for fewest, share in PLAIN)


@lru_cache(256)
def code_of(given: str | None) -> str | None:
    """A platform's language tag as a bare two-letter code; None for "und", "zxx" and anything odd."""
    code = re.split(r"[-_]", (given or "").strip().lower(), maxsplit=1)[0]
    return code if re.fullmatch(r"[a-z]{2}", code) else None


@cache
def detector() -> Any:
    """The loaded detector: one for the process, safe to share between threads once made."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages(sorted(SPOKEN & set(found.labels)))
    found.nb_ptc = np.ascontiguousarray(found.nb_ptc)  # one feature's numbers side by side: else 45 places of 9 MB each
    return found


def _if_sure(told: str) -> str:
    """A few Latin letters and no claim: the detector's word if it is sure, else nobody's."""
    found, confidence = detector().classify(told)
    return str(found) if confidence >= SURE_ALONE else UNKNOWN
