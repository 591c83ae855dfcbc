"""Personal data in a text: found by shape and proved by check digits where there are any, masked where text leaves.

Found: mail addresses, telephone numbers, payment cards (Luhn, ISO/IEC 7812-1), IBANs (mod 97, ISO 13616), references
of bookings, orders and accounts. Masking leans to too much: a masked number costs a click, a leaked card a customer.
Works on the fold, so that full width or Arabic digits and invisible characters hide nothing; linear in the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.core.folding import Folded
from bot.core.links import Zones

PersonalKind = Literal["mail", "phone", "card", "iban", "reference"]
MASK = "▇▇▇"


@dataclass(frozen=True, slots=True)
class Personal:
    """Personal data at [start, end) of the original text."""

    kind: PersonalKind
    start: int
    end: int


# IBAN length by country (ISO 13616 registry, release 97).
_IBAN_LENGTHS = """
ad24 ae23 al28 at20 az28 ba20 be16 bg22 bh22 br29 by28 ch21 cr22 cy28 cz24 de22 dk18 do28 ee20 eg29 es24 fi18
fo18 fr27 gb22 ge22 gi23 gl18 gr27 gt28 hr21 hu28 ie22 il23 iq23 is26 it27 jo30 kw30 kz20 lb28 lc32 li21 lt20
lu20 lv21 ly25 mc27 md24 me22 mk19 mr27 mt31 mu30 nl18 no15 pk24 pl28 ps29 pt25 qa29 ro24 rs22 sa24 sc31 se24
si19 sk24 sm27 st25 sv28 tl23 tn24 tr26 ua29 va22 vg24 xk20
"""
_LENGTH_OF_IBAN = {entry[:2]: int(entry[2:]) for entry in _IBAN_LENGTHS.split()}
_IBAN = re.compile(r"(?<![a-z0-9])([a-z]{2})\d{2}(?:[ -]?[a-z0-9]){11,30}")

_NUMBER = re.compile(r"(?<![\w+])[+(\x01]{0,2}\d(?:[ .\-/\x01\x02]{0,3}\d){6,24}(?!\w)")
_DATE = re.compile(r"(?:19|20)\d\d[-./ ][01]?\d[-./ ][0-3]?\d|[0-3]?\d[-./ ][01]?\d[-./ ](?:19|20)\d\d")
_ADDRESS_OF_MACHINE = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}$")
_PHONE_WORDS = re.compile(
    r"(?:call|phone|tel|telephone|mobile|cell|whatsapp|text|ring|sms|fax|handy|telefon|anrufen|tlf|telefono|movil|"
    r"celular|appel\w*|portable|telefoon|nummer|number|nr)\W{0,3}(?:\w+\W{1,3}){0,3}$"
)

_REFERENCE_WORDS = (
    r"(?:booking|order|reservation|reference|ref|confirmation|pnr|record locator|case|ticket|tracking|invoice|account|"
    r"customer|client|member(?:ship)?|policy|passport|licen[cs]e|loyalty|frequent flyer|shipment|parcel|claim|"
    r"buchung(?:s(?:nummer|code))?|bestell(?:ung|nummer)|auftrag(?:snummer)?|rechnung(?:snummer)?|kundennummer|"
    r"sendungsnummer|commande|reservation|dossier|facture|colis|pedido|reserva|localizador|factura|cliente|"
    r"ordine|prenotazione|fattura|encomenda|fatura|bestelling|boeking|zamowienie)"
)
_REFERENCE = re.compile(
    rf"(?<!\w){_REFERENCE_WORDS}"
    r"(?:[ \-:.#\x01']{1,3}(?:numbers?|no|nr|num|ref|reference|code|id|is|was|nummer|numero|n|der|ist|es)(?!\w)){0,3}"
    r"[ \-:.#\x01']{1,4}((?=[a-z\-]{0,19}\d|[a-z]{6}(?!\w))[a-z0-9](?:-?[a-z0-9]){3,24})(?!\w)"
)
_LOCATOR = re.compile(r"(?<![\w@#/.-])(?=[a-z0-9]{0,17}\d)(?=[0-9]{0,17}[a-z])(?:[a-z0-9]{6}|[a-z0-9]{10,20})(?![\w@])")
_MAYBE = re.compile(r"\d|[@＠]|[A-Z]{6}")
_MAIL = re.compile(r"(?<![\w@.+-])[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?!\w)")
_MONEY = frozenset("€$£¥₹")
_NOT_IN_PHONES = frozenset(",;:%€$£")
_YEAR = re.compile(r"(?:19|20)\d\d")
_FLIGHT = re.compile(r"[a-z]{2}\d{3,4}$|\d+[a-z]{1,3}$")


class _Finder:
    """The finds in one text; each stretch is taken once, by the surest kind that claims it."""

    def __init__(self, text: str) -> None:
        self.folded = Folded(text)
        self.links = [zone for zone in Zones(self.folded).all if zone.kind in ("link", "host")]
        self._taken = bytearray(len(self.folded.folded))
        self._in_links = bytearray(len(self.folded.folded))
        for zone in self.links:
            self._in_links[zone.start : zone.end] = b"\x01" * (zone.end - zone.start)
        self.found: list[Personal] = []

    def take(self, kind: PersonalKind, start: int, end: int) -> None:
        if 1 in self._taken[start:end]:
            return
        self._taken[start:end] = b"\x01" * (end - start)
        self.found.append(Personal(kind, self.folded.origin(start), self.folded.origin(end - 1) + 1))

    def original(self, start: int, end: int) -> str:
        return self.folded.text[self.folded.origin(start) : self.folded.origin(end - 1) + 1]

    def before(self, start: int) -> str:
        """The character of the original before the folded place `start`, spaces skipped."""
        return self.folded.text[max(0, self.folded.origin(start) - 2) : self.folded.origin(start)].strip()[-1:]

    def in_link(self, start: int) -> bool:
        return bool(self._in_links[start])


def personal(text: str) -> tuple[Personal, ...]:
    """Personal data in `text`, left to right, not overlapping."""
    if not _MAYBE.search(text):
        return ()
    finder = _Finder(text)
    for seek in (_mails, _ibans, _cards, _references, _phones, _locators):
        seek(finder)
    return tuple(sorted(finder.found, key=lambda one: one.start))


def _mails(finder: _Finder) -> None:
    for found in _MAIL.finditer(finder.folded.folded):
        finder.take("mail", *found.span())


def _ibans(finder: _Finder) -> None:
    for found in _IBAN.finditer(finder.folded.folded):
        end = _end_of_iban(found.group())
        if end:
            finder.take("iban", found.start(), found.start() + end)


def _end_of_iban(text: str) -> int:
    """How far an IBAN reaches into `text`; 0 if the check digits do not agree."""
    length = _LENGTH_OF_IBAN.get(text[:2], 0)
    places = [at for at, character in enumerate(text) if character.isalnum()]
    if not length or len(places) < length:
        return 0
    plain = "".join(text[at] for at in places[:length])
    number = "".join(str(int(character, 36)) for character in plain[4:] + plain[:4])
    return places[length - 1] + 1 if int(number) % 97 == 1 else 0


def _numbers(finder: _Finder) -> Iterator[tuple[int, int, str]]:
    """Runs of digits with the separators people put between them: folded [start, end) and the digits."""
    for found in _NUMBER.finditer(finder.folded.folded):
        start = found.start() + next(at for at, one in enumerate(found.group()) if one == "+" or one.isdigit())
        yield start, found.end(), "".join(str(unicodedata.digit(one)) for one in found.group() if one.isdigit())


def _cards(finder: _Finder) -> None:
    for start, end, digits in _numbers(finder):
        # Behind the number of a card often stand its last month and its code.
        if len(digits) >= 13 and len(set(digits)) > 1 and luhn(digits if len(digits) <= 19 else digits[:16]):
            finder.take("card", start, end)


def luhn(digits: str) -> bool:
    """Do the check digits of a card number agree (ISO/IEC 7812-1, annex B)?"""
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _phones(finder: _Finder) -> None:
    for start, end, digits in _numbers(finder):
        written = finder.original(start, end)
        if finder.in_link(start) or not _could_be_phone(written) or finder.before(start) in _MONEY:
            continue
        told = _PHONE_WORDS.search(finder.folded.folded[max(0, start - 40) : start]) is not None
        if len(digits) >= 9 or written.startswith("+") or told:
            finder.take("phone" if len(digits) <= 15 else "reference", start, end)


def _could_be_phone(written: str) -> bool:
    """Not a date, not a machine's address, not a number with commas in it."""
    return not (
        _DATE.search(written) or _ADDRESS_OF_MACHINE.match(written) or any(one in _NOT_IN_PHONES for one in written)
    )


def _references(finder: _Finder) -> None:
    for found in _REFERENCE.finditer(finder.folded.folded):
        start, end = found.span(1)
        written = finder.original(start, end)
        if finder.in_link(start) or finder.before(start) in _MONEY or _YEAR.fullmatch(written):
            continue
        if any(map(str.isdigit, written)) or written.isupper():
            finder.take("reference", start, end)


def _locators(finder: _Finder) -> None:
    """Codes nobody reads aloud for fun: six capitals and digits, or a long run of them; flight numbers are left."""
    for found in _LOCATOR.finditer(finder.folded.folded):
        start, end = found.span()
        if finder.original(start, end).isupper() and not finder.in_link(start) and not _FLIGHT.match(found.group()):
            finder.take("reference", start, end)


def masked(text: str, mask: str = MASK) -> str:
    """`text` with every piece of personal data replaced by a mask that does not tell its length."""
    pieces: list[str] = []
    at = 0
    for one in personal(text):
        pieces += [text[at : one.start], mask]
        at = one.end
    return "".join([*pieces, text[at:]])
