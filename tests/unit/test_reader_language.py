import pytest

from bot.readers import language
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


def test_everyday_english_needs_no_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "detector", lambda: pytest.fail("asked"))
    assert language_of("@acme my parcel is still not here http://t.co/x") == "en"
    assert language_of("my parcel is still not here", "en-GB") == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Was ist das? The Voice of Germany, ich bin begeistert",
        "Ce soir on regarde The Voice avec les enfants, trop bien",
    ],
)
def test_a_few_english_words_make_no_english_text(text: str) -> None:
    assert language_of(text) in ("de", "fr")


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
