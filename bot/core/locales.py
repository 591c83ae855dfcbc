"""Dates and numbers as they are written in seven languages: names of months and days, separators.

From the Unicode CLDR's common locale data as everybody writes it; sentences stay English. Which one holds is set around
the making of a document (`speaking`); outside of that it is English. No locale of the machine is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date

THIN, FIXED = "\u202f", "\u00a0"  # a narrow space and a whole one that no line breaks at


@dataclass(frozen=True, slots=True)
class Locale:
    """One language. `day_of` goes after a day, `of` before a month's name and a year, `percent` after a share."""

    name: str
    months: tuple[str, ...]
    days: tuple[str, ...]
    short_months: tuple[str, ...]
    short_days: tuple[str, ...]
    thousands: str = "."
    decimal: str = ","
    groups_from: int = 1_000
    day_of: str = ""
    of: str = " "
    percent: str = "%"


def _of(name: str, months: str, days: str, short_months: str = "", short_days: str = "", **more: str | int) -> Locale:
    """Names are parted by spaces; short ones are the first three letters where none are given."""
    long, week = tuple(months.split()), tuple(days.split())
    short = tuple(short_months.split()) or tuple(month[:3] for month in long)
    return Locale(name, long, week, short, tuple(short_days.split()) or tuple(day[:3] for day in week), **more)  # type: ignore[arg-type]


ENGLISH = _of(
    "English", "January February March April May June July August September October November December",
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday", thousands=",", decimal=".",
)  # fmt: skip
LOCALES = {
    "en": ENGLISH,
    "de": _of(
        "Deutsch", "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
        "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.", "Mo Di Mi Do Fr Sa So", day_of=".",
        percent=f"{FIXED}%",
    ),
    "fr": _of(
        "Français", "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.", thousands=THIN, percent=f"{THIN}%",
    ),
    "es": _of(
        "Español", "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "lunes martes miércoles jueves viernes sábado domingo",
        "ene feb mar abr may jun jul ago sept oct nov dic", groups_from=10_000, of=" de ", percent=f"{FIXED}%",
    ),
    "it": _of(
        "Italiano", "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    ),
    "pt": _of(
        "Português", "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo", of=" de ",
    ),
    "nl": _of(
        "Nederlands", "januari februari maart april mei juni juli augustus september oktober november december",
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        "jan feb mrt apr mei jun jul aug sep okt nov dec", "ma di wo do vr za zo",
    ),
}  # fmt: skip
_SPOKEN: ContextVar[Locale] = ContextVar("locale", default=ENGLISH)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Within this, dates and numbers are written as in that language; an unknown one is English."""
    mark = _SPOKEN.set(LOCALES.get(code, ENGLISH))
    try:
        yield
    finally:
        _SPOKEN.reset(mark)


def number(value: int) -> str:
    """ "1,234", "1.234", "1 234"."""
    locale = _SPOKEN.get()
    return f"{value:,}".replace(",", locale.thousands) if abs(value) >= locale.groups_from else str(value)


def times(value: float) -> str:
    """How many times: "12", "2.6", "2,6"."""
    return number(round(value)) if value >= 9.95 else decimal(f"{value:.1f}")


def decimal(text: str) -> str:
    """A number written with a point, as the language writes it: "1.8" is "1,8"."""
    return text.replace(".", _SPOKEN.get().decimal)


def hundredths(text: str) -> str:
    """A number of hundredths with its sign: "45%", "45 %"."""
    return f"{text}{_SPOKEN.get().percent}"


def day_name(day: date) -> str:
    """ "Monday"."""
    return _SPOKEN.get().days[day.weekday()]


def short_day(day: date) -> str:
    """ "Mon"."""
    return _SPOKEN.get().short_days[day.weekday()]


def short_date(day: date) -> str:
    """ "Mon 5 Oct"."""
    locale = _SPOKEN.get()
    return f"{short_day(day)} {day.day}{locale.day_of}{locale.of}{locale.short_months[day.month - 1]}"


def day_and_month(day: date) -> str:
    """ "5 October"."""
    locale = _SPOKEN.get()
    return f"{day.day}{locale.day_of}{locale.of}{locale.months[day.month - 1]}"


def stretch(first: date, last: date) -> str:
    """ "16–22 November 2026", "28 December 2026–3 January 2027"."""
    locale = _SPOKEN.get()
    year = f"{locale.of}{first.year}" if first.year != last.year else ""
    begin = f"{first.day}{locale.day_of}" if first.month == last.month else day_and_month(first)
    return f"{begin}{year}–{day_and_month(last)}{locale.of}{last.year}"
