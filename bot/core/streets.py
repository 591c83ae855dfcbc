"""Addresses in a text, by their shape: a street and a house number, as several languages write them."""

import re
from collections.abc import Iterator

_ENGLISH = (
    r"street|road|avenue|lane|drive|close|crescent|terrace|court|boulevard|square|hill|grove|mews|row|walk|way|rd|ave"
)
_NAMES = r"[A-ZÀ-Þ][\w'’.-]{0,40}"  # bounded: linear in the text
_SHAPES = (
    rf"\b\d{{1,5}}[a-zA-Z]?,?\s(?:{_NAMES}\s){{1,3}}(?i:{_ENGLISH})\b",
    rf"\b{_NAMES}(?:straße|strasse|str\.|gasse|weg|platz|allee|ufer|laan|straat)\s\d{{1,4}}\s?[a-z]?\b",
    rf"\b\d{{1,4}}(?:\s?(?:bis|ter))?,?\s(?:rue|avenue|boulevard|place|chemin|impasse|quai)\s(?:\w+\s){{0,3}}{_NAMES}",
    rf"\b(?i:calle|avenida|plaza|paseo|via|viale|piazza|rua|avenida)\s(?:\w+\s){{0,2}}{_NAMES},?\s\d{{1,4}}\b",
)
_ADDRESS = re.compile("|".join(_SHAPES))


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Every street with a house number in `text`, [start, end), left to right."""
    return (found.span() for found in _ADDRESS.finditer(text))
