import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.readers.normalise import HEAD, TAIL, cut, normalise


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("it&amp;#39;s late", "it's late"),
        ("see https://t.co/abc now", "see http now"),
        ("@Acme_Care hi", "@user hi"),
        ("hi @care@social.example !", "hi @user !"),
        ("write to me@acme.example", "write to me@acme.example"),
        ("#NorthwindFail again", "Northwind Fail again"),
        ("soooooo bad!!!!!!", "sooo bad!!!"),
        ("😡😡😡😡😡😡", "pouting face pouting face pouting face"),
        ("👍🏽", "thumbs up sign"),
        ("don’t", "don't"),
        ("w\u200bor\u00adst", "worst"),
        ("𝓌𝑜𝓇𝓈𝓉", "worst"),
        ("a\x00b\r\nc", "a b c"),
        ("\u202eabc", "abc"),
        ("\ud800", ""),
        ("ça va", "ça va"),
    ],
)
def test_a_text_is_rewritten_into_words_the_model_met(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_of_a_very_long_text_the_beginning_and_the_end_are_kept() -> None:
    plain = normalise("begin " + "filler word " * 100_000 + "end")
    assert plain.startswith("begin")
    assert plain.endswith("end")
    assert len(plain) <= HEAD + TAIL + 1


@settings(deadline=None)
@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    plain = normalise(text)
    assert all(char.isprintable() for char in plain)
    assert "  " not in plain


@pytest.mark.parametrize(
    ("size", "longest", "kept"), [(5, 8, [0, 1, 2, 3, 4]), (10, 8, [0, 1, 2, 3, 4, 5, 8, 9]), (0, 8, [])]
)
def test_ids_are_cut_in_the_middle(size: int, longest: int, kept: list[int]) -> None:
    assert cut(range(size), longest) == kept
