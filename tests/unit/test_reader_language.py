import pytest

from bot.readers.language import code_of, language_of


@pytest.mark.parametrize(
    ("text", "given", "language"),
    [
        ("the view from my hotel room is ugly", None, "en"),
        ("Das ist ja wohl das Letzte, ich warte seit Wochen", None, "de"),
        ("無法登入我的帳戶", None, "zh"),
        ("ok", "en-US", "en"),
        ("ok", None, "und"),
        ("", None, "und"),
        ("😡😡", "pt_BR", "pt"),
        ("gracias", None, "und"),
        ("gracias", "es", "es"),
        ("http://example.test/eine/seite/mit/viel/text @handle #tag", "en", "en"),
    ],
)
def test_the_language_of_a_text(text: str, given: str | None, language: str) -> None:
    assert language_of(text, given) == language


def test_a_sure_detector_outvotes_an_authors_setting_only_over_some_length() -> None:
    assert language_of("My parcel never arrived and nobody answers the phone", "de") == "en"
    assert language_of("never arrived", "de") == "de"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("EN", "en"),
        ("de-AT", "de"),
        ("pt_BR", "pt"),
        ("zxx", None),
        ("und", None),
        ("", None),
        (None, None),
        ("?", None),
    ],
)
def test_a_platforms_tag_is_cut_to_two_letters(given: str | None, code: str | None) -> None:
    assert code_of(given) == code
