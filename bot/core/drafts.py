"""A reply before it leaves: the draft, what surrounds it, and what may be wrong with it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from bot.core.boundaries import Severity

Visibility = Literal["public", "private"]


@dataclass(frozen=True, slots=True)
class Sent:
    """Something this brand said lately. `sent_at` is UTC; None counts as just now."""

    text: str
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a reply goes. `longest` is in characters as a reader counts; None asks the rules for the platform's.

    `language` is the customer's (BCP 47). `budget` is what is left for this customer, in `currency`; None takes the
    rules'. `hosts` are the brand's own domains. `recent` is what the brand said lately, to anybody. `spoken` are the
    codes of the languages the brand answers in; none is any.
    """

    visibility: Visibility = "public"
    platform: str = ""
    longest: int | None = None
    language: str | None = None
    budget: Decimal | None = None
    currency: str | None = None
    hosts: tuple[str, ...] = ()
    recent: tuple[Sent, ...] = ()
    spoken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sounding:
    """A sentence, at [start, end) of a text, that sounds as if it broke `rule`, whatever its words; `sure` is 0…1."""

    rule: str
    start: int
    end: int
    sure: float


@dataclass(frozen=True, slots=True)
class Draft:
    """The exact text that is to leave, who wrote it, and where it goes. `language` is the text's own, if known.

    `sounds` is what a reader hears in it beside its words.
    """

    text: str
    written_by: str
    setting: Setting = Setting()
    language: str | None = None
    sounds: tuple[Sounding, ...] = ()


@dataclass(frozen=True, slots=True)
class Breach:
    """One boundary crossed: which rule, how much it weighs, why, the ways out, and the words (start, end) if any."""

    rule: str
    severity: Severity
    why: str
    ways: tuple[str, ...] = ()
    span: tuple[int, int] | None = None
