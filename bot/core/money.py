"""Amounts of money and percentages as people write them in a reply."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW"}
_WORDS = {
    "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "bucks": "USD", "pound": "GBP", "pounds": "GBP",
    "quid": "GBP", "franken": "CHF", "francs": "CHF", "yen": "JPY", "rupees": "INR", "kr": "SEK", "zł": "PLN",
}  # fmt: skip
_CODES = "EUR|USD|GBP|CHF|JPY|INR|KRW|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|TRY|AED|SGD|HKD"
_SIGN = "[€$£¥₹₩]"
_AFTER = rf"{_SIGN}|(?:{_CODES}|{'|'.join(_WORDS)})\b"
_NUMBER = r"\d{1,12}(?:[.,'\u00a0\u202f ]\d{3}){0,4}(?:[.,]\d{1,2})?(?!\d)"
_AMOUNT = re.compile(
    rf"(?:(?P<before>{_SIGN}|\b(?:{_CODES}))\s?)?(?<![\d.,@])(?P<number>{_NUMBER})(?P<thousand>k\b)?"
    rf"(?:[ \u00a0\u202f]?(?P<after>{_AFTER}))?",
    re.IGNORECASE,
)
_SPELT = re.compile(
    r"\b(?:(?P<many>one|two|three|four|five|six|seven|eight|nine|ten|a|several|some)\s)?(?P<unit>hundred|thousand|million)s?"
    rf"\s(?:of\s)?(?P<after>{'|'.join(_WORDS)})\b",
    re.IGNORECASE,
)
_MANY = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_UNITS = {"hundred": 100, "thousand": 1000, "million": 1000000}
_PERCENT = re.compile(
    r"(?<![\d.,])(\d{1,3})(?:[.,]\d+)?\s?(?:%|percent\b|per cent\b|prozent\b|pour cent\b|por ciento\b)", re.I
)


@dataclass(frozen=True, slots=True)
class Amount:
    """Money named at [start, end): how much, in which currency (ISO 4217)."""

    value: Decimal
    currency: str
    start: int
    end: int


def _digits(text: str) -> str:
    """The text with every kind of digit and full-width sign in its plain form; the same length."""
    if text.isascii():
        return text
    plain = (str(unicodedata.digit(one)) if one.isdigit() and unicodedata.digit(one, -1) >= 0 else one for one in text)
    return "".join(plain).translate({0xFF04: "$", 0xFFE1: "£", 0xFFE5: "¥", 0xFF05: "%"})


def amounts(text: str) -> tuple[Amount, ...]:
    """Every amount of money in `text`, left to right."""
    text = _digits(text)
    found = [*_written(text), *_spelt(text)]
    return tuple(sorted(found, key=lambda one: one.start))


def _written(text: str) -> Iterator[Amount]:
    for found in _AMOUNT.finditer(text):
        sign = found["before"] or found["after"]
        value = _value(found["number"])
        if sign and value is not None and (sign == "TRY" or sign.upper() != "TRY"):  # "3 try" is a word
            yield Amount(value * (1000 if found["thousand"] else 1), _currency(sign), *found.span())


def _spelt(text: str) -> Iterator[Amount]:
    for found in _SPELT.finditer(text):
        many = _MANY.get((found["many"] or "").lower(), 1)
        yield Amount(Decimal(many * _UNITS[found["unit"].lower()]), _currency(found["after"]), *found.span())


def _currency(sign: str) -> str:
    return _SIGNS.get(sign) or _WORDS.get(sign.lower()) or sign.upper()


def _value(number: str) -> Decimal | None:
    """1,000.50 and 1.000,50 and 1 000,50: the last separator before one or two digits is the decimal one."""
    decimals = re.search(r"[.,](\d{1,2})$", number)
    whole = number[: decimals.start()] if decimals else number
    plain = re.sub(r"\D", "", whole) + (f".{decimals[1]}" if decimals else "")
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def percentages(text: str) -> tuple[tuple[int, int, int], ...]:
    """Every percentage in `text`: (percent, start, end)."""
    return tuple((int(found[1]), found.start(), found.end()) for found in _PERCENT.finditer(_digits(text)))
