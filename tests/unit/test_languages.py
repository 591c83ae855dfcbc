"""Languages are named as agents read them."""

import pytest

from bot.core.languages import name_of
from bot.readers.language import SPOKEN


@pytest.mark.parametrize("code", sorted(SPOKEN))
def test_every_language_we_can_detect_has_a_name(code: str) -> None:
    assert name_of(code) != "another language"


@pytest.mark.parametrize("code", [None, "", "und", "xx"])
def test_what_nobody_can_tell_is_another_language(code: str | None) -> None:
    assert name_of(code) == "another language"
