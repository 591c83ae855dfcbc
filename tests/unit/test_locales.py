"""Dates and numbers in seven languages, and in English wherever nobody asked for another."""

from datetime import date

import pytest

from bot.core.locales import LOCALES, THIN, day_name, decimal, number, short_date, speaking, stretch
from bot.core.week import Week

MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 22)


@pytest.mark.parametrize(("code", "week", "short", "thousand", "ten_thousand"), [
    ("en", "16–22 November 2026", "Mon 16 Nov", "1,234", "12,345"),
    ("de", "16.–22. November 2026", "Mo 16. Nov.", "1.234", "12.345"),
    ("fr", "16–22 novembre 2026", "lun 16 nov.", f"1{THIN}234", f"12{THIN}345"),
    ("es", "16–22 de noviembre de 2026", "lun 16 de nov", "1234", "12.345"),
    ("it", "16–22 novembre 2026", "lun 16 nov", "1.234", "12.345"),
    ("pt", "16–22 de novembro de 2026", "seg 16 de nov", "1.234", "12.345"),
    ("nl", "16–22 november 2026", "ma 16 nov", "1.234", "12.345"),
])  # fmt: skip
def test_dates_and_numbers_are_written_as_they_are_there(
    code: str, week: str, short: str, thousand: str, ten_thousand: str
) -> None:
    with speaking(code):
        assert stretch(MONDAY, SUNDAY) == week
        assert short_date(MONDAY) == short
        assert (number(1_234), number(12_345), number(-7)) == (thousand, ten_thousand, "-7")
        assert decimal("1.8") == ("1.8" if code == "en" else "1,8")
    assert number(1_234) == "1,234"


def test_every_language_has_twelve_months_and_seven_days() -> None:
    for locale in LOCALES.values():
        assert (len(locale.months), len(locale.short_months)) == (12, 12)
        assert (len(locale.days), len(locale.short_days)) == (7, 7)


def test_an_unknown_language_is_english_and_a_week_over_new_year_names_both() -> None:
    with speaking("tlh"):
        assert day_name(MONDAY) == "Monday"
    with speaking("de"):
        assert Week(date(2026, 12, 28), "UTC").words() == "week 53, 28. Dezember 2026–3. Januar 2027"
