"""Languages are named as agents read them."""

import pytest

from bot.core.languages import code_of, foreign, listed, name_of
from bot.readers.language import SPOKEN


@pytest.mark.parametrize("code", sorted(SPOKEN))
def test_every_language_we_can_detect_has_a_name(code: str) -> None:
    assert name_of(code) != "another language"


@pytest.mark.parametrize("code", [None, "", "und", "xx"])
def test_what_nobody_can_tell_is_another_language(code: str | None) -> None:
    assert name_of(code) == "another language"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("German", "de"),
        (" de-AT ", "de"),
        ("PT_br", "pt"),
        ("nb", "no"),
        ("Deutsch", "de"),
        ("Klingon", ""),
        ("und", ""),
        (None, ""),
    ],
)
def test_a_language_is_known_by_its_name_or_its_code(said: str | None, code: str) -> None:
    assert code_of(said) == code


@pytest.mark.parametrize(
    ("language", "spoken", "code"),
    [
        ("pt-BR", ("en", "de"), "pt"),
        ("de-CH", ("en", "de"), ""),
        ("und", ("en",), ""),
        (None, ("en",), ""),
        ("pt", (), ""),
    ],
)
def test_a_language_is_foreign_where_it_is_known_and_not_among_those_spoken(
    language: str | None, spoken: tuple[str, ...], code: str
) -> None:
    assert foreign(language, spoken) == code


def test_a_language_of_a_region_has_the_languages_name() -> None:
    assert name_of("pt-BR") == "Portuguese"


def test_languages_are_listed_by_name_in_their_order() -> None:
    assert listed(("en", "de")) == "English, German"
