"""Folding brings spellings together and finds the way back to the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.folding import Folded, fold, invisible, skeleton, squeeze, words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ZÜRICH", "zurich"),
        ("Straße", "strasse"),
        ("Ｗｉｄｅ", "wide"),
        ("𝔊𝔬𝔱𝔥𝔦𝔠", "gothic"),
        ("Ⓑⓤⓑⓑⓛⓔ", "bubble"),
        ("s\u0336t\u0336r\u0336u\u0336c\u0336k\u0336", "struck"),
        ("soft\u00adhyphen", "softhyphen"),
        ("word\u2060joiner", "wordjoiner"),
        ("Ørsted Łódź Æro", "orsted lodz aero"),
        ("it’s", "it's"),
        ("long—dash", "long-dash"),
        ("İstanbul", "istanbul"),
        ("oﬃce", "office"),
    ],
)
def test_spellings_of_one_word_fold_to_one(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_marks_that_are_part_of_a_word_stay() -> None:
    assert squeeze(fold("सेवा")) == "सेवा"
    assert fold("が") != fold("か")


def test_composed_and_decomposed_hangul_fold_alike() -> None:
    import unicodedata

    assert fold("카카오") == fold(unicodedata.normalize("NFD", "카카오"))


@pytest.mark.parametrize("drawn", ["Вanana", "ВАNANA", "ᴮanana", "ꓐanana", "🅱anana", "bᴀɴᴀɴᴀ"])
def test_look_alikes_share_a_skeleton(drawn: str) -> None:
    assert squeeze(skeleton(drawn)) == "banana"


def test_a_capital_and_a_small_eta_pass_for_different_letters() -> None:
    assert skeleton("Η") == "h"
    assert skeleton("η") == "n"


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_for_plain_english_a_skeleton_is_a_fold(text: str) -> None:
    assert skeleton(text) == fold(text)


@given(st.text(max_size=60))
def test_folding_twice_changes_no_word(text: str) -> None:
    assert squeeze(fold(squeeze(fold(text)))) == squeeze(fold(text))


@given(st.text(min_size=1, max_size=40), st.booleans())
def test_every_stretch_maps_back_to_what_it_was_folded_from(text: str, skeletons: bool) -> None:
    folded = Folded(text, skeletons=skeletons)
    turn = skeleton if skeletons else fold
    for start in range(len(folded.folded)):
        span = folded.span(start, start + 1)
        if span is not None:
            assert turn(text[span[0] : span[1]]) == folded.folded[start]


def test_a_stretch_that_would_cut_a_character_has_no_span() -> None:
    folded = Folded("oﬃce")
    assert folded.folded == "office"
    assert folded.span(1, 2) is None
    assert folded.span(1, 4) == (1, 2)


def test_squeezed_places_lead_back_over_separators() -> None:
    folded = Folded("a-b c")
    assert [folded.place(index) for index in range(3)] == [0, 2, 4]


@pytest.mark.parametrize("character", ["\u200b", "\u202e", "\u00ad", "\ufe0f", "\U000e0041", "\u2060"])
def test_characters_that_take_no_room_are_known(character: str) -> None:
    assert invisible(character)


@pytest.mark.parametrize("character", ["a", " ", "é", "\u0301", "中"])
def test_characters_that_are_seen_are_not_invisible(character: str) -> None:
    assert not invisible(character)


def test_words_leave_possessive_endings_out() -> None:
    assert words("Otis's bag & the crew") == ["otis", "bag", "the", "crew"]
